"""Decides which job of the queues of one Region starts next."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cdk_batch_mnp_emulator.account import last_part
from cdk_batch_mnp_emulator.batch.life_cycle.capacity import Placement, Waiting, needs, place
from cdk_batch_mnp_emulator.batch.life_cycle.consumables import ConsumableUse
from cdk_batch_mnp_emulator.batch.life_cycle.order import Ready, Turn, turns
from cdk_batch_mnp_emulator.batch.life_cycle.shares import ShareUsage
from cdk_batch_mnp_emulator.batch.state import Description, RegionState


@dataclass(frozen=True, slots=True)
class Head:
    """The job at the head of a queue that cannot start.

    Attributes:
        job: Which job.
        since: When it came to the head, in seconds.
        reason: Why it can never start as the queue is now; empty if it only waits for its turn.
    """

    job: Description
    since: float
    reason: str


@dataclass(slots=True)
class _Line:
    ready: list[Ready] = field(default_factory=list)
    shares: ShareUsage = field(default_factory=ShareUsage)
    head: Head | None = None


class PlacingError(Exception):
    """No place can be determined for a job.

    Attributes:
        job: Which job.
        cause: Why.
    """

    def __init__(self, job: Description, cause: Exception) -> None:
        super().__init__(str(cause))
        self.job = job
        self.cause = cause


class Scheduler:
    """The jobs of one Region that are RUNNABLE, and the vCPUs that running ones take.

    Args:
        region: With its queues and environments.
        clock: Returns the time in seconds.

    Attributes:
        consumables: The consumable resources that running jobs use.
    """

    def __init__(self, region: RegionState, clock: Callable[[], float]) -> None:
        self._region = region
        self._clock = clock
        self._lines: defaultdict[str, _Line] = defaultdict(_Line)
        self._used: defaultdict[str, int] = defaultdict(int)
        self.consumables = ConsumableUse(region)

    def add(self, job: Description) -> None:
        """Add a job that is RUNNABLE."""
        entry = Ready(self._region.numbers[job["jobArn"]], job)
        insort(self._lines[job["jobQueue"]].ready, entry, key=_number)

    def remove(self, job: Description) -> None:
        """Remove a job that is no longer RUNNABLE."""
        ready = self._lines[job["jobQueue"]].ready
        place = bisect_left(ready, self._region.numbers[job["jobArn"]], key=_number)
        if place < len(ready) and ready[place].job is job:
            del ready[place]

    def release(self, job: Description, placement: Placement, started: float) -> None:
        """Return what an attempt used: vCPUs, consumable resources; times are in seconds."""
        self.consumables.release(job)
        self._used[placement.environment["computeEnvironmentArn"]] -= placement.vcpus
        self._lines[job["jobQueue"]].shares.end(
            job.get("shareIdentifier", ""), placement.vcpus, started, self._clock()
        )

    def head(self, queue: str) -> Head | None:
        """Return the job that waits at the head of a queue, by the ARN of the queue."""
        return self._lines[queue].head

    def in_turn(self, queue: Mapping[str, Any]) -> Iterator[Description]:
        """Yield the RUNNABLE jobs of a queue in the order of their turns, as usage is now."""
        line = self._lines[queue["jobQueueArn"]]
        policy = self._policy(queue)
        in_turn = (
            line.ready if policy is None else sorted(line.ready, key=self._turns(line, policy))
        )
        for item in in_turn:
            yield item.job

    def placements(
        self, may_start: Callable[[Description], bool]
    ) -> Iterator[tuple[Description, Placement]]:
        """Yield jobs that start now, each with its place, which is taken with that.

        Queues are asked by their priority. The job at the head of a queue blocks those behind it.

        Args:
            may_start: Whether this machine has room for a job.
        """
        # Most queues of a large account are empty at a time, and each event of a job comes here.
        queues = sorted(
            (item for item in self._region.queues.values() if self._has_work(item["jobQueueArn"])),
            key=lambda item: (-item["priority"], self._region.numbers[item["jobQueueArn"]]),
        )
        for queue in queues:
            yield from self._placements(queue, may_start)

    def _has_work(self, arn: str) -> bool:
        line = self._lines.get(arn)
        return line is not None and (bool(line.ready) or line.head is not None)

    def _placements(
        self, queue: Mapping[str, Any], may_start: Callable[[Description], bool]
    ) -> Iterator[tuple[Description, Placement]]:
        line = self._lines[queue["jobQueueArn"]]
        environments = [
            self._region.environments[last_part(item["computeEnvironment"])]
            for item in sorted(queue["computeEnvironmentOrder"], key=lambda item: item["order"])
        ]
        policy = self._policy(queue)
        while line.ready:
            entry, reserved = line.ready[0], 0.0
            if policy is not None:
                entry = min(line.ready, key=self._turns(line, policy))
                shares = (item.job.get("shareIdentifier", "") for item in line.ready)
                reserved = line.shares.reserved(policy, shares)
            try:
                if entry.asked is None:  # a job may have a thousand nodes, and wait long
                    entry.asked = needs(entry.job)
                found = place(entry.job, entry.asked, environments, self._used, reserved)
                if isinstance(found, Placement):
                    found = self.consumables.waiting(entry.job) or found
            except Exception as error:
                raise PlacingError(entry.job, error) from error
            if isinstance(found, Placement) and may_start(entry.job):
                self.remove(entry.job)
                self.consumables.take(entry.job)
                self._used[found.environment["computeEnvironmentArn"]] += found.vcpus
                line.shares.start(entry.job.get("shareIdentifier", ""), found.vcpus)
                yield entry.job, found
                continue
            reason = found.reason if isinstance(found, Waiting) else ""
            before = line.head
            since = before.since if before and before.job is entry.job else self._clock()
            line.head = Head(entry.job, since, reason)
            return
        line.head = None

    def _turns(self, line: _Line, policy: Mapping[str, Any]) -> Callable[[Ready], Turn]:
        return turns(policy, line.shares.of(policy, self._clock()))

    def _policy(self, queue: Mapping[str, Any]) -> Mapping[str, Any] | None:
        arn = queue.get("schedulingPolicyArn")
        policy = self._region.policies.get(last_part(arn)) if arn else None
        return policy.get("fairsharePolicy", {}) if policy else None


def _number(item: Ready) -> int:
    return item.number
