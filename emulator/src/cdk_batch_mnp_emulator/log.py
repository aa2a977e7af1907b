"""The log of the server on standard error, which never blocks a request.

A write to a full pipe blocks until the pipe is read. Requests therefore put their lines into a
queue, and a separate thread writes them. Lines that do not fit into the queue are dropped.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import sys
import threading
import time
from logging.handlers import QueueHandler

from cdk_batch_mnp_emulator.printable import printable

_MOST_LINES = 10_000
_GRACE_SECONDS = 1.0

_lines: queue.Queue[logging.LogRecord] = queue.Queue(_MOST_LINES)


class _Dropping(QueueHandler):
    def enqueue(self, record: logging.LogRecord) -> None:
        with contextlib.suppress(queue.Full):
            self.queue.put_nowait(record)


def start_logging() -> None:
    """Set up logging to standard error: warnings of the embedded AWS, and all other errors."""
    logging.basicConfig(level=logging.ERROR, format="%(message)s", handlers=[_Dropping(_lines)])
    logging.getLogger("cdk_batch_mnp_emulator").setLevel(logging.WARNING)
    threading.Thread(target=_write, daemon=True).start()


def finish() -> None:
    """Wait up to a second until all lines are written; the pipe may have no reader."""
    deadline = time.monotonic() + _GRACE_SECONDS
    while _lines.unfinished_tasks and time.monotonic() < deadline:
        time.sleep(0.005)


def _write() -> None:
    while True:
        record = _lines.get()
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(f"embedded AWS: {printable(record.getMessage())}\n")
            sys.stderr.flush()
        _lines.task_done()
