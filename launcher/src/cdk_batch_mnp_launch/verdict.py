"""How the job ends: the first event decides, and later ones are its consequences."""

from __future__ import annotations

from typing import Any, Dict, NamedTuple, Optional

from cdk_batch_mnp_launch.protocol.frames import FrameError


class Failure(NamedTuple):
    """Why the job failed.

    Attributes:
        code: Exit status of the job.
        index: Node on which it happened; -1 if it concerns no single node.
        why: What happened, such as `its command exited with status 7`.
        tail: Last lines of the node's standard error.
        own: Whether the node noticed it itself, so that its log can explain it.
    """

    code: int
    index: int
    why: str
    tail: str = ""
    own: bool = False

    def as_message(self) -> Dict[str, Any]:
        """Return the object that is sent to other nodes."""
        return self._asdict()

    @classmethod
    def of_message(cls, message: Dict[str, Any]) -> Failure:
        """Return the failure that another node sent.

        Raises:
            FrameError: If the object is not a failure.
        """
        try:
            code, index = int(message["code"]), int(message["index"])
            return cls(code, index, str(message["why"]), str(message["tail"]), bool(message["own"]))
        except (KeyError, TypeError, ValueError) as error:
            raise FrameError(f"invalid failure: {error}") from error


class Verdict:
    """The end of the job, decided once.

    Attributes:
        failure: The first failure, or None.
        done: Whether the job succeeded.
    """

    def __init__(self) -> None:
        self.failure: Optional[Failure] = None
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
