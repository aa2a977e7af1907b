"""Follows a job to its end."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cdk_batch_mnp_emulator.run.containers import containers, has_task, labelled
from cdk_batch_mnp_emulator.run.node_logs import NodeLogs, Write
from cdk_batch_mnp_emulator.running import Interrupted

_ENDED = frozenset({"SUCCEEDED", "FAILED"})
_BEFORE_START = frozenset({"SUBMITTED", "PENDING", "RUNNABLE"})
_NEVER = re.compile("MISCONFIGURATION|ACTION_REQUIRED|UNDETERMINED|CAPACITY")
"""What the reason begins with why a job at the head of its queue never starts.

Source: https://docs.aws.amazon.com/batch/latest/userguide/job_stuck_in_runnable.html.
"""

_PAUSE_SECONDS = 0.1
_PAUSE_SECONDS_A_NODE = 0.01
_LONGEST_PAUSE_SECONDS = 0.5
_PAUSE_GROWTH = 1.25
_MOST_IDS = 100  # of DescribeJobs


@dataclass(frozen=True, slots=True)
class Followed:
    """A job that has ended, or that never starts.

    Attributes:
        job: As DescribeJobs returns it.
        nodes: The same for its nodes by index; those that never started are missing.
        number: How many nodes it has.
    """

    job: Mapping[str, Any]
    nodes: Mapping[int, Mapping[str, Any]]
    number: int

    @property
    def has_succeeded(self) -> bool:
        """Whether it has succeeded."""
        return bool(self.job["status"] == "SUCCEEDED")

    @property
    def reasons(self) -> list[str]:
        """Why child nodes ended by something other than their program, which fails no job."""
        main = self.job.get("nodeProperties", {}).get("mainNode", 0)
        return [
            f"node {index}: {reason}"
            for index, record in self.nodes.items()
            for reason in labelled(record, [each.get("reason", "") for each in containers(record)])
            if index != main
        ]

    @property
    def verdict(self) -> str:
        """Its state, and why unless it succeeded."""
        state, attempts = str(self.job["status"]), self.job.get("attempts", [])
        after = f" after {len(attempts)} attempts" if len(attempts) > 1 else ""
        if self.has_succeeded:
            return f"{state}{after}"
        last = attempts[-1] if attempts else {}
        found = containers(last)
        why = [each.get("reason", "") for each in found]
        exits = [_exit(each, is_alone=len(found) == 1) for each in found]
        reasons = (
            self.job.get("statusReason", ""),
            *labelled(last, why),
            *labelled(last, exits),
        )
        return f"{state}{after}: {'; '.join(dict.fromkeys(filter(None, reasons)))}"


def _exit(container: Mapping[str, Any], *, is_alone: bool) -> str:
    # Of several containers, those that ended well say nothing about why the job failed.
    code = container.get("exitCode")
    return "" if code is None or (code == 0 and not is_alone) else f"exit code {code}"


class Stop:
    """Asks for the end of a job: at once, or once a time is over.

    Args:
        seconds: Until then the job has to end; ``None`` for no limit.
    """

    def __init__(self, seconds: float | None = None) -> None:
        self._seconds = seconds
        self._deadline = None if seconds is None else time.monotonic() + seconds
        self.number = 0

    def signal(self, number: int) -> None:
        """Note a signal that asks this process to end.

        Raises:
            Interrupted: It is the second one.
        """
        if self.number:
            raise Interrupted(number)
        self.number = number

    @property
    def reason(self) -> str:
        """Why the job is to end; empty if it is not."""
        if self.number:
            return "cdk-batch-mnp-emulator run was interrupted"
        if self._deadline is not None and time.monotonic() > self._deadline:
            return f"the job did not end within {self._seconds:g} seconds"
        return ""


def follow(batch: Any, logs: Any, job_id: str, write: Write, stop: Stop | None = None) -> Followed:
    """Write the log lines of a job's nodes until it has ended, or can never start.

    Args:
        batch: A boto3 client of AWS Batch.
        logs: A boto3 client of CloudWatch Logs.
        job_id: Of the job.
        write: Called with each line.
        stop: Asks for its end, which terminates it.
    """
    node_logs = NodeLogs(logs, write)
    stop = stop or Stop()
    is_terminated = False
    pause, seen = _PAUSE_SECONDS, ("", 0)
    while True:
        (job,) = batch.describe_jobs(jobs=[job_id])["jobs"]
        number = int(job.get("nodeProperties", {}).get("numNodes", 1))
        nodes = _nodes(batch, job, number)
        for index, record in nodes.items():
            node_logs.read(index, record)
        if job["status"] in _ENDED or _never_starts(job):
            return Followed(job, nodes, number)
        if not is_terminated and (reason := stop.reason):
            batch.terminate_job(jobId=job_id, reason=reason)
            is_terminated = True
        # A job that works for hours need not be described ten times a second.
        now = (job["status"], node_logs.lines)
        longer = min(pause * _PAUSE_GROWTH, _LONGEST_PAUSE_SECONDS)
        pause, seen = longer if now == seen else _PAUSE_SECONDS, now
        time.sleep(max(pause, number * _PAUSE_SECONDS_A_NODE))


def _never_starts(job: Mapping[str, Any]) -> bool:
    return job["status"] == "RUNNABLE" and bool(_NEVER.match(job.get("statusReason", "")))


def _nodes(batch: Any, job: Mapping[str, Any], number: int) -> dict[int, Mapping[str, Any]]:
    if job["status"] in _BEFORE_START and not job["attempts"]:
        return {}  # and there may be a great many
    if "nodeProperties" not in job:
        return {0: job} if has_task(job) else {}
    ids = [f"{job['jobId']}#{index}" for index in range(number)]
    return {
        record["nodeDetails"]["nodeIndex"]: record
        for first in range(0, number, _MOST_IDS)
        for record in batch.describe_jobs(jobs=ids[first : first + _MOST_IDS])["jobs"]
    }
