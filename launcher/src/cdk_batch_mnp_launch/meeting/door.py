"""The main node's port: accept connections and authenticate them before anything else."""

from __future__ import annotations

import errno
import os
import socket
from typing import Callable

from cdk_batch_mnp_launch.link import Link
from cdk_batch_mnp_launch.log import Log
from cdk_batch_mnp_launch.protocol.frames import REJECTED, Frame
from cdk_batch_mnp_launch.protocol.handshake import (
    NONCE_BYTES,
    Job,
    MainHandshake,
    Rejected,
    job_key,
)
from cdk_batch_mnp_launch.reactor import Reactor, Timer

BACKLOG = 4096
STRANGER_SECONDS = 10.0
"""How long a connection may take to authenticate."""
SPARE_STRANGERS = 64
FEWEST_STRANGERS = 16
PAUSE_SECONDS = 0.2
"""How long the door stays shut when this process has no file left for another connection."""


class Door:
    """Listen for nodes until closed.

    Strangers cost a bounded amount of memory and time: each may send one kilobyte within ten
    seconds, and only a limited number is heard at a time; the oldest of the address with the most
    has to go.
    """

    def __init__(
        self,
        reactor: Reactor,
        log: Log,
        secret: bytes,
        job: Job,
        main_index: int,
        on_node: Callable[[int, Link], None],
    ) -> None:
        self._reactor = reactor
        self._log = log
        self._job = job
        self._key = job_key(secret, job)
        self._main_index = main_index
        self._on_node = on_node
        self._strangers: dict[Link, Timer] = {}
        self._of_address: dict[str, dict[Link, None]] = {}
        self._most = 2 * job.nodes + SPARE_STRANGERS
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)

    def open(self, address: str, port: int, most: int) -> None:
        """Listen.

        Args:
            address: Address of this node; empty for all.
            port: TCP port.
            most: Files that strangers may use up.

        Raises:
            OSError: If the port cannot be used.
        """
        self._most = max(FEWEST_STRANGERS, min(self._most, most - FEWEST_STRANGERS))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind((address, port))
        self._socket.listen(BACKLOG)
        self._socket.setblocking(False)
        self._reactor.watch(self._socket, read=self._accept)

    def close(self) -> None:
        """Stop listening and drop all strangers."""
        for link, timer in self._strangers.items():
            timer.cancel()
            link.close()
        self._strangers.clear()
        self._of_address.clear()
        if self._socket.fileno() >= 0:
            self._reactor.watch(self._socket)
            self._socket.close()

    def _accept(self) -> None:
        # Limited, so that a flood of connections cannot starve the nodes that have joined.
        for _ in range(64):
            try:
                connected, _address = self._socket.accept()
            except OSError as error:
                if error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM):
                    self._pause(error)
                return  # none is left, or it is gone again
            try:
                self._welcome(Link(self._reactor, connected))
            except OSError:
                connected.close()

    def _pause(self, error: OSError) -> None:
        self._log.rarely("door", f"cannot accept connections: {error.strerror}; will try again")
        # The connection stays in the queue, so the loop would find it again at once.
        self._reactor.watch(self._socket)
        self._reactor.after(PAUSE_SECONDS, self._resume)

    def _resume(self) -> None:
        if self._socket.fileno() >= 0:
            self._reactor.watch(self._socket, read=self._accept)

    def _welcome(self, link: Link) -> None:
        handshake = MainHandshake(self._key, self._job, self._main_index, os.urandom(NONCE_BYTES))
        self._strangers[link] = self._reactor.after(
            STRANGER_SECONDS, lambda: self._drop(link, "it did not authenticate in time")
        )
        self._of_address.setdefault(link.peer, {})[link] = None
        if len(self._strangers) > self._most:
            # Of the address that has the most: nodes have one connection each.
            most = max(self._of_address.values(), key=len)
            self._drop(next(iter(most)), "too many connections")

        def receive(frame: Frame) -> None:
            try:
                answer = handshake.receive(frame)
            except Rejected as rejected:
                link.send(Frame(REJECTED, 0, str(rejected).encode()[:512]))
                self._drop(link, str(rejected))
                return
            if answer is not None:
                link.send(answer)
            elif handshake.session is not None and handshake.index is not None:
                session = handshake.session
                link.authenticate(session.from_node, session.from_main)
                self._forget(link)
                self._on_node(handshake.index, link)

        link.on_frame = receive
        link.on_lost = lambda why: self._drop(link, self._left(handshake, why))

    def _forget(self, link: Link) -> None:
        # The timer too, or a flood would fill the memory with what it holds.
        self._strangers.pop(link).cancel()
        same = self._of_address[link.peer]
        del same[link]
        if not same:
            del self._of_address[link.peer]

    @staticmethod
    def _left(handshake: MainHandshake, why: str) -> str:
        if handshake.index is None:
            return why
        return f"{why}; it may have a different secret (claimed index {handshake.index})"

    def _drop(self, link: Link, why: str) -> None:
        if link in self._strangers:
            self._forget(link)
            link.close()
            self._log.rarely(f"rejected {link.peer}", f"rejected {link.peer}: {why}")
