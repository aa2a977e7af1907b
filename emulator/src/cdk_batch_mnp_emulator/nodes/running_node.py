"""A node as the server sees it: its output, its events and the listener that receives them."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
from collections.abc import Callable, Iterator

from cdk_batch_mnp_emulator.nodes.channel import Channel
from cdk_batch_mnp_emulator.nodes.doors import Doors
from cdk_batch_mnp_emulator.nodes.lines import LineSplitter
from cdk_batch_mnp_emulator.nodes.runner import NodeListener, NodeRequest

_READ_BYTES = 1 << 16
_MOST_READS_AT_END = 64  # more than a pipe holds, should another program keep it open
_log = logging.getLogger("cdk_batch_mnp_emulator")


class RunningNode:
    """A node from the request for its start to its end.

    Args:
        number: Of this node; each has another.
        request: What to run.
        listener: Whom to call.
        doors: Accept connections from the node's network, if it has one.

    Attributes:
        has_ended: Whether the listener knows the end.
        has_started: Whether the listener knows the start.
        output: Descriptor of its output, or -1.
    """

    def __init__(
        self, number: int, request: NodeRequest, listener: NodeListener, doors: Doors | None
    ) -> None:
        self.number = number
        self.request = request
        self.has_ended = False
        self.has_started = False
        self.output = -1
        self._report: Channel | None = None
        self._listener = listener
        self._doors = doors
        self._door: socket.socket | None = None
        self._failure = ""
        self._lines = LineSplitter()

    @contextlib.contextmanager
    def connected(self) -> Iterator[tuple[int, int]]:
        """Make the connections to the node, and yield its ends, for the block only."""
        self.output, output = os.pipe()
        try:
            here, there = socket.socketpair()
        except OSError:
            os.close(output)
            raise
        os.set_blocking(self.output, False)
        self._report = Channel(here)
        try:
            yield output, there.fileno()
        finally:
            os.close(output)
            there.close()

    @property
    def report_descriptor(self) -> int:
        """Descriptor of the reports, or -1."""
        return self._report.fileno() if self._report else -1

    def disconnect(self) -> None:
        """Close the connections."""
        if self.output >= 0:
            os.close(self.output)
            self.output = -1
        if self._report:
            self._report.close()
            self._report = None
        if self._door and self._doors:
            self._doors.close(self._door)
            self._door = None

    def read_report(self) -> bool:
        """Read one report, and return whether there may be more."""
        received = self._report.receive() if self._report else None
        if received is None:
            if self._report:
                self._report.close()
                self._report = None
            return False
        message, descriptors = received
        if descriptors:
            door = socket.socket(fileno=descriptors[0])
            if self._doors:
                self._door = door
                self._doors.open(door)
            else:
                door.close()
        if "warned" in message:
            self.warn(message["warned"])
        if "failed" in message:
            self._failure = message["failed"]
        if "started" in message:
            self._start()
        return True

    def read_output(self) -> bool | None:
        """Pass on one part of the output.

        Returns:
            Whether there may be more; ``None`` if there is nothing now.
        """
        if self.output < 0:
            return False
        try:
            data = os.read(self.output, _READ_BYTES)
        except BlockingIOError:
            return None
        if data:
            self._write(self._lines.feed(data))
        return bool(data)

    def warn(self, text: str) -> None:
        """Pass on a warning."""
        self._call(lambda: self._listener.warned(text))

    def end(self, status: int | None, reason: str = "") -> None:
        """Pass on the rest of the output, and then the end.

        Args:
            status: What the node ended with, or ``None`` if it was never there.
            reason: Why it ended, if not by itself.
        """
        while self.read_report():
            pass
        left = _MOST_READS_AT_END
        while left and self.read_output():
            left -= 1
        self._write(self._lines.finish())
        self.disconnect()
        self.has_ended = True
        if self.has_started:
            self._call(lambda: self._listener.ended(status, reason))
        else:
            why = self._failure or reason or f"the node ended with status {status} at its start"
            self._call(lambda: self._listener.ended(None, why))

    def _write(self, lines: list[str]) -> None:
        if lines:
            self._start()  # which a node that was killed had no time to report
            self._call(lambda: self._listener.wrote(lines))

    def _start(self) -> None:
        if not self.has_started:
            self.has_started = True
            self._call(self._listener.started)

    def _call(self, method: Callable[[], None]) -> None:
        try:
            method()
        except Exception as error:
            _log.error("%s: %s: %s", self.request.name, type(error).__name__, error)
