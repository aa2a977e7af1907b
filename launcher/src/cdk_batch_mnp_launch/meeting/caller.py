"""The child node's way to the main node: connect again and again, and prove itself."""

from __future__ import annotations

import errno
import os
import socket
from typing import Callable

from cdk_batch_mnp_launch.link import Link
from cdk_batch_mnp_launch.protocol.frames import REJECTED, Frame
from cdk_batch_mnp_launch.protocol.handshake import (
    NONCE_BYTES,
    Job,
    NodeHandshake,
    Rejected,
    job_key,
)
from cdk_batch_mnp_launch.reactor import Reactor, Timer

FIRST_WAIT = 0.1
LONGEST_WAIT = 5.0
ATTEMPT_SECONDS = 10.0


class Caller:
    """Connect to the main node.

    Attributes:
        last_problem: Why the last attempt failed.
    """

    def __init__(
        self,
        reactor: Reactor,
        secret: bytes,
        job: Job,
        index: int,
        on_link: Callable[[Link], None],
        on_rejected: Callable[[str], None],
    ) -> None:
        self._reactor = reactor
        self._key = job_key(secret, job)
        self._job = job
        self._index = index
        self._on_link = on_link
        self._on_rejected = on_rejected
        self._wait = FIRST_WAIT
        self._timer: Timer | None = None
        self._socket: socket.socket | None = None
        self._link: Link | None = None
        self._target = ("", 0)
        self._bind = ""
        self.last_problem = "not tried"

    def call(self, address: str, port: int, bind: str = "") -> None:
        """Connect until it succeeds or `hang_up` is called."""
        self._target = (address, port)
        self._bind = bind
        self._try()

    def hang_up(self) -> None:
        """Stop trying."""
        if self._timer is not None:
            self._timer.cancel()
        if self._link is not None:
            self._link.close()
            self._link = None
        if self._socket is not None:
            self._reactor.watch(self._socket)
            self._socket.close()
            self._socket = None

    def _try(self) -> None:
        try:
            self._socket = connecting = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            connecting.setblocking(False)
            if self._bind:
                connecting.bind((self._bind, 0))
            problem = connecting.connect_ex(self._target)
        except OSError as error:
            self._again(error.strerror or str(error))
            return
        if problem not in (0, errno.EINPROGRESS):
            self._again(os.strerror(problem))
            return
        self._timer = self._reactor.after(ATTEMPT_SECONDS, lambda: self._again("no answer"))
        self._reactor.watch(connecting, write=self._connected)

    def _again(self, problem: str) -> None:
        self.hang_up()
        self.last_problem = problem
        # Spread, so that a thousand nodes do not come back at the same moment.
        spread = 0.5 + os.urandom(1)[0] / 512
        self._timer = self._reactor.after(self._wait * spread, self._try)
        self._wait = min(self._wait * 1.6, LONGEST_WAIT)

    def _connected(self) -> None:
        connected, self._socket = self._socket, None
        if connected is None:
            return
        self._reactor.watch(connected)
        problem = connected.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        try:
            if problem:
                raise OSError(problem, os.strerror(problem))
            link = Link(self._reactor, connected)
        except OSError as error:
            connected.close()
            self._again(error.strerror or str(error))
            return
        self._link = link
        handshake = NodeHandshake(self._key, self._job, self._index, os.urandom(NONCE_BYTES))

        def receive(frame: Frame) -> None:
            try:
                if frame.type == REJECTED:
                    raise Rejected(frame.payload.decode("utf-8", "replace"))
                if handshake.session is not None:
                    self._arrived(link)
                    return
                answer = handshake.receive(frame)
            except Rejected as rejected:
                self.hang_up()
                self._on_rejected(str(rejected))
                return
            link.send(answer)
            session = handshake.session
            assert session is not None  # noqa: S101
            link.authenticate(session.from_main, session.from_node)

        link.on_frame = receive
        link.on_lost = self._again
        link.send(handshake.hello())

    def _arrived(self, link: Link) -> None:
        # Not before the main node has welcomed this one: it may have too many connections, and
        # drop this one while the proof is on its way.
        self._link = None
        if self._timer is not None:
            self._timer.cancel()
        self._on_link(link)
