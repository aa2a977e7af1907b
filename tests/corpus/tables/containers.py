"""Containers: their resources, variables, secrets and commands."""

from __future__ import annotations

from tests.corpus.changes import CONTAINER, FIRST, LEFT_OUT, SECOND, TASK, Table

CONTAINERS: Table = {
    "MNP311": (
        ("no image", "cluster", {f"{CONTAINER}.Image": LEFT_OUT}),
        ("no memory", "cluster", {f"{CONTAINER}.ResourceRequirements.1": LEFT_OUT}),
        ("half a vCPU", "isolated", {f"{TASK}.Containers.1.ResourceRequirements.0.Value": "0.5"}),
        ("too little memory", "isolated", {f"{TASK}.Containers.1.ResourceRequirements.1.Value": 3}),
        ("no GPU after all", "efa", {f"{CONTAINER}.ResourceRequirements.2.Value": "0"}),
        ("no containers", "isolated", {f"{TASK}.Containers": []}),
        (
            "two tasks",
            "isolated",
            {f"{FIRST}.EcsProperties.TaskProperties.+": {"Containers": []}},
        ),
        (
            "memory twice",
            "efa",
            {f"{CONTAINER}.ResourceRequirements.+": {"Type": "MEMORY", "Value": "4096"}},
        ),
        (
            "no essential container",
            "isolated",
            {
                f"{TASK}.Containers.0.Essential": False,
                f"{TASK}.Containers.1.Essential": "false",
            },
        ),
    ),
    "MNP314": (
        ("the platform", "cluster", {"Job.PlatformCapabilities": ["FARGATE"]}),
        (
            "a platform version",
            "efa",
            {f"{CONTAINER}.FargatePlatformConfiguration": {"PlatformVersion": "LATEST"}},
        ),
        ("ephemeral storage", "isolated", {f"{TASK}.EphemeralStorage": {"SizeInGiB": 100}}),
    ),
    "MNP320": (
        (
            "Batch's own variable",
            "cluster",
            {f"{CONTAINER}.Environment.0.Name": "AWS_BATCH_JOB_NUM_NODES"},
        ),
        (
            "as a secret",
            "efa",
            {
                f"{CONTAINER}.Secrets": [{"Name": "AWS_BATCH_KEY", "ValueFrom": "arn:aws:ssm:x"}],
                f"{CONTAINER}.ExecutionRoleArn": "arn:aws:iam::123456789012:role/execution",
            },
        ),
    ),
    "MNP321": (
        (
            "a password",
            "cluster",
            {f"{CONTAINER}.Environment.+": {"Name": "DB_PASSWORD", "Value": "hunter2"}},
        ),
        (
            "a key",
            "isolated",
            {
                f"{TASK}.Containers.0.Environment": [
                    {"Name": "AWS_SECRET_ACCESS_KEY", "Value": "wJalrXUtnFEMI"}
                ]
            },
        ),
    ),
    "MNP330": (
        (
            "more files than the most",
            "cluster",
            {f"{CONTAINER}.Ulimits": [{"Name": "nofile", "SoftLimit": 2048, "HardLimit": 1024}]},
        ),
    ),
    "MNP331": (
        (
            "a variable twice",
            "cluster",
            {f"{CONTAINER}.Environment.+": {"Name": "OMP_NUM_THREADS", "Value": "2"}},
        ),
    ),
    "MNP332": (
        (
            "no execution role for a registry",
            "efa",
            {f"{CONTAINER}.RepositoryCredentials": {"CredentialsParameter": "arn:aws:x"}},
        ),
        (
            "no execution role",
            "efa",
            {f"{CONTAINER}.Secrets": [{"Name": "KEY", "ValueFrom": "arn:aws:ssm:x"}]},
        ),
    ),
    "MNP333": (
        (
            "another mode",
            "cluster",
            {f"{CONTAINER}.Command": ["mnp-launch", "--mode", "both", "--", "solver"]},
        ),
        ("no command", "cluster", {f"{CONTAINER}.Command": ["mnp-launch", "--grace", "9s"]}),
    ),
    "MNP334": (
        (
            "no secret",
            "efa",
            {f"{CONTAINER}.Command": ["mnp-launch", "--mode", "main", "mpirun", "a"]},
        ),
    ),
    "MNP335": (
        (
            "only the main node",
            "cluster",
            {
                f"{FIRST}.Container.Command": ["mnp-launch", "--", "solver"],
                f"{SECOND}.Container.Command": ["sleep", "infinity"],
            },
        ),
        (
            "two modes",
            "cluster",
            {
                f"{FIRST}.Container.Command": ["mnp-launch", "--mode=main", "--insecure", "a"],
                f"{SECOND}.Container.Command": ["mnp-launch", "a"],
            },
        ),
    ),
    "MNP336": (
        ("mpirun", "cluster", {f"{CONTAINER}.Command": ["mpirun", "solver"]}),
        ("torchrun", "efa", {f"{CONTAINER}.Command": ["sh", "-c", "exec torchrun a.py"]}),
    ),
    "MNP351": (
        ("no log driver", "cluster", {f"{CONTAINER}.LogConfiguration": {"Options": {}}}),
        ("no hard limit", "cluster", {f"{CONTAINER}.Ulimits": [{"Name": "stack", "SoftLimit": 1}]}),
        ("no source", "isolated", {f"{TASK}.Containers.0.Secrets": [{"Name": "LICENSE"}]}),
    ),
}
