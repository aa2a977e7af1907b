"""Read files without blocking forever and without exceeding a size limit.

A path in a folder, a manifest or a setting may lead to a FIFO, a device, a socket or an endless
file. Only regular files are opened, and a pipe only where the user named it on the command line
(``check <(aws cloudformation get-template ...)``).
"""

from __future__ import annotations

import os
import stat
import time

_SECONDS_FOR_A_WRITER = 2.0
_CHUNK = 1 << 20


class UnreadableFileError(Exception):
    """A file cannot be read; the message is the reason, without the file name."""


def is_regular(path: str | os.PathLike[str]) -> bool:
    """Return whether a path is a regular file; false for an invalid path."""
    mode = _mode(path)
    return mode is not None and stat.S_ISREG(mode)


def is_folder(path: str | os.PathLike[str]) -> bool:
    """Return whether a path is a folder; false for an invalid path."""
    mode = _mode(path)
    return mode is not None and stat.S_ISDIR(mode)


def _mode(path: str | os.PathLike[str]) -> int | None:
    try:
        return os.stat(path).st_mode  # noqa: PTH116 - pathlib takes milliseconds to import
    except (OSError, ValueError):  # ValueError: a NUL, or half of a surrogate pair
        return None


def read_bytes(path: str | os.PathLike[str], limit: int, *, may_be_pipe: bool = False) -> bytes:
    """Return the content of a regular file, up to one byte more than the limit.

    Args:
        path: The file.
        limit: In bytes. A longer result means that the file exceeds the limit.
        may_be_pipe: Whether to read pipes too.

    Raises:
        UnreadableFileError: It is missing, not a regular file, or cannot be read.
    """
    try:
        # Opening a FIFO or a device may have side effects.
        _reject_other_kinds(os.stat(path).st_mode, may_be_pipe)  # noqa: PTH116
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
        opened = os.open(path, flags | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0))
        try:
            # The file may have been replaced since.
            mode = os.fstat(opened).st_mode
            _reject_other_kinds(mode, may_be_pipe)
            if stat.S_ISFIFO(mode):
                return _from_pipe(opened, limit)
            return _all_of(opened, limit)
        finally:
            os.close(opened)
    except OSError as error:
        raise UnreadableFileError(f"cannot be read: {error.strerror or error}") from None
    except ValueError:
        raise UnreadableFileError("cannot be read: invalid file name") from None


def _reject_other_kinds(mode: int, may_be_pipe: bool) -> None:
    if stat.S_ISREG(mode) or (may_be_pipe and stat.S_ISFIFO(mode)):
        return
    kind = next((name for is_kind, name in _KINDS if is_kind(mode)), "a special file")
    raise UnreadableFileError(f"is {kind}, not a regular file")


_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def _all_of(opened: int, limit: int) -> bytes:
    found: list[bytes] = []
    left = limit + 1
    while left > 0 and (part := os.read(opened, min(left, _CHUNK))):
        found.append(part)
        left -= len(part)
    return b"".join(found)


def _from_pipe(opened: int, limit: int) -> bytes:
    """Read a pipe to its end, once it has a writer."""
    until = time.monotonic() + _SECONDS_FOR_A_WRITER
    while True:
        try:
            first = os.read(opened, min(limit + 1, _CHUNK))
        except BlockingIOError:
            first = None  # It has a writer that has not written yet.
        if first is None or first:
            os.set_blocking(opened, True)
            rest = limit - len(first or b"")
            return (first or b"") + (_all_of(opened, rest) if rest >= 0 else b"")
        if time.monotonic() > until:
            return b""
        time.sleep(0.02)
