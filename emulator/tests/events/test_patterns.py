"""Patterns look into objects and into the objects of lists, as those of a job's detail."""

from __future__ import annotations

import json
from typing import Any

import pytest
from moto.events.models import EventPattern

from cdk_batch_mnp_emulator.events.patterns import matches

EVENT: dict[str, Any] = {
    "source": "aws.batch",
    "detail-type": "Batch Job State Change",
    "resources": ["arn:of:job", "arn:of:queue"],
    "detail": {
        "status": "FAILED",
        "jobName": "training-1",
        "attempts": [
            {"container": {"exitCode": 1, "reason": "OutOfMemoryError"}},
            {"container": {"exitCode": 3}},
        ],
        "dependsOn": [],
        "container": {"environment": [{"name": "MODE", "value": "a"}, {"name": "B", "value": "b"}]},
    },
}


def check(pattern: Any) -> bool:
    return matches(EventPattern.load(json.dumps(pattern)), EVENT)


def in_attempts(**members: Any) -> dict[str, Any]:
    return {"detail": {"attempts": {"container": members}}}


def in_environment(**members: Any) -> dict[str, Any]:
    return {"detail": {"container": {"environment": members}}}


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param({"source": ["aws.batch", "aws.ecs"]}, id="one of several values"),
        pytest.param({"resources": ["arn:of:queue"]}, id="one value of a list"),
        pytest.param({"detail": {"jobName": [{"prefix": "training-"}]}}, id="a prefix"),
        pytest.param({"detail": {"isTerminated": [{"exists": False}]}}, id="what is not there"),
        pytest.param({"detail": {"status": [{"anything-but": ["SUCCEEDED"]}]}}, id="anything but"),
        pytest.param(in_attempts(exitCode=[3]), id="a value in an object of a list"),
        pytest.param(in_attempts(exitCode=[{"numeric": [">", 2]}]), id="a number in one"),
        pytest.param(in_environment(name=["MODE"], value=["a"]), id="two values of one object"),
        pytest.param(
            {"$or": [{"source": ["mine"]}, {"detail": {"status": ["FAILED"]}}]}, id="one of two"
        ),
        pytest.param({"detail": {"dependsOn": {"jobId": [{"exists": False}]}}}, id="an empty list"),
    ],
)
def test_an_event_that_has_all_that_is_asked_for_matches(pattern: Any) -> None:
    assert check(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param({}, id="an empty pattern, of a rule with a schedule"),
        pytest.param({"source": ["aws.ecs"]}, id="another value"),
        pytest.param({"detail": {"status": ["FAILED"], "jobName": ["x"]}}, id="one of two only"),
        pytest.param({"detail": {"status": {"deeper": ["FAILED"]}}}, id="a value taken for more"),
        pytest.param(in_attempts(exitCode=[2]), id="a value that no object of a list has"),
        pytest.param(in_environment(name=["MODE"], value=["b"]), id="values of two objects"),
        pytest.param({"detail": {"dependsOn": {"jobId": ["a"]}}}, id="an empty list"),
        pytest.param({"nothing": {"at": {"all": ["x"]}}}, id="a path that is not there"),
    ],
)
def test_an_event_that_lacks_something_does_not_match(pattern: Any) -> None:
    assert not check(pattern)
