"""Jobs: submitted as Batch takes them, and then waiting, since no node runs here."""

from __future__ import annotations

import copy
import time
import uuid
from collections.abc import Mapping
from typing import Any

from cdk_batch_mnp.local.account import arn
from cdk_batch_mnp.local.batch.definitions import active_definition, target_nodes
from cdk_batch_mnp.local.batch.state import BatchState, check_name, find, refused
from cdk_batch_mnp.local.protocol import Call, Handler

NOTHING_RUNS = "The embedded AWS runs no nodes: this job was accepted, and stays in this state."

_ENDED = ("SUCCEEDED", "FAILED")
_SUMMARY = (
    "jobArn",
    "jobId",
    "jobName",
    "createdAt",
    "status",
    "statusReason",
    "stoppedAt",
    "jobDefinition",
    "isCancelled",
    "isTerminated",
)


class Jobs:
    """The operations on jobs.

    Args:
        state: Where they are kept.
    """

    def __init__(self, state: BatchState) -> None:
        self._state = state

    @property
    def handlers(self) -> dict[str, Handler]:
        """What answers, by operation."""
        return {
            "SubmitJob": self.submit,
            "DescribeJobs": self.describe,
            "ListJobs": self.list,
            "CancelJob": self.cancel,
            "TerminateJob": self.terminate,
        }

    def submit(self, call: Call) -> Mapping[str, Any]:
        """Take a job into a queue.

        Source: Batch API, SubmitJob and NodeOverrides.
        """
        region = self._state.of(call.region)
        check_name("Job name", call.parameters["jobName"])
        queue = find(region.queues, "Job queue", call.parameters["jobQueue"])
        if queue["state"] != "ENABLED":
            raise refused(f"Job queue {queue['jobQueueName']} is disabled and takes no jobs")
        definition = active_definition(region, call.parameters["jobDefinition"])
        job_id = str(uuid.uuid4())
        job = {
            "jobId": job_id,
            "jobArn": arn("batch", call.region, f"job/{job_id}"),
            "jobName": call.parameters["jobName"],
            "jobQueue": queue["jobQueueArn"],
            "jobDefinition": definition["jobDefinitionArn"],
            "status": "PENDING" if call.get("dependsOn") else "RUNNABLE",
            "statusReason": NOTHING_RUNS,
            "createdAt": int(time.time() * 1000),
            "attempts": [],
            "dependsOn": call.get("dependsOn", []),
            "parameters": {**definition["parameters"], **call.get("parameters", {})},
            "tags": {
                **(definition["tags"] if definition.get("propagateTags") else {}),
                **call.get("tags", {}),
            },
        }
        for key in ("retryStrategy", "timeout", "propagateTags", "schedulingPriority"):
            if (value := call.get(key, definition.get(key))) is not None:
                job[key] = value
        for key in ("platformCapabilities", "ecsProperties", "eksProperties"):
            if key in definition:
                job[key] = definition[key]
        if definition["type"].lower() == "multinode":
            job["nodeProperties"] = _nodes(definition["nodeProperties"], call)
        else:
            job |= _container(definition, call)
        region.jobs[job_id] = job
        return {key: job[key] for key in ("jobId", "jobArn", "jobName")}

    def describe(self, call: Call) -> Mapping[str, Any]:
        """Give jobs by id or ARN; those that do not exist are left out."""
        jobs = self._state.of(call.region).jobs
        ids = [each.rsplit("/", 1)[-1] for each in call.parameters["jobs"]]
        return {"jobs": [jobs[each] for each in ids if each in jobs]}

    def list(self, call: Call) -> Mapping[str, Any]:
        """Give the jobs of a queue in a state, running ones if none is named."""
        region = self._state.of(call.region)
        if "jobQueue" not in call.parameters:
            return {"jobSummaryList": []}  # neither array jobs nor nodes have jobs of their own
        queue = find(region.queues, "Job queue", call.parameters["jobQueue"])
        status = call.get("jobStatus", "RUNNING")
        return {
            "jobSummaryList": [
                {key: job[key] for key in _SUMMARY if key in job}
                | (
                    {"nodeProperties": {"numNodes": job["nodeProperties"]["numNodes"]}}
                    if "nodeProperties" in job
                    else {}
                )
                for job in region.jobs.values()
                if job["jobQueue"] == queue["jobQueueArn"] and job["status"] == status
            ]
        }

    def cancel(self, call: Call) -> None:
        """End a job that has not started."""
        self._end(call, "isCancelled")

    def terminate(self, call: Call) -> None:
        """End a job."""
        self._end(call, "isTerminated")

    def _end(self, call: Call, how: str) -> None:
        job = self._state.of(call.region).jobs.get(call.parameters["jobId"])
        if job is not None and job["status"] not in _ENDED:
            job |= {
                "status": "FAILED",
                "statusReason": call.parameters["reason"],
                "stoppedAt": int(time.time() * 1000),
                how: True,
            }


def _nodes(nodes: Mapping[str, Any], call: Call) -> dict[str, Any]:
    for key in ("arrayProperties", "containerOverrides"):
        if key in call.parameters:
            raise refused(f"{key} is not applicable to multi-node parallel jobs")
    overrides = call.get("nodeOverrides", {})
    changed: dict[str, Any] = copy.deepcopy(dict(nodes))
    if (number := overrides.get("numNodes")) is not None:
        _check_number(nodes, number)
        changed["numNodes"] = number
    for override in overrides.get("nodePropertyOverrides", []):
        same = [
            each
            for each in changed["nodeRangeProperties"]
            if each["targetNodes"] == override["targetNodes"]
        ]
        if not same:
            raise refused(f"targetNodes {override['targetNodes']} is no range of the definition")
        for each in same:
            _override_range(each, override)
    return changed


def _check_number(nodes: Mapping[str, Any], number: int) -> None:
    ranges = [target_nodes(each["targetNodes"]) for each in nodes["nodeRangeProperties"]]
    if all(last is not None for _, last in ranges):
        raise refused(
            "numNodes cannot be overridden: no node range of the job definition has an open upper "
            "boundary, such as : or n:"
        )
    if number < 1:
        raise refused(f"numNodes must be at least 1, not {number}")
    highest = max(first for first, _ in ranges)
    if highest >= number:
        raise refused(
            f"numNodes {number} is too low: a node range of the job definition begins at node "
            f"{highest}"
        )
    if nodes["mainNode"] >= number:
        raise refused(f"mainNode {nodes['mainNode']} must be fewer than numNodes {number}")


def _override_range(node_range: dict[str, Any], override: Mapping[str, Any]) -> None:
    if "containerOverrides" in override:
        node_range["container"] = _overridden(
            node_range.get("container", {}), override["containerOverrides"]
        )
    if "instanceTypes" in override:
        node_range["instanceTypes"] = override["instanceTypes"]


def _container(definition: Mapping[str, Any], call: Call) -> dict[str, Any]:
    if "nodeOverrides" in call.parameters:
        raise refused("nodeOverrides is applicable to multi-node parallel jobs only")
    changed: dict[str, Any] = {}
    if "containerProperties" in definition:
        changed["container"] = _overridden(
            definition["containerProperties"], call.get("containerOverrides", {})
        )
    if size := call.get("arrayProperties", {}).get("size"):
        changed["arrayProperties"] = {"size": size, "statusSummary": {"RUNNABLE": size}}
    return changed


def _overridden(container: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    changed = {**container, **overrides}
    for key, name in (("environment", "name"), ("resourceRequirements", "type")):
        if key in overrides:
            merged = {each[name]: each for each in (*container.get(key, []), *overrides[key])}
            changed[key] = list(merged.values())
    return changed
