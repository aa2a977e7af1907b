"""Submissions that do not fit the job definition, beside a right cluster."""

from __future__ import annotations

import json
from typing import Any

from tests.corpus.changes import Table

_ROLE = "arn:aws:iam::123456789012:role/submits"


def _rule(**parameters: Any) -> dict[str, Any]:
    """A rule of EventBridge that submits the job."""
    target = {
        "Id": "Job",
        "Arn": {"Fn::GetAtt": ["Queue", "JobQueueArn"]},
        "RoleArn": _ROLE,
        "BatchParameters": {"JobName": "nightly", "JobDefinition": {"Ref": "Job"}, **parameters},
    }
    return {
        "Nightly": {
            "Type": "AWS::Events::Rule",
            "Properties": {"ScheduleExpression": "rate(1 day)", "Targets": [target]},
        }
    }


def _schedule(**members: Any) -> dict[str, Any]:
    """A schedule that submits the job by its name."""
    request = {"jobName": "nightly", "jobQueue": "queue", "jobDefinition": "solver", **members}
    return {
        "Schedule": {
            "Type": "AWS::Scheduler::Schedule",
            "Properties": {
                "FlexibleTimeWindow": {"Mode": "OFF"},
                "ScheduleExpression": "rate(1 day)",
                "Target": {
                    "Arn": "arn:aws:scheduler:::aws-sdk:batch:submitJob",
                    "RoleArn": _ROLE,
                    "Input": json.dumps(request),
                },
            },
        }
    }


def _state(**members: Any) -> dict[str, Any]:
    request = {
        "JobName": "solve",
        "JobQueue": {"Ref": "Queue"},
        "JobDefinition": {"Ref": "Job"},
        **members,
    }
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::batch:submitJob.sync",
        "Parameters": request,
        "End": True,
    }


def _machine(**properties: Any) -> dict[str, Any]:
    return {
        "Machine": {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {"RoleArn": _ROLE, **properties},
        }
    }


def _as_object(**members: Any) -> dict[str, Any]:
    """A state machine whose definition is an object."""
    return _machine(Definition={"StartAt": "Solve", "States": {"Solve": _state(**members)}})


def _as_text(**members: Any) -> dict[str, Any]:
    """A state machine whose definition is a text in which Ref and a branch stand."""
    state = _state(**{**members, "JobQueue": "@Queue@", "JobDefinition": "@Job@"})
    inner = {"StartAt": "Solve", "States": {"Solve": state}}
    outer = {"Type": "Parallel", "Branches": [inner], "End": True}
    text = json.dumps({"StartAt": "All", "States": {"All": outer}})
    pieces = [{"Ref": piece} if index % 2 else piece for index, piece in enumerate(text.split("@"))]
    return _machine(DefinitionString={"Fn::Join": ["", pieces]})


def _targeting(*nodes: str) -> dict[str, Any]:
    overrides = [
        {"TargetNodes": node, "ContainerOverrides": {"Command": ["solve"]}} for node in nodes
    ]
    return {"NodeOverrides": {"NodePropertyOverrides": overrides}}


SUBMISSIONS: Table = {
    "MNP702": (
        ("a text", "cluster", _as_text(ContainerOverrides={"Command": ["solve"]})),
        ("an object", "cluster", _as_object(EcsPropertiesOverride={"TaskProperties": []})),
        ("a schedule", "cluster", _schedule(containerOverrides={"command": ["solve"]})),
    ),
    "MNP703": (
        ("a rule", "cluster", _rule(ArrayProperties={"Size": 3})),
        ("a text", "cluster", _as_text(ArrayProperties={"Size": 3})),
    ),
    "MNP704": (("one node", "cluster", _as_text(NodeOverrides={"NumNodes": 1})),),
    "MNP705": (("all nodes", "cluster", _as_object(**_targeting("0:"))),),
    "MNP706": (
        ("11 attempts", "cluster", _rule(RetryStrategy={"Attempts": 11})),
        ("59 seconds", "cluster", _as_object(Timeout={"AttemptDurationSeconds": 59})),
        ("N_TO_N", "cluster", _as_object(DependsOn=[{"JobId": "a", "Type": "N_TO_N"}])),
    ),
    "MNP707": (("the third", "cluster", _schedule(jobDefinition="solver:3")),),
    "MNP708": (("a share", "cluster", _as_text(ShareIdentifier="design")),),
}
