"""Jobs, which are validated at submission and then stay in RUNNABLE, because nothing runs here."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from typing import Any

from cdk_batch_mnp_emulator.account import arn
from cdk_batch_mnp_emulator.batch.definitions import active_definition
from cdk_batch_mnp_emulator.batch.job_filters import JobFilter
from cdk_batch_mnp_emulator.batch.overrides import overridden, overridden_nodes
from cdk_batch_mnp_emulator.batch.paging import page
from cdk_batch_mnp_emulator.batch.state import BatchState, find, refused
from cdk_batch_mnp_emulator.batch.validation.names import own_resource
from cdk_batch_mnp_emulator.batch.validation.submissions import check_submission
from cdk_batch_mnp_emulator.protocol import Call, Handler

NOTHING_RUNS = "The embedded AWS runs no nodes: this job was accepted, and stays in this state."

_MOST_BY_STATUS, _MOST_FILTERED = 1000, 100
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
    "shareIdentifier",
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
        """Handlers by operation."""
        return {
            "SubmitJob": self.submit,
            "DescribeJobs": self.describe,
            "ListJobs": self.list,
            "CancelJob": self.cancel,
            "TerminateJob": self.terminate,
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
        if share := call.get("shareIdentifier"):
            job["shareIdentifier"] = share
        if (priority := call.get("schedulingPriorityOverride")) is not None:
            job["schedulingPriority"] = priority
        if definition["type"].lower() == "multinode":
            job["nodeProperties"] = overridden_nodes(
                definition["nodeProperties"], call.get("nodeOverrides", {})
            )
        else:
            job |= _container(definition, call)
        region.jobs[job_id] = job
        region.number(job["jobArn"])
        return {key: job[key] for key in ("jobId", "jobArn", "jobName")}

    def describe(self, call: Call) -> Mapping[str, Any]:
        """Return jobs by ID or ARN; those that do not exist are omitted."""
        jobs = self._state.of(call.region).jobs
        ids = [own_resource("job", call.region, each) for each in call.parameters["jobs"]]
        return {"jobs": [jobs[each] for each in dict.fromkeys(ids) if each in jobs]}

    def list(self, call: Call) -> Mapping[str, Any]:
        """Return the jobs of a queue by status or by filter; running jobs if neither is set.

        Source: Batch API, ListJobs.
        """
        region = self._state.of(call.region)
        if "jobQueue" not in call.parameters:
            return {"jobSummaryList": []}  # neither array jobs nor nodes have child jobs
        queue = self._queue(call)
        matches = JobFilter(call)
        jobs = (
            (job, region.numbers[job["jobArn"]])
            for job in region.jobs.values()
            if job["jobQueue"] == queue["jobQueueArn"] and matches(job)
        )
        found, more = page(
            call,
            "ListJobs",
            (((-number,), _summary(job)) for job, number in jobs),
            most=_MOST_FILTERED if "filters" in call.parameters else _MOST_BY_STATUS,
        )
        return {"jobSummaryList": found, **more}

    def cancel(self, call: Call) -> None:
        """Cancel a job."""
        self._end(call, "isCancelled")

    def terminate(self, call: Call) -> None:
        """Terminate a job."""
        self._end(call, "isTerminated")

    def _queue(self, call: Call) -> dict[str, Any]:
        name = own_resource("job-queue", call.region, call.parameters["jobQueue"])
        return find(self._state.of(call.region).queues, "Job queue", name)

    def _end(self, call: Call, how: str) -> None:
        # AWS answers the same for an ended or unknown job.
        job_id = own_resource("job", call.region, call.parameters["jobId"])
        job = self._state.of(call.region).jobs.get(job_id)
        if job is not None and job["status"] not in _ENDED:
            job |= {
                "status": "FAILED",
                "statusReason": call.parameters["reason"],
                "stoppedAt": int(time.time() * 1000),
                how: True,
            }


def _summary(job: Mapping[str, Any]) -> dict[str, Any]:
    summary = {key: job[key] for key in _SUMMARY if key in job}
    if "nodeProperties" in job:
        summary["nodeProperties"] = {"numNodes": job["nodeProperties"]["numNodes"]}
    if "arrayProperties" in job:
        summary["arrayProperties"] = job["arrayProperties"]
    return summary


def _container(definition: Mapping[str, Any], call: Call) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    if "containerProperties" in definition:
        changed["container"] = overridden(
            definition["containerProperties"], call.get("containerOverrides", {})
        )
    if size := call.get("arrayProperties", {}).get("size"):
        changed["arrayProperties"] = {"size": size, "statusSummary": {"RUNNABLE": size}}
    return changed
