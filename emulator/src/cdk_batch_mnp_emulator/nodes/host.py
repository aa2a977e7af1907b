"""The process that all nodes are forked from: ``python -m cdk_batch_mnp_emulator.nodes.host``.

It imports little, so that a fork is quick and small, and has one thread only, so that a fork is
safe and its end is the end of its children. It ends when the server does, and every node with it.
"""

from __future__ import annotations

import contextlib
import gc
import os
import selectors
import signal
import socket
import sys
import time
from typing import Any

from cdk_batch_mnp_emulator.nodes import first_process
from cdk_batch_mnp_emulator.nodes.channel import Channel
from cdk_batch_mnp_emulator.nodes.isolation import Isolation, Loopback
from cdk_batch_mnp_emulator.nodes.shared_ports import SharedPorts
from cdk_batch_mnp_emulator.orphans import adopt_orphans, children

NAMESPACES = "namespaces"
LOOPBACK = "loopback"

_WATCH_SECONDS = 0.25
_WATCHED_AFTERWARDS_SECONDS = 1.0
_FIRST_WATCH_SECONDS = 0.005
_FIRST_SECONDS = 10.0
_MOST_OF_TIME = 0.05  # that the watch may take


def main() -> None:
    """Run nodes until the server closes its end of the connection."""
    channel = Channel(socket.socket(fileno=int(sys.argv[1])))
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    try:
        isolation = _isolation(sys.argv[2])
    except OSError as error:
        channel.send({"failed": error.strerror or str(error)})
        return
    channel.send({"ready": sys.argv[2]})
    _Host(channel, isolation).serve()


def _isolation(network: str) -> Isolation:
    if network == LOOPBACK:
        adopt_orphans()  # of a node whose first process was killed
        return Loopback()
    from cdk_batch_mnp_emulator.nodes.separate_networks import Namespaces  # Linux only

    isolation = Namespaces()
    _try(isolation)
    return isolation


def _try(isolation: Isolation) -> None:
    # Some systems allow user namespaces, but nothing in them. Only a node shows that.
    order = {
        "address": "10.0.0.4",
        "prefix": 24,
        "shares_network": False,
        "host_name": "probe",
        "shared_memory_mib": 1,
        "mounts": [],
        "read_only": False,
        "image": None,
        "kept": [],
    }
    read, write = os.pipe()
    with isolation.fork():
        child = os.fork()
        if child == 0:
            reason = "ok"
            try:
                isolation.enter(order)
            except OSError as error:
                reason = error.strerror or str(error)
            finally:
                os.write(write, reason.encode())
                os._exit(0)
    os.close(write)
    reason = os.read(read, 1 << 12).decode()
    os.close(read)
    os.waitpid(child, 0)
    if reason != "ok":
        raise OSError(0, reason or "the first process of a node ends at once")


class _Host:
    def __init__(self, channel: Channel, isolation: Isolation) -> None:
        self._channel = channel
        self._isolation = isolation
        self._nodes: dict[int, int] = {}  # the first process of each
        self._ids: dict[int, int] = {}  # the other way round
        self._names: dict[int, str] = {}
        self._addresses: dict[int, str] = {}
        self._deadlines: dict[int, float] = {}
        self._life, self._own_life = os.pipe()
        self._signals, wake = os.pipe()
        os.set_blocking(wake, False)
        os.set_blocking(self._signals, False)
        signal.set_wakeup_fd(wake)
        signal.signal(signal.SIGCHLD, first_process.ignore)
        self._shared_ports = None if isolation.ends_all else SharedPorts()
        self._next_watch = 0.0
        self._last_start = 0.0
        self._watched_until: dict[int, float] = {}

    def serve(self) -> None:
        gc.collect()
        gc.freeze()
        selector = selectors.DefaultSelector()
        selector.register(self._channel, selectors.EVENT_READ)
        selector.register(self._signals, selectors.EVENT_READ)
        is_open = True
        while is_open or self._nodes:
            events = selectors.EVENT_READ
            if self._channel.has_unsent:
                events |= selectors.EVENT_WRITE
            if is_open:
                selector.modify(self._channel, events)
            for key, ready in selector.select(self._timeout()):
                if key.fileobj is not self._channel:
                    with contextlib.suppress(BlockingIOError):
                        os.read(self._signals, 1 << 12)
                    continue
                if ready & selectors.EVENT_WRITE:
                    with contextlib.suppress(OSError):
                        self._channel.flush()
                if ready & selectors.EVENT_READ and not self._receive():
                    is_open = False
                    selector.unregister(self._channel)
                    self._end_all()
            self._reap()
            self._end_late()
            self._watch()
        with contextlib.suppress(OSError):
            self._channel.send_rest()

    def _timeout(self) -> float | None:
        times = list(self._deadlines.values())
        if self._is_watched():
            times.append(self._next_watch)
        return max(0.0, min(times) - time.monotonic()) if times else None

    def _receive(self) -> bool:
        received = self._channel.receive()
        if received is None:
            return False
        message, descriptors = received
        if "start" in message:
            self._start(message["start"], *descriptors)
            for descriptor in descriptors:
                os.close(descriptor)
        elif "stop" in message:
            self._stop(message["stop"], message["grace"])
        elif "release" in message:
            self._isolation.release(message["release"])
        elif "close" in message:
            return False
        return True

    def _start(self, order: dict[str, Any], output: int, report: int) -> None:
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, first_process.SIGNALS)
        try:
            self._isolation.prepare(order)
            with self._isolation.fork():
                child = os.fork()
                if child == 0:
                    first_process.run(order, output, report, self._life, self._isolation)
            self._nodes[order["id"]] = child
            self._ids[child] = order["id"]
            self._names[order["id"]] = order["name"]
            self._addresses[order["id"]] = order["address"]
            self._last_start = self._next_watch = time.monotonic()
        except OSError as error:
            reason = f"no process can be started: {error.strerror or error}"
            self._send({"ended": order["id"], "status": None, "reason": reason})
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)

    def _stop(self, node: int, grace: float) -> None:
        if child := self._nodes.get(node):
            deadline = time.monotonic() + grace
            if node not in self._deadlines:
                os.kill(child, signal.SIGTERM)
            self._deadlines[node] = min(deadline, self._deadlines.get(node, deadline))

    def _end_late(self) -> None:
        now = time.monotonic()
        for node, deadline in list(self._deadlines.items()):
            if deadline <= now:
                self._end(self._nodes[node])
                self._deadlines[node] = now + 1.0  # again, should it come too early to be seen

    def _end_all(self) -> None:
        for child in self._nodes.values():
            self._end(child)

    def _end(self, child: int) -> None:
        # In namespaces, the kernel ends the rest of the node. Elsewhere its first process does.
        os.kill(child, signal.SIGKILL if self._isolation.ends_all else signal.SIGUSR1)

    def _reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while (pair := os.waitpid(-1, os.WNOHANG)) != (0, 0):
                if (node := self._ids.pop(pair[0], None)) is None:
                    continue
                code = os.waitstatus_to_exitcode(pair[1])
                if code < 0 and not self._isolation.ends_all:
                    self._end_adopted()
                del self._nodes[node], self._names[node]
                address = self._addresses.pop(node)
                self._watched_until.pop(node, None)
                # If it ended because its port was taken, one of the others has the port.
                until = time.monotonic() + _WATCHED_AFTERWARDS_SECONDS
                others = [each for each in self._nodes if self._addresses[each] != address]
                self._watched_until |= dict.fromkeys(others, until)
                self._deadlines.pop(node, None)
                self._send({"ended": node, "status": code if code >= 0 else 128 - code})

    def _end_adopted(self) -> None:
        # The first process of a node was killed by someone else, and left the rest to this one.
        while strays := children() - self._ids.keys():
            for stray in strays:
                with contextlib.suppress(OSError):
                    os.kill(stray, signal.SIGKILL)
                with contextlib.suppress(OSError):
                    os.waitpid(stray, 0)

    def _is_watched(self) -> bool:
        if self._shared_ports is None:
            return False
        now = time.monotonic()
        # The containers of one node have one address, and share its ports on AWS too.
        has_others = len(set(self._addresses.values())) > 1
        return has_others or any(until > now for until in self._watched_until.values())

    def _watch(self) -> None:
        begin = time.monotonic()
        if self._shared_ports and self._is_watched() and begin >= self._next_watch:
            for node, text in self._shared_ports.found(self._nodes):
                self._send({"warned": node, "text": f"{self._names[node]}: {text}"})
            now = time.monotonic()
            # A program that talks to itself may end soon after it has bound its port.
            is_new = now - self._last_start < _FIRST_SECONDS
            pause = _FIRST_WATCH_SECONDS if is_new else _WATCH_SECONDS
            self._next_watch = now + max(pause, (now - begin) / _MOST_OF_TIME)

    def _send(self, message: dict[str, Any]) -> None:
        with contextlib.suppress(OSError):  # the server is gone, which the next read shows
            self._channel.send_without_waiting(message)


if __name__ == "__main__":
    main()
