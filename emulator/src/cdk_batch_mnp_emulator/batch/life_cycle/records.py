"""Jobs, nodes and attempts as DescribeJobs returns them.

The containers of ``ecsProperties`` are described in the task of that, all others in ``container``.

Source: Batch API, JobDetail, EcsTaskDetails and AttemptDetail.
"""

from __future__ import annotations

import copy
import uuid
from collections.abc import Mapping, Sequence
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


_OF_TASK = ("containerInstanceArn", "taskArn")
_OF_CONTAINER = ("exitCode", "logStreamName", "networkInterfaces", "reason")


def with_lists(container: Mapping[str, Any]) -> dict[str, Any]:
    """Return a container with the lists that the service always returns, even if they are empty."""
    return {**{name: [] for name in _ALWAYS_IN_CONTAINER}, **container}


def tasks_with_lists(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``ecsProperties`` of its own for a job, with those lists in each container."""
    changed: dict[str, Any] = copy.deepcopy(dict(properties))
    for task in changed["taskProperties"]:
        volumes = task.setdefault("volumes", [])
        task["containers"] = [with_lists(each) for each in task["containers"]]
        for container in task["containers"]:
            del container["volumes"]  # which the task has for all of them
        task["volumes"] = volumes
    return changed


def nodes_with_lists(nodes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the node properties of a job, with those lists in the containers of each range."""
    return {
        **nodes,
        "nodeRangeProperties": [_range_with_lists(each) for each in nodes["nodeRangeProperties"]],
    }


def _range_with_lists(node_range: Mapping[str, Any]) -> Mapping[str, Any]:
    if "container" in node_range:
        return {**node_range, "container": with_lists(node_range["container"])}
    if "ecsProperties" in node_range:
        return {**node_range, "ecsProperties": tasks_with_lists(node_range["ecsProperties"])}
    return node_range


def node_record(job: Mapping[str, Any], index: int, node_range: Mapping[str, Any]) -> Description:
    """Return a node of a multi-node parallel job as a job of its own."""
    if "ecsProperties" in node_range:
        described = {"ecsProperties": tasks_with_lists(node_range["ecsProperties"])}
    else:
        container = with_lists(node_range.get("container", {}))
        described = {"container": container | {"networkInterfaces": []}}
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
        **described,
    }


def container_details(record: Description) -> Sequence[Description]:
    """Return what describes the containers of a node or a job with one node, to be changed."""
    if "ecsProperties" in record:
        found: Sequence[Description] = record["ecsProperties"]["taskProperties"][0]["containers"]
        return found
    return [record.setdefault("container", {})]


def forget_task(record: Description) -> None:
    """Remove what a record has of the task of an earlier attempt."""
    for details in (_task_details(record), *container_details(record)):
        for name in (*_OF_TASK, *_OF_CONTAINER):
            if name != "networkInterfaces":
                details.pop(name, None)


def begin_task(record: Description, region: str, cluster: str, address: str, task: str) -> None:
    """Write what a record has from the start of its task on.

    Args:
        record: Of a node, or of a job with one node.
        region: Where it runs.
        cluster: Name of the compute environment's cluster.
        address: Its IPv4 address.
        task: Id of the task.
    """
    details = _task_details(record)
    details["taskArn"] = arn("ecs", region, f"task/{cluster}/{task}")
    instance = f"container-instance/{cluster}/{uuid.uuid4().hex}"
    details["containerInstanceArn"] = arn("ecs", region, instance)
    interface = {"attachmentId": str(uuid.uuid4()), "privateIpv4Address": address}
    for part in container_details(record):
        part["networkInterfaces"] = [dict(interface)]


def attempt_of_node(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attempt of a node, or of a job with one node, that has ended."""
    return _attempt(record, _task_of_attempt(dict(record), (*_OF_TASK, *_OF_CONTAINER)))


def attempt_of_job(job: Mapping[str, Any], main: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attempt of a multi-node parallel job, from its main node, which has ended."""
    task = _task_of_attempt(dict(main), ("exitCode", "logStreamName", "reason"))
    if "container" in task:
        task["container"]["networkInterfaces"] = []
    return _attempt(job, task)


def reason_of_container(reason: str) -> str:
    """Return a reason as short as the API has it."""
    return reason[:_LONGEST_REASON]


def _task_details(record: Description) -> Description:
    if "ecsProperties" in record:
        found: Description = record["ecsProperties"]["taskProperties"][0]
        return found
    return container_details(record)[0]


def _task_of_attempt(record: Description, names: Sequence[str]) -> dict[str, Any]:
    if "ecsProperties" not in record:
        return {"container": _chosen(record.get("container", {}), names)}
    containers = [_chosen(each, ("name", *names)) for each in container_details(record)]
    return {"taskProperties": [{**_chosen(_task_details(record), names), "containers": containers}]}


def _chosen(details: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: details[name] for name in names if name in details}


def _attempt(record: Mapping[str, Any], task: Mapping[str, Any]) -> dict[str, Any]:
    times = {name: record[name] for name in ("startedAt", "stoppedAt") if name in record}
    return {**task, **times, "statusReason": record["statusReason"]}
