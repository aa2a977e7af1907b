"""Environments on Amazon EKS, and job definitions of pods."""

from __future__ import annotations

from typing import Any

from aws_cdk import Duration, Size, Stack
from aws_cdk import aws_ec2 as ec2

from cdk_batch_mnp import EksNodeContainer, MnpEksComputeEnvironment, MnpEksJobDefinition, NodeGroup
from tests.cdk.apps import INSTANCE_TYPE, import_vpc, node_ranges

ARN = "arn:aws:eks:eu-west-1:123456789012:cluster/hpc"


def group(stack: Stack) -> ec2.ISecurityGroup:
    return ec2.SecurityGroup.from_security_group_id(stack, "Group", "sg-0123456789abcdef0")


def add_environment(stack: Stack, **changes: Any) -> MnpEksComputeEnvironment:
    right: dict[str, Any] = {
        "cluster": ARN,
        "namespace": "solvers",
        "vpc": import_vpc(stack),
        "instance_type": INSTANCE_TYPE,
        "max_nodes": 4,
    }
    if "security_groups" not in changes and isinstance(changes.get("cluster", ARN), str):
        right["security_groups"] = [group(stack)]
    return MnpEksComputeEnvironment(stack, "Nodes", **{**right, **changes})


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
