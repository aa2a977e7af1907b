"""The user's command on this node, and the last lines of its standard error."""

from __future__ import annotations

import os
import threading
from collections import deque
from typing import Callable, Mapping, Sequence

from cdk_batch_mnp_launch import exit_codes
from cdk_batch_mnp_launch.processes import Processes

TAIL_LINES = 20
TAIL_BYTES = 16 * 1024


class Tail:
    """Copy a pipe to this process's standard error, and keep the last lines.

    In a thread: a slow log driver may block the copy, which must not stop the heartbeats.
    """

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe
        self._last: deque[bytes] = deque(maxlen=TAIL_LINES + 1)
        self._last.append(b"")
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._copy, daemon=True)
        self._thread.start()

    def text(self, wait: float = 0.5) -> str:
        """Return the last lines, after the end of the output or `wait` seconds."""
        # Processes that the command left behind may hold the pipe open.
        self._thread.join(wait)
        with self._lock:
            lines = list(self._last)
        data = b"\n".join(lines if lines[-1] else lines[:-1])
        return b"\n".join(data[-TAIL_BYTES:].split(b"\n")[-TAIL_LINES:]).decode("utf-8", "replace")

    def _copy(self) -> None:
        while True:
            try:
                data = os.read(self._pipe, 64 * 1024)
            except OSError:
                break
            if not data:
                break
            with self._lock:
                first, *rest = data.split(b"\n")
                # A line without end must not grow without bound.
                self._last[-1] = (self._last[-1] + first)[-TAIL_BYTES:]
                self._last.extend(rest)
            try:
                while data:
                    data = data[os.write(2, data) :]
            except OSError:
                # The log is gone; the command must not notice. Keep reading.
                continue
        os.close(self._pipe)


class LocalCommand:
    """Run the user's command once.

    Attributes:
        code: Its exit status; None while it runs or before it starts.
        pid: Its process ID; 0 before it starts.
    """

    def __init__(self, processes: Processes, on_end: Callable[[int], None]) -> None:
        self._processes = processes
        self._on_end = on_end
        self._tail: Tail | None = None
        self.code: int | None = None
        self.pid = 0

    def start(self, argv: Sequence[str], env: Mapping[str, str]) -> None:
        """Start it. If it cannot be started, its status is 127 or 126, as in a shell.

        Standard output is passed on as it is; standard error goes through a pipe.
        """
        read, write = os.pipe()
        try:
            self.pid = self._processes.spawn(argv, env, self._ended, stderr=write)
        except OSError as error:
            missing = isinstance(error, FileNotFoundError)
            code = exit_codes.NOT_FOUND if missing else exit_codes.CANNOT_EXECUTE
            os.write(write, f"mnp-launch: cannot run {argv[0]}: {error.strerror}\n".encode())
            self._tail = Tail(read)
            os.close(write)
            self._ended(code)
            return
        os.close(write)
        self._tail = Tail(read)

    def tail(self) -> str:
        """Return the last lines of its standard error."""
        return self._tail.text() if self._tail is not None else ""

    def _ended(self, code: int) -> None:
        self.code = code
        self._on_end(code)
