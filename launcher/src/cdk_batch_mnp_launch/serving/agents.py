"""The launcher's side of the agents: a Unix socket that only this user can open."""

from __future__ import annotations

import os
import socket
import struct
from collections import deque
from typing import Callable

from cdk_batch_mnp_launch.names import addresses_of
from cdk_batch_mnp_launch.protocol.frames import CREDIT, DATA, EXEC, EXIT, KILL
from cdk_batch_mnp_launch.protocol.messages import Host
from cdk_batch_mnp_launch.reactor import Reactor
from cdk_batch_mnp_launch.serving.request import (
    STDERR,
    Receive,
    Request,
    number,
    number_of,
    window,
)

_HEADER = struct.Struct(">BI")
_WORDS = 3  # of a request: host, working directory and command
MOST_BYTES = 2 * 1024 * 1024
"""Longest message of an agent. The kernel allows shorter command lines only."""
SOCKET_NAME = "agent.sock"
UNKNOWN_HOST = 255


def index_of(host: str, hosts: list[Host]) -> int | None:
    """Return the index of the node with an address or a host name, or None."""
    for peer in hosts:
        if host in (peer.address, peer.name):
            return peer.node
    addresses = addresses_of(host)
    return next((each.node for each in hosts if each.address in addresses), None)


class AgentDoor:
    """Accept agents until closed."""

    def __init__(
        self,
        reactor: Reactor,
        folder: str,
        hosts: list[Host],
        open_stream: Callable[[Request, Receive], Receive],
    ) -> None:
        self._reactor = reactor
        self._hosts = hosts
        self._open_stream = open_stream
        self._agents: set[_Agent] = set()
        self._known: dict[str, int | None] = {}
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        before = os.umask(0o177)
        try:
            self._socket.bind(os.path.join(folder, SOCKET_NAME))
        finally:
            os.umask(before)
        self._socket.listen(1024)
        self._socket.setblocking(False)
        reactor.watch(self._socket, read=self._accept)

    def close(self) -> None:
        """Stop accepting and drop all agents, which then end with status 255."""
        if self._socket.fileno() >= 0:
            self._reactor.watch(self._socket)
            self._socket.close()
        for agent in list(self._agents):
            agent.close()

    def _accept(self) -> None:
        for _ in range(64):
            try:
                connected, _address = self._socket.accept()
            except OSError:
                return
            most = window(len(self._hosts))
            end = self._agents.discard
            self._agents.add(_Agent(self._reactor, connected, self._begin, end, most))

    def _begin(self, words: list[str], back: Receive) -> Receive:
        host, cwd, command = words
        if host not in self._known:
            self._known[host] = index_of(host, self._hosts)
        target = self._known[host]
        if target is None:
            message = f"mnp-launch agent: {host} is not a node of this job\n".encode()
            back(DATA, bytes((STDERR,)) + message)
            back(EXIT, number(UNKNOWN_HOST))
            return lambda _type, _payload: None
        return self._open_stream(Request(target, cwd, command), back)


class _Agent:
    def __init__(
        self,
        reactor: Reactor,
        connected: socket.socket,
        begin: Callable[[list[str], Receive], Receive],
        on_end: Callable[[_Agent], None],
        most: int,
    ) -> None:
        self._reactor = reactor
        self._socket = connected
        self._begin = begin
        self._on_end = on_end
        self._forward: Receive | None = None
        self._received = bytearray()
        self._window = most
        self._waiting: deque[tuple[bytes, int]] = deque()  # bytes, and credit once they are sent
        self._ended = False
        self._closed = False
        connected.setblocking(False)
        self._watch()

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._reactor.watch(self._socket)
            self._socket.close()
            self._on_end(self)

    def receive(self, type_: int, payload: bytes) -> None:
        """Take what comes from the other node."""
        if type_ == CREDIT:
            self._window += number_of(payload)
            self._watch()
        elif self._closed:
            # The command still writes while it is being stopped; it must not wait for credit.
            if type_ == DATA and self._forward is not None:
                self._forward(CREDIT, number(len(payload) - 1))
        elif type_ in (DATA, EXIT):
            self._ended = self._ended or type_ == EXIT
            credit = len(payload) - 1 if type_ == DATA else 0
            self._waiting.append((_HEADER.pack(type_, len(payload)) + payload, credit))
            self._write()

    def _watch(self) -> None:
        if not self._closed:
            read = self._read if self._window > 0 else None
            self._reactor.watch(self._socket, read, self._write if self._waiting else None)

    def _lose(self) -> None:
        forward = self._forward
        ended = self._ended
        self.close()
        if forward is not None and not ended:
            forward(KILL, b"")

    def _read(self) -> None:
        try:
            data = self._socket.recv(256 * 1024)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if not data:
            self._lose()
            return
        self._received += data
        while len(self._received) >= _HEADER.size and not self._closed:
            type_, length = _HEADER.unpack_from(self._received)
            if length > MOST_BYTES:
                self._lose()
                return
            end = _HEADER.size + length
            if len(self._received) < end:
                break
            payload = bytes(self._received[_HEADER.size : end])
            del self._received[:end]
            if type_ == EXEC and self._forward is None:
                words = payload.decode("utf-8", "surrogateescape").split("\0")
                if len(words) != _WORDS:
                    self._lose()
                    return
                self._forward = self._begin(words, self.receive)
            elif type_ == DATA and payload and self._forward is not None:
                self._window -= len(payload) - 1
                self._forward(DATA, payload)
        self._watch()

    def _write(self) -> None:
        try:
            while self._waiting:
                data, credit = self._waiting[0]
                sent = self._socket.send(data)
                if sent < len(data):
                    self._waiting[0] = (data[sent:], credit)
                    continue
                self._waiting.popleft()
                if credit and self._forward is not None:
                    self._forward(CREDIT, number(credit))
        except (BlockingIOError, InterruptedError):
            pass
        except OSError:
            self._lose()
            return
        if self._ended and not self._waiting:
            self.close()
        else:
            self._watch()
