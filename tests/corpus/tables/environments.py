"""Compute environments: what kind they are, their limits, names and words."""

from __future__ import annotations

from tests.corpus.changes import (
    INTERFACES,
    JOB,
    LEFT_OUT,
    RESOURCES,
    TEMPLATE,
    Table,
    ref,
    security_group,
)

ENVIRONMENTS: Table = {
    "MNP101": (
        ("Spot", "cluster", {f"{RESOURCES}.Type": "SPOT"}),
        ("Spot in small letters", "cluster", {f"{RESOURCES}.Type": "spot"}),
        ("Managed Instances", "isolated", {f"{RESOURCES}.Type": "ECS_MANAGED_INSTANCES"}),
        (
            "Spot, with a bid",
            "efa",
            {f"{RESOURCES}.Type": "SPOT", f"{RESOURCES}.BidPercentage": 60},
        ),
    ),
    "MNP102": (
        ("Fargate", "isolated", {f"{RESOURCES}.Type": "FARGATE"}),
        ("Fargate Spot", "cluster", {f"{RESOURCES}.Type": "FARGATE_SPOT"}),
    ),
    "MNP103": (("unmanaged", "eks", {"Environment.Type": "UNMANAGED"}),),
    "MNP104": (
        (
            "containers on EKS",
            "eks",
            {
                f"{JOB}.NodeRangeProperties": [
                    {
                        "TargetNodes": ":",
                        "Container": {
                            "Image": "solver",
                            "InstanceType": "c5.18xlarge",
                            "ResourceRequirements": [
                                {"Type": "VCPU", "Value": "72"},
                                {"Type": "MEMORY", "Value": "100000"},
                            ],
                        },
                    }
                ]
            },
        ),
        (
            "pods on ECS",
            "eks",
            {
                "Environment.EksConfiguration": LEFT_OUT,
                "Environment.Metadata.cdk-batch-mnp.acknowledged.MNP606": "another mistake",
            },
        ),
    ),
    "MNP105": (
        (
            "six groups",
            "cluster",
            {
                **{f"More{number}": security_group() for number in range(5)},
                f"{RESOURCES}.SecurityGroupIds": [
                    ref("Nodes"),
                    *(ref(f"More{number}") for number in range(5)),
                ],
            },
        ),
        (
            "six groups by id",
            "eks",
            {f"{RESOURCES}.SecurityGroupIds": [f"sg-0123456789abcdef{n}" for n in range(6)]},
        ),
        (
            "six groups at an interface",
            "efa",
            {
                f"{INTERFACES}.0.Groups": [
                    ref("Group"),
                    *(f"sg-0123456789abcdef{n}" for n in range(5)),
                ]
            },
        ),
    ),
    "MNP106": (
        ("room for one node", "cluster", {f"{RESOURCES}.MaxvCpus": 72}),
        ("room for all but one vCPU", "cluster", {f"{RESOURCES}.MaxvCpus": 287}),
        ("as a text", "isolated", {f"{RESOURCES}.MaxvCpus": "1535"}),
        ("more nodes than vCPUs for them", "efa", {f"{JOB}.NumNodes": 3}),
    ),
    "MNP108": (
        ("desired above max", "cluster", {f"{RESOURCES}.DesiredvCpus": 300}),
        ("desired below zero", "isolated", {f"{RESOURCES}.DesiredvCpus": -1}),
    ),
    "MNP111": (
        ("best fit", "cluster", {f"{RESOURCES}.AllocationStrategy": "BEST_FIT"}),
        ("nothing said", "isolated", {f"{RESOURCES}.AllocationStrategy": LEFT_OUT}),
        (
            "a strategy for Spot",
            "efa",
            {f"{RESOURCES}.AllocationStrategy": "SPOT_CAPACITY_OPTIMIZED"},
        ),
    ),
    "MNP112": (
        ("latest", "cluster", {f"{RESOURCES}.LaunchTemplate.Version": "$Latest"}),
        ("default", "isolated", {f"{RESOURCES}.LaunchTemplate.Version": "$Default"}),
        ("left out", "efa", {f"{RESOURCES}.LaunchTemplate.Version": LEFT_OUT}),
    ),
    "MNP113": (
        ("a name", "isolated", {"Environment.ComputeEnvironmentName": "hpc"}),
        (
            "a name made of the stack's",
            "isolated",
            {"Environment.ComputeEnvironmentName": {"Fn::Sub": "${AWS::StackName}-hpc"}},
        ),
        (
            "a name that is not known",
            "isolated",
            {"Environment.ComputeEnvironmentName": {"Fn::ImportValue": "name"}},
        ),
        (
            "a name, to be replaced",
            "cluster",
            {
                "Environment.ComputeEnvironmentName": "hpc",
                "Environment.ReplaceComputeEnvironment": True,
            },
        ),
    ),
    "MNP116": (
        ("a node is kept", "cluster", {f"{RESOURCES}.MinvCpus": 72}),
        ("as a text", "isolated", {f"{RESOURCES}.MinvCpus": "1"}),
    ),
    "MNP122": (
        (
            "by id and by name",
            "cluster",
            {f"{RESOURCES}.LaunchTemplate.LaunchTemplateName": "nodes"},
        ),
        ("a version alone", "cluster", {f"{RESOURCES}.LaunchTemplate": {"Version": "1"}}),
    ),
    "MNP123": (
        (
            "minutes for seconds",
            "cluster",
            {f"{RESOURCES}.ScalingPolicy.MinScaleDownDelayMinutes": 15},
        ),
    ),
    "MNP124": (("on EKS", "eks", {"Environment.EcsSettings.ContainerInsights": "ENHANCED"}),),
    "MNP125": (
        ("a dot", "cluster", {"Environment.ComputeEnvironmentName": "nodes.large"}),
        ("129 characters", "cluster", {"Environment.ComputeEnvironmentName": "n" * 129}),
    ),
    "MNP126": (
        ("two weeks", "cluster", {"Environment.UpdatePolicy.JobExecutionTimeoutMinutes": 20_160}),
    ),
    "MNP130": (
        ("no desired vCPUs", "cluster", {f"{RESOURCES}.DesiredvCpus": 0}),
        (
            "unknown desired vCPUs",
            "cluster",
            {f"{RESOURCES}.DesiredvCpus": {"Fn::ImportValue": "n"}},
        ),
    ),
    "MNP140": (
        (
            "a misspelt strategy",
            "cluster",
            {f"{RESOURCES}.AllocationStrategy": "BEST_FIT_PROGRESIVE"},
        ),
        ("a misspelt type", "cluster", {"Environment.Type": "MANAGE"}),
        (
            "two subnets in one text",
            "efa",
            {f"{RESOURCES}.Subnets": [{"Fn::Join": [",", ["subnet-0a1b2c3d", "subnet-4e5f6a7b"]]}]},
        ),
        (
            "a VPC in place of a subnet",
            "efa",
            {f"{RESOURCES}.Subnets": ["vpc-0123456789abcdef0"]},
        ),
        ("another spread level", "cluster", {"Placement.SpreadLevel": "building"}),
        (
            "a version without its sign",
            "cluster",
            {f"{RESOURCES}.LaunchTemplate.Version": "Latest"},
        ),
    ),
    "MNP141": (
        (
            "the path of a parameter, partly known",
            "cluster",
            {f"{TEMPLATE}.ImageId": {"Fn::Sub": "/images/${AWS::StackName}/nodes"}},
        ),
        (
            "the path of a parameter",
            "cluster",
            {
                f"{RESOURCES}.Ec2Configuration": [
                    {"ImageType": "ECS_AL2023", "ImageIdOverride": "/aws/service/ecs/image_id"}
                ]
            },
        ),
    ),
    "MNP142": (("disabled", "cluster", {"Environment.State": "DISABLED"}),),
    "MNP143": (
        (
            "tags of another resource",
            "cluster",
            {f"{RESOURCES}.Tags": [{"Key": "Name", "Value": "nodes"}]},
        ),
        ("user data", "cluster", {f"{RESOURCES}.UserData": {"Fn::Base64": "#!/bin/bash"}}),
        ("a misspelt name", "cluster", {f"{RESOURCES}.Placementgroups": "nodes"}),
        ("another case", "cluster", {f"{RESOURCES}.bidPercentage": 100}),
        ("in the placement group", "cluster", {"Placement.PartitionCounts": 2}),
    ),
    "MNP144": (
        ("another volume", "cluster", {f"{TEMPLATE}.BlockDeviceMappings.0.Ebs.VolumeType": "fast"}),
        ("no tokens", "cluster", {f"{TEMPLATE}.MetadataOptions.HttpTokens": "mandatory"}),
    ),
    "MNP145": (
        ("a misspelt name", "cluster", {f"{TEMPLATE}.MetadataOptions.HttpToken": "required"}),
        ("another case", "cluster", {f"{TEMPLATE}.KeyNAME": "nodes"}),
        ("a name that is not known", "cluster", {f"{TEMPLATE}.Novelty": True}),
        ("user data next to the data", "cluster", {"LaunchTemplate.UserData": "IyEvYmluL2Jhc2g="}),
    ),
    "MNP146": (
        ("no max vCPUs", "cluster", {f"{RESOURCES}.MaxvCpus": LEFT_OUT}),
        ("no type of the instances", "isolated", {f"{RESOURCES}.Type": LEFT_OUT}),
        ("no type", "efa", {"Environment.Type": LEFT_OUT}),
        ("no image type", "cluster", {f"{RESOURCES}.Ec2Configuration": [{}]}),
    ),
}
