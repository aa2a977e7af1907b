"""Each bound of the Batch API: the limit is taken, one beyond it is refused."""

from __future__ import annotations

from typing import Any

import pytest

from batch.requests import RIGHT, Account

RESOURCES = "computeResources"
CONTAINER = "containerProperties"
NODES = "nodeProperties"
EXIT = "retryStrategy.evaluateOnExit"
POD = "eksProperties.podProperties"
TASK = "ecsProperties.taskProperties.0"
ACTION = {
    "action": "CANCEL",
    "maxTimeSeconds": 600,
    "reason": "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY",
    "state": "RUNNABLE",
}
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:s"


def tags(number: int) -> dict[str, str]:
    return {f"key-{each}": "value" for each in range(number)}


def exits(number: int) -> list[dict[str, str]]:
    return [{"action": "RETRY", "onReason": f"Reason {each}*"} for each in range(number)]


def containers(number: int) -> list[dict[str, Any]]:
    container = RIGHT["container"][1][CONTAINER]
    return [container | {"name": f"c{each}"} for each in range(number)]


def pods(number: int) -> list[dict[str, Any]]:
    return [{"image": "busybox", "name": f"c{each}"} for each in range(number)]


def ranges(number: int) -> list[dict[str, Any]]:
    container = RIGHT["container"][1][CONTAINER]
    return [{"targetNodes": f"{each}", "container": container} for each in range(number)]


def ulimit(soft: int, hard: int) -> list[dict[str, Any]]:
    return [{"name": "nofile", "softLimit": soft, "hardLimit": hard}]


def efs(**configuration: Any) -> list[dict[str, Any]]:
    return [{"name": "data", "efsVolumeConfiguration": {"fileSystemId": "fs-1", **configuration}}]


def requirement(kind: str, value: str) -> list[dict[str, str]]:
    others = {"VCPU": "1", "MEMORY": "2048"} | {kind: value}
    return [{"type": name, "value": each} for name, each in others.items()]


def depends(number: int) -> list[dict[str, str]]:
    return [{"jobId": "{job}"}] * number


def eks(name: str, value: str) -> list[dict[str, Any]]:
    return [{"image": "busybox", "resources": {"limits": {name: value}}}]


# What passes, what is one beyond, and a piece of the refusal. Source: the Batch API's own
# documentation of each member, and the user guide's quotas.
LIMITS: list[tuple[str, str, Any, Any, str]] = [
    ("environment", "computeEnvironmentName", "e" * 128, "e" * 129, "1 to 128 letters"),
    ("environment", f"{RESOURCES}.maxvCpus", 1, 0, "maxvCpus must be at least 1, not 0"),
    ("environment", f"{RESOURCES}.minvCpus", 0, -1, "minvCpus must be at least 0"),
    ("environment", f"{RESOURCES}.minvCpus", 16, 17, "minvCpus 17 must be from 0 to maxvCpus 16"),
    ("environment", f"{RESOURCES}.desiredvCpus", 16, 17, "desiredvCpus 17 must be from minvCpus 0"),
    ("environment", f"{RESOURCES}.desiredvCpus", 0, -1, "desiredvCpus must be at least 0"),
    ("spot", f"{RESOURCES}.bidPercentage", 100, 101, "bidPercentage must be from 0 to 100"),
    (
        "environment",
        f"{RESOURCES}.securityGroupIds",
        ["{group}"] * 5,
        ["{group}"] * 6,
        "securityGroupIds takes at most 5",
    ),
    (
        "environment",
        f"{RESOURCES}.ec2Configuration",
        [{"imageType": "ECS_AL2023"}, {"imageType": "ECS_AL2023_NVIDIA"}],
        [{"imageType": f"ECS_AL{each}"} for each in ("2", "2023", "2023_NVIDIA")],
        "ec2Configuration takes at most 2 items, not 3",
    ),
    ("environment", "tags", tags(50), tags(51), "51 items, takes at most 50"),
    (
        "environment",
        "tags",
        {"k" * 128: "v"},
        {"k" * 129: "v"},
        "129 characters, takes at most 128",
    ),
    (
        "environment",
        "tags",
        {"k": "v" * 256},
        {"k": "v" * 257},
        "257 characters, takes at most 256",
    ),
    ("environment", f"{RESOURCES}.tags", tags(50), tags(51), "tags takes at most 50 tags, not 51"),
    ("environment", f"{RESOURCES}.scalingPolicy.minScaleDownDelayMinutes", 20, 19, "from 20 to"),
    ("environment", f"{RESOURCES}.scalingPolicy.minScaleDownDelayMinutes", 10080, 10081, "10080"),
    (
        "fargate environment",
        f"{RESOURCES}.subnets",
        ["{subnet}"] * 16,
        ["{subnet}"] * 17,
        "subnets takes at most 16",
    ),
    (
        "eks environment",
        "eksConfiguration.kubernetesNamespace",
        "n" * 63,
        "n" * 64,
        "1 to 63 small letters",
    ),
    ("update", "updatePolicy.jobExecutionTimeoutMinutes", 7200, 7201, "from 1 to 7200"),
    ("update", "updatePolicy.jobExecutionTimeoutMinutes", 1, 0, "jobExecutionTimeoutMinutes"),
    ("update", f"{RESOURCES}.maxvCpus", 1, 0, "maxvCpus must be at least 1, not 0"),
    ("queue", "jobQueueName", "q" * 128, "q" * 129, "1 to 128 letters"),
    ("queue", "priority", 0, -1, "priority must be from 0 to 1000, not -1"),
    ("queue", "priority", 1000, 1001, "priority must be from 0 to 1000, not 1001"),
    ("update queue", "priority", 1000, 5000, "priority must be from 0 to 1000, not 5000"),
    (
        "queue",
        "computeEnvironmentOrder",
        [
            {"order": place, "computeEnvironment": f"{{{name}}}"}
            for place, name in enumerate(("environment", "own role", "best fit"))
        ],
        [
            {"order": place, "computeEnvironment": f"{{{name}}}"}
            for place, name in enumerate(("environment", "own role", "best fit", "environment"))
        ],
        "1 to 3 compute environments, not 4",
    ),
    ("queue", "jobStateTimeLimitActions", [ACTION], [ACTION | {"maxTimeSeconds": 599}], "from 600"),
    (
        "queue",
        "jobStateTimeLimitActions",
        [ACTION | {"maxTimeSeconds": 86400}],
        [ACTION | {"maxTimeSeconds": 86401}],
        "from 600 to 86400, not 86401",
    ),
    ("policy", "name", "p" * 128, "p" * 129, "1 to 128 letters"),
    ("policy", "fairsharePolicy.shareDecaySeconds", 604800, 604801, "from 0 to 604800"),
    ("policy", "fairsharePolicy.computeReservation", 99, 100, "from 0 to 99, not 100"),
    (
        "policy",
        "fairsharePolicy.shareDistribution.0.weightFactor",
        0.0001,
        0.00009,
        "weightFactor must be from 0.0001",
    ),
    (
        "policy",
        "fairsharePolicy.shareDistribution.0.weightFactor",
        999.9999,
        1000.0,
        "weightFactor must be from 0.0001 to 999.9999",
    ),
    (
        "policy",
        "fairsharePolicy.shareDistribution",
        [{"shareIdentifier": f"A{each}"} for each in range(10000, 10500)],
        [{"shareIdentifier": f"A{each}"} for each in range(10000, 10501)],
        "shareDistribution takes at most 500",
    ),
    (
        "policy",
        "fairsharePolicy.shareDistribution.0.shareIdentifier",
        "A" * 255 + "*",
        "A" * 256,
        "up to 255 letters and digits",
    ),
    ("container", "jobDefinitionName", "d" * 128, "d" * 129, "1 to 128 letters"),
    ("container", f"{CONTAINER}.image", "i" * 255, "i" * 256, "1 to 255 letters"),
    (
        "container",
        f"{CONTAINER}.resourceRequirements",
        requirement("VCPU", "1"),
        requirement("VCPU", "0"),
        "type VCPU must have a whole number of at least 1",
    ),
    (
        "container",
        f"{CONTAINER}.resourceRequirements",
        requirement("MEMORY", "4"),
        requirement("MEMORY", "3"),
        "type MEMORY must have a whole number of at least 4",
    ),
    (
        "container",
        f"{CONTAINER}.resourceRequirements",
        requirement("GPU", "1"),
        requirement("GPU", "0"),
        "type GPU must have a whole number of at least 1",
    ),
    ("container", f"{CONTAINER}.vcpus", 1, 0, "vcpus must be at least 1"),
    ("container", f"{CONTAINER}.memory", 4, 3, "memory must be at least 4"),
    ("container", f"{CONTAINER}.linuxParameters.swappiness", 100, 101, "from 0 to 100, not 101"),
    ("container", f"{CONTAINER}.linuxParameters.maxSwap", 0, -1, "maxSwap must be at least 0"),
    ("container", f"{CONTAINER}.ulimits", ulimit(5, 5), ulimit(6, 5), "softLimit 6 above"),
    ("container", f"{CONTAINER}.ulimits", ulimit(-1, -1), ulimit(-1, 5), "softLimit -1 above"),
    (
        "container",
        f"{CONTAINER}.volumes",
        efs(transitEncryptionPort=65535),
        efs(transitEncryptionPort=65536),
        "from 0 to 65535",
    ),
    (
        "container",
        f"{CONTAINER}.volumes",
        efs(rootDirectory="/" * 4096),
        efs(rootDirectory="/" * 4097),
        "at most 4096 characters, not 4097",
    ),
    ("container", f"{CONTAINER}.volumes", [{"name": "v" * 255}], [{"name": "v" * 256}], "1 to 255"),
    (
        "container",
        f"{CONTAINER}.linuxParameters.tmpfs",
        [{"containerPath": "/t", "size": 1}],
        [{"containerPath": "/t", "size": 0}],
        "size must be at least 1",
    ),
    ("container", "retryStrategy.attempts", 1, 0, "attempts must be from 1 to 10"),
    ("container", "retryStrategy.attempts", 10, 11, "attempts must be from 1 to 10, not 11"),
    (
        "container",
        "retryStrategy",
        {"attempts": 2, "evaluateOnExit": exits(5)},
        {"attempts": 2, "evaluateOnExit": exits(6)},
        "evaluateOnExit takes at most 5 items, not 6",
    ),
    (
        "container",
        "retryStrategy",
        {"attempts": 2, "evaluateOnExit": [{"action": "EXIT", "onReason": "a" * 512}]},
        {"attempts": 2, "evaluateOnExit": [{"action": "EXIT", "onReason": "a" * 513}]},
        "up to 512",
    ),
    ("container", "timeout.attemptDurationSeconds", 60, 59, "must be at least 60, not 59"),
    ("container", "schedulingPriority", 0, -1, "schedulingPriority must be from 0 to 9999"),
    ("container", "schedulingPriority", 9999, 10000, "from 0 to 9999, not 10000"),
    ("container", "tags", tags(50), tags(51), "51 items, takes at most 50"),
    ("container", "parameters", {"p": "x" * 24000}, {"p": "x" * 24577}, "at most 24576"),
    ("fargate", f"{CONTAINER}.ephemeralStorage.sizeInGiB", 21, 20, "from 21 to 200, not 20"),
    ("fargate", f"{CONTAINER}.ephemeralStorage.sizeInGiB", 200, 201, "from 21 to 200, not 201"),
    (
        "fargate",
        f"{CONTAINER}.resourceRequirements",
        requirement("VCPU", "0.25"),
        requirement("VCPU", "3"),
        "0.25, 0.5, 1, 2, 4, 8, 16, 32 vCPUs on Fargate, not 3",
    ),
    (
        "fargate",
        f"{CONTAINER}.resourceRequirements",
        requirement("MEMORY", "8192"),
        requirement("MEMORY", "9216"),
        "MiB of memory with 1 vCPUs on Fargate, not 9216",
    ),
    (
        "multinode",
        NODES,
        {
            "numNodes": 1000,
            "mainNode": 0,
            "nodeRangeProperties": [ranges(1)[0] | {"targetNodes": ":"}],
        },
        {
            "numNodes": 1001,
            "mainNode": 0,
            "nodeRangeProperties": [ranges(1)[0] | {"targetNodes": ":"}],
        },
        "numNodes must be from 1 to 1000, not 1001",
    ),
    ("multinode", f"{NODES}.mainNode", 3, 4, "mainNode 4 must be fewer than numNodes 4"),
    ("multinode", f"{NODES}.mainNode", 0, -1, "mainNode -1 must be fewer than numNodes 4, and at"),
    (
        "multinode",
        NODES,
        {"numNodes": 5, "mainNode": 0, "nodeRangeProperties": ranges(5)},
        {"numNodes": 6, "mainNode": 0, "nodeRangeProperties": ranges(6)},
        "1 to 5 node groups, not 6",
    ),
    ("multinode", f"{NODES}.nodeRangeProperties.0.targetNodes", "0:3", "0:4", "0:4 is outside of"),
    (
        "multinode",
        f"{NODES}.nodeRangeProperties.0.instanceTypes",
        ["c5.xlarge"],
        ["c5.xlarge", "c5.large"],
        "instanceTypes takes at most 1 instance type, not 2",
    ),
    ("task", f"{TASK}.containers", containers(10), containers(11), "1 to 10 containers, not 11"),
    ("task", f"{TASK}.containers.0.startTimeout", 2, 1, "startTimeout must be at least 2"),
    ("task", f"{TASK}.containers.0.stopTimeout", 2, 1, "stopTimeout must be at least 2"),
    ("pod", f"{POD}.containers", pods(10), pods(11), "at most 10 containers, not 11"),
    ("pod", f"{POD}.initContainers", pods(10), pods(11), "at most 10 containers, not 11"),
    ("pod", f"{POD}.containers", eks("cpu", "0.25"), eks("cpu", "0.3"), "multiple of 0.25"),
    ("pod", f"{POD}.containers", eks("memory", "4Mi"), eks("memory", "3Mi"), "at least 4Mi"),
    ("pod", f"{POD}.containers", eks("nvidia.com/gpu", "1"), eks("nvidia.com/gpu", "0"), "whole"),
    ("pod", f"{POD}.securityContext.runAsUser", 2147483647, 2147483648, "from 0 to 2147483647"),
    ("pod", f"{POD}.metadata.labels", {"a": "b" * 63}, {"a": "b" * 64}, "at most 63 characters"),
    ("submit", "jobName", "j" * 128, "j" * 129, "1 to 128 letters"),
    ("submit", "arrayProperties.size", 2, 1, "size must be from 2 to 10000, not 1"),
    ("submit", "arrayProperties.size", 10000, 10001, "from 2 to 10000, not 10001"),
    ("submit", "dependsOn", depends(20), depends(21), "dependsOn takes at most 20 jobs, not 21"),
    ("submit", "timeout.attemptDurationSeconds", 60, 59, "must be at least 60, not 59"),
    ("submit", "retryStrategy.attempts", 1, 0, "from 1 to 10, not 0"),
    ("submit", "retryStrategy.attempts", 10, 11, "from 1 to 10, not 11"),
    ("submit", "schedulingPriorityOverride", 9999, 10000, "from 0 to 9999, not 10000"),
    ("submit", "tags", tags(50), tags(51), "51 items, takes at most 50"),
    ("submit", "parameters", {"p": "x" * 30000}, {"p": "x" * 36000}, "at most 30720"),
    (
        "submit",
        "containerOverrides.resourceRequirements",
        requirement("MEMORY", "4"),
        requirement("MEMORY", "3"),
        "whole number of at least 4",
    ),
    ("submit fairly", "shareIdentifier", "A" * 255, "A" * 256, "up to 255 letters and digits"),
    ("submit nodes", "nodeOverrides.numNodes", 1000, 1001, "from 1 to 1000, not 1001"),
    ("submit nodes", "nodeOverrides.numNodes", 3, 2, "numNodes 2 is too low"),
    ("cancel", "reason", "r" * 1024, "r" * 1025, "at most 1024 characters, not 1025"),
    ("terminate", "reason", "r" * 1024, "r" * 1025, "at most 1024 characters, not 1025"),
    ("jobs", "jobs", ["{job}"] * 100, ["{job}"] * 101, "jobs takes at most 100 items, not 101"),
    ("jobs", "jobs", ["{job}"] * 100, ["{job}"] * 150, "jobs takes at most 100 items, not 150"),
    ("environments", "computeEnvironments", ["e"] * 100, ["e"] * 101, "at most 100 items, not 101"),
    ("queues", "jobQueues", ["q"] * 100, ["q"] * 101, "at most 100 items, not 101"),
    ("definitions", "jobDefinitions", ["d"] * 100, ["d"] * 101, "at most 100 items, not 101"),
    ("policies", "arns", ["{policy}"] * 100, ["{policy}"] * 101, "at most 100 items, not 101"),
    ("environments", "maxResults", 100, 101, "maxResults must be from 1 to 100, not 101"),
    ("queues", "maxResults", 1, 0, "maxResults must be from 1 to 100, not 0"),
    ("definitions", "maxResults", 100, 101, "maxResults must be from 1 to 100, not 101"),
    ("list policies", "maxResults", 100, 101, "maxResults must be from 1 to 100, not 101"),
    ("list", "maxResults", 1, 0, "maxResults must be at least 1, not 0"),
]


@pytest.mark.parametrize(
    ("name", "path", "limit", "beyond", "message"),
    [pytest.param(*each, id=f"{each[0]}, {each[1]}, {i}") for i, each in enumerate(LIMITS)],
)
def test_the_limit_is_taken_and_one_beyond_is_refused(
    account: Account, name: str, path: str, limit: object, beyond: object, message: str
) -> None:
    assert account.refusal(name, {path: limit}) == ("", "")
    code, reported = account.refusal(name, {path: beyond})
    assert (code, message in reported) == ("ClientException", True), reported
