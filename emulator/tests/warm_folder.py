"""The folder in which the workers of pytest-xdist find the process that is forked: see `warm`."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

SOCKET = "socket"


@contextmanager
def locked(folder: Path) -> Iterator[Path]:
    """Make the folder unless it exists, and keep all other processes out of it."""
    descriptor = _descriptor(folder)
    try:
        yield folder
    finally:
        os.close(descriptor)


def _descriptor(folder: Path) -> int:
    while True:
        folder.mkdir(mode=0o700, exist_ok=True)
        with suppress(FileNotFoundError):
            descriptor = os.open(folder, os.O_RDONLY)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            # Another process may have removed it while this one waited.
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(descriptor), folder.stat()):
                    return descriptor
            os.close(descriptor)


def remove(folder: Path) -> None:
    """Remove the folder, which is locked."""
    (folder / SOCKET).unlink()
    folder.rmdir()
