"""Messages and file descriptors between two processes, over a stream socket.

A message is its length in four bytes, and then JSON. File descriptors travel with the length, so
the same works where sockets that keep message boundaries are missing or limited in size.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import struct
from collections.abc import Sequence
from typing import Any

Message = dict[str, Any]

_LENGTH = struct.Struct("!I")
_MOST_DESCRIPTORS = 4
_CLOSE_ON_EXEC: int = getattr(socket, "MSG_CMSG_CLOEXEC", 0)


class Channel:
    """One end of a connection.

    Args:
        connection: A connected stream socket, which belongs to the channel from now on.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._unsent = b""

    @property
    def has_unsent(self) -> bool:
        """Whether messages wait until the other end reads."""
        return bool(self._unsent)

    def fileno(self) -> int:
        """Return the descriptor, so that a selector can wait for the channel."""
        return self._connection.fileno()

    def close(self) -> None:
        """Close this end."""
        self._connection.close()

    def send(self, message: Message, descriptors: Sequence[int] = ()) -> None:
        """Send a message, and wait until the other end has room for it.

        Raises:
            OSError: The other end is closed.
        """
        data = _encoded(message)
        sent = (
            socket.send_fds(self._connection, [data], list(descriptors))
            if descriptors
            else self._connection.send(data)
        )
        self._connection.sendall(data[sent:])

    def send_without_waiting(self, message: Message) -> None:
        """Send a message, or keep what the other end has no room for; see :meth:`flush`."""
        self._unsent += _encoded(message)
        self.flush()

    def flush(self) -> None:
        """Send as much of the kept messages as the other end has room for.

        Raises:
            OSError: The other end is closed.
        """
        with contextlib.suppress(BlockingIOError):
            while self._unsent:
                sent = self._connection.send(self._unsent, socket.MSG_DONTWAIT)
                self._unsent = self._unsent[sent:]

    def send_rest(self) -> None:
        """Send all kept messages, and wait until the other end has room for them.

        Raises:
            OSError: The other end is closed.
        """
        self._connection.sendall(self._unsent)
        self._unsent = b""

    def receive(self) -> tuple[Message, list[int]] | None:
        """Return the next message with its descriptors, or ``None`` after the last one."""
        try:
            head, descriptors, _, _ = socket.recv_fds(
                self._connection, _LENGTH.size, _MOST_DESCRIPTORS, _CLOSE_ON_EXEC
            )
            for descriptor in descriptors:
                os.set_inheritable(descriptor, False)
            head += self._exactly(_LENGTH.size - len(head)) if head else b""
            if not head:
                return None
            return json.loads(self._exactly(_LENGTH.unpack(head)[0])), descriptors
        except (ConnectionError, EOFError):
            return None

    def _exactly(self, size: int) -> bytes:
        parts = []
        while size:
            part = self._connection.recv(min(size, 1 << 16))
            if not part:
                raise EOFError
            parts.append(part)
            size -= len(part)
        return b"".join(parts)


def _encoded(message: Message) -> bytes:
    data = json.dumps(message, separators=(",", ":")).encode("ascii")
    return _LENGTH.pack(len(data)) + data
