"""An ARN names a resource of this account and Region, or none."""

from __future__ import annotations

import pytest

from batch.requests import Account

ORDER = "computeEnvironmentOrder"
LISTS = {"computeEnvironments", "jobQueues", "jobDefinitions", "arns", "jobs"}

FOREIGN = [
    "arn:aws:batch:us-east-1:999999999999:{kind}/{name}",
    "arn:aws:batch:eu-west-1:123456789012:{kind}/{name}",
    "arn:aws:s3:::{kind}/{name}",
    "arn:aws:batch:us-east-1:123456789012:other/{name}",
    "arn:aws-cn:batch:us-east-1:123456789012:{kind}/{name}",
]
"""ARNs of another account, Region, service, kind and partition."""

PLACES = [
    ("update", "computeEnvironment", "compute-environment", "environment"),
    ("delete environment", "computeEnvironment", "compute-environment", "environment"),
    ("queue", f"{ORDER}.0.computeEnvironment", "compute-environment", "environment"),
    ("environments", "computeEnvironments", "compute-environment", "environment"),
    ("update queue", "jobQueue", "job-queue", "queue"),
    ("delete queue", "jobQueue", "job-queue", "queue"),
    ("queues", "jobQueues", "job-queue", "queue"),
    ("submit", "jobQueue", "job-queue", "queue"),
    ("list", "jobQueue", "job-queue", "queue"),
    ("submit", "jobDefinition", "job-definition", "container"),
    ("deregister", "jobDefinition", "job-definition", "container"),
    ("definitions", "jobDefinitions", "job-definition", "container"),
    ("queue", "schedulingPolicyArn", "scheduling-policy", "policy"),
    ("update policy", "arn", "scheduling-policy", "policy"),
    ("policies", "arns", "scheduling-policy", "policy"),
    ("jobs", "jobs", "job", "job"),
    ("cancel", "jobId", "job", "job"),
    ("tag", "resourceArn", "job-queue", "queue"),
    ("untag", "resourceArn", "job-queue", "queue"),
    ("tags", "resourceArn", "job-queue", "queue"),
]
"""Where ARNs of Batch are taken: request, member, kind, and whose name they have here."""


@pytest.mark.parametrize("foreign", FOREIGN)
@pytest.mark.parametrize(
    ("name", "member", "kind", "own"), [pytest.param(*each, id=f"{each[0]}") for each in PLACES]
)
def test_no_arn_names_a_resource_of_another_account_or_region(
    account: Account, name: str, member: str, kind: str, own: str, foreign: str
) -> None:
    arn = foreign.format(kind=kind, name=account.names[own].rsplit("/", 1)[-1])
    value = [arn] if member in LISTS else arn
    code, reported = account.refusal(name, {member: value})
    assert (code, arn.split("/")[0] in reported) == ("ClientException", True), reported
