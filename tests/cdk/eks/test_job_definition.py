"""MnpEksJobDefinition: pods on every node."""

from __future__ import annotations

import pytest
from aws_cdk import App, Size, Stack
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk.assertions import Template

from cdk_batch_mnp import (
    ArgumentError,
    EksPod,
    MnpCluster,
    MnpEksJobDefinition,
    MnpJobDefinition,
    MnpJobQueue,
    NodeContainer,
    NodeGroup,
)
from tests.cdk.apps import (
    INSTANCE_TYPE,
    add_cluster,
    definition_of,
    errors_of,
    new_stack,
    node_ranges,
    warnings_of,
)
from tests.cdk.eks.pods import add_definition, add_environment, pod_of, solver


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
