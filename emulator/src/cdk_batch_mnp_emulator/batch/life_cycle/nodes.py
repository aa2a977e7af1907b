"""Starts and ends the nodes of attempts, and records what becomes of them."""

from __future__ import annotations

import logging
import random
import uuid
from collections.abc import Callable, Sequence
from functools import partial

from cdk_batch_mnp_emulator.batch.life_cycle.attempts import (
    Attempt,
    ContainerRun,
    NodePhase,
    NodeRun,
)
from cdk_batch_mnp_emulator.batch.life_cycle.containers import (
    Container,
    UnsupportedContainerError,
    containers_of_job,
    containers_of_node,
    node_range,
)
from cdk_batch_mnp_emulator.batch.life_cycle.inbox import Inbox
from cdk_batch_mnp_emulator.batch.life_cycle.launching import Launcher, NotStartedError
from cdk_batch_mnp_emulator.batch.life_cycle.records import (
    EXITED,
    MAIN_EXITED,
    NOT_STARTED,
    attempt_of_node,
    container_details,
    forget_task,
    node_record,
    reason_of_container,
)
from cdk_batch_mnp_emulator.batch.life_cycle.tasks import Fail, Start, Stop, Task
from cdk_batch_mnp_emulator.batch.state import Description

_OF_AN_EARLIER_ATTEMPT = ("startedAt", "stoppedAt", "statusReason")

_PRESENT = "CannotStartContainerError"

_log = logging.getLogger("cdk_batch_mnp_emulator")


class Nodes:
    """The nodes of all attempts.

    Args:
        launcher: What starts them.
        inbox: Where what they report waits for the thread of the life cycle.
        clock: Returns the time in seconds.
        chance: Draws the order in which child nodes start.
        later: Makes a call after a number of seconds.
        main_started: Called when the program of a main node runs, before child nodes are started.
        finished: Called when nothing of an attempt is left.
        failed: Called when an error of ours keeps an attempt from going on.
    """

    def __init__(
        self,
        launcher: Launcher,
        inbox: Inbox,
        clock: Callable[[], float],
        chance: random.Random,
        *,
        later: Callable[[float, Callable[[], None]], None],
        main_started: Callable[[Attempt], None],
        finished: Callable[[Attempt], None],
        failed: Callable[[Attempt, Exception], None],
    ) -> None:
        self._launcher = launcher
        self._inbox = inbox
        self._clock = clock
        self._chance = chance
        self._later = later
        self._main_started = main_started
        self._finished = finished
        self._failed = failed

    def start_main(self, attempt: Attempt) -> None:
        """Start the main node, or the only one; the child nodes follow when it runs."""
        self._start(attempt, attempt.main_index)

    def stop(self, attempt: Attempt, reason: str) -> None:
        """End an attempt from outside.

        Args:
            attempt: Which.
            reason: Status reason of the job and of its nodes.
        """
        if not attempt.is_over:
            attempt.end_reason = reason
            attempt.is_over = True
        self._stop_all(attempt)

    def abandon(self, attempt: Attempt, reason: str) -> None:
        """Kill what is left of an attempt, and do not wait for its end.

        Args:
            attempt: Which.
            reason: Status reason of its nodes.
        """
        attempt.is_over = True
        for run in attempt.nodes.values():
            if run.phase is NodePhase.ENDED:
                continue
            run.phase = NodePhase.ENDED
            try:
                for container in run.containers:
                    if container.node is not None:
                        container.node.stop(0.0)
                self._launcher.clean_up(attempt, run)
            except Exception as error:
                job = attempt.job["jobId"]
                _log.exception("a node of job %s was not cleaned up: %s", job, error)
            if attempt.is_multinode:
                run.record |= {
                    "status": "FAILED",
                    "statusReason": reason,
                    "stoppedAt": self._now(),
                }

    def post(self, attempt: Attempt, call: Callable[[], None]) -> None:
        """Have the thread of the life cycle make a call about an attempt."""

        def guarded() -> None:
            try:
                call()
            except Exception as error:
                self._failed(attempt, error)

        self._inbox.post(guarded)

    def started(self, attempt: Attempt, run: NodeRun, position: int) -> None:
        """Record that the program of a container runs."""
        limit = run.task.started(position)
        if limit is not None:
            call = partial(self._timed_out, attempt, run, position)
            self._later(limit, partial(self.post, attempt, call))
        self._proceed(attempt, run)

    def ended(
        self, attempt: Attempt, run: NodeRun, position: int, exit_code: int | None, reason: str
    ) -> None:
        """Record that nothing of a container is left."""
        if run.phase is NodePhase.ENDED:
            return
        self._record_end(run.containers[position], exit_code, reason)
        run.task.ended(position, exit_code, reason)
        self._proceed(attempt, run)

    def _timed_out(self, attempt: Attempt, run: NodeRun, position: int) -> None:
        run.task.timed_out(position)
        self._proceed(attempt, run)

    def _start(self, attempt: Attempt, index: int) -> None:
        run, unsupported = self._new_run(attempt, index)
        attempt.nodes[index] = run
        try:
            if unsupported:
                raise NotStartedError(unsupported)
            self._launcher.prepare(attempt, run)
        except NotStartedError as error:
            reason = str(error)
        except OSError as error:  # such as a full disk
            reason = f"{_PRESENT}: {error}"
        else:
            self._proceed(attempt, run)
            return
        self._post_end(attempt, run, run.task.deciding, reason)

    def _new_run(self, attempt: Attempt, index: int) -> tuple[NodeRun, str]:
        """Return a node, and why its containers cannot run here; empty if they can."""
        unsupported = ""
        containers: Sequence[Container]
        try:
            if attempt.is_multinode:
                containers = containers_of_node(attempt.job, index)
            else:
                containers = containers_of_job(attempt.job)
        except UnsupportedContainerError as error:
            containers, unsupported = [{}], str(error)
        record = self._record(attempt, index)
        run = NodeRun(
            index,
            index == attempt.main_index,
            record,
            [
                ContainerRun(container, details)
                for container, details in zip(containers, container_details(record), strict=True)
            ],
            Task(containers),
            uuid.uuid4().hex,
        )
        return run, unsupported

    def _record(self, attempt: Attempt, index: int) -> Description:
        """Return what describes a node, as it is before its program runs."""
        job = attempt.job
        if not attempt.is_multinode:
            record = job
        else:
            new = node_record(job, index, node_range(job, index))
            record = attempt.records.setdefault(index, new)
            record.setdefault("createdAt", self._now())
            record["status"] = "STARTING"
        for name in _OF_AN_EARLIER_ATTEMPT:
            record.pop(name, None)
        forget_task(record)
        return record

    def _proceed(self, attempt: Attempt, run: NodeRun) -> None:
        """Do what is due in the task of a node, and note how far it is."""
        for step in run.task.step():
            match step:
                case Start(position):
                    self._start_container(attempt, run, position)
                case Stop(position, grace_seconds):
                    if (node := run.containers[position].node) is not None:
                        node.stop(grace_seconds)
                case Fail(position, exit_code, reason):
                    self._record_end(run.containers[position], exit_code, reason)
        if run.phase is NodePhase.STARTING and run.task.is_up:
            self._is_up(attempt, run)
        if run.task.has_ended and run.phase is not NodePhase.ENDED:
            # Not from here: what has caused this may not be done with the attempt.
            self.post(attempt, partial(self._settle, attempt, run))

    def _start_container(self, attempt: Attempt, run: NodeRun, position: int) -> None:
        try:
            self._launcher.start(attempt, run, position, _Listener(self, attempt, run, position))
        except NotStartedError as error:
            reason = str(error)
        except OSError as error:
            reason = f"{_PRESENT}: {error}"
        else:
            return
        self._post_end(attempt, run, position, reason)

    def _post_end(self, attempt: Attempt, run: NodeRun, position: int, reason: str) -> None:
        self.post(attempt, partial(self.ended, attempt, run, position, None, reason))

    def _is_up(self, attempt: Attempt, run: NodeRun) -> None:
        """Record that a node runs."""
        run.phase = NodePhase.RUNNING
        run.record["startedAt"] = self._now()
        if attempt.is_multinode:
            run.record["status"] = "RUNNING"
        if not run.is_main:
            return
        attempt.main_address = run.where.address if run.where else None
        self._main_started(attempt)
        children = [index for index in range(attempt.number_of_nodes) if index != run.index]
        self._chance.shuffle(children)
        for index in children:
            if not attempt.is_over:
                self._start(attempt, index)

    def _record_end(self, run: ContainerRun, exit_code: int | None, reason: str) -> None:
        if exit_code is not None:
            run.details["exitCode"] = exit_code
        if reason:
            run.details["reason"] = reason_of_container(reason)

    def _settle(self, attempt: Attempt, run: NodeRun) -> None:
        """Record that nothing of a node is left."""
        if run.phase is NodePhase.ENDED:
            return
        run.phase = NodePhase.ENDED
        run.exit_code = run.task.exit_code
        run.reason = reason_of_container(run.task.reason)
        record = run.record
        record["stoppedAt"] = self._now()
        record["statusReason"] = self._status_reason(attempt, run)
        if attempt.is_multinode:
            record["status"] = "SUCCEEDED" if run.exit_code == 0 else "FAILED"
            record["attempts"].append(attempt_of_node(record))
        self._launcher.clean_up(attempt, run)
        if run.is_main and not attempt.is_over:
            attempt.is_over = True
            self._stop_all(attempt)
        if attempt.has_ended:
            self._finished(attempt)

    def _stop_all(self, attempt: Attempt) -> None:
        for run in attempt.nodes.values():
            if run.phase is not NodePhase.ENDED:
                run.task.stop()
                self._proceed(attempt, run)

    def _status_reason(self, attempt: Attempt, run: NodeRun) -> str:
        if attempt.end_reason:
            return attempt.end_reason
        if not run.task.has_run:
            return NOT_STARTED
        return MAIN_EXITED if attempt.is_over and not run.is_main else EXITED

    def _now(self) -> int:
        return int(self._clock() * 1000)


class _Listener:
    """Brings what a runner reports about a container to the thread of the life cycle."""

    def __init__(self, nodes: Nodes, attempt: Attempt, run: NodeRun, position: int) -> None:
        self._nodes = nodes
        self._attempt = attempt
        self._run = run
        self._position = position

    def started(self) -> None:
        self._post(partial(self._nodes.started, self._attempt, self._run, self._position))

    def wrote(self, lines: Sequence[str]) -> None:
        if (stream := self._run.containers[self._position].stream) is not None:
            stream.write(lines)

    def warned(self, text: str) -> None:
        _log.warning("%s", text)
        self.wrote([f"cdk-batch-mnp-emulator: {text}"])

    def ended(self, exit_code: int | None, reason: str) -> None:
        ended = self._nodes.ended
        self._post(partial(ended, self._attempt, self._run, self._position, exit_code, reason))

    def _post(self, call: Callable[[], None]) -> None:
        self._nodes.post(self._attempt, call)
