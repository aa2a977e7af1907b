"""The event loop: files that are ready, timers and signals, in one thread.

Not asyncio: importing it takes longer than everything else in the launcher, and its processes
count as running while an orphan holds their output (cpython gh-119710).
"""

from __future__ import annotations

import heapq
import selectors
import signal
import socket
import time
from collections import deque
from typing import Any, Callable, Union

File = Union[int, socket.socket]
Callback = Callable[[], None]


class Timer:
    """A callback that is due at a time of the monotonic clock."""

    def __init__(self, due: float, callback: Callback) -> None:
        self.due = due
        self._callback: Callback | None = callback

    def __lt__(self, other: Timer) -> bool:
        return self.due < other.due

    def cancel(self) -> None:
        """Drop the callback."""
        self._callback = None

    def fire(self) -> None:
        """Call the callback, once."""
        callback, self._callback = self._callback, None
        if callback is not None:
            callback()


class Reactor:
    """Call back when files are ready, when timers are due and when signals arrive."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._watched: dict[int, tuple[Callback | None, Callback | None]] = {}
        self._timers: list[Timer] = []
        self._signals: deque[int] = deque()
        self._handlers: dict[int, Callback] = {}
        self._restore: dict[int, Any] = {}
        self._stopped = False
        self._wake_in, self._wake_out = socket.socketpair()
        self._wake_in.setblocking(False)
        self._wake_out.setblocking(False)
        self.watch(self._wake_in, read=self._drain_wakeups)

    @staticmethod
    def now() -> float:
        """Return the time, in seconds, that timers use."""
        return time.monotonic()

    def watch(
        self, file: File, read: Callback | None = None, write: Callback | None = None
    ) -> None:
        """Call back when a file can be read or written; without callbacks, no longer."""
        fd = file if isinstance(file, int) else file.fileno()
        events = (selectors.EVENT_READ if read else 0) | (selectors.EVENT_WRITE if write else 0)
        before = self._watched.get(fd)
        if not events:
            if before is not None:
                del self._watched[fd]
                self._selector.unregister(fd)
            return
        self._watched[fd] = (read, write)
        if before is None:
            self._selector.register(fd, events)
        elif (before[0] is None, before[1] is None) != (read is None, write is None):
            self._selector.modify(fd, events)

    def after(self, seconds: float, callback: Callback) -> Timer:
        """Call back once, in `seconds`."""
        timer = Timer(self.now() + seconds, callback)
        heapq.heappush(self._timers, timer)
        return timer

    def every(self, seconds: float, callback: Callback) -> None:
        """Call back again and again, until the loop stops."""

        def again() -> None:
            self.after(seconds, again)
            callback()

        self.after(seconds, again)

    def on_signal(self, number: int, callback: Callback) -> None:
        """Call back in the loop when a signal arrives. Only in the main thread."""
        self._handlers[number] = callback
        previous = signal.signal(number, lambda n, _frame: self._signals.append(n))
        self._restore.setdefault(number, previous)
        signal.set_wakeup_fd(self._wake_out.fileno(), warn_on_full_buffer=False)

    def stop(self) -> None:
        """Make `run` return."""
        self._stopped = True

    def run(self) -> None:
        """Run until `stop` is called."""
        while not self._stopped:
            self.turn()

    def turn(self, longest: float = 60) -> None:
        """Wait for the next events, at most `longest` seconds, and call back."""
        wait = longest
        if self._timers:
            wait = min(wait, max(0.0, self._timers[0].due - self.now()))
        for key, events in self._selector.select(wait):
            # An earlier callback of this turn may have dropped the file.
            read, write = self._watched.get(key.fd, (None, None))
            if events & selectors.EVENT_READ and read is not None:
                read()
                write = self._watched.get(key.fd, (None, None))[1]
            if events & selectors.EVENT_WRITE and write is not None:
                write()
        while self._signals:
            self._handlers[self._signals.popleft()]()
        now = self.now()
        while self._timers and self._timers[0].due <= now:
            heapq.heappop(self._timers).fire()

    def close(self, restore_signals: bool = True) -> None:
        """Close the loop's own files.

        Args:
            restore_signals: Whether signals act as before. Otherwise, those that the loop was
                called back for are ignored, to the end of the process.
        """
        if self._restore:
            signal.set_wakeup_fd(-1)
        for number, previous in self._restore.items():
            if restore_signals or number == signal.SIGCHLD:
                signal.signal(number, previous if previous is not None else signal.SIG_DFL)
            else:
                # Not a function: Python restores the default of those when it ends, and a signal
                # that comes then would kill the process.
                signal.signal(number, signal.SIG_IGN)
        self._selector.close()
        self._wake_in.close()
        self._wake_out.close()

    def _drain_wakeups(self) -> None:
        try:
            while self._wake_in.recv(4096):
                pass
        except BlockingIOError:
            pass
