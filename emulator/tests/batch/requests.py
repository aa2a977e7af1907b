"""Right requests of the Batch API, and small changes to them."""

from __future__ import annotations

import copy
import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from embedded import REGION, EmbeddedAws
from templates import platform

LEFT_OUT = object()
"""Takes a member away."""

ROLE = "arn:aws:iam::123456789012:role/job"

Changes = Mapping[str, Any]
"""New values by path, such as ``computeResources.subnets.0``; ``+`` appends to a list."""

_NUMBERS = itertools.count(1)

_CONTAINER: dict[str, Any] = {
    "image": "public.ecr.aws/docker/library/busybox:1.37",
    "resourceRequirements": [
        {"type": "VCPU", "value": "1"},
        {"type": "MEMORY", "value": "2048"},
    ],
}
_RESOURCES: dict[str, Any] = {
    "type": "EC2",
    "allocationStrategy": "BEST_FIT_PROGRESSIVE",
    "minvCpus": 0,
    "maxvCpus": 16,
    "instanceTypes": ["c5.xlarge"],
    "instanceRole": "{profile}",
    "subnets": ["{subnet}"],
    "securityGroupIds": ["{group}"],
}
_FARGATE = {
    "type": "FARGATE",
    "maxvCpus": 16,
    "subnets": ["{subnet}"],
    "securityGroupIds": ["{group}"],
}
_TEMPLATE = {"launchTemplateId": "{template}", "version": "1"}
_POD = {"containers": [{"image": "busybox"}]}
_SUBMISSION = {"jobName": "job", "jobQueue": "{queue}"}

RIGHT: dict[str, tuple[str, dict[str, Any]]] = {
    "environment": (
        "CreateComputeEnvironment",
        {"computeEnvironmentName": "{new}", "type": "MANAGED", "computeResources": _RESOURCES},
    ),
    "spot": (
        "CreateComputeEnvironment",
        {
            "computeEnvironmentName": "{new}",
            "type": "MANAGED",
            "computeResources": _RESOURCES
            | {"type": "SPOT", "allocationStrategy": "SPOT_CAPACITY_OPTIMIZED"},
        },
    ),
    "fargate environment": (
        "CreateComputeEnvironment",
        {"computeEnvironmentName": "{new}", "type": "MANAGED", "computeResources": _FARGATE},
    ),
    "eks environment": (
        "CreateComputeEnvironment",
        {
            "computeEnvironmentName": "{new}",
            "type": "MANAGED",
            "computeResources": _RESOURCES,
            "eksConfiguration": {
                "eksClusterArn": "arn:aws:eks:us-east-1:123456789012:cluster/c",
                "kubernetesNamespace": "hpc",
            },
        },
    ),
    "unmanaged": (
        "CreateComputeEnvironment",
        {"computeEnvironmentName": "{new}", "type": "UNMANAGED", "serviceRole": ROLE},
    ),
    "environment with template": (
        "CreateComputeEnvironment",
        {
            "computeEnvironmentName": "{new}",
            "type": "MANAGED",
            "computeResources": _RESOURCES | {"launchTemplate": _TEMPLATE},
        },
    ),
    "update": (
        "UpdateComputeEnvironment",
        {"computeEnvironment": "{environment}", "computeResources": {"maxvCpus": 16}},
    ),
    "update own role": (
        "UpdateComputeEnvironment",
        {"computeEnvironment": "{own role}", "computeResources": {"maxvCpus": 32}},
    ),
    "update best fit": (
        "UpdateComputeEnvironment",
        {"computeEnvironment": "{best fit}", "computeResources": {"maxvCpus": 32}},
    ),
    "update fargate": (
        "UpdateComputeEnvironment",
        {"computeEnvironment": "{fargate}", "computeResources": {"maxvCpus": 32}},
    ),
    "update unmanaged": (
        "UpdateComputeEnvironment",
        {"computeEnvironment": "{unmanaged}", "unmanagedvCpus": 32},
    ),
    "delete environment": ("DeleteComputeEnvironment", {"computeEnvironment": "{environment}"}),
    "queue": (
        "CreateJobQueue",
        {
            "jobQueueName": "{new}",
            "priority": 1,
            "computeEnvironmentOrder": [{"order": 1, "computeEnvironment": "{environment}"}],
        },
    ),
    "update queue": ("UpdateJobQueue", {"jobQueue": "{queue}", "priority": 1}),
    "update fair queue": ("UpdateJobQueue", {"jobQueue": "{fair queue}", "priority": 1}),
    "delete queue": ("DeleteJobQueue", {"jobQueue": "{queue}"}),
    "policy": (
        "CreateSchedulingPolicy",
        {
            "name": "{new}",
            "fairsharePolicy": {
                "shareDecaySeconds": 600,
                "computeReservation": 1,
                "shareDistribution": [{"shareIdentifier": "A", "weightFactor": 1.0}],
            },
        },
    ),
    "update policy": (
        "UpdateSchedulingPolicy",
        {"arn": "{policy}", "fairsharePolicy": {"shareDecaySeconds": 1200}},
    ),
    "container": (
        "RegisterJobDefinition",
        {"jobDefinitionName": "{new}", "type": "container", "containerProperties": _CONTAINER},
    ),
    "fargate": (
        "RegisterJobDefinition",
        {
            "jobDefinitionName": "{new}",
            "type": "container",
            "platformCapabilities": ["FARGATE"],
            "containerProperties": _CONTAINER | {"executionRoleArn": ROLE},
        },
    ),
    "multinode": (
        "RegisterJobDefinition",
        {
            "jobDefinitionName": "{new}",
            "type": "multinode",
            "nodeProperties": {
                "numNodes": 4,
                "mainNode": 0,
                "nodeRangeProperties": [
                    {"targetNodes": "0:1", "container": _CONTAINER},
                    {"targetNodes": "2:", "container": _CONTAINER},
                ],
            },
        },
    ),
    "task": (
        "RegisterJobDefinition",
        {
            "jobDefinitionName": "{new}",
            "type": "container",
            "ecsProperties": {
                "taskProperties": [
                    {
                        "containers": [
                            _CONTAINER | {"name": "main"},
                            _CONTAINER | {"name": "side", "essential": False},
                        ]
                    }
                ]
            },
        },
    ),
    "pod": (
        "RegisterJobDefinition",
        {
            "jobDefinitionName": "{new}",
            "type": "container",
            "eksProperties": {"podProperties": _POD},
        },
    ),
    "pods of nodes": (
        "RegisterJobDefinition",
        {
            "jobDefinitionName": "{new}",
            "type": "multinode",
            "nodeProperties": {
                "numNodes": 4,
                "mainNode": 0,
                "nodeRangeProperties": [
                    {"targetNodes": "0:1", "eksProperties": {"podProperties": _POD}},
                    {"targetNodes": "2:", "eksProperties": {"podProperties": _POD}},
                ],
            },
        },
    ),
    "deregister": ("DeregisterJobDefinition", {"jobDefinition": "{old definition}"}),
    "submit": ("SubmitJob", _SUBMISSION | {"jobDefinition": "{container}"}),
    "submit nodes": ("SubmitJob", _SUBMISSION | {"jobDefinition": "{multinode}"}),
    "submit task": ("SubmitJob", _SUBMISSION | {"jobDefinition": "{task}"}),
    "submit pod": ("SubmitJob", _SUBMISSION | {"jobDefinition": "{pod}"}),
    "submit fairly": (
        "SubmitJob",
        _SUBMISSION
        | {"jobQueue": "{fair queue}", "jobDefinition": "{container}", "shareIdentifier": "A"},
    ),
    "cancel": ("CancelJob", {"jobId": "{job}", "reason": "no longer needed"}),
    "terminate": ("TerminateJob", {"jobId": "{job}", "reason": "no longer needed"}),
    "cancel each": ("CancelJobs", {"jobs": ["{job}"], "reason": "no longer needed"}),
    "terminate each": ("TerminateJobs", {"jobs": ["{job}"], "reason": "no longer needed"}),
    "snapshot": ("GetJobQueueSnapshot", {"jobQueue": "{queue}"}),
    "jobs": ("DescribeJobs", {"jobs": ["{job}"]}),
    "list": ("ListJobs", {"jobQueue": "{queue}"}),
    "environments": ("DescribeComputeEnvironments", {}),
    "queues": ("DescribeJobQueues", {}),
    "definitions": ("DescribeJobDefinitions", {}),
    "policies": ("DescribeSchedulingPolicies", {"arns": ["{policy}"]}),
    "list policies": ("ListSchedulingPolicies", {}),
    "tag": ("TagResource", {"resourceArn": "{queue}", "tags": {"a": "1"}}),
    "untag": ("UntagResource", {"resourceArn": "{queue}", "tagKeys": ["a"]}),
    "tags": ("ListTagsForResource", {"resourceArn": "{queue}"}),
}
"""Right requests by a short name: the operation and its parameters. ``{...}`` is filled in."""


@dataclass
class Account:
    """What right requests name, and a client that leaves all checks to the server."""

    client: Any
    names: dict[str, str] = field(default_factory=dict)

    def request(self, name: str, changes: Changes | None = None) -> tuple[str, dict[str, Any]]:
        """Return an operation and a right request but for the changes."""
        operation, right = RIGHT[name]
        # Not a deep copy: parts that stand in two places must not change in both.
        request = json.loads(json.dumps(right))
        for path, value in (changes or {}).items():
            _change(request, path.split("."), value if value is LEFT_OUT else copy.deepcopy(value))
        names = self.names | {"new": f"new-{next(_NUMBERS)}"}
        return operation, _filled(request, names)

    def call(self, name: str, changes: Changes | None = None) -> dict[str, Any]:
        """Send a right request but for the changes."""
        operation, request = self.request(name, changes)
        method = self.client.meta.method_to_api_mapping
        answer: dict[str, Any] = getattr(
            self.client, next(python for python, api in method.items() if api == operation)
        )(**request)
        return answer

    def refusal(self, name: str, changes: Changes | None = None) -> tuple[str, str]:
        """Return code and message of the error that a request gets; empty ones without error."""
        try:
            self.call(name, changes)
        except ClientError as error:
            return error.response["Error"]["Code"], error.response["Error"]["Message"]
        return "", ""


def account_on(aws: EmbeddedAws) -> Account:
    """Deploy and create whatever right requests name."""
    create: Any = boto3.client
    account = Account(
        create(
            "batch",
            region_name=REGION,
            endpoint_url=aws.url,
            aws_access_key_id=aws.access.access_key_id,
            aws_secret_access_key=aws.access.secret_access_key,
            # Without a name, botocore writes a long one for every request.
            config=Config(
                retries={"total_max_attempts": 1}, parameter_validation=False, user_agent="tests"
            ),
        )
    )
    stack = aws.deploy(platform())
    assert stack.failures == {}
    ids = stack.resources
    other = aws.client("ec2").create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    elsewhere = aws.client("ec2").create_subnet(VpcId=other, CidrBlock="10.1.0.0/20")
    account.names = {
        "subnet": ids["Subnet"],
        "other subnet": elsewhere["Subnet"]["SubnetId"],
        "group": ids["Group"],
        "profile": ids["Profile"],
        "template": ids["LaunchTemplate"],
        "environment": ids["Environment"],
        "queue": ids["Queue"],
    }
    for name, right, key, changes in _MADE:
        account.names[name] = account.call(right, changes)[key]
    return account


_CE, _JQ, _JD = "computeEnvironmentArn", "jobQueueArn", "jobDefinitionArn"
_ORDER = "computeEnvironmentOrder.0.computeEnvironment"
_MADE: list[tuple[str, str, str, Changes]] = [
    ("own role", "environment", _CE, {"serviceRole": ROLE}),
    ("best fit", "environment", _CE, {"computeResources.allocationStrategy": LEFT_OUT}),
    (
        "arm",
        "environment",
        _CE,
        {"computeResources.instanceTypes": ["c7g.xlarge"], "computeResources.minvCpus": 4},
    ),
    ("fargate", "fargate environment", _CE, {}),
    ("eks", "eks environment", _CE, {}),
    ("unmanaged", "unmanaged", _CE, {}),
    ("policy", "policy", "arn", {}),
    ("fair queue", "queue", _JQ, {"schedulingPolicyArn": "{policy}"}),
    ("container", "container", _JD, {}),
    ("old definition", "container", _JD, {}),
    ("fargate definition", "fargate", _JD, {}),
    ("multinode", "multinode", _JD, {}),
    ("task", "task", _JD, {}),
    ("pod", "pod", _JD, {}),
    ("job", "submit", "jobId", {}),
]


def _change(inside: Any, steps: list[str], value: Any) -> None:
    for step in steps[:-1]:
        inside = inside[int(step)] if isinstance(inside, list) else inside.setdefault(step, {})
    last = steps[-1]
    if isinstance(inside, list):
        if last == "+":
            inside.append(value)
        else:
            inside[int(last)] = value
    elif value is LEFT_OUT:
        del inside[last]
    else:
        inside[last] = value


def _filled(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(each, names) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, names) for each in value]
    if isinstance(value, str) and value.startswith("{") and value.endswith("}"):
        return names[value[1:-1]]
    return value


Refused = tuple[str, dict[str, Any], str]
"""A right request, what is changed in it, and a piece of the refusal."""


def named(requests: list[Refused]) -> list[Any]:
    """Return the parameters of a test, with the member that is wrong as their names."""
    return [
        pytest.param(*request, id=f"{i}, {request[0]}, {', '.join(request[1])[:60]}")
        for i, request in enumerate(requests)
    ]
