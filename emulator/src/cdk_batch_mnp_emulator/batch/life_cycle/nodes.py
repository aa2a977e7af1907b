"""Starts and ends the nodes of attempts, and records what becomes of them."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Sequence

from cdk_batch_mnp_emulator.batch.life_cycle.attempts import Attempt, NodePhase, NodeRun
from cdk_batch_mnp_emulator.batch.life_cycle.containers import (
    UnsupportedContainerError,
    container_of_node,
)
from cdk_batch_mnp_emulator.batch.life_cycle.inbox import Inbox
from cdk_batch_mnp_emulator.batch.life_cycle.launching import Launcher, NotStartedError
from cdk_batch_mnp_emulator.batch.life_cycle.records import (
    EXITED,
    MAIN_EXITED,
    NOT_STARTED,
    attempt_of_node,
    node_record,
    reason_of_container,
)
from cdk_batch_mnp_emulator.batch.state import Description

GRACE_SECONDS = 30.0
"""Between SIGTERM and SIGKILL.

Source: https://docs.aws.amazon.com/batch/latest/userguide/job_timeouts.html.
"""

_OF_AN_EARLIER_ATTEMPT = ("startedAt", "stoppedAt", "statusReason")
_OF_AN_EARLIER_TASK = ("exitCode", "reason", "logStreamName", "taskArn", "containerInstanceArn")

_log = logging.getLogger("cdk_batch_mnp_emulator")


class Nodes:
    """The nodes of all attempts.

    Args:
        launcher: What starts them.
        inbox: Where what they report waits for the thread of the life cycle.
        clock: Returns the time in seconds.
        chance: Draws the order in which child nodes start.
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
        main_started: Callable[[Attempt], None],
        finished: Callable[[Attempt], None],
        failed: Callable[[Attempt, Exception], None],
    ) -> None:
        self._launcher = launcher
        self._inbox = inbox
        self._clock = clock
        self._chance = chance
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
                if run.node is not None:
                    run.node.stop(0.0)
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

    def started(self, attempt: Attempt, run: NodeRun) -> None:
        """Record that the program of a node runs."""
        if run.phase is not NodePhase.STARTING:
            return
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

    def ended(self, attempt: Attempt, run: NodeRun, exit_code: int | None, reason: str) -> None:
        """Record that nothing of a node is left."""
        if run.phase is NodePhase.ENDED:
            return
        run.phase = NodePhase.ENDED
        run.exit_code = exit_code
        record = run.record
        record["stoppedAt"] = self._now()
        record["statusReason"] = self._status_reason(attempt, run)
        if exit_code is not None:
            record["container"]["exitCode"] = exit_code
        if reason:
            record["container"]["reason"] = reason_of_container(reason)
        if attempt.is_multinode:
            record["status"] = "SUCCEEDED" if exit_code == 0 else "FAILED"
            record["attempts"].append(attempt_of_node(record))
        self._launcher.clean_up(attempt, run)
        if run.is_main and not attempt.is_over:
            attempt.is_over = True
            self._stop_all(attempt)
        if attempt.has_ended:
            self._finished(attempt)

    def _start(self, attempt: Attempt, index: int) -> None:
        run = NodeRun(index, index == attempt.main_index, self._record(attempt, index))
        attempt.nodes[index] = run
        try:
            self._launcher.start(attempt, run, _Listener(self, attempt, run))
        except NotStartedError as error:
            reason = str(error)
        except OSError as error:  # such as a full disk
            reason = f"CannotStartContainerError: {error}"
        else:
            return
        self.post(attempt, lambda: self.ended(attempt, run, None, reason))

    def _record(self, attempt: Attempt, index: int) -> Description:
        """Return what describes a node, as it is before its program runs."""
        job = attempt.job
        if not attempt.is_multinode:
            record = job
        else:
            try:
                container = container_of_node(job, index)
            except UnsupportedContainerError:
                container = {}
            record = attempt.records.setdefault(index, node_record(job, index, container))
            record.setdefault("createdAt", self._now())
            record["status"] = "STARTING"
        record.setdefault("container", {})
        for name in _OF_AN_EARLIER_ATTEMPT:
            record.pop(name, None)
        for name in _OF_AN_EARLIER_TASK:
            record["container"].pop(name, None)
        return record

    def _stop_all(self, attempt: Attempt) -> None:
        for run in attempt.nodes.values():
            if run.phase is not NodePhase.ENDED and run.node is not None:
                run.node.stop(GRACE_SECONDS)

    def _status_reason(self, attempt: Attempt, run: NodeRun) -> str:
        if attempt.end_reason:
            return attempt.end_reason
        if run.exit_code is None:
            return NOT_STARTED
        return MAIN_EXITED if attempt.is_over and not run.is_main else EXITED

    def _now(self) -> int:
        return int(self._clock() * 1000)


class _Listener:
    """Brings what a runner reports about a node to the thread of the life cycle."""

    def __init__(self, nodes: Nodes, attempt: Attempt, run: NodeRun) -> None:
        self._nodes = nodes
        self._attempt = attempt
        self._run = run

    def started(self) -> None:
        self._nodes.post(self._attempt, lambda: self._nodes.started(self._attempt, self._run))

    def wrote(self, lines: Sequence[str]) -> None:
        if self._run.stream is not None:
            self._run.stream.write(lines)

    def warned(self, text: str) -> None:
        _log.warning("%s", text)
        self.wrote([f"cdk-batch-mnp-emulator: {text}"])

    def ended(self, exit_code: int | None, reason: str) -> None:
        self._nodes.post(
            self._attempt,
            lambda: self._nodes.ended(self._attempt, self._run, exit_code, reason),
        )
