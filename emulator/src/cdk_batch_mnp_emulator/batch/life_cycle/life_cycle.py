"""Moves jobs through their states."""

from __future__ import annotations

import heapq
import itertools
import logging
import math
import random
from collections.abc import Callable
from functools import partial
from typing import Protocol

from cdk_batch_mnp_emulator.batch.life_cycle import arrays
from cdk_batch_mnp_emulator.batch.life_cycle.attempts import Attempt
from cdk_batch_mnp_emulator.batch.life_cycle.capacity import Placement
from cdk_batch_mnp_emulator.batch.life_cycle.dependencies import (
    FAILED_DEPENDENCY,
    ids_waited_for,
    state_of_dependencies,
)
from cdk_batch_mnp_emulator.batch.life_cycle.inbox import Inbox
from cdk_batch_mnp_emulator.batch.life_cycle.launching import Launcher
from cdk_batch_mnp_emulator.batch.life_cycle.nodes import Nodes
from cdk_batch_mnp_emulator.batch.life_cycle.records import (
    TIMED_OUT,
    attempt_of_job,
    attempt_of_node,
)
from cdk_batch_mnp_emulator.batch.life_cycle.retries import Failure, is_retried
from cdk_batch_mnp_emulator.batch.life_cycle.scheduler import PlacingError, Scheduler
from cdk_batch_mnp_emulator.batch.state import BatchState, Description

_log = logging.getLogger("cdk_batch_mnp_emulator")

ENDED = frozenset({"SUCCEEDED", "FAILED"})
_BEFORE_START = frozenset({"SUBMITTED", "PENDING", "RUNNABLE"})
_TIME_LIMIT_REASON = "Canceled by JobStateTimeLimit action due to reason: {}"
_TOO_MANY_NODES = (
    "The job has {number} nodes, and this embedded AWS runs at most {most} nodes at a time, to "
    "spare the machine. Start it with --max-nodes {number} to run the job."
)


class Observer(Protocol):
    """What is called, under the state's lock, when something has happened to a job."""

    def moved(self, region: str, job: Description) -> None:
        """Note the new state of a job."""

    def blocked(self, region: str, job: Description, queue: Description) -> None:
        """Note that a job blocks its queue; its status reason says why."""


class LifeCycle:
    """All jobs of AWS Batch.

    Methods are called with the state's lock held.

    Args:
        state: Of AWS Batch.
        launcher: What starts nodes.
        inbox: What the nodes report to.
        clock: Returns the time in seconds.
        chance: Draws the order in which child nodes start.
        max_nodes: How many nodes this machine runs at a time.
        observer: What is called about each job.
    """

    def __init__(
        self,
        state: BatchState,
        launcher: Launcher,
        inbox: Inbox,
        *,
        clock: Callable[[], float],
        chance: random.Random,
        max_nodes: int,
        observer: Observer,
    ) -> None:
        self._state = state
        self._inbox = inbox
        self._clock = clock
        self._max_nodes = max_nodes
        self._observer = observer
        self._schedulers: dict[str, Scheduler] = {}
        self._attempts: dict[str, Attempt] = {}
        self._waiting: dict[str, set[str]] = {}
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._nodes_taken = 0
        self._nodes = Nodes(
            launcher,
            inbox,
            clock,
            chance,
            later=lambda seconds, call: self._at(self._clock() + seconds, call),
            main_started=self._main_started,
            finished=self._finish,
            failed=self._attempt_failed,
        )

    def scheduler(self, region: str) -> Scheduler:
        """Return the scheduler of a Region."""
        if region not in self._schedulers:
            self._schedulers[region] = Scheduler(self._state.of(region), self._clock)
        return self._schedulers[region]

    def submitted(self, region: str, job: Description) -> None:
        """Take a job that was just submitted and is recorded."""
        job["status"] = "SUBMITTED"
        if arrays.is_parent(job):
            records = self._state.of(region)
            arrays.begin_summary(job)
            children = arrays.children_of(job, job["createdAt"])
            for child in children:
                records.jobs[child["jobId"]] = child
                records.number(child["jobArn"])
        else:
            children = [job]
        for admitted in children:
            admit = partial(self._admit, region, admitted)
            self._inbox.post(self._guarded(region, admitted, admit))

    def cancelled(self, region: str, job: Description, reason: str) -> None:
        """End a job that has not progressed to STARTING; others are left as they are."""
        if arrays.is_parent(job):
            for child in self._children(region, job):
                job["isCancelled"] = job.get("isCancelled", False) or _is_before_start(child)
                self.cancelled(region, child, reason)
        elif _is_before_start(job):
            job["isCancelled"] = True
            self._end(region, job, "FAILED", reason)

    def terminated(self, region: str, job: Description, reason: str) -> None:
        """End a job, whatever its state."""
        if job["status"] in ENDED:
            return
        attempt = self._attempts.get(job["jobId"])
        if attempt is not None and attempt.has_succeeded:
            return  # the job ends by itself, as soon as its child nodes have been stopped
        job["isTerminated"] = True
        for child in self._children(region, job):
            self.terminated(region, child, reason)
        if attempt is not None:
            self._nodes.stop(attempt, reason)
        elif not arrays.is_parent(job):
            self._end(region, job, "FAILED", reason)

    def queue_changed(self) -> None:
        """Look for jobs that can start, after a queue or an environment has changed."""
        self._inbox.post(lambda: None)

    def step(self) -> float | None:
        """Handle all that has happened, and all timers that are due, and start what can start.

        Returns:
            Seconds until the next timer is due, if there is one.
        """
        for happened in self._inbox.take():
            happened()
        while self._timers and self._timers[0][0] <= self._clock():
            heapq.heappop(self._timers)[2]()
        due = []
        for region in list(self._schedulers):
            self._schedule(region)
            due += self._limit_time(region)
        due += [timer[0] for timer in self._timers[:1]]
        if self._inbox.is_waiting:
            return 0.0
        return max(min(due) - self._clock(), 0.0) if due else None

    def _admit(self, region: str, job: Description) -> None:
        if job["status"] in ENDED:
            return
        jobs = self._state.of(region).jobs
        state = state_of_dependencies(job, jobs)
        if state == "FAILED":
            self._end(region, job, "FAILED", FAILED_DEPENDENCY)
        elif state == "PENDING":
            self._move(region, job, "PENDING")
            for other in ids_waited_for(job):
                if other in jobs and jobs[other]["status"] not in ENDED:
                    self._waiting.setdefault(other, set()).add(job["jobId"])
        else:
            self._make_runnable(region, job)

    def _make_runnable(self, region: str, job: Description) -> None:
        self._move(region, job, "RUNNABLE")
        self.scheduler(region).add(job)

    def _schedule(self, region: str) -> None:
        scheduler = self.scheduler(region)
        self._place(region, scheduler)
        for queue in self._state.of(region).queues.values():
            head = scheduler.head(queue["jobQueueArn"])
            if head is None or head.reason == head.job.get("statusReason", ""):
                continue
            if not head.reason:
                head.job.pop("statusReason", None)
                continue
            head.job["statusReason"] = head.reason
            self._observer.blocked(region, head.job, queue)

    def _place(self, region: str, scheduler: Scheduler) -> None:
        while True:
            try:
                for job, placement in scheduler.placements(self._may_start):
                    start = partial(self._start, region, job, placement)
                    self._guarded(region, job, start)()
            except PlacingError as error:
                self._give_up(region, error.job, error.cause)
            else:
                return

    def _limit_time(self, region: str) -> list[float]:
        """Cancel jobs at the head of queues for too long; return when others are due."""
        later = []
        for queue in self._state.of(region).queues.values():
            head = self.scheduler(region).head(queue["jobQueueArn"])
            if head is None or not head.reason:
                continue
            limits = [
                (head.since + action["maxTimeSeconds"], action["reason"])
                for action in queue.get("jobStateTimeLimitActions", [])
                if head.reason.startswith(action["reason"])
            ]
            due, reason = min(limits, default=(math.inf, ""))
            if due <= self._clock():
                reason = _TIME_LIMIT_REASON.format(reason)
                self._guarded(region, head.job, partial(self.cancelled, region, head.job, reason))()
                self.queue_changed()
            elif limits:
                later.append(due)
        return later

    def _may_start(self, job: Description) -> bool:
        number = _number_of_nodes(job)
        return number > self._max_nodes or self._nodes_taken + number <= self._max_nodes

    def _start(self, region: str, job: Description, placement: Placement) -> None:
        parent = self._parent(region, job)
        attempt = Attempt(
            region,
            job,
            len(job["attempts"]) + 1,
            placement,
            parent["arrayProperties"]["size"] if parent else None,
            started=self._clock(),
            records=self._state.of(region).nodes.setdefault(job["jobId"], {}),
        )
        self._attempts[job["jobId"]] = attempt
        self._nodes_taken += attempt.number_of_nodes
        for name in ("statusReason", "startedAt", "stoppedAt"):
            job.pop(name, None)
        self._move(region, job, "STARTING")
        if attempt.number_of_nodes > self._max_nodes:
            reason = _TOO_MANY_NODES.format(number=attempt.number_of_nodes, most=self._max_nodes)
            self._forget(attempt)
            self._end(region, job, "FAILED", reason)
            return
        self._nodes.start_main(attempt)

    def _main_started(self, attempt: Attempt) -> None:
        job, record = attempt.job, attempt.main.record
        job["startedAt"] = record["startedAt"]
        self._move(attempt.region, job, "RUNNING")
        if seconds := job.get("timeout", {}).get("attemptDurationSeconds"):
            end = self._guarded(attempt.region, job, partial(self._time_out, attempt))
            self._at(self._clock() + seconds, end)

    def _time_out(self, attempt: Attempt) -> None:
        if self._attempts.get(attempt.job["jobId"]) is attempt and not attempt.is_over:
            self._nodes.stop(attempt, TIMED_OUT)

    def _finish(self, attempt: Attempt) -> None:
        job, main = attempt.job, attempt.main
        self._forget(attempt)
        for name in ("stoppedAt", "statusReason"):
            job[name] = main.record[name]
        job["attempts"].append(
            attempt_of_job(job, main.record) if attempt.is_multinode else attempt_of_node(job)
        )
        reason = job["statusReason"]
        if attempt.end_reason:
            self._end(attempt.region, job, "FAILED", reason)
        elif main.exit_code == 0:
            self._end(attempt.region, job, "SUCCEEDED", reason)
        elif not job.get("isTerminated") and is_retried(
            job.get("retryStrategy", {}),
            len(job["attempts"]),
            Failure(main.exit_code, main.reason, reason),
        ):
            job.pop("stoppedAt")
            self._make_runnable(attempt.region, job)
        else:
            self._end(attempt.region, job, "FAILED", reason)

    def _forget(self, attempt: Attempt) -> None:
        del self._attempts[attempt.job["jobId"]]
        self._nodes_taken -= attempt.number_of_nodes
        self.scheduler(attempt.region).release(attempt.job, attempt.placement, attempt.started)

    def _end(self, region: str, job: Description, status: str, reason: str) -> None:
        if job["status"] == "RUNNABLE":
            self.scheduler(region).remove(job)
        job.setdefault("stoppedAt", int(self._clock() * 1000))
        self._move(region, job, status, reason)
        for waiting in sorted(self._waiting.pop(job["jobId"], ())):
            dependent = self._state.of(region).jobs.get(waiting)
            if dependent is not None:
                again = partial(self._admit_again, region, dependent)
                self._inbox.post(self._guarded(region, dependent, again))

    def _admit_again(self, region: str, job: Description) -> None:
        if job["status"] == "PENDING":
            self._admit(region, job)

    def _move(self, region: str, job: Description, status: str, reason: str | None = None) -> None:
        before = job["status"]
        if before == status and reason is None:
            return
        job["status"] = status
        if reason is not None:
            job["statusReason"] = reason
        try:
            self._observer.moved(region, job)
        except Exception as error:  # what follows from a job is not its fault
            _log.exception("an event of job %s was lost: %s", job["jobId"], error)
        if (parent := self._parent(region, job)) is not None:
            self._move_parent(region, parent, before, status)

    def _move_parent(self, region: str, parent: Description, before: str, status: str) -> None:
        arrays.count_move(parent, before, status, int(self._clock() * 1000))
        end = arrays.verdict(parent)
        if end is not None:
            self._end(region, parent, end, arrays.FAILED_CHILD if end == "FAILED" else "")
        elif status != "SUBMITTED":
            self._move(region, parent, "PENDING")

    def _guarded(
        self, region: str, job: Description, call: Callable[[], None]
    ) -> Callable[[], None]:
        """Return a call that fails this job, and no other, if an error of ours is raised in it."""

        def guarded() -> None:
            try:
                call()
            except Exception as error:
                self._give_up(region, job, error)

        return guarded

    def _attempt_failed(self, attempt: Attempt, error: Exception) -> None:
        self._give_up(attempt.region, attempt.job, error)

    def _give_up(self, region: str, job: Description, error: Exception) -> None:
        reason = f"The embedded AWS failed: {type(error).__name__}: {error}"
        _log.error("%s", f"job {job['jobId']} failed: {reason}", exc_info=error)
        if (attempt := self._attempts.get(job["jobId"])) is not None:
            self._forget(attempt)
            self._nodes.abandon(attempt, reason)
        if job["status"] not in ENDED:
            self._end(region, job, "FAILED", reason)

    def _parent(self, region: str, job: Description) -> Description | None:
        id = arrays.parent_id(job)
        return self._state.of(region).jobs[id] if id else None

    def _children(self, region: str, job: Description) -> list[Description]:
        if not arrays.is_parent(job):
            return []
        jobs = self._state.of(region).jobs
        size = job["arrayProperties"]["size"]
        return [jobs[f"{job['jobId']}:{index}"] for index in range(size)]

    def _at(self, when: float, what: Callable[[], None]) -> None:
        heapq.heappush(self._timers, (when, next(self._numbers), what))


def _is_before_start(job: Description) -> bool:
    return job["status"] in _BEFORE_START


def _number_of_nodes(job: Description) -> int:
    return int(job["nodeProperties"]["numNodes"]) if "nodeProperties" in job else 1
