"""What one node asks another to run."""

from __future__ import annotations

from typing import Callable, NamedTuple

from cdk_batch_mnp_launch.protocol.frames import FrameError
from cdk_batch_mnp_launch.protocol.messages import pack, unpack

STDIN, STDOUT, STDERR = 0, 1, 2
_LARGEST_WINDOW = 4 * 1024 * 1024
_SMALLEST_WINDOW = 128 * 1024
_ALL_WINDOWS = 256 * 1024 * 1024
CHUNK = 64 * 1024

Receive = Callable[[int, bytes], None]
"""Takes the type and payload of a frame of one remote command."""


def window(nodes: int) -> int:
    """Return how many bytes may be on their way in one direction of a remote command.

    They may all wait on the main node, for one command on each node.

    Args:
        nodes: Number of nodes of the job.
    """
    return max(_SMALLEST_WINDOW, min(_LARGEST_WINDOW, _ALL_WINDOWS // nodes))


class Request(NamedTuple):
    """A command for the shell of another node.

    Attributes:
        target: Index of the node that runs it.
        cwd: Its working directory, if the node has it.
        command: What the shell runs.
    """

    target: int
    cwd: str
    command: str

    def as_payload(self) -> bytes:
        """Return the payload of EXEC."""
        return pack(self._asdict())

    @classmethod
    def of_payload(cls, payload: bytes) -> Request:
        """Return the request of a payload of EXEC.

        Raises:
            FrameError: If it is not a request.
        """
        try:
            return cls(**unpack(payload))
        except TypeError as error:
            raise FrameError(f"invalid request: {error}") from error


def number(value: int) -> bytes:
    """Return the payload of EXIT or CREDIT."""
    return value.to_bytes(4, "big")


def number_of(payload: bytes) -> int:
    """Return the number in a payload of EXIT or CREDIT."""
    return int.from_bytes(payload, "big")
