"""Job definitions as a whole: retries, names, priorities, size and consumable resources."""

from __future__ import annotations

from typing import Any

from tests.corpus.changes import CONSUMABLES, CONTAINER, FIRST, LEFT_OUT, SECOND, Table, ref

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


JOB_DEFINITIONS: Table = {
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
    "MNP323": (
        ("too high", "cluster", {"Job.SchedulingPriority": 10000}),
        ("below zero", "isolated", {"Job.SchedulingPriority": -1}),
    ),
    "MNP324": (("too large", "cluster", {f"{CONTAINER}.Environment": _parameter_store(120)}),),
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
}
