"""How the job ends: the first event decides, and later ones are its consequences."""

from __future__ import annotations

import signal
from typing import Any, NamedTuple

from cdk_batch_mnp_launch.protocol.frames import FrameError

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
"""Signals that ask a node to end. An image's STOPSIGNAL may be another than SIGTERM."""


class Failure(NamedTuple):
    """Why the job failed.

    Attributes:
        code: Exit status of the job.
        node: Node on which it happened; -1 if it concerns no single node.
        why: What happened, such as `its command exited with status 7`.
        tail: Last lines of the node's standard error.
        own: Whether the node noticed it itself, so that its log can explain it.
    """

    code: int
    node: int
    why: str
    tail: str = ""
    own: bool = False

    def as_message(self) -> dict[str, Any]:
        """Return the object that is sent to other nodes."""
        return self._asdict()

    @classmethod
    def of_message(cls, message: dict[str, Any]) -> Failure:
        """Return the failure that another node sent.

        Raises:
            FrameError: If the object is not a failure.
        """
        try:
            code, node = int(message["code"]), int(message["node"])
            return cls(code, node, str(message["why"]), str(message["tail"]), bool(message["own"]))
        except (KeyError, TypeError, ValueError) as error:
            raise FrameError(f"invalid failure: {error}") from error


class Verdict:
    """The end of the job, decided once.

    Attributes:
        failure: The first failure, or None.
        done: Whether the job succeeded.
    """

    def __init__(self) -> None:
        self.failure: Failure | None = None
        self.done = False

    @property
    def decided(self) -> bool:
        """Whether later events no longer count."""
        return self.done or self.failure is not None

    def fail(self, failure: Failure) -> bool:
        """Decide for a failure; return False if the job's end was decided before."""
        if self.decided:
            return False
        # Status 0 would make AWS Batch report success.
        self.failure = failure if 0 < failure.code < 256 else failure._replace(code=1)
        return True

    def adopt(self, failure: Failure | None) -> None:
        """Take the main node's decision, which counts for all: a failure, or None for success.

        It replaces what this node has decided, as when two nodes fail at the same time.
        """
        self.failure, self.done = None, failure is None
        if failure is not None:
            self.fail(failure)

    def succeed(self) -> bool:
        """Decide for success; return False if the job's end was decided before."""
        if self.decided:
            return False
        self.done = True
        return True

    @property
    def code(self) -> int:
        """Exit status of the job."""
        return self.failure.code if self.failure is not None else 0


class StopSignals:
    """The signals that asked this node to end.

    AWS Batch stops all nodes of a job that is terminated. The first signal of a node may thus come
    when another node has already reported its own; it must not cut the grace short.
    """

    def __init__(self) -> None:
        self._received = False

    def kills(self) -> bool:
        """Count a signal; return whether it was not the first, so that the user is impatient."""
        before, self._received = self._received, True
        return before
