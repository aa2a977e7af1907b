"""What the server says on standard error, and that nobody has to read it.

A pipe that nobody empties stops whoever writes to it. Requests only put their lines into a queue,
which one thread of its own writes out; what does not fit is dropped.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import sys
import threading
import time
from logging.handlers import QueueHandler

_MOST_LINES = 10_000
_GRACE_SECONDS = 1.0

_lines: queue.Queue[logging.LogRecord] = queue.Queue(_MOST_LINES)


class _Dropping(QueueHandler):
    def enqueue(self, record: logging.LogRecord) -> None:
        with contextlib.suppress(queue.Full):
            self.queue.put_nowait(record)


def say_without_waiting() -> None:
    """Set logging up: warnings of the embedded AWS, and errors of all else, on standard error."""
    logging.basicConfig(level=logging.ERROR, format="%(message)s", handlers=[_Dropping(_lines)])
    logging.getLogger("cdk_batch_mnp.local").setLevel(logging.WARNING)
    threading.Thread(target=_write, daemon=True).start()


def finish() -> None:
    """Wait until all lines are written, but not long: nobody may be reading them."""
    deadline = time.monotonic() + _GRACE_SECONDS
    while _lines.unfinished_tasks and time.monotonic() < deadline:
        time.sleep(0.005)


def _write() -> None:
    while True:
        record = _lines.get()
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(f"embedded AWS: {record.getMessage()}\n")
            sys.stderr.flush()
        _lines.task_done()
