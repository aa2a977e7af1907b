"""Snapshots of job queues: the jobs that are next in turn."""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping
from typing import Any

from cdk_batch_mnp_emulator.batch.life_cycle.life_cycle import LifeCycle
from cdk_batch_mnp_emulator.batch.state import BatchState, find
from cdk_batch_mnp_emulator.batch.validation.names import own_resource
from cdk_batch_mnp_emulator.protocol import Call, Handler

_MOST_JOBS = 100


class QueueSnapshots:
    """The operation that shows the front of a queue.

    Args:
        state: Where the queues are kept.
        life_cycle: Whose jobs wait in them.
    """

    def __init__(self, state: BatchState, life_cycle: LifeCycle) -> None:
        self._state = state
        self._life_cycle = life_cycle

    @property
    def handlers(self) -> dict[str, Handler]:
        """Handlers by operation."""
        return {"GetJobQueueSnapshot": self.get}

    def get(self, call: Call) -> Mapping[str, Any]:
        """Return the first 100 RUNNABLE jobs of a queue in the order of their turns.

        The time at which a job came to its position is known of the first job only. The others
        have the time of their submission.

        Source: Batch API, GetJobQueueSnapshot.
        """
        name = own_resource("job-queue", call.region, call.parameters["jobQueue"])
        queue = find(self._state.of(call.region).queues, "Job queue", name)
        scheduler = self._life_cycle.scheduler(call.region)
        head = scheduler.head(queue["jobQueueArn"])
        jobs = [
            {
                "jobArn": job["jobArn"],
                "earliestTimeAtPosition": int(head.since * 1000)
                if head and head.job is job
                else job["createdAt"],
            }
            for job in itertools.islice(scheduler.in_turn(queue), _MOST_JOBS)
        ]
        return {"frontOfQueue": {"jobs": jobs, "lastUpdatedAt": int(time.time() * 1000)}}
