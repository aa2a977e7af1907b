"""What a node writes to its log: the command's standard error and the launcher's own messages."""

from __future__ import annotations

import contextlib
import os
import select
import threading
from collections import deque

MOST_WAITING = 1024 * 1024
"""Bytes that may wait for a slow log; what is written after that is dropped."""
TAIL_LINES = 20
TAIL_BYTES = 16 * 1024
_CHUNK = 64 * 1024


class Tail:
    """The last lines that a pipe has carried."""

    def __init__(self) -> None:
        self._last: deque[bytes] = deque([b""], maxlen=TAIL_LINES + 1)

    def add(self, data: bytes) -> None:
        """Add what was read."""
        first, *rest = data.split(b"\n")
        # A line without end must not grow without bound.
        self._last[-1] = (self._last[-1] + first)[-TAIL_BYTES:]
        self._last.extend(rest)

    def text(self) -> str:
        """Return the last lines, each as a terminal shows it at its end.

        A progress bar returns to the start of its line hundreds of times.
        """
        lines = [line.rstrip(b"\r").rpartition(b"\r")[2] for line in self._last]
        data = b"\n".join(lines if lines[-1] else lines[:-1])
        return b"\n".join(data[-TAIL_BYTES:].split(b"\n")[-TAIL_LINES:]).decode("utf-8", "replace")


class Output:
    """Write to a log that may be slow, without ever waiting for it.

    A log driver that does not keep up blocks who writes to it. That must not stop heartbeats and
    signals, so a thread writes. The command waits, as it would without the launcher; the launcher
    does not.
    """

    def __init__(self, fd: int = 2) -> None:
        self._fd = fd
        self._lock = threading.Lock()
        self._waiting: deque[tuple[bytes, bool]] = deque()  # bytes, and whether they are a line
        self._bytes = 0
        self._dropped = False
        self._pipe = -1
        self._tail = Tail()
        self._at_line_start = True
        self._wanted = self._done = 0
        self._changed = threading.Condition(self._lock)
        self._wake_out, self._wake_in = os.pipe()
        os.set_blocking(self._wake_out, False)
        os.set_blocking(self._wake_in, False)
        self._thread: threading.Thread | None = None

    def line(self, text: bytes) -> None:
        """Write a message; it begins on a line of its own."""
        self._put(text, is_line=True)

    def pass_on(self, data: bytes) -> None:
        """Write what a process has written."""
        self._put(data, is_line=False)

    def copy(self, pipe: int) -> None:
        """Write all that a pipe carries, and keep its last lines. Only one pipe in a lifetime."""
        os.set_blocking(pipe, False)
        with self._lock:
            self._pipe = pipe
        self._wake()

    def tail(self) -> str:
        """Return the last lines of the pipe, up to what is in it at this moment."""
        with self._lock:
            # Not left to the thread, which may be waiting for the log.
            while data := self._read():
                self._waiting.append((data, False))
                self._bytes += len(data)
                if self._bytes > 2 * MOST_WAITING:
                    break
            return self._tail.text()

    def flush(self, seconds: float) -> bool:
        """Wait until everything is written, at most `seconds`, and return whether it is."""
        if self._thread is None:
            return True
        with self._lock:
            self._wanted += 1
            wanted = self._wanted
        self._wake()
        with self._changed:
            return self._changed.wait_for(lambda: self._done >= wanted, seconds)

    def _put(self, data: bytes, is_line: bool) -> None:
        with self._lock:
            if self._bytes > MOST_WAITING:
                self._dropped = True
                return
            self._waiting.append((data, is_line))
            self._bytes += len(data)
        self._wake()

    def _wake(self) -> None:
        if self._thread is None:
            thread = threading.Thread(target=self._run, daemon=True)
            try:
                thread.start()
            except RuntimeError:
                # No more threads are allowed. The reason of what will fail next must be written.
                self._write_all()
                return
            self._thread = thread
        with contextlib.suppress(BlockingIOError):  # it has been woken often enough
            os.write(self._wake_in, b"x")

    def _read(self) -> bytes:
        # With the lock held, so that what is read stays in order.
        if self._pipe < 0:
            return b""
        try:
            data = os.read(self._pipe, _CHUNK)
        except BlockingIOError:
            return b""
        except OSError:
            data = b""
        if data:
            self._tail.add(data)
        else:
            os.close(self._pipe)
            self._pipe = -1
        return data

    def _next(self) -> tuple[bytes, bool]:
        if self._waiting:
            data, is_line = self._waiting.popleft()
            self._bytes -= len(data)
            return data, is_line
        if self._dropped:
            self._dropped = False
            return b"mnp-launch: the log is too slow, messages were dropped\n", True
        return self._read(), False

    def _write_all(self) -> None:
        while True:
            with self._lock:
                data, is_line = self._next()
            if not data:
                return
            self._write(data, is_line)

    def _run(self) -> None:
        while True:
            poll = select.poll()
            poll.register(self._wake_out, select.POLLIN)
            with self._lock:
                data, is_line = self._next()
                if not data:
                    self._done = self._wanted
                    self._changed.notify_all()
                    if self._pipe >= 0:
                        poll.register(self._pipe, select.POLLIN)
            if data:
                self._write(data, is_line)
                continue
            poll.poll()
            with contextlib.suppress(BlockingIOError):
                os.read(self._wake_out, 4096)

    def _write(self, data: bytes, is_line: bool) -> None:
        if is_line and not self._at_line_start:
            data = b"\n" + data
        self._at_line_start = data.endswith(b"\n")
        while data:
            try:
                data = data[os.write(self._fd, data) :]
            except BlockingIOError:
                # Some other program made the log's file non-blocking, for all who share it.
                poll = select.poll()
                poll.register(self._fd, select.POLLOUT)
                poll.poll()
            except OSError:
                # The log is gone, or the disk behind it is full. The job must not notice.
                return
