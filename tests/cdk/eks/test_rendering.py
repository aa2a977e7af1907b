"""Pods are written as CloudFormation and the API take them."""

from __future__ import annotations

from aws_cdk import Size
from aws_cdk import aws_batch as batch
from aws_cdk.assertions import Template

from cdk_batch_mnp import EksNodeContainer, EksPod, EksVolume, MnpJobQueue, NodeGroup
from cdk_batch_mnp_emulator import api_model
from tests.cdk.apps import definition_of, new_stack
from tests.cdk.eks.pods import add_definition, add_environment, pod_of, solver
from tests.linting import schema_errors


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
