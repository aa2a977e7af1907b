"""MnpCluster: what users get who give a VPC, an instance type and a number of nodes."""

from __future__ import annotations

from typing import Any

import pytest
from aws_cdk import App, Environment, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk.assertions import Match, Template

from cdk_batch_mnp import MnpCluster
from tests.cdk.apps import (
    add_cluster,
    add_job,
    add_vpc,
    errors_of,
    new_stack,
    properties_of,
    warnings_of,
)


@pytest.fixture(scope="module")
def platform() -> Stack:
    """The smallest platform: a VPC, a cluster, a job."""
    stack = new_stack()
    cluster = MnpCluster(
        stack, "Cluster", vpc=add_vpc(stack), instance_type="c5.18xlarge", max_nodes=4
    )
    add_job(cluster)
    return stack


@pytest.fixture(scope="module")
def template(platform: Stack) -> Template:
    return Template.from_stack(platform)


@pytest.fixture(scope="module")
def compute_resources(template: Template) -> dict[str, Any]:
    properties = properties_of(template, "AWS::Batch::ComputeEnvironment")
    return dict(properties["ComputeResources"])


def test_the_smallest_platform_has_no_findings(platform: Stack) -> None:
    assert errors_of(platform) == []
    assert warnings_of(platform) == []


def test_the_environment_is_managed_and_on_demand(template: Template) -> None:
    template.has_resource_properties(
        "AWS::Batch::ComputeEnvironment",
        {
            "Type": "MANAGED",
            "State": "ENABLED",
            "ReplaceComputeEnvironment": False,
            "ComputeResources": {
                "Type": "EC2",
                "AllocationStrategy": "BEST_FIT_PROGRESSIVE",
                "InstanceTypes": ["c5.18xlarge"],
                "MinvCpus": 0,
                "UpdateToLatestImageVersion": True,
            },
        },
    )


def test_max_vcpus_hold_all_nodes(compute_resources: dict[str, Any]) -> None:
    assert compute_resources["MaxvCpus"] == 4 * 72


def test_the_nodes_are_close_together(
    template: Template, compute_resources: dict[str, Any]
) -> None:
    (group,) = template.find_resources("AWS::EC2::PlacementGroup")
    template.has_resource_properties("AWS::EC2::PlacementGroup", {"Strategy": "cluster"})
    assert compute_resources["PlacementGroup"] == {"Fn::GetAtt": [group, "GroupName"]}


def test_the_nodes_security_group_admits_only_itself(
    template: Template, compute_resources: dict[str, Any]
) -> None:
    (group,) = template.find_resources(
        "AWS::EC2::SecurityGroup", {"Properties": {"GroupDescription": Match.any_value()}}
    )
    id = {"Fn::GetAtt": [group, "GroupId"]}
    assert compute_resources["SecurityGroupIds"] == [id]
    template.has_resource_properties(
        "AWS::EC2::SecurityGroup",
        {
            "SecurityGroupIngress": Match.absent(),
            "SecurityGroupEgress": [Match.object_like({"CidrIp": "0.0.0.0/0", "IpProtocol": "-1"})],
        },
    )
    ingress = template.find_resources("AWS::EC2::SecurityGroupIngress").values()
    assert [each["Properties"] for each in ingress] == [
        {
            "Description": "All traffic from the nodes themselves",
            "GroupId": id,
            "SourceSecurityGroupId": id,
            "IpProtocol": "-1",
        }
    ]


def test_instances_require_imdsv2_and_have_an_encrypted_root_volume(
    template: Template, compute_resources: dict[str, Any]
) -> None:
    (launch_template,) = template.find_resources("AWS::EC2::LaunchTemplate")
    template.has_resource_properties(
        "AWS::EC2::LaunchTemplate",
        {
            "LaunchTemplateData": {
                "MetadataOptions": {
                    "HttpEndpoint": "enabled",
                    "HttpTokens": "required",
                    "HttpPutResponseHopLimit": 2,
                },
                "BlockDeviceMappings": [
                    {
                        "DeviceName": "/dev/xvda",
                        "Ebs": {
                            "Encrypted": True,
                            "VolumeType": "gp3",
                            "VolumeSize": 100,
                            "DeleteOnTermination": True,
                        },
                    }
                ],
            }
        },
    )
    # $Latest would be read only when something else updates the environment.
    assert compute_resources["LaunchTemplate"] == {
        "LaunchTemplateId": {"Ref": launch_template},
        "Version": {"Fn::GetAtt": [launch_template, "LatestVersionNumber"]},
    }


def test_instances_have_the_ecs_policy_and_no_other(
    template: Template, compute_resources: dict[str, Any]
) -> None:
    (profile,) = template.find_resources("AWS::IAM::InstanceProfile")
    assert compute_resources["InstanceRole"] == {"Fn::GetAtt": [profile, "Arn"]}
    (role,) = (
        resource["Properties"]
        for resource in template.find_resources("AWS::IAM::Role").values()
        if "ec2.amazonaws.com" in str(resource["Properties"]["AssumeRolePolicyDocument"])
    )
    (policy,) = role["ManagedPolicyArns"]
    assert str(policy).count("service-role/AmazonEC2ContainerServiceforEC2Role") == 1
    assert "Policies" not in role


def test_the_queue_cancels_jobs_that_cannot_start(template: Template) -> None:
    actions = properties_of(template, "AWS::Batch::JobQueue")["JobStateTimeLimitActions"]
    assert {action["Reason"] for action in actions} == {
        "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY",
        "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE",
        "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT",
        "MISCONFIGURATION:EC2_INSTANCE_CONFIGURATION_UNSUPPORTED",
    }
    assert {
        (action["State"], action["Action"], action["MaxTimeSeconds"]) for action in actions
    } == {("RUNNABLE", "CANCEL", 3600)}


def test_all_jobs_log_to_one_group_that_forgets(template: Template) -> None:
    (group,) = template.find_resources("AWS::Logs::LogGroup")
    template.has_resource_properties("AWS::Logs::LogGroup", {"RetentionInDays": 30})
    nodes = properties_of(template, "AWS::Batch::JobDefinition")["NodeProperties"]
    logs_of = [
        node_range["Container"]["LogConfiguration"] for node_range in nodes["NodeRangeProperties"]
    ]
    assert [each["Options"]["awslogs-group"] for each in logs_of] == [{"Ref": group}] * 2
    assert [each["Options"]["awslogs-stream-prefix"] for each in logs_of] == ["main", "workers"]


def test_a_job_has_all_nodes_of_the_cluster_and_all_of_each_node(template: Template) -> None:
    nodes = properties_of(template, "AWS::Batch::JobDefinition")["NodeProperties"]
    assert (nodes["NumNodes"], nodes["MainNode"]) == (4, 0)
    main, workers = nodes["NodeRangeProperties"]
    assert (main["TargetNodes"], workers["TargetNodes"]) == ("0:0", "1:")
    for group in (main, workers):
        amounts = {
            requirement["Type"]: int(requirement["Value"])
            for requirement in group["Container"]["ResourceRequirements"]
        }
        assert amounts["VCPU"] == 72
        # 144 GiB, less what the system and the ECS agent need.
        assert 135_000 < amounts["MEMORY"] < 144 * 1024
        assert "GPU" not in amounts


def test_the_nodes_are_in_one_zone_of_a_vpc_of_three() -> None:
    stack = Stack(
        App(),
        "Regional",
        env=Environment(account="123456789012", region="eu-west-1"),
    )
    vpc = ec2.Vpc(
        stack,
        "Vpc",
        availability_zones=["eu-west-1a", "eu-west-1b", "eu-west-1c"],
        subnet_configuration=[
            ec2.SubnetConfiguration(name="Public", subnet_type=ec2.SubnetType.PUBLIC),
            ec2.SubnetConfiguration(name="One", subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS),
            ec2.SubnetConfiguration(name="Two", subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS),
        ],
    )
    add_job(add_cluster(stack, vpc=vpc))
    template = Template.from_stack(stack)
    subnets = properties_of(template, "AWS::Batch::ComputeEnvironment")["ComputeResources"][
        "Subnets"
    ]
    made = template.find_resources("AWS::EC2::Subnet")
    zones = {made[subnet["Ref"]]["Properties"]["AvailabilityZone"] for subnet in subnets}
    assert len(subnets) == 2
    assert zones == {"eu-west-1a"}
