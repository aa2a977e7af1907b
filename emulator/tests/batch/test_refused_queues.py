"""Queues and scheduling policies that AWS Batch refuses, each wrong in one thing."""

from __future__ import annotations

from typing import Any

import pytest

from batch.requests import LEFT_OUT, Account, Refused, named

ORDER = "computeEnvironmentOrder"
ACTIONS = "jobStateTimeLimitActions"


def action(**changes: Any) -> list[dict[str, Any]]:
    right = {"action": "CANCEL", "maxTimeSeconds": 600, "reason": "R", "state": "RUNNABLE"}
    return [{**right, **changes}]


def order(*names: str) -> list[dict[str, Any]]:
    return [{"order": place, "computeEnvironment": name} for place, name in enumerate(names)]


QUEUES: list[Refused] = [
    ("queue", {"jobQueueName": "a/b"}, "jobQueueName must be 1 to 128"),
    ("queue", {"jobQueueName": LEFT_OUT}, '"jobQueueName"'),
    ("queue", {"priority": LEFT_OUT}, '"priority"'),
    ("queue", {"priority": "high"}, "Invalid type for parameter priority"),
    ("queue", {ORDER: LEFT_OUT}, "1 to 3 compute environments, not 0"),
    ("queue", {ORDER: []}, "1 to 3 compute environments, not 0"),
    ("queue", {ORDER: order("missing")}, "Compute environment missing does not exist"),
    ("queue", {ORDER: order("{environment}", "{environment}")}, "more than once"),
    (
        "queue",
        {f"{ORDER}.+": {"order": 1, "computeEnvironment": "{own role}"}},
        "an order of its own",
    ),
    ("queue", {ORDER: order("{environment}", "{fargate}")}, "Fargate and EC2"),
    ("queue", {ORDER: order("{environment}", "{eks}")}, "ECS and EKS"),
    ("queue", {ORDER: order("{environment}", "{arm}")}, "must share one architecture"),
    ("queue", {"jobQueueType": "ECS_FARGATE"}, "jobQueueType must be ECS"),
    ("queue", {"jobQueueType": "SAGEMAKER_TRAINING"}, "jobQueueType must be ECS"),
    (
        "queue",
        {"serviceEnvironmentOrder": [{"order": 1, "serviceEnvironment": "s"}]},
        "no such service environment",
    ),
    ("queue", {"schedulingPolicyArn": "fair"}, "schedulingPolicyArn must be an ARN"),
    (
        "queue",
        {"schedulingPolicyArn": "arn:aws:batch:us-east-1:123456789012:scheduling-policy/none"},
        "Scheduling policy none does not exist",
    ),
    ("queue", {ACTIONS: action(state="RUNNING")}, "valid values: RUNNABLE"),
    ("queue", {ACTIONS: action(action="STOP")}, "valid values: CANCEL"),
    ("queue", {ACTIONS: action(action="TERMINATE")}, "action must be CANCEL"),
    ("queue", {ACTIONS: [{"state": "RUNNABLE"}]}, "Missing required parameter"),
    ("queue", {"tags": {"aws:a": "b"}}, "the prefix aws: is reserved"),
    ("update queue", {"jobQueue": "missing"}, "Job queue missing does not exist"),
    ("update queue", {"schedulingPolicyArn": "{policy}"}, "can neither be added"),
    ("update fair queue", {"schedulingPolicyArn": ""}, "nor be removed"),
    ("update queue", {"state": "PAUSED"}, "valid values: ENABLED, DISABLED"),
    ("delete queue", {}, "state is not DISABLED"),
    ("policy", {"name": "a b"}, "name must be 1 to 128"),
    (
        "policy",
        {"fairsharePolicy.shareDistribution.+": {"shareIdentifier": "A"}},
        "must not overlap: A and A",
    ),
    (
        "policy",
        {
            "fairsharePolicy.shareDistribution": [
                {"shareIdentifier": "UserA1"},
                {"shareIdentifier": "UserA*"},
            ]
        },
        "must not overlap: UserA1 and UserA*",
    ),
    ("policy", {"fairsharePolicy.shareDistribution.0.shareIdentifier": "a b"}, "255 letters"),
    (
        "policy",
        {"quotaSharePolicy": {"idleResourceAssignmentStrategy": "FIFO"}},
        "only one of fairsharePolicy and quotaSharePolicy",
    ),
    (
        "update policy",
        {
            "fairsharePolicy": LEFT_OUT,
            "quotaSharePolicy": {"idleResourceAssignmentStrategy": "FIFO"},
        },
        "fairsharePolicy cannot be changed to quotaSharePolicy",
    ),
]


@pytest.mark.parametrize(("name", "changes", "message"), named(QUEUES))
def test_a_wrong_request_is_refused_with_what_is_wrong(
    account: Account, name: str, changes: dict[str, Any], message: str
) -> None:
    code, reported = account.refusal(name, changes)
    assert (code, message in reported) == ("ClientException", True), reported


def test_a_name_is_taken_once(account: Account) -> None:
    for name, member in (
        ("environment", "computeEnvironmentName"),
        ("queue", "jobQueueName"),
        ("policy", "name"),
    ):
        account.call(name, {member: f"once-{member}"})
        code, reported = account.refusal(name, {member: f"once-{member}"})
        assert (code, "Object already exists" in reported) == ("ClientException", True), reported
