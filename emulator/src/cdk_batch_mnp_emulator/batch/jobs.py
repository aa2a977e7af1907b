"""Jobs: submitted, described, listed and ended."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from cdk_batch_mnp_emulator.account import arn
from cdk_batch_mnp_emulator.batch.definitions import active_definition
from cdk_batch_mnp_emulator.batch.job_filters import JobFilter
from cdk_batch_mnp_emulator.batch.life_cycle.arrays import is_child
from cdk_batch_mnp_emulator.batch.life_cycle.life_cycle import LifeCycle
from cdk_batch_mnp_emulator.batch.life_cycle.records import (
    nodes_with_lists,
    tasks_with_lists,
    with_lists,
)
from cdk_batch_mnp_emulator.batch.overrides import (
    overridden,
    overridden_nodes,
    overridden_tasks,
)
from cdk_batch_mnp_emulator.batch.paging import page
from cdk_batch_mnp_emulator.batch.state import BatchState, Description, RegionState, find, refused
from cdk_batch_mnp_emulator.batch.validation.names import own_resource
from cdk_batch_mnp_emulator.batch.validation.submissions import check_submission
from cdk_batch_mnp_emulator.errors import ServiceError
from cdk_batch_mnp_emulator.protocol import Call, Handler

_MOST_BY_STATUS, _MOST_FILTERED = 1000, 100
_SUMMARY = (
    "jobArn",
    "jobId",
    "jobName",
    "createdAt",
    "status",
    "statusReason",
    "startedAt",
    "stoppedAt",
    "jobDefinition",
    "shareIdentifier",
    "isCancelled",
    "isTerminated",
)


class Jobs:
    """The operations on jobs.

    Args:
        state: Where they are kept.
        life_cycle: What runs them.
    """

    def __init__(self, state: BatchState, life_cycle: LifeCycle) -> None:
        self._state = state
        self._life_cycle = life_cycle

    @property
    def handlers(self) -> dict[str, Handler]:
        """Handlers by operation."""
        return {
            "SubmitJob": self.submit,
            "DescribeJobs": self.describe,
            "ListJobs": self.list,
            "CancelJob": self.cancel,
            "CancelJobs": self.cancel_each,
            "TerminateJob": self.terminate,
            "TerminateJobs": self.terminate_each,
        }

    def submit(self, call: Call) -> Mapping[str, Any]:
        """Submit a job to a queue.

        Source: Batch API, SubmitJob and NodeOverrides.
        """
        region = self._state.of(call.region)
        queue = self._queue(call)
        if queue["state"] != "ENABLED":
            raise refused(f"Job queue {queue['jobQueueName']} is disabled and takes no jobs")
        named = own_resource("job-definition", call.region, call.parameters["jobDefinition"])
        definition = active_definition(region, named)
        check_submission(call.parameters, queue, definition, region.jobs)
        job_id = str(uuid.uuid4())
        job = {
            "jobId": job_id,
            "jobArn": arn("batch", call.region, f"job/{job_id}"),
            "jobName": call.parameters["jobName"],
            "jobQueue": queue["jobQueueArn"],
            "jobDefinition": definition["jobDefinitionArn"],
            "createdAt": int(time.time() * 1000),
            "attempts": [],
            "dependsOn": call.get("dependsOn", []),
            "parameters": {**definition["parameters"], **call.get("parameters", {})},
            "tags": {
                **(definition["tags"] if definition.get("propagateTags") else {}),
                **call.get("tags", {}),
            },
        }
        for key in ("timeout", "propagateTags", "schedulingPriority"):
            if (value := call.get(key, definition.get(key))) is not None:
                job[key] = value
        strategy = call.get("retryStrategy", definition.get("retryStrategy", {}))
        job["retryStrategy"] = {"attempts": 1, "evaluateOnExit": [], **strategy}
        consumables = call.get(
            "consumableResourcePropertiesOverride", definition.get("consumableResourceProperties")
        )
        if consumables is not None:
            job["consumableResourceProperties"] = consumables
        for key in ("platformCapabilities", "eksProperties"):
            if key in definition:
                job[key] = definition[key]
        if share := call.get("shareIdentifier"):
            job["shareIdentifier"] = share
        if (priority := call.get("schedulingPriorityOverride")) is not None:
            job["schedulingPriority"] = priority
        if definition["type"].lower() == "multinode":
            job["nodeProperties"] = nodes_with_lists(
                overridden_nodes(definition["nodeProperties"], call.get("nodeOverrides", {}))
            )
        else:
            job |= _container(definition, call)
        region.jobs[job_id] = job
        region.number(job["jobArn"])
        self._life_cycle.submitted(call.region, job)
        return {key: job[key] for key in ("jobId", "jobArn", "jobName")}

    def describe(self, call: Call) -> Mapping[str, Any]:
        """Return jobs and nodes by id or ARN; those that do not exist are left out."""
        region = self._state.of(call.region)
        ids = [own_resource("job", call.region, each) for each in call.parameters["jobs"]]
        found = (_find_job(region, each) for each in dict.fromkeys(ids))
        return {"jobs": [job for job in found if job is not None]}

    def list(self, call: Call) -> Mapping[str, Any]:
        """Return the jobs of a queue by status or by filter; running jobs if neither is set.

        Source: Batch API, ListJobs.
        """
        region = self._state.of(call.region)
        if "jobQueue" not in call.parameters:
            return self._list_children(call)
        queue = self._queue(call)
        matches = JobFilter(call)
        jobs = (
            job
            for job in reversed(region.jobs.values())  # the newest first
            if job["jobQueue"] == queue["jobQueueArn"] and matches(job) and not is_child(job)
        )
        found, more = page(
            call,
            "ListJobs",
            (((-region.numbers[job["jobArn"]],), job) for job in jobs),
            most=_MOST_FILTERED if "filters" in call.parameters else _MOST_BY_STATUS,
            is_sorted=True,
        )
        return {"jobSummaryList": [_summary(job) for job in found], **more}

    def cancel(self, call: Call) -> None:
        """Cancel a job that has not progressed to STARTING."""
        self._end(call, call.parameters["jobId"], self._life_cycle.cancelled)

    def cancel_each(self, call: Call) -> Mapping[str, Any]:
        """Cancel jobs that have not progressed to STARTING, each for itself."""
        return self._end_each(call, self._life_cycle.cancelled)

    def terminate(self, call: Call) -> None:
        """Terminate a job, whatever its state."""
        self._end(call, call.parameters["jobId"], self._life_cycle.terminated)

    def terminate_each(self, call: Call) -> Mapping[str, Any]:
        """Terminate jobs, whatever their states, each for itself."""
        return self._end_each(call, self._life_cycle.terminated)

    def _end(self, call: Call, named: str, end: Callable[[str, Description, str], None]) -> None:
        # AWS answers the same for an ended or unknown job.
        job_id = own_resource("job", call.region, named)
        if (job := self._state.of(call.region).jobs.get(job_id)) is not None:
            end(call.region, job, call.parameters["reason"])

    def _end_each(
        self, call: Call, end: Callable[[str, Description, str], None]
    ) -> Mapping[str, Any]:
        successful, errors = [], []
        for named in call.parameters["jobs"]:
            try:
                self._end(call, named, end)
            except ServiceError as error:
                errors.append({"job": named, "code": error.code, "message": error.message})
            else:
                successful.append(named)
        return {"successful": successful, "errors": errors}

    def _list_children(self, call: Call) -> Mapping[str, Any]:
        region, matches = self._state.of(call.region), JobFilter(call)
        if id := call.get("multiNodeJobId"):
            nodes = region.nodes.get(own_resource("job", call.region, id), {})
            children = [(index, nodes[index]) for index in sorted(nodes)]
        else:
            id = own_resource("job", call.region, call.get("arrayJobId", ""))
            size = region.jobs.get(id, {}).get("arrayProperties", {}).get("size", 0)
            children = [(index, region.jobs[f"{id}:{index}"]) for index in range(size)]
        found, more = page(
            call,
            "ListJobs",
            (((index,), job) for index, job in children if matches(job)),
            most=_MOST_BY_STATUS,
            is_sorted=True,
        )
        return {"jobSummaryList": [_summary(job) for job in found], **more}

    def _queue(self, call: Call) -> dict[str, Any]:
        name = own_resource("job-queue", call.region, call.parameters["jobQueue"])
        return find(self._state.of(call.region).queues, "Job queue", name)


def _find_job(region: RegionState, id: str) -> Description | None:
    parent, is_node, index = id.partition("#")
    if not is_node:
        return region.jobs.get(id)
    return region.nodes.get(parent, {}).get(int(index)) if index.isdecimal() else None


def _summary(job: Mapping[str, Any]) -> dict[str, Any]:
    summary = {key: job[key] for key in _SUMMARY if key in job}
    if "nodeProperties" in job:
        summary["nodeProperties"] = {"numNodes": job["nodeProperties"]["numNodes"]}
    if "arrayProperties" in job:
        summary["arrayProperties"] = {
            name: job["arrayProperties"][name]
            for name in ("size", "index")
            if name in job["arrayProperties"]
        }
    if "nodeDetails" in job:
        summary["nodeProperties"] = job["nodeDetails"]
    if container := {
        name: job["container"][name]
        for name in ("exitCode", "reason")
        if name in job.get("container", {})
    }:
        summary["container"] = container
    return summary


def _container(definition: Mapping[str, Any], call: Call) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    if "containerProperties" in definition:
        changed["container"] = with_lists(
            overridden(definition["containerProperties"], call.get("containerOverrides", {}))
        )
    if "ecsProperties" in definition:
        changed["ecsProperties"] = tasks_with_lists(
            overridden_tasks(definition["ecsProperties"], call.get("ecsPropertiesOverride", {}))
        )
    if size := call.get("arrayProperties", {}).get("size"):
        changed["arrayProperties"] = {"size": size}
    return changed
