"""Submissions that AWS Batch refuses, each wrong in one thing."""

from __future__ import annotations

from typing import Any

import pytest

from batch.requests import LEFT_OUT, Account, Refused, named


def requirements(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"type": kind, "value": value} for kind, value in pairs]


def vcpus(value: str) -> list[dict[str, str]]:
    return requirements(("VCPU", value), ("MEMORY", "2048"))


def variable(name: str) -> list[dict[str, str]]:
    return [{"name": name, "value": "1"}]


SUBMISSIONS: list[Refused] = [
    ("submit", {"jobName": "a b"}, "jobName must be 1 to 128"),
    ("submit", {"jobName": "-a"}, "jobName must be 1 to 128"),
    ("submit", {"jobName": LEFT_OUT}, '"jobName"'),
    ("submit", {"jobQueue": "missing"}, "Job queue missing does not exist"),
    (
        "submit",
        {"jobDefinition": "missing"},
        "Job definition missing does not exist or is inactive",
    ),
    ("submit", {"dependsOn": [{"jobId": "missing"}]}, "'missing' does not exist"),
    ("submit", {"dependsOn": [{}]}, "must have jobId"),
    ("submit", {"dependsOn": [{"type": "SEQUENTIAL"}]}, "this is not an array job"),
    ("submit", {"dependsOn": [{"type": "N_TO_N", "jobId": "{job}"}]}, "is for array jobs only"),
    ("submit", {"dependsOn": [{"type": "AFTER", "jobId": "{job}"}]}, "valid values: N_TO_N"),
    ("submit", {"shareIdentifier": "A"}, "has no fair-share scheduling policy"),
    ("submit fairly", {"shareIdentifier": "a b"}, "255 letters and digits"),
    ("submit fairly", {"shareIdentifier": LEFT_OUT}, "shareIdentifier must be specified"),
    ("submit", {"schedulingPriorityOverride": -1}, "from 0 to 9999, not -1"),
    ("submit", {"tags": {"aws:a": "b"}}, "the prefix aws: is reserved"),
    ("submit", {"parameters": {"a": 1}}, "Invalid type for parameter parameters.a"),
    ("submit", {"containerOverrides.environment": variable("AWS_BATCH_X")}, "AWS_BATCH_X"),
    ("submit", {"containerOverrides.command": ["a", ""]}, "must not contain an empty string"),
    ("submit", {"containerOverrides.instanceType": "c5.large"}, "for multi-node parallel jobs"),
    ("submit", {"containerOverrides.resourceRequirements": vcpus("0.5")}, "not 0.5"),
    ("submit", {"nodeOverrides": {"numNodes": 2}}, "nodeOverrides is not applicable"),
    ("submit", {"ecsPropertiesOverride": {}}, "ecsPropertiesOverride is not applicable"),
    ("submit", {"eksPropertiesOverride": {}}, "eksPropertiesOverride is not applicable"),
    ("submit task", {"containerOverrides": {}}, "containerOverrides is not applicable"),
    (
        "submit task",
        {"ecsPropertiesOverride": {"taskProperties": [{"containers": [{"name": "none"}]}]}},
        "names container none",
    ),
    ("submit nodes", {"arrayProperties": {"size": 2}}, "arrayProperties is not applicable"),
    ("submit nodes", {"containerOverrides": {}}, "containerOverrides is not applicable"),
    ("submit nodes", {"nodeOverrides.numNodes": 0}, "from 1 to 1000, not 0"),
    (
        "submit nodes",
        {"nodeOverrides.nodePropertyOverrides": [{"targetNodes": "7:"}]},
        "targets should match job definition. Non matching targets - 7:",
    ),
    (
        "submit nodes",
        {
            "nodeOverrides.nodePropertyOverrides": [
                {"targetNodes": "2:", "instanceTypes": ["c5.large"]},
                {"targetNodes": "0:1", "instanceTypes": ["c5.xlarge"]},
            ]
        },
        "the same instance type",
    ),
    (
        "submit nodes",
        {
            "nodeOverrides.nodePropertyOverrides": [
                {
                    "targetNodes": "2:",
                    "containerOverrides": {"environment": variable("AWS_BATCH_X")},
                }
            ]
        },
        "must not start with AWS_BATCH",
    ),
    ("cancel", {"reason": LEFT_OUT}, '"reason"'),
    ("terminate", {"jobId": LEFT_OUT}, '"jobId"'),
]


@pytest.mark.parametrize(("name", "changes", "message"), named(SUBMISSIONS))
def test_a_wrong_request_is_refused_with_what_is_wrong(
    account: Account, name: str, changes: dict[str, Any], message: str
) -> None:
    code, reported = account.refusal(name, changes)
    assert (code, message in reported) == ("ClientException", True), reported
