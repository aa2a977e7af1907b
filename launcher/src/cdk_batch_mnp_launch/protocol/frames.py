"""Frames: how messages are delimited and authenticated on a connection.

    u32 length of the rest | u8 type | u32 stream | payload | tag of 16 bytes

The tag is absent until both sides have proved that they know the key. Afterwards it is the
HMAC-SHA256, shortened, of the frame's number in its direction and the frame.
"""

from __future__ import annotations

import hmac
import struct
from typing import NamedTuple

HEADER = struct.Struct(">IBI")
_NUMBER = struct.Struct(">Q")
TAG_BYTES = 16
MAX_FIRST_FRAME = 1024
"""Longest frame before authentication, in bytes."""
MAX_FRAME = 4 * 1024 * 1024
"""Longest frame after authentication, in bytes."""

# Before authentication.
HELLO, CHALLENGE, AUTH, REJECTED = 1, 2, 3, 4
# Between the main node and another, on stream 0.
JOIN, HOSTS, READY, START, PING, ENDED, ABORT, DONE, WAITING = 16, 17, 18, 19, 20, 21, 22, 23, 24
CHECK, CHECKED = 25, 26
# Remote commands, on a stream for each.
EXEC, DATA, CREDIT, EXIT, KILL = 32, 33, 34, 35, 36
STREAM_TYPES = frozenset((EXEC, DATA, CREDIT, EXIT, KILL))


class Frame(NamedTuple):
    """A message.

    Attributes:
        type: One of the numbers of this module.
        stream: Number of the remote command, or 0.
        payload: Bytes whose meaning depends on the type.
    """

    type: int
    stream: int = 0
    payload: bytes = b""


class FrameError(ValueError):
    """The other side sent something that is not a frame, or not an authentic one."""


def _tag(key: bytes, number: int, head: bytes, payload: bytes) -> bytes:
    signed = b"".join((_NUMBER.pack(number), head, payload))
    return hmac.digest(key, signed, "sha256")[:TAG_BYTES]


class Sealer:
    """Turn frames into bytes."""

    def __init__(self) -> None:
        self._key: bytes | None = None
        self._number = 0

    def authenticate(self, key: bytes) -> None:
        """Add a tag to all frames from now on."""
        self._key = key

    def seal(self, frame: Frame) -> bytes:
        """Return the bytes of a frame.

        Raises:
            FrameError: If the frame is longer than the other side accepts.
        """
        body = 5 + len(frame.payload) + (TAG_BYTES if self._key is not None else 0)
        if body > (MAX_FIRST_FRAME if self._key is None else MAX_FRAME):
            raise FrameError(f"frame of {body} bytes is too long")
        head = HEADER.pack(body, frame.type, frame.stream)
        if self._key is None:
            return head + frame.payload
        tag = _tag(self._key, self._number, head, frame.payload)
        self._number += 1
        return b"".join((head, frame.payload, tag))


class Opener:
    """Turn received bytes, in pieces of any size, into frames."""

    def __init__(self) -> None:
        self._key: bytes | None = None
        self._number = 0
        self._received = bytearray()
        self._at = 0

    @property
    def pending(self) -> int:
        """Number of received bytes that are not yet a whole frame."""
        return len(self._received) - self._at

    def authenticate(self, key: bytes) -> None:
        """Require a valid tag of all frames from now on."""
        self._key = key

    def feed(self, data: bytes) -> None:
        """Add received bytes."""
        self._received += data

    def next_frame(self) -> Frame | None:
        """Return the next whole frame, or None until more bytes are received.

        One at a time, because a frame can change how the next is authenticated.

        Raises:
            FrameError: If the frame is too short, too long or not authentic.
        """
        if self.pending < HEADER.size:
            self._compact()
            return None
        body, kind, stream = HEADER.unpack_from(self._received, self._at)
        tagged = TAG_BYTES if self._key is not None else 0
        if not 5 + tagged <= body <= (MAX_FIRST_FRAME if self._key is None else MAX_FRAME):
            raise FrameError(f"frame of {body} bytes")
        end = self._at + 4 + body
        if len(self._received) < end:
            self._compact()
            return None
        payload = bytes(memoryview(self._received)[self._at + HEADER.size : end - tagged])
        if self._key is not None:
            head = bytes(self._received[self._at : self._at + HEADER.size])
            tag = _tag(self._key, self._number, head, payload)
            if not hmac.compare_digest(tag, bytes(self._received[end - tagged : end])):
                raise FrameError("frame with a wrong tag")
            self._number += 1
        self._at = end
        return Frame(kind, stream, payload)

    def _compact(self) -> None:
        if self._at:
            del self._received[: self._at]
            self._at = 0
