"""A connection between two nodes: frames over a socket, with a bounded wait for the other side."""

from __future__ import annotations

import socket
from collections import deque
from typing import Callable

from cdk_batch_mnp_launch.protocol.frames import Frame, FrameError, Opener, Sealer
from cdk_batch_mnp_launch.reactor import Reactor

RECEIVE_BYTES = 256 * 1024
FIRST_RECEIVE_BYTES = 4 * 1024
"""Bytes that are taken at once from a peer that has not authenticated."""
PARTING_SECONDS = 2.0
"""How long the other side may take to close a connection after this side has."""


class Link:
    """A connection on which frames are sent and received.

    Attributes:
        on_frame: Called for each frame.
        on_lost: Called once with the reason, when the connection can no longer be used.
        heard: Time of the reactor's clock when something was last received.
        peer: Address of the other side.
        local: Address of this side.
    """

    def __init__(self, reactor: Reactor, connected: socket.socket) -> None:
        self._reactor = reactor
        self._socket = connected
        self._opener = Opener()
        self._sealer = Sealer()
        self._most = FIRST_RECEIVE_BYTES
        self._waiting: deque[bytes] = deque()
        self._closing = False
        self.closed = False
        self.on_frame: Callable[[Frame], None] = lambda _frame: None
        self.on_lost: Callable[[str], None] = lambda _why: None
        self.heard = reactor.now()
        self.peer: str = connected.getpeername()[0]
        self.local: str = connected.getsockname()[0]
        connected.setblocking(False)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        reactor.watch(connected, read=self._readable)

    def authenticate(self, incoming: bytes, outgoing: bytes) -> None:
        """Add and require tags from now on."""
        self._most = RECEIVE_BYTES
        self._opener.authenticate(incoming)
        self._sealer.authenticate(outgoing)

    def limit_silence(self, seconds: float) -> None:
        """Let the kernel give up, too, on a peer that acknowledges nothing for this long."""
        option = getattr(socket, "TCP_USER_TIMEOUT", None)
        if option is not None:
            self._socket.setsockopt(socket.IPPROTO_TCP, option, int(seconds * 1000))

    def send(self, frame: Frame) -> None:
        """Send a frame, now or when the connection takes it."""
        if self.closed or self._closing:
            return
        self._waiting.append(self._sealer.seal(frame))
        if len(self._waiting) == 1:
            self._writable()

    def close(self) -> None:
        """Close at once; what is not sent is dropped. `on_lost` is not called."""
        if not self.closed:
            self.closed = True
            self._waiting.clear()
            self._opener = Opener()  # a timer may still hold this link, but no longer the bytes
            self._reactor.watch(self._socket)
            self._socket.close()

    def part(self) -> None:
        """Close once everything is sent and the other side has closed, too, or after a while.

        A connection that is closed while bytes are still to be read is reset, and the other side
        may then not get to read what was sent last. `on_lost` is not called.
        """
        if self.closed or self._closing:
            return
        self._closing = True
        self.on_frame = lambda _frame: None
        self.on_lost = lambda _why: None
        self._reactor.after(PARTING_SECONDS, self.close)
        if not self._waiting:
            self._shut()

    def _shut(self) -> None:
        try:
            self._socket.shutdown(socket.SHUT_WR)
        except OSError:
            self.close()

    def _lose(self, why: str) -> None:
        if not self.closed:
            self.close()
            self.on_lost(why)

    def _readable(self) -> None:
        try:
            data = self._socket.recv(self._most)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._lose(f"connection lost ({error.strerror})")
            return
        if not data:
            self._lose("connection closed")
            return
        self.heard = self._reactor.now()
        self._opener.feed(data)
        try:
            while not self.closed:
                frame = self._opener.next_frame()
                if frame is None:
                    return
                self.on_frame(frame)
        except FrameError as error:
            self._lose(f"invalid data ({error})")

    def _writable(self) -> None:
        waiting = self._waiting
        try:
            while waiting:
                sent = self._socket.send(waiting[0])
                if sent == len(waiting[0]):
                    waiting.popleft()
                else:
                    waiting[0] = waiting[0][sent:]
        except (BlockingIOError, InterruptedError):
            self._reactor.watch(self._socket, read=self._readable, write=self._writable)
            return
        except OSError as error:
            # Not called back from inside `send`, whose caller may be in the middle of a change.
            why = f"connection lost ({error.strerror})"
            self._reactor.after(0, lambda: self._lose(why))
            waiting.clear()
            return
        self._reactor.watch(self._socket, read=self._readable)
        if self._closing:
            self._shut()
