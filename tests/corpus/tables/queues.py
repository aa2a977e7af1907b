"""Job queues: their environments, limits, names and words."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from tests.corpus.changes import LEFT_OUT, RESOURCES, Table, acknowledged, base, ref

ACTION = "Queue.JobStateTimeLimitActions.0"


def _environment_like(base_name: str, **resources: Any) -> dict[str, Any]:
    """A second environment."""
    copy = deepcopy(base(base_name)["Resources"]["Environment"])
    copy["Properties"]["ComputeResources"].update(resources)
    return dict(copy)


def _order(number: int, name: str) -> dict[str, Any]:
    return {"Order": number, "ComputeEnvironment": ref(name)}


QUEUES: Table = {
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
    "MNP220": (("a misspelt state", "cluster", {"Queue.State": "ENABELD"}),),
    "MNP221": (("disabled", "cluster", {"Queue.State": "DISABLED"}),),
    "MNP222": (("the name of another kind", "cluster", {"Queue.ComputeEnvironmentOrders": []}),),
    "MNP223": (
        ("no priority", "cluster", {"Queue.Priority": LEFT_OUT}),
        ("no order", "cluster", {"Queue.ComputeEnvironmentOrder.0.Order": LEFT_OUT}),
    ),
}
