"""The thread that talks to the host process and listens to all nodes."""

from __future__ import annotations

import contextlib
import queue
import select
import selectors
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from cdk_batch_mnp_emulator.nodes.host import NAMESPACES
from cdk_batch_mnp_emulator.nodes.host_process import HostError, HostProcess, start_host
from cdk_batch_mnp_emulator.nodes.running_node import RunningNode

_PRESENT = "CannotStartContainerError"
_KILLED = 137
_GONE_SECONDS = 2.0
_CLOSE_SECONDS = 20.0


class NodeLoop:
    """Starts the host process when it is first needed, and again should it end.

    Everything is done in one thread, and nothing that other threads ask for makes them wait.

    Args:
        network: How nodes are separated: ``namespaces``, ``loopback`` or ``auto``.
        port: Where nodes in namespaces reach this process at 127.0.0.1, or zero.
    """

    def __init__(self, network: str, port: int) -> None:
        self._wanted = network
        self._port = port
        self._host: HostProcess | None = None
        self._nodes: dict[int, RunningNode] = {}
        self._asked: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._awake, self._wake = socket.socketpair()
        self._awake.setblocking(False)
        self._wake.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._awake, selectors.EVENT_READ, self._do_asked)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_closing = False
        self._reason = ""

    @property
    def size(self) -> int:
        """How many nodes there are."""
        return len(self._nodes)

    @property
    def host_pid(self) -> int | None:
        """The process ID of the host process, if there is one."""
        return self._host.pid if self._host else None

    def network(self) -> tuple[str, str]:
        """Return how nodes are separated here, and why not better.

        Raises:
            HostError: The host process does not start.
        """
        found: Future[tuple[str, str]] = Future()

        def find() -> None:
            try:
                found.set_result(self._ensure_host())
            except Exception as error:
                found.set_exception(error)

        if not self.ask(find):
            raise HostError("the runner of nodes is closed")
        return found.result()

    def ask(self, what: Callable[[], None]) -> bool:
        """Have the thread do something, unless the loop is closed; returns at once.

        Returns:
            Whether the thread will do it.
        """
        with self._lock:
            if self._is_closing:
                return False
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="nodes", daemon=True)
                self._thread.start()
            self._asked.put(what)
            with contextlib.suppress(BlockingIOError):
                self._wake.send(b"1")
        return True

    def start(self, node: RunningNode, order: dict[str, Any]) -> None:
        """Start a node; only from the thread.

        Args:
            node: The node.
            order: What its first process needs.
        """
        for is_last in (False, True):
            try:
                network, _ = self._ensure_host()
                assert self._host is not None  # noqa: S101 - for the type checker
                port = self._port if network == NAMESPACES else 0
                with node.connected() as ends:
                    added = {"id": node.number, "port": port}
                    self._host.channel.send({"start": order | added}, ends)
            except HostError as error:
                node.end(None, f"{_PRESENT}: {error}")
                return
            except BrokenPipeError:  # and it has not been noticed yet
                node.disconnect()
                self._lose_host()
                if is_last:
                    node.end(None, f"{_PRESENT}: the host process of nodes ends at once")
                    return
            except OSError as error:
                node.end(None, f"{_PRESENT}: {error.strerror}")
                return
            else:
                break
        self._nodes[node.number] = node
        self._selector.register(node.report_descriptor, selectors.EVENT_READ, node)

    def stop(self, node: RunningNode, grace_seconds: float) -> None:
        """Stop a node; only from the thread."""
        if node.number in self._nodes and self._host:
            with contextlib.suppress(OSError):
                self._host.channel.send({"stop": node.number, "grace": grace_seconds})

    def release(self, address: str) -> None:
        """Close the network that nodes at an address have shared; only from the thread."""
        if self._host:
            with contextlib.suppress(OSError):
                self._host.channel.send({"release": address})

    def close(self) -> None:
        """End all nodes, and wait for their end."""
        self.ask(self._close)
        if self._thread and self._thread is not threading.current_thread():
            self._thread.join(_CLOSE_SECONDS)

    def _close(self) -> None:
        with self._lock:
            self._is_closing = True
        if self._host:
            with contextlib.suppress(OSError):
                self._host.channel.send({"close": True})

    def _run(self) -> None:
        while not (self._is_closing and self._host is None):
            for key, _ in self._selector.select():
                if isinstance(key.data, RunningNode):
                    self._read(key.data, key.fd)
                else:
                    key.data()
        self._do_asked()
        with self._lock:  # no one is about to wake this thread
            for handle in (self._selector, self._awake, self._wake):
                handle.close()

    def _do_asked(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._awake.recv(1 << 12)
        with contextlib.suppress(queue.Empty):
            while True:
                self._asked.get_nowait()()

    def _read(self, node: RunningNode, descriptor: int) -> None:
        if node.has_ended:  # since the selector has returned
            return
        if descriptor == node.output:
            if node.read_output() is False:
                self._selector.unregister(descriptor)
            return
        has_started = node.has_started
        if not node.read_report():
            self._selector.unregister(descriptor)
        if node.has_started and not has_started:
            self._selector.register(node.output, selectors.EVENT_READ, node)

    def _ensure_host(self) -> tuple[str, str]:
        if self._host is None:
            if self._is_closing:
                raise HostError("the embedded AWS ends")
            is_first = not self._reason
            self._host, self._wanted, reason = start_host(self._wanted)
            self._selector.register(self._host.channel, selectors.EVENT_READ, self._read_host)
            self._reason = reason if is_first else self._reason
        return self._wanted, self._reason

    def _read_host(self) -> None:
        received = self._host.channel.receive() if self._host else None
        if received is None:
            self._lose_host()
            return
        message, _ = received
        if "ended" in message:
            if node := self._nodes.get(message["ended"]):
                reason = message.get("reason")
                self._end(node, message["status"], f"{_PRESENT}: {reason}" if reason else "")
        elif "warned" in message and (node := self._nodes.get(message["warned"])):
            node.warn(message["text"])

    def _end(self, node: RunningNode, status: int | None, reason: str) -> None:
        del self._nodes[node.number]
        for descriptor in (node.output, node.report_descriptor):
            with contextlib.suppress(KeyError, ValueError):
                self._selector.unregister(descriptor)
        node.end(status, reason)

    def _lose_host(self) -> None:
        if self._host is None:
            return
        self._selector.unregister(self._host.channel)
        how = self._host.end()
        self._host = None
        reason = (
            "the embedded AWS ends"
            if self._is_closing
            else f"the process that all nodes depend on has ended {how}"
        )
        # Its nodes end with it, but a moment later: when their output is closed.
        deadline = time.monotonic() + _GONE_SECONDS
        for node in list(self._nodes.values()):
            while node.read_output() is not False and time.monotonic() < deadline:
                select.select([node.output], [], [], max(0.0, deadline - time.monotonic()))
            self._end(node, _KILLED, reason)
