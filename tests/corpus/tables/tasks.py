"""Tasks of several containers, their log routers, and ECS Exec."""

from __future__ import annotations

from tests.corpus.changes import CONTAINER, LEFT_OUT, TASK, Table

SIDECAR_WAITS = f"{TASK}.Containers.1.DependsOn"
_ROUTED = {"LogDriver": "awsfirelens", "Options": {"Name": "stdout"}}
_EXEC_ALLOWED = {
    "JobRole.Policies.+": {
        "PolicyName": "exec",
        "PolicyDocument": {
            "Statement": [{"Effect": "Allow", "Action": "ssmmessages:*", "Resource": "*"}]
        },
    }
}


def _after(name: str, condition: str) -> dict[str, str]:
    return {"ContainerName": name, "Condition": condition}


TASKS: Table = {
    "MNP342": (("twice the same", "isolated", {f"{TASK}.Containers.1.Name": "solver"}),),
    "MNP343": (
        ("a misspelt name", "isolated", {SIDECAR_WAITS: [_after("slover", "START")]}),
        (
            "the end of an essential container",
            "isolated",
            {SIDECAR_WAITS: [_after("solver", "SUCCESS")]},
        ),
        ("health of Amazon ECS", "isolated", {SIDECAR_WAITS: [_after("solver", "HEALTHY")]}),
        (
            "a cycle",
            "isolated",
            {
                SIDECAR_WAITS: [_after("solver", "START")],
                f"{TASK}.Containers.0.DependsOn": [_after("metrics", "COMPLETE")],
            },
        ),
    ),
    "MNP344": (("one second", "isolated", {f"{TASK}.Containers.1.StopTimeout": 1}),),
    "MNP345": (
        ("no router", "isolated", {f"{TASK}.Containers.0.LogConfiguration": _ROUTED}),
        ("a container alone", "cluster", {f"{CONTAINER}.LogConfiguration": _ROUTED}),
        (
            "no logs to route",
            "isolated",
            {f"{TASK}.Containers.1.FirelensConfiguration": {"Type": "fluentbit"}},
        ),
    ),
    "MNP346": (
        (
            "a misspelt option",
            "isolated",
            {
                f"{TASK}.Containers.0.LogConfiguration": _ROUTED,
                f"{TASK}.Containers.1.FirelensConfiguration": {
                    "Type": "fluentbit",
                    "Options": {"enable-ecs-log-metadata": "yes"},
                },
            },
        ),
        (
            "no file",
            "isolated",
            {
                f"{TASK}.Containers.0.LogConfiguration": _ROUTED,
                f"{TASK}.Containers.1.FirelensConfiguration": {
                    "Type": "fluentd",
                    "Options": {"config-file-type": "file"},
                },
            },
        ),
    ),
    "MNP347": (
        (
            "no job role",
            "cluster",
            {
                f"{CONTAINER}.EnableExecuteCommand": True,
                f"{CONTAINER}.JobRoleArn": LEFT_OUT,
            },
        ),
    ),
    "MNP348": (
        (
            "read-only",
            "cluster",
            {
                f"{CONTAINER}.EnableExecuteCommand": "true",
                f"{CONTAINER}.ReadonlyRootFilesystem": "true",
                **_EXEC_ALLOWED,
            },
        ),
    ),
    "MNP425": (("no endpoint", "isolated", {f"{TASK}.EnableExecuteCommand": True}),),
    "MNP620": (("no permissions", "cluster", {f"{CONTAINER}.EnableExecuteCommand": True}),),
    "MNP622": (
        (
            "no permission",
            "isolated",
            {
                f"{TASK}.Containers.0.LogConfiguration": _ROUTED,
                f"{TASK}.Containers.1.FirelensConfiguration": {
                    "Type": "fluentbit",
                    "Options": {
                        "config-file-type": "s3",
                        "config-file-value": "arn:aws:s3:::logs/fluent.conf",
                    },
                },
                f"{TASK}.ExecutionRoleArn": LEFT_OUT,
            },
        ),
    ),
}
