"""Small changes to right templates, each of which breaks one rule and no other.

A change names a property by its logical id and path, and gives what stands there instead.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from cdk_batch_mnp.template.source.document import read_document
from tests.corpus.role_mutations import ROLE_MUTATIONS
from tests.corpus.submission_mutations import SUBMISSION_MUTATIONS

BASES = Path(__file__).parent / "bases"
LEFT_OUT = object()
"""Takes a property away."""

JOB = "Job.NodeProperties"
FIRST = f"{JOB}.NodeRangeProperties.0"
SECOND = f"{JOB}.NodeRangeProperties.1"
CONTAINER = f"{FIRST}.Container"
TASK = f"{FIRST}.EcsProperties.TaskProperties.0"
RESOURCES = "Environment.ComputeResources"
TEMPLATE = "LaunchTemplate.LaunchTemplateData"
INTERFACES = "Template.LaunchTemplateData.NetworkInterfaces"
BLOCKED = "echo ECS_AWSVPC_BLOCK_IMDS=true >> /etc/ecs/ecs.config\n"
MULTIPART = """\
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="part"

--part
Content-Type: text/x-shellscript; charset="us-ascii"

#!/bin/bash
sysctl -w vm.overcommit_memory=1

--part--
"""
POD = f"{FIRST}.EksProperties.PodProperties"
ACTION = "Queue.JobStateTimeLimitActions.0"


@dataclass(frozen=True)
class Mutation:
    """A right template and what is changed in it."""

    rule: str
    what: str
    base: str
    changes: Mapping[str, Any]

    def template(self) -> dict[str, Any]:
        """The wrong template."""
        data = deepcopy(base(self.base))
        for path, value in self.changes.items():
            change(data["Resources"], path, value)
        return data


@cache
def base(name: str) -> dict[str, Any]:
    path = BASES / f"{name}.yaml"
    # Aliases are one object in memory; a change must not be seen in two places.
    return dict(_copied(read_document(path.read_bytes(), str(path)).data))


def _copied(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _copied(each) for key, each in value.items()}
    return [_copied(each) for each in value] if isinstance(value, list) else value


def change(resources: dict[str, Any], path: str, value: Any) -> None:
    """Set, add or take away what a path names; a path of one name is a whole resource."""
    logical_id, *steps = path.split(".")
    if not steps:
        resources[logical_id] = deepcopy(value)
        return
    is_metadata = steps[0] == "Metadata"
    inside: Any = resources[logical_id]
    if not is_metadata:
        inside = inside.setdefault("Properties", {})
    for step in steps[:-1]:
        inside = inside[int(step)] if isinstance(inside, list) else inside.setdefault(step, {})
    last = steps[-1]
    if isinstance(inside, list):
        if last == "+":
            inside.append(deepcopy(value))
        elif value is LEFT_OUT:
            del inside[int(last)]
        else:
            inside[int(last)] = deepcopy(value)
    elif value is LEFT_OUT:
        del inside[last]
    else:
        inside[last] = deepcopy(value)


def acknowledged(rule: str) -> dict[str, Any]:
    return {"cdk-batch-mnp": {"acknowledged": {rule: "it is meant so"}}}


def ref(name: str) -> dict[str, str]:
    return {"Ref": name}


def _environment_like(base_name: str, **resources: Any) -> dict[str, Any]:
    """A second environment."""
    copy = deepcopy(base(base_name)["Resources"]["Environment"])
    copy["Properties"]["ComputeResources"].update(resources)
    return dict(copy)


_LIMITS = {"cpu": "70", "memory": "130000Mi"}


def _of_pod(**changes: Any) -> dict[str, Any]:
    """A small container of a pod."""
    amounts = {"Limits": {"cpu": "1", "memory": "1024Mi"}}
    return {"Image": "solver:1", "Resources": amounts, **changes}


def _order(number: int, name: str) -> dict[str, Any]:
    return {"Order": number, "ComputeEnvironment": ref(name)}


def _sg() -> dict[str, Any]:
    return {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": "more"}}


def _root(**members: Any) -> list[dict[str, Any]]:
    """The root volume of a launch template."""
    return [{"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True, **members}}]


def _policy(*actions: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": "*", "Action": list(actions), "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def _efs() -> dict[str, Any]:
    """A volume of a file system without mount targets."""
    configuration = {"FileSystemId": ref("Files"), "TransitEncryption": "ENABLED"}
    return {
        "Vpc.EnableDnsHostnames": True,
        "Files": {"Type": "AWS::EFS::FileSystem"},
        f"{CONTAINER}.Volumes": [{"Name": "data", "EfsVolumeConfiguration": configuration}],
    }


def _mount_target(**changes: Any) -> dict[str, Any]:
    right = {
        "FileSystemId": ref("Files"),
        "SubnetId": ref("NodeSubnet"),
        "SecurityGroups": [ref("Nodes")],
    }
    return {"Type": "AWS::EFS::MountTarget", "Properties": {**right, **changes}}


def _ranges(*targets: str) -> list[Any]:
    first = base("cluster")["Resources"]["Job"]["Properties"]["NodeProperties"][
        "NodeRangeProperties"
    ][0]
    return [{**deepcopy(first), "TargetNodes": target} for target in targets]


def _after(name: str, condition: str) -> dict[str, str]:
    return {"ContainerName": name, "Condition": condition}


SIDECAR_WAITS = f"{TASK}.Containers.1.DependsOn"
_ROUTED = {"LogDriver": "awsfirelens", "Options": {"Name": "stdout"}}
_EXEC_ALLOWED = {
    "JobRole.Policies.+": {
        "PolicyName": "exec",
        "PolicyDocument": {
            "Statement": [{"Effect": "Allow", "Action": "ssmmessages:*", "Resource": "*"}]
        },
    }
}


CONSUMABLES = "ConsumableResourceProperties.ConsumableResourceList"
_LICENSES = {
    "Licenses": {
        "Type": "AWS::Batch::ConsumableResource",
        "Properties": {"ResourceType": "REPLENISHABLE", "TotalQuantity": 4},
    }
}


def _licenses(quantity: int) -> dict[str, Any]:
    return {"ConsumableResource": ref("Licenses"), "Quantity": quantity}


def _parameter_store(count: int) -> list[dict[str, str]]:
    return [{"Name": f"VARIABLE_{number}", "Value": "x" * 200} for number in range(count)]


_TABLE: dict[str, tuple[tuple[str, str, dict[str, Any]], ...]] = {
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
                **{f"More{number}": _sg() for number in range(5)},
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
    "MNP107": (
        (
            "another type",
            "cluster",
            {f"{RESOURCES}.InstanceTypes": ["c5.24xlarge"]},
        ),
        ("another family", "isolated", {f"{RESOURCES}.InstanceTypes": ["hpc6a"]}),
        ("optimal does not stand for it", "isolated", {f"{RESOURCES}.InstanceTypes": ["optimal"]}),
    ),
    "MNP108": (
        ("desired above max", "cluster", {f"{RESOURCES}.DesiredvCpus": 300}),
        ("desired below zero", "isolated", {f"{RESOURCES}.DesiredvCpus": -1}),
    ),
    "MNP109": (
        (
            "optimal",
            "cluster",
            {f"{RESOURCES}.InstanceTypes": [ref("InstanceType"), "optimal"]},
        ),
        ("the family", "isolated", {f"{RESOURCES}.InstanceTypes": ["hpc7a.96xlarge", "hpc7a"]}),
    ),
    "MNP110": (
        (
            "Graviton beside x86",
            "cluster",
            {
                f"{RESOURCES}.InstanceTypes": [ref("InstanceType"), "c7gn.16xlarge"],
                f"{RESOURCES}.Ec2Configuration": LEFT_OUT,
            },
        ),
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
    "MNP114": (
        (
            "no NVIDIA driver",
            "efa",
            {f"{RESOURCES}.Ec2Configuration": [{"ImageType": "ECS_AL2023"}]},
        ),
        (
            "an image type of EKS",
            "cluster",
            {f"{RESOURCES}.Ec2Configuration": [{"ImageType": "EKS_AL2023"}]},
        ),
        (
            "a misspelt one",
            "cluster",
            {f"{RESOURCES}.Ec2Configuration": [{"ImageType": "ECS_AL2O23"}]},
        ),
    ),
    "MNP115": (
        (
            "a family that is not",
            "cluster",
            {f"{RESOURCES}.InstanceTypes": [ref("InstanceType"), "c99.large"]},
        ),
    ),
    "MNP116": (
        ("a node is kept", "cluster", {f"{RESOURCES}.MinvCpus": 72}),
        ("as a text", "isolated", {f"{RESOURCES}.MinvCpus": "1"}),
    ),
    "MNP117": (
        (
            "too small a type",
            "cluster",
            {
                f"{RESOURCES}.InstanceTypes": ["c5.9xlarge"],
                f"{CONTAINER}.InstanceType": LEFT_OUT,
                f"{SECOND}.Container.InstanceType": LEFT_OUT,
            },
        ),
        (
            "one thread on each core",
            "cluster",
            {f"{TEMPLATE}.CpuOptions": {"CoreCount": 36, "ThreadsPerCore": 1}},
        ),
    ),
    "MNP118": (
        (
            "the older Linux",
            "cluster",
            {f"{RESOURCES}.Ec2Configuration": [{"ImageType": "ECS_AL2"}]},
        ),
        (
            "the older Linux with NVIDIA's driver",
            "efa",
            {f"{RESOURCES}.Ec2Configuration": [{"ImageType": "ECS_AL2_NVIDIA"}]},
        ),
    ),
    "MNP119": (
        (
            "a reservation in another zone",
            "isolated",
            {
                "Reservation": {
                    "Type": "AWS::EC2::CapacityReservation",
                    "Properties": {
                        "AvailabilityZone": "us-east-2a",
                        "InstanceCount": 8,
                        "InstancePlatform": "Linux/UNIX",
                        "InstanceType": "hpc7a.96xlarge",
                    },
                },
                "Template.LaunchTemplateData.CapacityReservationSpecification": {
                    "CapacityReservationTarget": {"CapacityReservationId": ref("Reservation")}
                },
            },
        ),
    ),
    "MNP120": (
        (
            "a Capacity Block that is not named",
            "efa",
            {"Template.LaunchTemplateData.InstanceMarketOptions": {"MarketType": "capacity-block"}},
        ),
    ),
    "MNP121": (
        (
            "the role in place of its profile",
            "cluster",
            {f"{RESOURCES}.InstanceRole": {"Fn::GetAtt": ["InstanceRole", "Arn"]}},
        ),
        (
            "a role's name that is made up",
            "cluster",
            {f"{RESOURCES}.InstanceRole": ref("InstanceRole")},
        ),
        (
            "a profile with two roles",
            "cluster",
            {"InstanceProfile.Roles": [ref("InstanceRole"), ref("JobRole")]},
        ),
        (
            "a profile with the ARN of its role",
            "cluster",
            {"InstanceProfile.Roles": [{"Fn::GetAtt": ["InstanceRole", "Arn"]}]},
        ),
        (
            "the ARN of a profile without its path",
            "cluster",
            {
                "InstanceProfile.Path": "/batch/",
                f"{RESOURCES}.InstanceRole": {
                    "Fn::Sub": "arn:aws:iam::${AWS::AccountId}:instance-profile/${InstanceProfile}"
                },
            },
        ),
        (
            "a role's ARN",
            "efa",
            {f"{RESOURCES}.InstanceRole": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/nodes"}},
        ),
        ("no profile", "isolated", {f"{RESOURCES}.InstanceRole": LEFT_OUT}),
        ("a role for tasks", "cluster", {"InstanceProfile.Roles": [ref("JobRole")]}),
        ("a profile without a role", "cluster", {"InstanceProfile.Roles": []}),
    ),
    "MNP122": (
        (
            "by id and by name",
            "cluster",
            {f"{RESOURCES}.LaunchTemplate.LaunchTemplateName": "nodes"},
        ),
        ("a version alone", "cluster", {f"{RESOURCES}.LaunchTemplate": {"Version": "1"}}),
    ),
    "MNP201": (
        (
            "four environments of which three are elsewhere",
            "cluster",
            {
                "Queue.ComputeEnvironmentOrder": [
                    _order(1, "Environment"),
                    *(
                        {
                            "Order": number,
                            "ComputeEnvironment": "arn:aws:batch:eu-west-1:123456789012:"
                            f"compute-environment/other-{number}",
                        }
                        for number in (2, 3, 4)
                    ),
                ]
            },
        ),
        ("no environment", "isolated", {"Queue.ComputeEnvironmentOrder": []}),
        (
            "one turn for two",
            "isolated",
            {
                "Queue.ComputeEnvironmentOrder": [
                    _order(1, "Environment"),
                    {"Order": 1, "ComputeEnvironment": "elsewhere"},
                ]
            },
        ),
    ),
    "MNP202": (
        (
            "Spot behind On-Demand",
            "cluster",
            {
                "Spot": _environment_like("cluster", Type="SPOT"),
                "Queue.ComputeEnvironmentOrder": [_order(1, "Environment"), _order(2, "Spot")],
            },
        ),
        (
            "Fargate behind On-Demand",
            "eks",
            {
                "Fargate": {
                    "Type": "AWS::Batch::ComputeEnvironment",
                    "Properties": {
                        "Type": "MANAGED",
                        "ComputeResources": {
                            "Type": "FARGATE",
                            "MaxvCpus": 16,
                            "Subnets": ["subnet-0123456789abcdef0"],
                            "SecurityGroupIds": ["sg-0123456789abcdef0"],
                        },
                    },
                },
                "Queue.ComputeEnvironmentOrder": [_order(1, "Environment"), _order(2, "Fargate")],
            },
        ),
    ),
    "MNP203": (
        ("too soon", "cluster", {f"{ACTION}.MaxTimeSeconds": 599}),
        ("too late", "isolated", {f"{ACTION}.MaxTimeSeconds": 86401}),
        ("another state", "efa", {f"{ACTION}.State": "RUNNING"}),
        ("another action", "cluster", {f"{ACTION}.Action": "TERMINATE"}),
        ("another reason", "eks", {f"{ACTION}.Reason": "it takes too long"}),
    ),
    "MNP204": (
        ("no action", "cluster", {"Queue.JobStateTimeLimitActions": LEFT_OUT}),
        ("an empty list", "isolated", {"Queue.JobStateTimeLimitActions": []}),
    ),
    "MNP205": (
        (
            "two halves",
            "cluster",
            {
                f"{RESOURCES}.MaxvCpus": 144,
                "Second": _environment_like("cluster", MaxvCpus=144),
                "Queue.ComputeEnvironmentOrder": [_order(1, "Environment"), _order(2, "Second")],
                "Queue.Metadata": acknowledged("MNP207"),
            },
        ),
    ),
    "MNP206": (
        ("too high", "cluster", {"Queue.Priority": 1001}),
        ("below zero", "isolated", {"Queue.Priority": -1}),
    ),
    "MNP207": (
        (
            "two environments",
            "cluster",
            {
                "Second": _environment_like("cluster"),
                "Queue.ComputeEnvironmentOrder": [_order(1, "Environment"), _order(2, "Second")],
            },
        ),
    ),
    "MNP208": (
        (
            "Graviton behind x86",
            "isolated",
            {
                "Arm": _environment_like("isolated", InstanceTypes=["hpc7g.16xlarge"]),
                "Queue.ComputeEnvironmentOrder": [_order(1, "Environment"), _order(2, "Arm")],
                "Queue.Metadata": acknowledged("MNP207"),
            },
        ),
    ),
    "MNP301": (
        (
            "six groups",
            "cluster",
            {
                f"{JOB}.NumNodes": 6,
                f"{RESOURCES}.MaxvCpus": 432,
                f"{JOB}.NodeRangeProperties": _ranges("0", "1", "2", "3", "4", "5:"),
            },
        ),
        ("no group", "isolated", {f"{JOB}.NodeRangeProperties": []}),
    ),
    "MNP302": (
        ("no node", "cluster", {f"{JOB}.NumNodes": 0}),
        ("left out", "cluster", {f"{JOB}.NumNodes": LEFT_OUT}),
        (
            "1001 nodes",
            "cluster",
            {f"{JOB}.NumNodes": 1001, f"{RESOURCES}.MaxvCpus": 72072},
        ),
    ),
    "MNP303": (
        ("one too far", "cluster", {f"{JOB}.MainNode": 4}),
        ("left out", "efa", {f"{JOB}.MainNode": LEFT_OUT}),
        ("below zero", "isolated", {f"{JOB}.MainNode": -1}),
        ("as a text", "efa", {f"{JOB}.MainNode": "7"}),
    ),
    "MNP304": (
        ("a gap", "cluster", {f"{SECOND}.TargetNodes": "2:"}),
        ("no node 0", "cluster", {f"{JOB}.NodeRangeProperties": _ranges("1:")}),
    ),
    "MNP305": (
        ("backwards", "cluster", {f"{JOB}.NodeRangeProperties": [*_ranges("3:1", ":")]}),
        ("no range", "isolated", {f"{FIRST}.TargetNodes": "all"}),
        ("negative", "efa", {f"{FIRST}.TargetNodes": "-1:"}),
        (
            "beyond the last node",
            "cluster",
            {f"{JOB}.NodeRangeProperties": _ranges(":", "4")},
        ),
    ),
    "MNP306": (
        ("a partial overlap", "cluster", {f"{JOB}.NodeRangeProperties": _ranges("0:2", "2:")}),
        ("twice the same", "cluster", {f"{JOB}.NodeRangeProperties": _ranges(":", "0:")}),
    ),
    "MNP307": (
        (
            "two types",
            "cluster",
            {
                f"{SECOND}.Container.InstanceType": "c5n.18xlarge",
                f"{RESOURCES}.InstanceTypes": ["c5.18xlarge", "c5n.18xlarge"],
            },
        ),
    ),
    "MNP308": (
        (
            "two types in a list",
            "isolated",
            {f"{FIRST}.InstanceTypes": ["hpc7a.96xlarge", "hpc7a.48xlarge"]},
        ),
        ("list and container differ", "efa", {f"{FIRST}.InstanceTypes": ["p4de.24xlarge"]}),
    ),
    "MNP309": (
        ("closed ranges", "cluster", {f"{SECOND}.TargetNodes": "1:3"}),
        ("one closed range", "isolated", {f"{FIRST}.TargetNodes": "0:7"}),
        ("closed from the start", "efa", {f"{FIRST}.TargetNodes": ":1"}),
    ),
    "MNP310": (
        ("neither form", "eks", {f"{SECOND}.EksProperties": LEFT_OUT}),
        ("a single node's container", "cluster", {"Job.ContainerProperties": {"Image": "solver"}}),
    ),
    "MNP311": (
        ("no image", "cluster", {f"{CONTAINER}.Image": LEFT_OUT}),
        ("no memory", "cluster", {f"{CONTAINER}.ResourceRequirements.1": LEFT_OUT}),
        ("half a vCPU", "isolated", {f"{TASK}.Containers.1.ResourceRequirements.0.Value": "0.5"}),
        ("too little memory", "isolated", {f"{TASK}.Containers.1.ResourceRequirements.1.Value": 3}),
        ("no GPU after all", "efa", {f"{CONTAINER}.ResourceRequirements.2.Value": "0"}),
        ("no containers", "isolated", {f"{TASK}.Containers": []}),
        (
            "two tasks",
            "isolated",
            {f"{FIRST}.EcsProperties.TaskProperties.+": {"Containers": []}},
        ),
        (
            "memory twice",
            "efa",
            {f"{CONTAINER}.ResourceRequirements.+": {"Type": "MEMORY", "Value": "4096"}},
        ),
        (
            "no essential container",
            "isolated",
            {
                f"{TASK}.Containers.0.Essential": False,
                f"{TASK}.Containers.1.Essential": "false",
            },
        ),
    ),
    "MNP312": (
        ("vCPUs", "cluster", {f"{CONTAINER}.ResourceRequirements.0.Value": "73"}),
        ("memory", "cluster", {f"{CONTAINER}.ResourceRequirements.1.Value": "147456"}),
        ("GPUs", "efa", {f"{CONTAINER}.ResourceRequirements.2.Value": "9"}),
        ("in sum", "isolated", {f"{TASK}.Containers.1.ResourceRequirements.0.Value": "5"}),
    ),
    "MNP313": (
        (
            "a corner of each",
            "isolated",
            {
                f"{TASK}.Containers.0.ResourceRequirements.0.Value": "4",
                f"{TASK}.Containers.0.ResourceRequirements.1.Value": "8000",
            },
        ),
    ),
    "MNP314": (
        ("the platform", "cluster", {"Job.PlatformCapabilities": ["FARGATE"]}),
        (
            "a platform version",
            "efa",
            {f"{CONTAINER}.FargatePlatformConfiguration": {"PlatformVersion": "LATEST"}},
        ),
        ("ephemeral storage", "isolated", {f"{TASK}.EphemeralStorage": {"SizeInGiB": 100}}),
    ),
    "MNP315": (
        ("no attempt", "cluster", {"Job.RetryStrategy.Attempts": 0}),
        ("eleven attempts", "isolated", {"Job.RetryStrategy": {"Attempts": 11}}),
        ("rules without attempts", "cluster", {"Job.RetryStrategy.Attempts": LEFT_OUT}),
        (
            "six rules",
            "efa",
            {
                "Job.RetryStrategy": {
                    "Attempts": 2,
                    "EvaluateOnExit": [{"OnExitCode": str(n), "Action": "EXIT"} for n in range(6)],
                }
            },
        ),
        ("no condition", "cluster", {"Job.RetryStrategy.EvaluateOnExit.0": {"Action": "RETRY"}}),
        ("an asterisk inside", "cluster", {"Job.RetryStrategy.EvaluateOnExit.1.OnReason": "*x"}),
        ("another action", "cluster", {"Job.RetryStrategy.EvaluateOnExit.1.Action": "AGAIN"}),
    ),
    "MNP317": (
        ("too short", "cluster", {"Job.Timeout.AttemptDurationSeconds": 59}),
        ("left out", "isolated", {"Job.Timeout": LEFT_OUT}),
    ),
    "MNP318": (
        ("a dot in the name", "cluster", {"Job.JobDefinitionName": "solver.v1"}),
        ("a long name", "isolated", {"Job.JobDefinitionName": "x" * 129}),
        ("a reserved tag", "efa", {"Job.Tags": {"aws:owner": "me"}}),
        ("many tags", "cluster", {"Job.Tags": {f"tag{number}": "x" for number in range(51)}}),
    ),
    "MNP319": (
        (
            "one node, and no more",
            "isolated",
            {
                f"{JOB}.NumNodes": 1,
                f"{FIRST}.TargetNodes": "0",
                "Job.Metadata": acknowledged("MNP309"),
            },
        ),
    ),
    "MNP320": (
        (
            "Batch's own variable",
            "cluster",
            {f"{CONTAINER}.Environment.0.Name": "AWS_BATCH_JOB_NUM_NODES"},
        ),
        (
            "as a secret",
            "efa",
            {
                f"{CONTAINER}.Secrets": [{"Name": "AWS_BATCH_KEY", "ValueFrom": "arn:aws:ssm:x"}],
                f"{CONTAINER}.ExecutionRoleArn": "arn:aws:iam::123456789012:role/execution",
            },
        ),
    ),
    "MNP321": (
        (
            "a password",
            "cluster",
            {f"{CONTAINER}.Environment.+": {"Name": "DB_PASSWORD", "Value": "hunter2"}},
        ),
        (
            "a key",
            "isolated",
            {
                f"{TASK}.Containers.0.Environment": [
                    {"Name": "AWS_SECRET_ACCESS_KEY", "Value": "wJalrXUtnFEMI"}
                ]
            },
        ),
    ),
    "MNP322": (
        (
            "two namespaces",
            "eks",
            {f"{SECOND}.EksProperties.PodProperties.Metadata.Namespace": "others"},
        ),
        (
            "none in one",
            "eks",
            {f"{SECOND}.EksProperties.PodProperties.Metadata": LEFT_OUT},
        ),
    ),
    "MNP361": (
        ("no containers", "eks", {f"{POD}.Containers": []}),
        (
            "eleven containers",
            "eks",
            {f"{POD}.Containers": [_of_pod(Name=f"c{number}") for number in range(11)]},
        ),
        (
            "eleven init containers",
            "eks",
            {f"{POD}.InitContainers": [_of_pod(Name=f"i{number}") for number in range(11)]},
        ),
        ("no image", "eks", {f"{POD}.Containers.0.Image": LEFT_OUT}),
        (
            "eleven images",
            "eks",
            {
                f"{POD}.InitContainers": [
                    _of_pod(Name=f"i{number}", Image=f"setup:{number}") for number in range(10)
                ]
            },
        ),
    ),
    "MNP362": (
        ("milli-CPU", "eks", {f"{POD}.Containers.0.Resources.Limits.cpu": "500m"}),
        ("thirds of a CPU", "eks", {f"{POD}.Containers.0.Resources.Limits.cpu": "0.3"}),
        ("GiB of memory", "eks", {f"{POD}.Containers.0.Resources.Limits.memory": "100Gi"}),
        (
            "half a GPU",
            "eks",
            {f"{POD}.Containers.0.Resources.Limits": {**_LIMITS, "nvidia.com/gpu": "0.5"}},
        ),
        (
            "less memory reserved",
            "eks",
            {f"{POD}.Containers.0.Resources.Requests": {"memory": "1024Mi"}},
        ),
        ("more CPU reserved", "eks", {f"{POD}.Containers.0.Resources.Requests": {"cpu": "71"}}),
        ("no memory", "eks", {f"{POD}.Containers.0.Resources.Limits.memory": LEFT_OUT}),
    ),
    "MNP363": (
        ("capabilities", "eks", {"Job.PlatformCapabilities": ["EC2"]}),
        ("tags of tasks", "eks", {"Job.PropagateTags": True}),
    ),
    "MNP364": (
        (
            "two of one name",
            "eks",
            {f"{POD}.Containers": [_of_pod(Name="solver"), _of_pod(Name="solver")]},
        ),
        (
            "a mount of no volume",
            "eks",
            {f"{POD}.Containers.0.VolumeMounts": [{"Name": "data", "MountPath": "/data"}]},
        ),
        (
            "two volumes of one name",
            "eks",
            {f"{POD}.Volumes": [{"Name": "data", "EmptyDir": {}}] * 2},
        ),
        (
            "two kinds of one volume",
            "eks",
            {
                f"{POD}.Volumes": [
                    {"Name": "data", "EmptyDir": {}, "HostPath": {"Path": "/data"}},
                ]
            },
        ),
        (
            "a reserved variable",
            "eks",
            {f"{POD}.Containers.0.Env": [{"Name": "AWS_BATCH_JOB_ID", "Value": "1"}]},
        ),
    ),
    "MNP365": (
        ("more CPU", "eks", {f"{POD}.Containers.0.Resources.Limits.cpu": "96"}),
        ("more memory", "eks", {f"{POD}.Containers.0.Resources.Limits.memory": "200000Mi"}),
        (
            "GPUs",
            "eks",
            {f"{POD}.Containers.0.Resources.Limits": {**_LIMITS, "nvidia.com/gpu": "1"}},
        ),
    ),
    "MNP161": (
        (
            "the default namespace",
            "eks",
            {
                "Environment.EksConfiguration.KubernetesNamespace": "default",
                "Job.Metadata.cdk-batch-mnp.acknowledged.MNP162": "another mistake",
            },
        ),
        ("no strategy", "eks", {f"{RESOURCES}.AllocationStrategy": LEFT_OUT}),
    ),
    "MNP162": (
        (
            "another namespace",
            "eks",
            {"Environment.EksConfiguration.KubernetesNamespace": "solvers"},
        ),
    ),
    "MNP323": (
        ("too high", "cluster", {"Job.SchedulingPriority": 10000}),
        ("below zero", "isolated", {"Job.SchedulingPriority": -1}),
    ),
    "MNP324": (("too large", "cluster", {f"{CONTAINER}.Environment": _parameter_store(120)}),),
    "MNP325": (
        (
            "any of two types",
            "cluster",
            {
                f"{RESOURCES}.InstanceTypes": ["c5.18xlarge", "c5n.18xlarge"],
                f"{CONTAINER}.InstanceType": LEFT_OUT,
                f"{SECOND}.Container.InstanceType": LEFT_OUT,
            },
        ),
    ),
    "MNP326": (
        (
            "no priority in a fair-share queue",
            "cluster",
            {
                "Policy": {
                    "Type": "AWS::Batch::SchedulingPolicy",
                    "Properties": {"FairsharePolicy": {"ShareDecaySeconds": 3600}},
                },
                "Queue.SchedulingPolicyArn": ref("Policy"),
            },
        ),
    ),
    "MNP327": (
        (
            "a size that is not",
            "cluster",
            {
                f"{RESOURCES}.InstanceTypes": ["c5"],
                f"{CONTAINER}.InstanceType": "c5.99xlarge",
                f"{SECOND}.Container.InstanceType": "c5.99xlarge",
            },
        ),
    ),
    "MNP328": (
        (
            "a misspelt volume",
            "isolated",
            {f"{TASK}.Containers.0.MountPoints.0.SourceVolume": "scatch"},
        ),
    ),
    "MNP329": (
        (
            "IAM without encryption",
            "isolated",
            {
                f"{TASK}.Volumes.+": {
                    "Name": "data",
                    "EfsVolumeConfiguration": {
                        "FileSystemId": "fs-1",
                        "AuthorizationConfig": {"Iam": "ENABLED"},
                    },
                }
            },
        ),
        (
            "a folder beside an access point",
            "cluster",
            {
                "Vpc.EnableDnsHostnames": True,
                "Files": {"Type": "AWS::EFS::FileSystem"},
                "Target": _mount_target(),
                "Point": {
                    "Type": "AWS::EFS::AccessPoint",
                    "Properties": {"FileSystemId": ref("Files")},
                },
                f"{CONTAINER}.Volumes": [
                    {
                        "Name": "data",
                        "EfsVolumeConfiguration": {
                            "FileSystemId": ref("Files"),
                            "RootDirectory": "/data",
                            "TransitEncryption": "ENABLED",
                            "AuthorizationConfig": {"AccessPointId": ref("Point")},
                        },
                    }
                ],
            },
        ),
    ),
    "MNP330": (
        (
            "more files than the most",
            "cluster",
            {f"{CONTAINER}.Ulimits": [{"Name": "nofile", "SoftLimit": 2048, "HardLimit": 1024}]},
        ),
    ),
    "MNP331": (
        (
            "a variable twice",
            "cluster",
            {f"{CONTAINER}.Environment.+": {"Name": "OMP_NUM_THREADS", "Value": "2"}},
        ),
    ),
    "MNP332": (
        (
            "no execution role for a registry",
            "efa",
            {f"{CONTAINER}.RepositoryCredentials": {"CredentialsParameter": "arn:aws:x"}},
        ),
        (
            "no execution role",
            "efa",
            {f"{CONTAINER}.Secrets": [{"Name": "KEY", "ValueFrom": "arn:aws:ssm:x"}]},
        ),
    ),
    "MNP333": (
        (
            "another mode",
            "cluster",
            {f"{CONTAINER}.Command": ["mnp-launch", "--mode", "both", "--", "solver"]},
        ),
        ("no command", "cluster", {f"{CONTAINER}.Command": ["mnp-launch", "--grace", "9s"]}),
    ),
    "MNP334": (
        (
            "no secret",
            "efa",
            {f"{CONTAINER}.Command": ["mnp-launch", "--mode", "main", "mpirun", "a"]},
        ),
    ),
    "MNP335": (
        (
            "only the main node",
            "cluster",
            {
                f"{FIRST}.Container.Command": ["mnp-launch", "--", "solver"],
                f"{SECOND}.Container.Command": ["sleep", "infinity"],
            },
        ),
        (
            "two modes",
            "cluster",
            {
                f"{FIRST}.Container.Command": ["mnp-launch", "--mode=main", "--insecure", "a"],
                f"{SECOND}.Container.Command": ["mnp-launch", "a"],
            },
        ),
    ),
    "MNP336": (
        ("mpirun", "cluster", {f"{CONTAINER}.Command": ["mpirun", "solver"]}),
        ("torchrun", "efa", {f"{CONTAINER}.Command": ["sh", "-c", "exec torchrun a.py"]}),
    ),
    "MNP401": (
        ("no group", "cluster", {f"{RESOURCES}.PlacementGroup": LEFT_OUT}),
        ("a spread", "isolated", {"Placement.Strategy": "spread"}),
        (
            "a partition",
            "efa",
            {"Placement.Strategy": "partition", "Placement.PartitionCount": 2},
        ),
    ),
    "MNP402": (
        (
            "two zones",
            "cluster",
            {f"{RESOURCES}.Subnets": [ref("NodeSubnet"), ref("OtherSubnet")]},
        ),
        (
            "two zones by name",
            "isolated",
            {
                "Other": {
                    "Type": "AWS::EC2::Subnet",
                    "Properties": {
                        "VpcId": ref("Vpc"),
                        "CidrBlock": "10.1.1.0/24",
                        "AvailabilityZone": "us-east-2a",
                    },
                },
                "OtherAssociation": {
                    "Type": "AWS::EC2::SubnetRouteTableAssociation",
                    "Properties": {"SubnetId": ref("Other"), "RouteTableId": ref("Table")},
                },
                f"{RESOURCES}.Subnets": [ref("Subnet"), ref("Other")],
            },
        ),
    ),
    "MNP403": (
        (
            "burstable",
            "cluster",
            {
                f"{RESOURCES}.InstanceTypes": ["t3.2xlarge"],
                f"{CONTAINER}.InstanceType": "t3.2xlarge",
                f"{SECOND}.Container.InstanceType": "t3.2xlarge",
                f"{CONTAINER}.ResourceRequirements": [
                    {"Type": "VCPU", "Value": "8"},
                    {"Type": "MEMORY", "Value": "20000"},
                ],
                f"{SECOND}.Container.ResourceRequirements": [
                    {"Type": "VCPU", "Value": "8"},
                    {"Type": "MEMORY", "Value": "20000"},
                ],
            },
        ),
    ),
    "MNP404": (
        (
            "a public subnet",
            "cluster",
            {
                f"{RESOURCES}.Subnets": [ref("PublicSubnet")],
                "PublicSubnet.MapPublicIpOnLaunch": True,
            },
        ),
        (
            "a route to the internet gateway",
            "cluster",
            {
                "NodeRoute.NatGatewayId": LEFT_OUT,
                "NodeRoute.GatewayId": ref("InternetGateway"),
                "NodeSubnet.MapPublicIpOnLaunch": "true",
            },
        ),
    ),
    "MNP405": (
        (
            "a subnet without a route table",
            "cluster",
            {"NodeAssociation": {"Type": "AWS::CloudFormation::WaitConditionHandle"}},
        ),
        (
            "a way out for IPv6, which the subnet has not",
            "cluster",
            {
                "EgressOnly": {
                    "Type": "AWS::EC2::EgressOnlyInternetGateway",
                    "Properties": {"VpcId": ref("Vpc")},
                },
                "NodeRoute.DestinationCidrBlock": LEFT_OUT,
                "NodeRoute.DestinationIpv6CidrBlock": "::/0",
                "NodeRoute.NatGatewayId": LEFT_OUT,
                "NodeRoute.EgressOnlyInternetGatewayId": ref("EgressOnly"),
            },
        ),
        (
            "no way out",
            "cluster",
            {"NodeRoute": {"Type": "AWS::CloudFormation::WaitConditionHandle"}},
        ),
        ("no agent endpoint", "isolated", {"EcsAgent.ServiceName": "com.amazonaws.us-east-2.sqs"}),
    ),
    "MNP406": (
        (
            "ingress from the addresses of another network",
            "isolated",
            {"Group.SecurityGroupIngress.0.CidrIp": "10.9.0.0/16"},
        ),
        (
            "no ingress",
            "cluster",
            {"NodesAmongThemselves": {"Type": "AWS::CloudFormation::WaitConditionHandle"}},
        ),
        (
            "a rule of another group",
            "cluster",
            {"Other": _sg(), "NodesAmongThemselves.GroupId": ref("Other")},
        ),
        (
            "SSH alone",
            "cluster",
            {
                "NodesAmongThemselves.IpProtocol": "tcp",
                "NodesAmongThemselves.FromPort": 22,
                "NodesAmongThemselves.ToPort": 22,
            },
        ),
        ("no rule at all", "isolated", {"Group.SecurityGroupIngress": LEFT_OUT}),
        (
            "HTTPS alone goes out",
            "cluster",
            {
                "Nodes.SecurityGroupEgress": [
                    {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "0.0.0.0/0"}
                ]
            },
        ),
    ),
    "MNP407": (
        (
            "SSH from everywhere",
            "cluster",
            {
                "Ssh": {
                    "Type": "AWS::EC2::SecurityGroupIngress",
                    "Properties": {
                        "GroupId": ref("Nodes"),
                        "IpProtocol": "tcp",
                        "FromPort": 22,
                        "ToPort": 22,
                        "CidrIp": "0.0.0.0/0",
                    },
                }
            },
        ),
        (
            "all of IPv6",
            "isolated",
            {"Group.SecurityGroupIngress.+": {"IpProtocol": "-1", "CidrIpv6": "::/0"}},
        ),
    ),
    "MNP408": (
        (
            "nothing to itself",
            "efa",
            {"GroupOut": {"Type": "AWS::CloudFormation::WaitConditionHandle"}},
        ),
        (
            "TCP alone from itself",
            "efa",
            {"GroupIn.IpProtocol": "tcp", "GroupIn.FromPort": 0, "GroupIn.ToPort": 65535},
        ),
    ),
    "MNP409": (
        ("groups in both places", "efa", {f"{RESOURCES}.SecurityGroupIds": [ref("Group")]}),
    ),
    "MNP410": (
        ("a card that is not", "efa", {f"{INTERFACES}.3.NetworkCardIndex": 4}),
        ("no primary interface", "efa", {f"{INTERFACES}.0.DeviceIndex": 1}),
        ("a public address", "efa", {f"{INTERFACES}.0.AssociatePublicIpAddress": True}),
    ),
    "MNP411": (
        ("no device", "efa", {f"{CONTAINER}.LinuxParameters.Devices": LEFT_OUT}),
        ("one device too few", "efa", {f"{CONTAINER}.LinuxParameters.Devices.3": LEFT_OUT}),
        ("no memlock", "efa", {f"{CONTAINER}.Ulimits": LEFT_OUT}),
        (
            "devices without EFA",
            "cluster",
            {
                f"{CONTAINER}.LinuxParameters": {
                    "Devices": [{"HostPath": "/dev/infiniband/uverbs0"}]
                }
            },
        ),
    ),
    "MNP412": (("a small subnet", "isolated", {"Subnet.CidrBlock": "10.1.0.0/28"}),),
    "MNP413": (
        (
            "a plain script",
            "cluster",
            {f"{TEMPLATE}.UserData": {"Fn::Base64": f"#!/bin/bash\n{BLOCKED}"}},
        ),
        (
            "a script with a variable",
            "cluster",
            {
                f"{TEMPLATE}.UserData": {
                    "Fn::Base64": {"Fn::Sub": f"#!/bin/bash\ng ${{AWS::Region}}\n{BLOCKED}"}
                }
            },
        ),
        (
            "already in Base64",
            "isolated",
            {
                "Template.LaunchTemplateData.UserData": b64encode(
                    f"#!/bin/sh\n{BLOCKED}".encode()
                ).decode()
            },
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
    "MNP123": (
        (
            "minutes for seconds",
            "cluster",
            {f"{RESOURCES}.ScalingPolicy.MinScaleDownDelayMinutes": 15},
        ),
    ),
    "MNP124": (("on EKS", "eks", {"Environment.EcsSettings.ContainerInsights": "ENHANCED"}),),
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
    "MNP209": (
        ("the type for EKS", "cluster", {"Queue.JobQueueType": "EKS"}),
        (
            "service environments too",
            "cluster",
            {
                "Queue.ServiceEnvironmentOrder": [
                    {
                        "Order": 1,
                        "ServiceEnvironment": "arn:aws:batch:x:y:service-environment/a",
                    }
                ]
            },
        ),
    ),
    "MNP125": (
        ("a dot", "cluster", {"Environment.ComputeEnvironmentName": "nodes.large"}),
        ("129 characters", "cluster", {"Environment.ComputeEnvironmentName": "n" * 129}),
    ),
    "MNP211": (
        ("a slash", "cluster", {"Queue.JobQueueName": {"Fn::Sub": "${AWS::Region}/nodes"}}),
        ("129 characters", "isolated", {"Queue.JobQueueName": "n" * 129}),
        (
            "of the policy",
            "cluster",
            {
                "Job.SchedulingPriority": 1,
                "Queue.SchedulingPolicyArn": {"Fn::GetAtt": ["Policy", "Arn"]},
                "Policy": {
                    "Type": "AWS::Batch::SchedulingPolicy",
                    "Properties": {"Name": "fair share", "FairsharePolicy": {}},
                },
            },
        ),
    ),
    "MNP210": (
        (
            "a quota share policy",
            "cluster",
            {
                "Policy": {
                    "Type": "AWS::Batch::SchedulingPolicy",
                    "Properties": {"QuotaSharePolicy": {"IdleResourceAssignmentStrategy": "FIFO"}},
                },
                "Queue.SchedulingPolicyArn": ref("Policy"),
            },
        ),
        (
            "a quota share",
            "cluster",
            {
                "Share": {
                    "Type": "AWS::Batch::QuotaShare",
                    "Properties": {
                        "QuotaShareName": "physics",
                        "JobQueue": ref("Queue"),
                        "CapacityLimits": [{"CapacityUnit": "ml.m5.large", "MaxCapacity": 4}],
                        "ResourceSharingConfiguration": {"Strategy": "RESERVE"},
                        "PreemptionConfiguration": {"InSharePreemption": "DISABLED"},
                    },
                }
            },
        ),
    ),
    "MNP220": (("a misspelt state", "cluster", {"Queue.State": "ENABELD"}),),
    "MNP221": (("disabled", "cluster", {"Queue.State": "DISABLED"}),),
    "MNP146": (
        ("no max vCPUs", "cluster", {f"{RESOURCES}.MaxvCpus": LEFT_OUT}),
        ("no type of the instances", "isolated", {f"{RESOURCES}.Type": LEFT_OUT}),
        ("no type", "efa", {"Environment.Type": LEFT_OUT}),
        ("no image type", "cluster", {f"{RESOURCES}.Ec2Configuration": [{}]}),
    ),
    "MNP126": (
        ("two weeks", "cluster", {"Environment.UpdatePolicy.JobExecutionTimeoutMinutes": 20_160}),
    ),
    "MNP147": (
        (
            "smaller than the AMI",
            "cluster",
            {f"{TEMPLATE}.BlockDeviceMappings": _root(VolumeSize=8)},
        ),
        (
            "no IOPS",
            "cluster",
            {f"{TEMPLATE}.BlockDeviceMappings": _root(VolumeSize=100, VolumeType="io1")},
        ),
    ),
    "MNP148": (
        (
            "the root device of other AMIs",
            "cluster",
            {
                f"{TEMPLATE}.BlockDeviceMappings": [
                    {"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 200, "Encrypted": True}}
                ]
            },
        ),
    ),
    "MNP223": (
        ("no priority", "cluster", {"Queue.Priority": LEFT_OUT}),
        ("no order", "cluster", {"Queue.ComputeEnvironmentOrder.0.Order": LEFT_OUT}),
    ),
    "MNP351": (
        ("no log driver", "cluster", {f"{CONTAINER}.LogConfiguration": {"Options": {}}}),
        ("no hard limit", "cluster", {f"{CONTAINER}.Ulimits": [{"Name": "stack", "SoftLimit": 1}]}),
        ("no source", "isolated", {f"{TASK}.Containers.0.Secrets": [{"Name": "LICENSE"}]}),
    ),
    "MNP222": (("the name of another kind", "cluster", {"Queue.ComputeEnvironmentOrders": []}),),
    "MNP340": (
        ("a hyphen", "cluster", {"Job.Type": "multi-node"}),
        ("the type of single-node jobs", "cluster", {"Job.Type": "container"}),
        ("no type", "cluster", {"Job.Type": LEFT_OUT}),
    ),
    "MNP341": (
        ("nodes in the wrong place", "cluster", {"Job.NumNodes": 4}),
        ("a misspelt name in a container", "cluster", {f"{CONTAINER}.LinuxParameter": {}}),
        ("a misspelt name in a list", "cluster", {f"{CONTAINER}.Tmpfs": []}),
    ),
    "MNP342": (("twice the same", "isolated", {f"{TASK}.Containers.1.Name": "solver"}),),
    "MNP343": (
        ("a misspelt name", "isolated", {SIDECAR_WAITS: [_after("slover", "START")]}),
        (
            "the end of an essential container",
            "isolated",
            {SIDECAR_WAITS: [_after("solver", "SUCCESS")]},
        ),
        ("health of Amazon ECS", "isolated", {SIDECAR_WAITS: [_after("solver", "HEALTHY")]}),
        (
            "a cycle",
            "isolated",
            {
                SIDECAR_WAITS: [_after("solver", "START")],
                f"{TASK}.Containers.0.DependsOn": [_after("metrics", "COMPLETE")],
            },
        ),
    ),
    "MNP344": (("one second", "isolated", {f"{TASK}.Containers.1.StopTimeout": 1}),),
    "MNP345": (
        ("no router", "isolated", {f"{TASK}.Containers.0.LogConfiguration": _ROUTED}),
        ("a container alone", "cluster", {f"{CONTAINER}.LogConfiguration": _ROUTED}),
        (
            "no logs to route",
            "isolated",
            {f"{TASK}.Containers.1.FirelensConfiguration": {"Type": "fluentbit"}},
        ),
    ),
    "MNP346": (
        (
            "a misspelt option",
            "isolated",
            {
                f"{TASK}.Containers.0.LogConfiguration": _ROUTED,
                f"{TASK}.Containers.1.FirelensConfiguration": {
                    "Type": "fluentbit",
                    "Options": {"enable-ecs-log-metadata": "yes"},
                },
            },
        ),
        (
            "no file",
            "isolated",
            {
                f"{TASK}.Containers.0.LogConfiguration": _ROUTED,
                f"{TASK}.Containers.1.FirelensConfiguration": {
                    "Type": "fluentd",
                    "Options": {"config-file-type": "file"},
                },
            },
        ),
    ),
    "MNP347": (
        (
            "no job role",
            "cluster",
            {
                f"{CONTAINER}.EnableExecuteCommand": True,
                f"{CONTAINER}.JobRoleArn": LEFT_OUT,
            },
        ),
    ),
    "MNP348": (
        (
            "read-only",
            "cluster",
            {
                f"{CONTAINER}.EnableExecuteCommand": "true",
                f"{CONTAINER}.ReadonlyRootFilesystem": "true",
                **_EXEC_ALLOWED,
            },
        ),
    ),
    "MNP349": (
        (
            "a name",
            "cluster",
            {f"{FIRST}.{CONSUMABLES}": [{"ConsumableResource": "licenses", "Quantity": 1}]},
        ),
        (
            "twice the same",
            "cluster",
            {**_LICENSES, f"{FIRST}.{CONSUMABLES}": [_licenses(1), _licenses(1)]},
        ),
    ),
    "MNP350": (
        ("one too many", "cluster", {**_LICENSES, f"{FIRST}.{CONSUMABLES}": [_licenses(5)]}),
        (
            "together",
            "cluster",
            {
                **_LICENSES,
                f"{FIRST}.{CONSUMABLES}": [_licenses(1)],
                f"{SECOND}.{CONSUMABLES}": [_licenses(4)],
            },
        ),
        ("the whole job", "eks", {**_LICENSES, f"Job.{CONSUMABLES}": [_licenses(5)]}),
    ),
    "MNP425": (("no endpoint", "isolated", {f"{TASK}.EnableExecuteCommand": True}),),
    "MNP622": (
        (
            "no permission",
            "isolated",
            {
                f"{TASK}.Containers.0.LogConfiguration": _ROUTED,
                f"{TASK}.Containers.1.FirelensConfiguration": {
                    "Type": "fluentbit",
                    "Options": {
                        "config-file-type": "s3",
                        "config-file-value": "arn:aws:s3:::logs/fluent.conf",
                    },
                },
                f"{TASK}.ExecutionRoleArn": LEFT_OUT,
            },
        ),
    ),
    "MNP620": (("no permissions", "cluster", {f"{CONTAINER}.EnableExecuteCommand": True}),),
    "MNP418": (
        (
            "an empty line before the interpreter",
            "cluster",
            {
                f"{TEMPLATE}.UserData": {
                    "Fn::Base64": MULTIPART.replace("#!", "\n#!").replace(
                        "sysctl", f"{BLOCKED}sysctl"
                    )
                }
            },
        ),
        (
            "a misspelt type beside a variable",
            "cluster",
            {
                f"{TEMPLATE}.UserData": {
                    "Fn::Base64": {
                        "Fn::Sub": MULTIPART.replace("x-shellscript", "x-shelscript").replace(
                            "sysctl", f"{BLOCKED}g ${{AWS::Region}}\nsysctl"
                        )
                    }
                }
            },
        ),
    ),
    "MNP419": (
        (
            "plain text",
            "cluster",
            {f"{TEMPLATE}.UserData": MULTIPART.replace("sysctl", f"{BLOCKED}sysctl")},
        ),
        (
            "plain text with a variable",
            "cluster",
            {
                f"{TEMPLATE}.UserData": {
                    "Fn::Sub": MULTIPART.replace("sysctl", f"{BLOCKED}g ${{AWS::Region}}\nsysctl")
                }
            },
        ),
        (
            "a long text",
            "cluster",
            {
                f"{TEMPLATE}.UserData": {
                    "Fn::Base64": MULTIPART.replace("sysctl", f"{BLOCKED}# {'x' * 16384}\nsysctl")
                }
            },
        ),
    ),
    "MNP414": (
        (
            "detaching interfaces",
            "cluster",
            {
                "JobRole.Policies.0.PolicyDocument.Statement.0": {
                    "Effect": "Allow",
                    "Action": ["ec2:DetachNetworkInterface"],
                    "Resource": "*",
                }
            },
        ),
    ),
    "MNP415": (
        ("no groups", "cluster", {f"{RESOURCES}.SecurityGroupIds": LEFT_OUT}),
        ("an empty list", "isolated", {f"{RESOURCES}.SecurityGroupIds": []}),
        ("an EFA interface without any", "efa", {f"{INTERFACES}.0.Groups": LEFT_OUT}),
    ),
    "MNP416": (
        (
            "the CDK empties it",
            "efa",
            {
                "Emptied": {
                    "Type": "Custom::VpcRestrictDefaultSG",
                    "Properties": {
                        "ServiceToken": "arn:aws:lambda:us-east-1:123456789012:function:empty",
                        "DefaultSecurityGroupId": {"Fn::GetAtt": ["Vpc", "DefaultSecurityGroup"]},
                        "Account": ref("AWS::AccountId"),
                    },
                }
            },
        ),
    ),
    "MNP417": (
        (
            "a type with one EFA",
            "efa",
            {
                f"{RESOURCES}.InstanceTypes": ["p4d.24xlarge", "g5.48xlarge"],
                f"{RESOURCES}.MaxvCpus": 384,
                f"{CONTAINER}.InstanceType": "g5.48xlarge",
                f"{CONTAINER}.ResourceRequirements.1.Value": "600000",
            },
        ),
    ),
    "MNP427": (
        (
            "a group of another VPC",
            "cluster",
            {
                "OtherVpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.9.0.0/16"}},
                "Nodes.VpcId": ref("OtherVpc"),
            },
        ),
        (
            "a group of interfaces in another VPC",
            "efa",
            {
                "OtherVpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.9.0.0/16"}},
                "Group.VpcId": ref("OtherVpc"),
            },
        ),
    ),
    "MNP428": (
        (
            "two resources for the group of interfaces",
            "efa",
            {
                "GroupInAgain": {
                    "Type": "AWS::EC2::SecurityGroupIngress",
                    "Properties": {
                        "GroupId": ref("Group"),
                        "IpProtocol": "-1",
                        "SourceSecurityGroupId": ref("Group"),
                    },
                },
            },
        ),
        (
            "two resources",
            "cluster",
            {
                name: {
                    "Type": "AWS::EC2::SecurityGroupIngress",
                    "Properties": {
                        "GroupId": ref("Nodes"),
                        "IpProtocol": "tcp",
                        "FromPort": 27000,
                        "ToPort": 27000,
                        "CidrIp": "10.0.0.9/32",
                        "Description": f"The license server, for {name}",
                    },
                }
                for name in ("Solver", "Mesher")
            },
        ),
    ),
    "MNP420": (
        (
            "an endpoint without its type",
            "isolated",
            {"EcsAgent.VpcEndpointType": LEFT_OUT},
        ),
        (
            "a private NAT gateway",
            "cluster",
            {"Nat.ConnectivityType": "private", "Nat.AllocationId": LEFT_OUT},
        ),
        (
            "an internet gateway that is not attached",
            "cluster",
            {
                "Attachment": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
                "PublicRoute": {
                    "Type": "AWS::EC2::Route",
                    "Properties": {
                        "RouteTableId": ref("PublicTable"),
                        "DestinationCidrBlock": "0.0.0.0/0",
                        "GatewayId": ref("InternetGateway"),
                    },
                },
            },
        ),
        (
            "a network ACL that stops the NAT gateway",
            "cluster",
            {
                "Acl": {"Type": "AWS::EC2::NetworkAcl", "Properties": {"VpcId": ref("Vpc")}},
                "AclAssociation": {
                    "Type": "AWS::EC2::SubnetNetworkAclAssociation",
                    "Properties": {"SubnetId": ref("PublicSubnet"), "NetworkAclId": ref("Acl")},
                },
            },
        ),
        (
            "a public subnet without public addresses",
            "cluster",
            {f"{RESOURCES}.Subnets": [ref("PublicSubnet")]},
        ),
        (
            "no egress but to the nodes",
            "isolated",
            {
                "Group.SecurityGroupEgress": [
                    {
                        "IpProtocol": "tcp",
                        "FromPort": 1024,
                        "ToPort": 65535,
                        "CidrIp": "10.1.0.0/24",
                    },
                    {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "0.0.0.0/0"},
                ],
            },
        ),
        (
            "endpoints in the default group",
            "isolated",
            {f"{each}.SecurityGroupIds": LEFT_OUT for each in ("Ecs", "EcsAgent", "EcsTelemetry")},
        ),
        (
            "a policy without the agent",
            "isolated",
            {"EcsAgent.PolicyDocument": _policy("ecs:StartTelemetrySession")},
        ),
        (
            "a network ACL without entries",
            "cluster",
            {
                "Acl": {"Type": "AWS::EC2::NetworkAcl", "Properties": {"VpcId": ref("Vpc")}},
                "AclAssociation": {
                    "Type": "AWS::EC2::SubnetNetworkAclAssociation",
                    "Properties": {"SubnetId": ref("NodeSubnet"), "NetworkAclId": ref("Acl")},
                },
            },
        ),
        (
            "a NAT gateway without a way out",
            "cluster",
            {"PublicRoute": {"Type": "AWS::CloudFormation::WaitConditionHandle"}},
        ),
    ),
    "MNP421": (
        ("no image", "isolated", {"EcrDkr.ServiceName": "com.amazonaws.us-east-2.ec2"}),
        ("no layers", "isolated", {"S3.RouteTableIds": LEFT_OUT}),
        ("no logs", "isolated", {"Logs.PrivateDnsEnabled": False}),
        (
            "a registry on the internet",
            "isolated",
            {f"{TASK}.Containers.1.Image": "quay.io/prometheus/node-exporter:v1"},
        ),
        (
            "a public registry of the container that matters",
            "isolated",
            {f"{TASK}.Containers.0.Image": "docker.io/library/busybox:stable"},
        ),
    ),
    "MNP422": (
        ("no hostnames", "isolated", {"Vpc.EnableDnsHostnames": LEFT_OUT}),
        ("no support", "cluster", {"Vpc.EnableDnsSupport": "false"}),
    ),
    "MNP423": (
        ("no mount target", "cluster", _efs()),
        (
            "a mount target of a group that admits nothing",
            "cluster",
            {
                **_efs(),
                "Closed": _sg(),
                "Target": _mount_target(SecurityGroups=[ref("Closed")]),
            },
        ),
        (
            "a mount target in another zone",
            "cluster",
            {**_efs(), "Target": _mount_target(SubnetId=ref("OtherSubnet"))},
        ),
        (
            "no names",
            "cluster",
            {**_efs(), "Target": _mount_target(), "Vpc.EnableDnsHostnames": False},
        ),
    ),
    "MNP601": (
        ("IMDSv1", "cluster", {f"{TEMPLATE}.MetadataOptions.HttpTokens": "optional"}),
        ("three hops", "cluster", {f"{TEMPLATE}.MetadataOptions.HttpPutResponseHopLimit": 3}),
    ),
    "MNP602": (
        ("not encrypted", "cluster", {f"{TEMPLATE}.BlockDeviceMappings.0.Ebs.Encrypted": False}),
        (
            "nothing said",
            "isolated",
            {"Template.LaunchTemplateData.BlockDeviceMappings.0.Ebs.Encrypted": LEFT_OUT},
        ),
    ),
    "MNP603": (
        ("privileged", "cluster", {f"{CONTAINER}.Privileged": True}),
        (
            "Docker's socket",
            "isolated",
            {f"{TASK}.Volumes.0.Host.SourcePath": "/var/run/docker.sock"},
        ),
    ),
    "MNP604": (
        (
            "one role for both",
            "cluster",
            {f"{CONTAINER}.JobRoleArn": {"Fn::GetAtt": ["ExecutionRole", "Arn"]}},
        ),
        (
            "an administrator",
            "cluster",
            {"JobRole.ManagedPolicyArns": ["arn:aws:iam::aws:policy/AdministratorAccess"]},
        ),
        (
            "everything, in a policy of its own",
            "cluster",
            {
                "Everything": {
                    "Type": "AWS::IAM::Policy",
                    "Properties": {
                        "PolicyName": "everything",
                        "Roles": [ref("JobRole")],
                        "PolicyDocument": {
                            "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
                        },
                    },
                }
            },
        ),
    ),
    "MNP606": (
        ("no user data", "isolated", {"Template.LaunchTemplateData.UserData": LEFT_OUT}),
        ("nothing of it", "cluster", {f"{TEMPLATE}.UserData": {"Fn::Base64": MULTIPART}}),
        ("no launch template", "isolated", {f"{RESOURCES}.LaunchTemplate": LEFT_OUT}),
    ),
    "MNP605": (
        (
            "a job role for instances",
            "cluster",
            {
                f"{CONTAINER}.JobRoleArn": {"Fn::GetAtt": ["InstanceRole", "Arn"]},
            },
        ),
        (
            "an execution role for Batch itself",
            "cluster",
            {
                "ExecutionRole.AssumeRolePolicyDocument": {
                    "Statement": {
                        "Effect": "Allow",
                        "Action": ["sts:AssumeRole"],
                        "Principal": {"Service": ["batch.amazonaws.com"]},
                    }
                }
            },
        ),
    ),
}


def mutations() -> Iterator[Mutation]:
    tables = (_TABLE, ROLE_MUTATIONS, SUBMISSION_MUTATIONS)
    for rule, entries in (entry for table in tables for entry in table.items()):
        for what, base_name, changes in entries:
            yield Mutation(rule, what, base_name, changes)
