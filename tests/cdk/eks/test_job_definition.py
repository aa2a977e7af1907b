"""MnpEksJobDefinition: pods on every node."""

from __future__ import annotations

from typing import Any

import pytest
from aws_cdk import App, Duration, Size, Stack
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk.assertions import Template

from cdk_batch_mnp import (
    ArgumentError,
    EksNodeContainer,
    EksPod,
    EksVolume,
    MnpCluster,
    MnpEksJobDefinition,
    MnpJobDefinition,
    MnpJobQueue,
    NodeContainer,
    NodeGroup,
)
from cdk_batch_mnp_emulator import api_model
from tests.cdk.apps import (
    INSTANCE_TYPE,
    add_cluster,
    definition_of,
    errors_of,
    new_stack,
    node_ranges,
    warnings_of,
)
from tests.cdk.eks.test_compute_environment import add_environment
from tests.linting import schema_errors


def solver(**changes: Any) -> EksNodeContainer:
    right = {"image": "solver:1", "cpu": 70, "memory": Size.mebibytes(130000)}
    return EksNodeContainer(**{**right, **changes})


def add_definition(stack: Stack, **changes: Any) -> MnpEksJobDefinition:
    right: dict[str, Any] = {
        "node_groups": [NodeGroup("solvers", ":", solver())],
        "num_nodes": 4,
        "instance_type": INSTANCE_TYPE,
        "timeout": Duration.hours(1),
    }
    return MnpEksJobDefinition(stack, "Job", **{**right, **changes})


def pod_of(stack: Stack) -> dict[str, Any]:
    (node_range,) = node_ranges(stack)
    return dict(node_range["EksProperties"]["PodProperties"])


def test_a_pod_runs_on_each_node() -> None:
    stack = new_stack()
    add_definition(stack)
    properties = definition_of(stack)
    assert properties["Type"] == "multinode"
    assert "PlatformCapabilities" not in properties
    assert "PropagateTags" not in properties
    (node_range,) = node_ranges(stack)
    assert node_range["InstanceTypes"] == [INSTANCE_TYPE]
    (container,) = pod_of(stack)["Containers"]
    assert container["Name"] == "solvers"
    assert container["Resources"] == {"Limits": {"cpu": "70", "memory": "130000Mi"}}
    assert errors_of(stack) == []
    assert warnings_of(stack) == []


def every_setting() -> NodeGroup:
    return NodeGroup(
        "solvers",
        "0:",
        containers={
            "main": solver(
                command=["/opt/solver"],
                args=["--steps", 10],
                cpu=12.25,
                gpus=2,
                environment={"B": 2, "A": "1"},
                volumes=[
                    EksVolume(name="data", mount_path="/data", claim_name="data", read_only=True),
                    EksVolume(name="host", mount_path="/opt/x", host_path="/opt/x", sub_path="a"),
                ],
                image_pull_policy=batch.ImagePullPolicy.IF_NOT_PRESENT,
                user=1000,
                group=3000,
                run_as_non_root=True,
                readonly_root_filesystem=True,
            ),
            "side": EksNodeContainer(
                image="side:1",
                privileged=True,
                volumes=[
                    EksVolume(
                        name="shm", mount_path="/s", in_memory=True, size_limit=Size.gibibytes(1)
                    ),
                    EksVolume(name="key", mount_path="/k", secret_name="key", optional_secret=True),
                ],
            ),
        },
        pod=EksPod(
            init_containers={"setup": EksNodeContainer(image="setup:1")},
            namespace="solvers",
            service_account="solver",
            host_network=False,
            dns_policy=batch.DnsPolicy.CLUSTER_FIRST,
            labels={"team": "hpc"},
            annotations={"example.com/a": "b"},
            image_pull_secrets=["registry"],
            share_process_namespace=True,
        ),
    )


def test_every_setting_is_written_as_the_api_writes_it() -> None:
    stack = new_stack()
    add_definition(stack, instance_type="g5.48xlarge", node_groups=[every_setting()])
    pod = pod_of(stack)
    main, side = pod.pop("Containers")
    assert main == {
        "Name": "main",
        "Image": "solver:1",
        "ImagePullPolicy": "IfNotPresent",
        "Command": ["/opt/solver"],
        "Args": ["--steps", "10"],
        "Env": [{"Name": "A", "Value": "1"}, {"Name": "B", "Value": "2"}],
        "Resources": {"Limits": {"cpu": "12.25", "memory": "130000Mi", "nvidia.com/gpu": "2"}},
        "SecurityContext": {
            "AllowPrivilegeEscalation": False,
            "Privileged": False,
            "ReadOnlyRootFilesystem": True,
            "RunAsGroup": 3000,
            "RunAsNonRoot": True,
            "RunAsUser": 1000,
        },
        "VolumeMounts": [
            {"Name": "data", "MountPath": "/data", "ReadOnly": True},
            {"Name": "host", "MountPath": "/opt/x", "SubPath": "a"},
        ],
    }
    assert side["SecurityContext"]["AllowPrivilegeEscalation"] is True
    (setup,) = pod.pop("InitContainers")
    assert (setup["Name"], setup["Image"]) == ("setup", "setup:1")
    assert pod == {
        "DnsPolicy": "ClusterFirst",
        "HostNetwork": False,
        "ImagePullSecrets": [{"Name": "registry"}],
        "Metadata": {
            "Annotations": {"example.com/a": "b"},
            "Labels": {"team": "hpc"},
            "Namespace": "solvers",
        },
        "ServiceAccountName": "solver",
        "ShareProcessNamespace": True,
        "Volumes": [
            {"Name": "data", "PersistentVolumeClaim": {"ClaimName": "data"}},
            {"Name": "host", "HostPath": {"Path": "/opt/x"}},
            {"Name": "shm", "EmptyDir": {"Medium": "Memory", "SizeLimit": "1024Mi"}},
            {"Name": "key", "Secret": {"SecretName": "key", "Optional": True}},
        ],
    }


def test_cloudformation_and_the_api_take_every_setting() -> None:
    stack = new_stack()
    nodes = add_environment(stack, instance_type="g5.48xlarge")
    queue = MnpJobQueue(stack, "Queue", compute_environments=[nodes])
    add_definition(
        stack,
        node_groups=[every_setting()],
        instance_type=None,
        job_queue=queue,
        retry_attempts=2,
        parameters={"steps": 10},
        scheduling_priority=5,
        tags={"team": "hpc"},
        job_definition_name="solver",
        skip_deregister_on_update=True,
    )
    template = Template.from_stack(stack)
    assert schema_errors(template.to_json()) == []
    properties = {**definition_of(stack), "JobDefinitionName": "solver"}
    properties.pop("ResourceRetentionPolicy")
    request = api_model.request_from_properties(
        api_model.input_shape("batch", "RegisterJobDefinition"), properties
    )
    api_model.check("batch", "RegisterJobDefinition", request, "ClientException")


def test_images_of_the_cdk_are_pulled_without_a_role_of_the_job() -> None:
    stack = new_stack()
    repository = ecr.Repository(stack, "Repository")
    image = ecs.ContainerImage.from_ecr_repository(repository, "1")
    add_definition(stack, node_groups=[NodeGroup("solvers", ":", solver(image=image))])
    template = Template.from_stack(stack)
    (container,) = pod_of(stack)["Containers"]
    assert "Fn::Join" in container["Image"]
    template.resource_count_is("AWS::IAM::Role", 0)
    template.resource_count_is("AWS::IAM::Policy", 0)
    template.resource_count_is("AWS::ECS::TaskDefinition", 0)


def test_a_definition_is_submitted_and_retried_as_others_are() -> None:
    stack = new_stack()
    definition = add_definition(stack, retry_attempts=2)
    definition.add_retry_strategy(
        batch.RetryStrategy.of(batch.Action.RETRY, batch.Reason.custom(on_exit_code="75"))
    )
    user = iam.User(stack, "User")
    definition.grant_submit(user)
    assert definition_of(stack)["RetryStrategy"]["EvaluateOnExit"] == [
        {"Action": "RETRY", "OnExitCode": "75"}
    ]
    Template.from_stack(stack).resource_count_is("AWS::IAM::Policy", 1)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"image": " "}, "image is empty"),
        ({"command": []}, "command is an empty list"),
        ({"cpu": 0.1}, "cpu is 0.1, but must be a multiple of 0.25"),
        ({"cpu": 1.1}, "cpu is 1.1"),
        ({"memory": Size.mebibytes(3)}, "memory is 3, but must be at least 4 MiB"),
        ({"gpus": 0}, "gpus is 0"),
        ({"user": -1}, "user is -1, but must be 0 to 2147483647"),
        ({"vcpus": 1}, "there is no argument 'vcpus'"),
        (
            {
                "volumes": [
                    EksVolume(name="a", mount_path="/a"),
                    EksVolume(name="b", mount_path="/a/"),
                ]
            },
            "two volumes have the mount_path /a",
        ),
    ],
)
def test_a_container_that_cannot_be_is_an_error(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        solver(**changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "Data"}, "name must be 1 to 63 lower-case letters"),
        ({"mount_path": "data"}, "mount_path is 'data', but must be absolute"),
        ({"host_path": "/a", "claim_name": "b"}, "claim_name and host_path are set"),
        ({"host_path": "/a", "in_memory": True}, "apply to an empty directory"),
        ({"optional_secret": True}, "secret_name is not set"),
    ],
)
def test_a_volume_that_cannot_be_is_an_error(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        EksVolume(**{"name": "data", "mount_path": "/data", **changes})


def mixed() -> NodeGroup:
    task = NodeContainer(image="a", vcpus=1, memory=Size.mebibytes(4))
    return NodeGroup("nodes", ":", containers={"a": task, "b": solver()})


def test_a_node_runs_a_task_or_a_pod() -> None:
    with pytest.raises(ArgumentError, match="both NodeContainer and EksNodeContainer"):
        mixed()
    with pytest.raises(ArgumentError, match="pod is set, but"):
        NodeGroup("nodes", ":", NodeContainer(image="a"), pod=EksPod())


def test_each_definition_is_for_one_orchestrator() -> None:
    stack = new_stack()
    tasks = [NodeGroup("nodes", ":", NodeContainer(image="a"))]
    with pytest.raises(ArgumentError, match="use MnpJobDefinition") as caught:
        add_definition(stack, node_groups=tasks)
    assert caught.value.path == "Platform/Job"
    pods = [NodeGroup("nodes", ":", solver())]
    with pytest.raises(ArgumentError, match="use MnpEksJobDefinition"):
        MnpJobDefinition(stack, "Other", node_groups=pods, num_nodes=4)
    cluster: MnpCluster = add_cluster(stack, scratch_path="/scratch", instance_type="c5d.18xlarge")
    with pytest.raises(ArgumentError, match="use MnpEksJobDefinition"):
        cluster.add_job("Third", node_groups=pods)


def test_a_pod_has_the_permissions_of_its_service_account() -> None:
    definition = add_definition(new_stack())
    with pytest.raises(ArgumentError, match=r"EksPod\.service_account") as caught:
        _ = definition.grant_principal
    assert caught.value.path == "Platform/Job"


def test_a_grant_to_a_definition_or_its_nodes_names_the_service_account() -> None:
    stack = new_stack()
    bucket = s3.Bucket(stack, "Bucket")
    for grantee in (add_definition(stack), add_environment(stack)):
        with pytest.raises(RuntimeError, match=r"Platform/\w+: .*grant to the IAM role of EksPod"):
            bucket.grant_read(grantee)


def test_a_job_and_its_groups_need_licenses() -> None:
    stack = new_stack()
    licenses = batch.ConsumableResource(stack, "Licenses", total_quantity=8)
    group = NodeGroup("solvers", ":", solver(), consumable_resources={licenses: 1})
    add_definition(stack, node_groups=[group], consumable_resources={licenses: 4})
    needed = definition_of(stack)["ConsumableResourceProperties"]["ConsumableResourceList"]
    (node_range,) = node_ranges(stack)
    needed += node_range["ConsumableResourceProperties"]["ConsumableResourceList"]
    assert [item["Quantity"] for item in needed] == [4, 1]
    assert errors_of(stack) == []
    with pytest.raises(ArgumentError, match="a quantity of 0"):
        MnpEksJobDefinition(
            stack,
            "None",
            node_groups=[group],
            num_nodes=2,
            consumable_resources={licenses: 0},
        )


def test_commands_of_ecs_are_refused() -> None:
    with pytest.raises(ArgumentError, match="enable_execute_command is for Amazon ECS"):
        NodeGroup("solvers", ":", solver(), enable_execute_command=True)


def test_nodes_are_of_the_type_of_the_queue() -> None:
    stack = new_stack()
    queue = MnpJobQueue(stack, "Queue", compute_environments=[add_environment(stack)])
    add_definition(stack, instance_type=None, job_queue=queue)
    (node_range,) = node_ranges(stack)
    assert node_range["InstanceTypes"] == [INSTANCE_TYPE]
    assert errors_of(stack) == []
    assert warnings_of(stack) == []


def test_two_volumes_of_one_name_are_an_error() -> None:
    volumes = [
        EksVolume(name="data", mount_path="/a"),
        EksVolume(name="data", mount_path="/b", host_path="/data"),
    ]
    groups = [NodeGroup("nodes", ":", solver(volumes=volumes))]
    with pytest.raises(ArgumentError, match="two different volumes named 'data'"):
        add_definition(new_stack(), node_groups=groups)


def test_credentials_for_ecs_are_an_error() -> None:
    stack = new_stack()
    secret = secretsmanager.Secret.from_secret_name_v2(stack, "Secret", "registry")
    image = ecs.ContainerImage.from_registry("registry.example.com/a:1", credentials=secret)
    groups = [NodeGroup("nodes", ":", solver(image=image))]
    with pytest.raises(ArgumentError, match="set image_pull_secrets"):
        add_definition(stack, node_groups=groups)


def test_pods_are_not_submitted_to_nodes_of_ecs() -> None:
    stack = Stack(App(), "Platform")
    cluster = add_cluster(stack)
    add_definition(stack, job_queue=cluster.job_queue)
    assert {error.rule for error in errors_of(stack)} == {"MNP104"}
