"""MnpEksComputeEnvironment: the nodes of an EKS cluster."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aws_cdk import Duration, Size, Stack
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks as eks
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template

from cdk_batch_mnp import (
    ArgumentError,
    EksNodeContainer,
    MnpEksComputeEnvironment,
    MnpEksJobDefinition,
    MnpJobDefinition,
    MnpJobQueue,
    NodeContainer,
    NodeGroup,
)
from tests.cdk.apps import INSTANCE_TYPE, VCPUS, errors_of, new_stack, rules
from tests.cdk.eks.pods import ARN, add_environment


def properties_of(stack: Stack) -> dict[str, Any]:
    found = Template.from_stack(stack).find_resources("AWS::Batch::ComputeEnvironment")
    (environment,) = found.values()
    return dict(environment["Properties"])


def test_nodes_join_an_existing_cluster() -> None:
    stack = new_stack()
    environment = add_environment(stack)
    properties = properties_of(stack)
    assert properties["EksConfiguration"] == {
        "EksClusterArn": ARN,
        "KubernetesNamespace": "solvers",
    }
    resources = properties["ComputeResources"]
    assert resources["Type"] == "EC2"
    assert resources["AllocationStrategy"] == "BEST_FIT_PROGRESSIVE"
    assert resources["MaxvCpus"] == 4 * VCPUS
    assert resources["InstanceTypes"] == [INSTANCE_TYPE]
    assert resources["SecurityGroupIds"] == ["sg-0123456789abcdef0"]
    assert resources["Ec2Configuration"] == [{"ImageType": "EKS_AL2023"}]
    assert "PlacementGroup" in resources
    assert environment.enabled
    assert environment.service_role is None


def test_batch_writes_the_user_data_of_the_nodes() -> None:
    stack = new_stack()
    add_environment(stack)
    (made,) = Template.from_stack(stack).find_resources("AWS::EC2::LaunchTemplate").values()
    data = made["Properties"]["LaunchTemplateData"]
    assert "UserData" not in data
    assert "NetworkInterfaces" not in data
    assert data["MetadataOptions"]["HttpTokens"] == "required"


def test_an_instance_with_efa_has_an_ordinary_interface() -> None:
    stack = new_stack()
    add_environment(stack, instance_type="c5n.18xlarge")
    (made,) = Template.from_stack(stack).find_resources("AWS::EC2::LaunchTemplate").values()
    assert "NetworkInterfaces" not in made["Properties"]["LaunchTemplateData"]


def test_the_instance_role_has_the_policies_of_nodes() -> None:
    stack = new_stack()
    add_environment(stack)
    (role,) = Template.from_stack(stack).find_resources("AWS::IAM::Role").values()
    policies = json.dumps(role["Properties"]["ManagedPolicyArns"])
    for name in (
        "AmazonEKSWorkerNodePolicy",
        "AmazonEKS_CNI_Policy",
        "AmazonEC2ContainerRegistryReadOnly",
    ):
        assert f":iam::aws:policy/{name}" in policies
    assert "ContainerServiceforEC2" not in policies


def test_what_is_given_is_used() -> None:
    stack = new_stack()
    role = iam.Role.from_role_arn(stack, "Role", "arn:aws:iam::123456789012:role/nodes")
    add_environment(
        stack,
        instance_type="g5.12xlarge",
        instance_role=role,
        kubernetes_version="1.33",
        min_nodes=1,
        update_timeout=Duration.hours(1),
        root_volume_size=Size.gibibytes(200),
        compute_environment_name="nodes",
        enabled=False,
    )
    properties = properties_of(stack)
    assert properties["State"] == "DISABLED"
    assert properties["ComputeEnvironmentName"] == "nodes"
    assert properties["UpdatePolicy"]["JobExecutionTimeoutMinutes"] == 60
    resources = properties["ComputeResources"]
    assert resources["MinvCpus"] == 48
    assert resources["Ec2Configuration"] == [
        {"ImageType": "EKS_AL2023_NVIDIA", "ImageKubernetesVersion": "1.33"}
    ]
    assert Template.from_stack(stack).find_resources("AWS::IAM::Role") == {}


@pytest.mark.parametrize("image_type", ["EKS_AL2", batch.EksMachineImageType.EKS_AL2])
def test_an_image_type_as_text_or_of_the_cdk(image_type: str | batch.EksMachineImageType) -> None:
    stack = new_stack()
    add_environment(stack, image_type=image_type)
    images = properties_of(stack)["ComputeResources"]["Ec2Configuration"]
    assert images == [{"ImageType": "EKS_AL2"}]


def test_a_launch_template_of_ones_own_is_used() -> None:
    stack = new_stack()
    own = ec2.LaunchTemplate.from_launch_template_attributes(
        stack, "Own", launch_template_id="lt-0123456789abcdef0", version_number="3"
    )
    add_environment(stack, launch_template=own)
    assert properties_of(stack)["ComputeResources"]["LaunchTemplate"] == {
        "LaunchTemplateId": "lt-0123456789abcdef0",
        "Version": "3",
    }


def test_a_cluster_by_name_is_in_this_account_and_region() -> None:
    stack = new_stack()
    add_environment(stack, cluster="hpc")
    arn = json.dumps(properties_of(stack)["EksConfiguration"]["EksClusterArn"])
    assert ":cluster/hpc" in arn
    assert "AWS::AccountId" in arn


def test_nodes_are_in_the_security_group_of_the_cluster() -> None:
    stack = new_stack()
    cluster = eks.Cluster.from_cluster_attributes(
        stack, "Cluster", cluster_name="hpc", cluster_security_group_id="sg-0fedcba9876543210"
    )
    environment = add_environment(stack, cluster=cluster)
    resources = properties_of(stack)["ComputeResources"]
    assert resources["SecurityGroupIds"] == ["sg-0fedcba9876543210"]
    assert len(environment.connections.security_groups) == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"security_groups": None}, "security group of the cluster is not known"),
        ({"max_nodes": 0}, "max_nodes is 0"),
        ({"cluster": 7}, "cluster must be a string or an eks.ICluster, got 7"),
        ({"efa": True}, "there is no argument 'efa'"),
        ({"instance_type": "c5.18xlarg"}, "the instance type 'c5.18xlarg' is unknown"),
    ],
)
def test_a_wrong_argument_is_an_error(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message) as caught:
        add_environment(new_stack(), **changes)
    assert caught.value.path == "Platform/Nodes"


def test_an_imported_cluster_without_its_security_group_is_an_error() -> None:
    stack = new_stack()
    cluster = eks.Cluster.from_cluster_attributes(stack, "Cluster", cluster_name="hpc")
    with pytest.raises(ArgumentError, match="set security_groups"):
        add_environment(stack, cluster=cluster)


@pytest.mark.parametrize("cluster", ["", "a b", "arn:aws:ecs:eu-west-1:123456789012:cluster/hpc"])
def test_what_is_not_a_cluster_of_eks_is_refused(cluster: str) -> None:
    with pytest.raises(ArgumentError, match="must be the name of an EKS cluster, or its ARN"):
        add_environment(new_stack(), cluster=cluster)


def test_nodes_stay_warm_and_have_fast_root_volumes() -> None:
    stack = new_stack()
    add_environment(
        stack,
        scale_down_delay=Duration.minutes(30),
        root_volume_iops=6000,
        root_volume_throughput=500,
    )
    resources = properties_of(stack)["ComputeResources"]
    assert resources["ScalingPolicy"] == {"MinScaleDownDelayMinutes": 30}
    (template,) = Template.from_stack(stack).find_resources("AWS::EC2::LaunchTemplate").values()
    (device,) = template["Properties"]["LaunchTemplateData"]["BlockDeviceMappings"]
    assert (device["Ebs"]["Iops"], device["Ebs"]["Throughput"]) == (6000, 500)


def test_an_imported_environment_runs_pods_on_the_nodes_that_are_stated() -> None:
    stack = new_stack()
    prefix = "arn:aws:batch:eu-west-1:123456789012"
    environment = MnpEksComputeEnvironment.from_compute_environment_attributes(
        stack,
        "Imported",
        compute_environment_arn=f"{prefix}:compute-environment/nodes",
        instance_type=INSTANCE_TYPE,
        max_nodes=2,
    )
    queue = MnpJobQueue.from_job_queue_attributes(
        stack,
        "Queue",
        job_queue_arn=f"{prefix}:job-queue/pods",
        compute_environments=[environment],
    )
    pods = EksNodeContainer(image="a:1", cpu=70, memory=Size.gibibytes(100))
    for name, number, group in (
        ("Right", 2, NodeGroup("all", ":", pods)),
        ("Large", 3, NodeGroup("all", ":", pods)),
    ):
        MnpEksJobDefinition(
            stack,
            name,
            node_groups=[group],
            num_nodes=number,
            job_queue=queue,
            timeout=Duration.hours(1),
        )
    tasks = NodeContainer(image="a:1")
    MnpJobDefinition(
        stack,
        "Tasks",
        node_groups=[NodeGroup("all", ":", tasks)],
        num_nodes=2,
        job_queue=queue,
        timeout=Duration.hours(1),
    )
    assert sorted(rules(errors_of(stack))) == ["MNP104", "MNP106"]


def test_an_imported_environment_of_which_only_the_arn_is_known() -> None:
    stack = new_stack()
    arn = "arn:aws:batch:eu-west-1:123456789012:compute-environment/nodes"
    environment = MnpEksComputeEnvironment.from_compute_environment_arn(stack, "Imported", arn)
    MnpJobQueue(stack, "Queue", compute_environments=[environment])
    (queue,) = Template.from_stack(stack).find_resources("AWS::Batch::JobQueue").values()
    (order,) = queue["Properties"]["ComputeEnvironmentOrder"]
    assert order["ComputeEnvironment"] == arn
    assert queue["Metadata"]["cdk-batch-mnp"]["importedEnvironments"][0]["isOnEks"] is True
