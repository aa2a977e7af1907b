"""Where AWS's documentation leaves open what AWS does, docs/local.md says what happens here."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from batch.requests import LEFT_OUT, ROLE, Account

DOCUMENT = Path(__file__).parents[3] / "docs" / "local.md"
RESOURCES = "computeResources"
CONTAINER = "containerProperties"
NODES = "nodeProperties.nodeRangeProperties"
SECRET = [{"name": "S", "valueFrom": "arn:aws:ssm:us-east-1:123456789012:parameter/s"}]
EXIT = {"attempts": 2, "evaluateOnExit": [{"action": "RETRY"}]}
ACTION = {"action": "CANCEL", "maxTimeSeconds": 600, "reason": "late", "state": "RUNNABLE"}

CASES: list[tuple[str, str, dict[str, Any]]] = [
    ("unknown key pair", "environment", {f"{RESOURCES}.ec2KeyPair": "none"}),
    ("unknown key pair", "environment", {f"{RESOURCES}.imageId": "ami-0123456789abcdef0"}),
    ("unknown key pair", "environment", {"serviceRole": f"{ROLE}-that-is-not"}),
    ("unknown key pair", "container", {f"{CONTAINER}.jobRoleArn": f"{ROLE}-that-is-not"}),
    ("an environment created `DISABLED`", "environment", {"state": "DISABLED"}),
    ("a custom reason", "queue", {"jobStateTimeLimitActions": [ACTION]}),
    ("a duplicate volume name", "container", {f"{CONTAINER}.volumes": [{"name": "v"}] * 2}),
    (
        "a duplicate volume name",
        "multinode",
        {f"{NODES}.0.targetNodes": "0:", f"{NODES}.1.targetNodes": "0:"},
    ),
    ("`DescribeJobs` without IDs", "jobs", {"jobs": []}),
    ("`DeregisterJobDefinition` of an unknown", "deregister", {"jobDefinition": "none:7"}),
    ("`CancelJob` and `TerminateJob`", "cancel", {"jobId": "none"}),
    ("`CancelJob` and `TerminateJob`", "terminate", {"jobId": "none"}),
    ("negative `desiredvCpus`", "update", {f"{RESOURCES}.desiredvCpus": -4}),
    ("`eksProperties` without containers", "pod", {"eksProperties.podProperties.containers": []}),
    (
        "`eksProperties` without containers",
        "pods of nodes",
        {f"{NODES}.0.eksProperties.podProperties.containers.0.resources": {}},
    ),
    (
        "`platformCapabilities` or `propagateTags`",
        "pods of nodes",
        {"platformCapabilities": ["EC2"]},
    ),
    ("`platformCapabilities` or `propagateTags`", "pods of nodes", {"propagateTags": True}),
    ("a node group with an instance type", "multinode", {f"{NODES}.0.instanceTypes": ["c5.huge"]}),
    ("an instance type newer", "environment", {f"{RESOURCES}.instanceTypes": ["c99.large"]}),
    (
        "image types other than",
        "environment",
        {f"{RESOURCES}.ec2Configuration": [{"imageType": "OWN", "imageIdOverride": "ami-1"}]},
    ),
    (
        "GPU instance types with an image type",
        "environment",
        {
            f"{RESOURCES}.instanceTypes": ["p5.48xlarge"],
            f"{RESOURCES}.ec2Configuration": [{"imageType": "ECS_AL2023"}],
        },
    ),
    ("more than five security groups", "environment", {f"{RESOURCES}.securityGroupIds": ["s"] * 6}),
    ("an `evaluateOnExit` entry without a condition", "container", {"retryStrategy": EXIT}),
    (
        "`secretOptions` or `repositoryCredentials`",
        "container",
        {f"{CONTAINER}.repositoryCredentials": {"credentialsParameter": "secret"}},
    ),
    (
        "`secretOptions` or `repositoryCredentials`",
        "container",
        {f"{CONTAINER}.logConfiguration": {"logDriver": "awslogs", "secretOptions": SECRET}},
    ),
    ("`runtimePlatform` or `ephemeralStorage`", "container", {f"{CONTAINER}.runtimePlatform": {}}),
    ("an unmanaged environment without", "unmanaged", {"serviceRole": LEFT_OUT}),
    (
        "a role of another account",
        "container",
        {f"{CONTAINER}.jobRoleArn": "arn:aws:iam::999999999999:role/r"},
    ),
    (
        "`status` together with `jobDefinitions`",
        "definitions",
        {"jobDefinitions": ["a"], "status": "ACTIVE"},
    ),
    ("`maxResults` of `ListJobs`", "list", {"maxResults": 2000}),
    ("`ListJobs` for an array", "list", {"jobQueue": LEFT_OUT, "arrayJobId": "none"}),
    (
        "a dependency of type `N_TO_N`",
        "submit",
        {"arrayProperties.size": 2, "dependsOn": [{"type": "N_TO_N", "jobId": "{job}"}]},
    ),
    (
        "a dependency without `jobId`",
        "submit",
        {"arrayProperties.size": 2, "dependsOn": [{"type": "N_TO_N"}]},
    ),
    ("a definition for Fargate or EKS", "submit", {"jobDefinition": "{fargate definition}"}),
    ("a definition for Fargate or EKS", "submit pod", {}),
    ("no `schedulingPriority`", "submit fairly", {}),
    (
        "more than 50 tags of job and definition",
        "submit",
        {"jobDefinition": "{tagged}", "tags": {f"b{each}": "v" for each in range(50)}},
    ),
    (
        "an update of `scalingPolicy`",
        "update best fit",
        {f"{RESOURCES}.scalingPolicy": {"minScaleDownDelayMinutes": 30}},
    ),
]


def rows() -> dict[str, str]:
    """What happens here, by request, as the document's table has it."""
    section = DOCUMENT.read_text().split("### Not verified")[1].split("\n## ")[0]
    found = re.findall(r"^\| (.+) \| (.+) \|$", section, re.MULTILINE)
    return {request: here for request, here in found if request != "Request"}


@pytest.fixture(scope="module")
def tagged(account: Account) -> None:
    tags = {f"a{each}": "v" for each in range(50)}
    made = account.call("container", {"tags": tags, "propagateTags": True})
    account.names["tagged"] = made["jobDefinitionArn"]


@pytest.mark.parametrize(
    ("row", "name", "changes"),
    [pytest.param(*each, id=f"{i}, {each[0]}") for i, each in enumerate(CASES)],
)
def test_what_the_document_says_is_what_happens(
    account: Account, tagged: None, row: str, name: str, changes: dict[str, Any]
) -> None:
    (here,) = [here for request, here in rows().items() if request.startswith(row)]
    code, _ = account.refusal(name, changes)
    assert code == ("ClientException" if here.startswith("rejected") else "")


def test_every_row_of_the_document_is_tried() -> None:
    untried = [row for row in rows() if not any(row.startswith(tried) for tried, _, _ in CASES)]
    assert untried == [
        # test_api_model.py, since boto3 does not send what it does not know
        "members that the API does not know, in a raw request"
    ]
