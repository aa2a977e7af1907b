"""The node's part in the check of the network: send to the next node, receive from the previous.

In threads with blocking sockets, so that a burst does not delay heartbeats. Both sides prove that
they know the job's key before anything else is sent.
"""

from __future__ import annotations

import contextlib
import hmac
import os
import socket
import threading
import time
from typing import Callable

from cdk_batch_mnp_launch.protocol.frames import Frame, FrameError, Opener, Sealer
from cdk_batch_mnp_launch.protocol.handshake import (
    NONCE_BYTES,
    MainHandshake,
    NodeHandshake,
    Rejected,
    job_key,
)
from cdk_batch_mnp_launch.protocol.messages import Host
from cdk_batch_mnp_launch.reactor import Reactor
from cdk_batch_mnp_launch.ring import Report, next_of, previous_of
from cdk_batch_mnp_launch.settings import Settings

BURST_SECONDS = 1.0
CONNECT_SECONDS = 5.0
"""How long a node tries to connect to the next one."""
STALL_SECONDS = 3.0
"""How long a burst may make no progress."""
TOTAL_SECONDS = 10.0
"""How long a node waits for both directions."""
CHUNK = 1024 * 1024
MOST_STRANGERS = 32
"""Connections that may be unauthenticated at the same time."""
_POLL_SECONDS = 0.05
_PAUSE_SECONDS = 0.2


class Burst:
    """Take part in the check of the network, once."""

    def __init__(self, reactor: Reactor, settings: Settings, hosts: list[Host]) -> None:
        self._reactor = reactor
        self._job = settings.job
        self._own = settings.node
        self._bind = settings.bind
        self._port = settings.network_port
        self._next = hosts[next_of(settings.node, len(hosts))]
        self._previous = previous_of(settings.node, len(hosts))
        # Not the key of the main node's port: what is said here proves nothing there.
        self._key = hmac.digest(job_key(settings.secret, settings.job), b"network", "sha256")
        self._listening: socket.socket | None = None
        self._strangers = threading.Semaphore(MOST_STRANGERS)
        self._sent: str | None = None
        self._rate = 0.0

    def listen(self) -> None:
        """Begin to listen for the previous node.

        Raises:
            OSError: If the port cannot be used.
        """
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind((self._bind, self._port))
            listening.listen(MOST_STRANGERS)
        except OSError:
            listening.close()
            raise
        self._listening = listening
        threading.Thread(target=self._accept, args=(listening,), daemon=True).start()

    def run(self, on_end: Callable[[Report], None]) -> None:
        """Send, and call back in the loop when both directions are done or time is up."""
        end = self._reactor.now() + TOTAL_SECONDS
        threading.Thread(target=self._send, daemon=True).start()

        def look() -> None:
            pending = self._sent is None or not self._rate
            if pending and self._reactor.now() < end:
                self._reactor.after(_POLL_SECONDS, look)
                return
            self.close()
            sent = "it takes too long" if self._sent is None else self._sent
            on_end(Report(sent, self._rate))

        look()

    def close(self) -> None:
        """Stop listening, so that the user's program can use the port."""
        if self._listening is not None:
            with contextlib.suppress(OSError):
                self._listening.shutdown(socket.SHUT_RDWR)  # it wakes the thread
            self._listening.close()
            self._listening = None

    # Sending

    def _send(self) -> None:
        try:
            with self._connected() as connection:
                connection.settimeout(STALL_SECONDS)
                data = bytes(CHUNK)
                end = time.monotonic() + BURST_SECONDS
                while time.monotonic() < end:
                    connection.send(data)
                connection.shutdown(socket.SHUT_WR)
                connection.recv(1)  # until the other side has read all
        except (OSError, FrameError, Rejected) as error:
            self._sent = _reason(error)
        else:
            self._sent = ""

    def _connected(self) -> socket.socket:
        end = time.monotonic() + CONNECT_SECONDS
        while True:
            left = end - time.monotonic()
            try:
                return self._connect(max(left, 0.1))
            except (OSError, FrameError):
                if time.monotonic() + _PAUSE_SECONDS >= end:
                    raise
                time.sleep(_PAUSE_SECONDS)

    def _connect(self, seconds: float) -> socket.socket:
        connection = socket.create_connection(
            (self._next.address, self._port), seconds, (self._bind, 0) if self._bind else None
        )
        try:
            handshake = NodeHandshake(self._key, self._job, self._own, os.urandom(NONCE_BYTES))
            sealer, opener = Sealer(), Opener()
            connection.sendall(sealer.seal(handshake.hello()))
            answer = handshake.receive(_next_frame(connection, opener, seconds))
            connection.sendall(sealer.seal(answer))
        except BaseException:
            connection.close()
            raise
        return connection

    # Receiving

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                connection, _address = listening.accept()
            except OSError:
                return  # closed
            if self._strangers.acquire(blocking=False):
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()
            else:
                connection.close()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError, FrameError, Rejected), connection:
            try:
                received = self._welcome(connection)
            finally:
                self._strangers.release()
            connection.settimeout(STALL_SECONDS)
            buffer = bytearray(CHUNK)
            began = time.monotonic()
            while True:
                count = connection.recv_into(buffer)
                if not count:
                    break
                received += count
            self._rate = received / max(time.monotonic() - began, 0.001)

    def _welcome(self, connection: socket.socket) -> int:
        handshake = MainHandshake(self._key, self._job, self._own, os.urandom(NONCE_BYTES))
        sealer, opener = Sealer(), Opener()
        while handshake.session is None:
            answer = handshake.receive(_next_frame(connection, opener, CONNECT_SECONDS))
            if answer is not None:
                connection.sendall(sealer.seal(answer))
        if handshake.index != self._previous:
            raise Rejected(f"it is node {handshake.index}, not {self._previous}")
        return opener.pending


def _next_frame(connection: socket.socket, opener: Opener, seconds: float) -> Frame:
    end = time.monotonic() + seconds
    while True:
        frame = opener.next_frame()
        if frame is not None:
            return frame
        left = end - time.monotonic()
        if left <= 0:
            raise OSError("no answer")
        connection.settimeout(left)
        data = connection.recv(4096)
        if not data:
            raise OSError("the connection was closed")
        opener.feed(data)


def _reason(error: Exception) -> str:
    if isinstance(error, socket.timeout):
        return "no answer"
    if isinstance(error, Rejected):
        return "another launcher answers there, or something else"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
