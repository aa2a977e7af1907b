"""Jobs, nodes and attempts as DescribeJobs returns them.

Source: Batch API, JobDetail and AttemptDetail.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from cdk_batch_mnp_emulator.account import arn
from cdk_batch_mnp_emulator.batch.state import Description

EXITED = "Essential container in task exited"
NOT_STARTED = "Task failed to start"
TIMED_OUT = "Job attempt duration exceeded timeout"
MAIN_EXITED = "The main node exited"

_LONGEST_REASON = 255
_ALWAYS_IN_CONTAINER = (
    "command",
    "environment",
    "mountPoints",
    "resourceRequirements",
    "secrets",
    "ulimits",
    "volumes",
)


def with_lists(container: Mapping[str, Any]) -> dict[str, Any]:
    """Return a container with the lists that the service always returns, even if they are empty."""
    return {**{name: [] for name in _ALWAYS_IN_CONTAINER}, **container}


def nodes_with_lists(nodes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the node properties of a job, with those lists in the container of each range."""
    return {
        **nodes,
        "nodeRangeProperties": [
            {**item, "container": with_lists(item["container"])} if "container" in item else item
            for item in nodes["nodeRangeProperties"]
        ],
    }


def node_record(job: Mapping[str, Any], index: int, container: Mapping[str, Any]) -> Description:
    """Return a node of a multi-node parallel job as a job of its own."""
    return {
        "jobId": f"{job['jobId']}#{index}",
        "jobArn": f"{job['jobArn']}#{index}",
        "jobName": job["jobName"],
        "jobQueue": job["jobQueue"],
        "jobDefinition": job["jobDefinition"],
        "status": "SUBMITTED",
        "attempts": [],
        "dependsOn": [],
        "parameters": job["parameters"],
        "tags": {},
        "nodeDetails": {
            "nodeIndex": index,
            "isMainNode": index == job["nodeProperties"]["mainNode"],
        },
        "container": with_lists(container) | {"networkInterfaces": []},
    }


def new_task(region: str, cluster: str, address: str, task: str) -> dict[str, Any]:
    """Return what a container has from the start of its task on.

    Args:
        region: Where it runs.
        cluster: Name of the compute environment's cluster.
        address: Its IPv4 address.
        task: Id of the task.
    """
    return {
        "taskArn": arn("ecs", region, f"task/{cluster}/{task}"),
        "containerInstanceArn": arn(
            "ecs", region, f"container-instance/{cluster}/{uuid.uuid4().hex}"
        ),
        "networkInterfaces": [
            {"attachmentId": str(uuid.uuid4()), "privateIpv4Address": address},
        ],
    }


def attempt_of_node(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attempt of a node, or of a job with one container, that has ended."""
    names = (
        "containerInstanceArn",
        "exitCode",
        "logStreamName",
        "networkInterfaces",
        "reason",
        "taskArn",
    )
    container = {name: record["container"][name] for name in names if name in record["container"]}
    return _attempt(record, container)


def attempt_of_job(job: Mapping[str, Any], main: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attempt of a multi-node parallel job, from its main node, which has ended."""
    names = ("exitCode", "logStreamName", "reason")
    container = {name: main["container"][name] for name in names if name in main["container"]}
    return _attempt(job, container | {"networkInterfaces": []})


def reason_of_container(reason: str) -> str:
    """Return a reason as short as the API has it."""
    return reason[:_LONGEST_REASON]


def _attempt(record: Mapping[str, Any], container: Mapping[str, Any]) -> dict[str, Any]:
    times = {name: record[name] for name in ("startedAt", "stoppedAt") if name in record}
    return {"container": container, **times, "statusReason": record["statusReason"]}
