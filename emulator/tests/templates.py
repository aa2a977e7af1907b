"""Small templates: a network, and an MNP platform in it."""

from __future__ import annotations

from typing import Any

Resources = dict[str, dict[str, Any]]


def network() -> Resources:
    return {
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
        "Subnet": {
            "Type": "AWS::EC2::Subnet",
            "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.0.0.0/20"},
        },
        "Group": {
            "Type": "AWS::EC2::SecurityGroup",
            "Properties": {"GroupDescription": "nodes", "VpcId": {"Ref": "Vpc"}},
        },
    }


def instance_role() -> Resources:
    return {
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}},
        },
        "Profile": {
            "Type": "AWS::IAM::InstanceProfile",
            "Properties": {"Roles": [{"Ref": "Role"}]},
        },
    }


def platform() -> Resources:
    """An environment with its queue and a definition of two node groups."""
    return {
        **network(),
        **instance_role(),
        "PlacementGroup": {
            "Type": "AWS::EC2::PlacementGroup",
            "Properties": {"Strategy": "cluster"},
        },
        "LaunchTemplate": {
            "Type": "AWS::EC2::LaunchTemplate",
            "Properties": {
                "LaunchTemplateData": {
                    "BlockDeviceMappings": [
                        {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 50, "Encrypted": True}}
                    ]
                }
            },
        },
        "Environment": {
            "Type": "AWS::Batch::ComputeEnvironment",
            "Properties": {
                "Type": "MANAGED",
                "ReplaceComputeEnvironment": False,
                "ComputeResources": {
                    "Type": "EC2",
                    "AllocationStrategy": "BEST_FIT_PROGRESSIVE",
                    "MinvCpus": 0,
                    "MaxvCpus": "16",
                    "InstanceTypes": ["c5.xlarge"],
                    "InstanceRole": {"Fn::GetAtt": ["Profile", "Arn"]},
                    "Subnets": [{"Ref": "Subnet"}],
                    "SecurityGroupIds": [{"Fn::GetAtt": ["Group", "GroupId"]}],
                    "PlacementGroup": {"Ref": "PlacementGroup"},
                    "Ec2Configuration": [{"ImageType": "ECS_AL2023"}],
                    "LaunchTemplate": {
                        "LaunchTemplateId": {"Ref": "LaunchTemplate"},
                        "Version": {"Fn::GetAtt": ["LaunchTemplate", "LatestVersionNumber"]},
                    },
                    "UpdateToLatestImageVersion": True,
                },
            },
        },
        "Queue": {
            "Type": "AWS::Batch::JobQueue",
            "Properties": {
                "Priority": 1,
                "ComputeEnvironmentOrder": [
                    {"Order": 1, "ComputeEnvironment": {"Ref": "Environment"}}
                ],
                "JobStateTimeLimitActions": [
                    {
                        "Action": "CANCEL",
                        "MaxTimeSeconds": 3600,
                        "Reason": "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY",
                        "State": "RUNNABLE",
                    }
                ],
            },
        },
        "Definition": definition("0:1", "2:", num_nodes=4),
    }


def definition(*ranges: str, num_nodes: int, main_node: int = 0) -> dict[str, Any]:
    """A job definition with a node group for each range."""
    return {
        "Type": "AWS::Batch::JobDefinition",
        "Properties": {
            "Type": "multinode",
            "PlatformCapabilities": ["EC2"],
            "PropagateTags": True,
            "Tags": {"project": "test"},
            "Parameters": {"Greeting": "hello"},
            "RetryStrategy": {
                "Attempts": 2,
                "EvaluateOnExit": [{"Action": "RETRY", "OnStatusReason": "Host EC2*"}],
            },
            "Timeout": {"AttemptDurationSeconds": 900},
            "NodeProperties": {
                "NumNodes": num_nodes,
                "MainNode": main_node,
                "NodeRangeProperties": [
                    {"TargetNodes": node_range, "Container": container()} for node_range in ranges
                ],
            },
        },
    }


def container() -> dict[str, Any]:
    return {
        "Image": "public.ecr.aws/docker/library/busybox:1.37",
        "Command": ["echo", "Ref::Greeting"],
        "ResourceRequirements": [
            {"Type": "VCPU", "Value": 4},
            {"Type": "MEMORY", "Value": "7494"},
        ],
        "Environment": [{"Name": "MODE", "Value": "test"}],
        "LogConfiguration": {"LogDriver": "awslogs", "Options": {"awslogs-group": "jobs"}},
        "LinuxParameters": {"SharedMemorySize": 1024},
        "Ulimits": [{"Name": "memlock", "SoftLimit": -1, "HardLimit": -1}],
    }


GROUP: dict[str, Any] = {"Type": "AWS::Logs::LogGroup"}


def group(name: Any = "x", **more: Any) -> dict[str, Any]:
    return {**GROUP, "Properties": {"LogGroupName": name}, **more}


def named(name: Any) -> dict[str, Any]:
    """A template whose one resource has a name that comes from somewhere."""
    return {"Resources": {"A": group(name)}}
