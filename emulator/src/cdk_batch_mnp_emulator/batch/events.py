"""The events of AWS Batch.

Source: https://docs.aws.amazon.com/batch/latest/userguide/batch_job_events.html and
https://docs.aws.amazon.com/batch/latest/userguide/batch-job-queue-blocked-events.html.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Protocol

from cdk_batch_mnp_emulator.batch.life_cycle.life_cycle import Observer
from cdk_batch_mnp_emulator.batch.state import Description
from cdk_batch_mnp_emulator.events.event import Event, new_event

SOURCE = "aws.batch"
STATE_CHANGE = "Batch Job State Change"
QUEUE_BLOCKED = "Batch Job Queue Blocked"


class EventBus(Protocol):
    """Where events go; neither method waits for their delivery."""

    def has_rules(self, region: str) -> bool:
        """Return whether an event could match any rule."""

    def put(self, region: str, event: Event) -> None:
        """Take an event."""


class JobEvents(Observer):
    """Makes an event of every change of a job's state, and of every job that blocks its queue.

    Submissions make none, as on AWS. Nodes of multi-node parallel jobs make none either: the
    documentation does not say whether they do.

    Args:
        bus: Takes the events.
        clock: Returns the time in seconds.
    """

    def __init__(self, bus: EventBus, clock: Callable[[], float] = time.time) -> None:
        self._bus = bus
        self._clock = clock

    def moved(self, region: str, job: Description) -> None:
        """Send an event about the new state of a job."""
        self._send(STATE_CHANGE, region, job, [job["jobArn"]])

    def blocked(self, region: str, job: Description, queue: Description) -> None:
        """Send an event about a job that blocks its queue."""
        self._send(QUEUE_BLOCKED, region, job, [job["jobArn"], queue["jobQueueArn"]])

    def _send(self, type: str, region: str, job: Description, resources: list[str]) -> None:
        if not self._bus.has_rules(region):
            return
        detail = json.loads(json.dumps(job))  # a copy, as fast as any: the job changes later
        self._bus.put(
            region,
            new_event(SOURCE, type, region, time=self._clock(), resources=resources, detail=detail),
        )
