"""Reading a file without waiting for ever, and without reading more than it may have.

A name in a folder, a manifest or a setting may lead to a FIFO, a device, a socket or a file without
end. Only regular files are opened, and a pipe where the user named it on the command line
(``check <(aws cloudformation get-template ...)``).
"""

from __future__ import annotations

import os
import stat
import time

_SECONDS_FOR_A_WRITER = 2.0
_CHUNK = 1 << 20


class UnreadableFileError(Exception):
    """A file that cannot be read; the message is the reason, without the file's name."""


def is_regular(path: str | os.PathLike[str]) -> bool:
    """Whether a path leads to a regular file; false for a path that no file can have."""
    mode = _mode(path)
    return mode is not None and stat.S_ISREG(mode)


def is_folder(path: str | os.PathLike[str]) -> bool:
    """Whether a path leads to a folder; false for a path that no folder can have."""
    mode = _mode(path)
    return mode is not None and stat.S_ISDIR(mode)


def _mode(path: str | os.PathLike[str]) -> int | None:
    try:
        return os.stat(path).st_mode  # noqa: PTH116 - pathlib takes milliseconds to import
    except (OSError, ValueError):  # ValueError: a NUL, or half of a surrogate pair
        return None


def read_bytes(path: str | os.PathLike[str], limit: int, *, may_be_pipe: bool = False) -> bytes:
    """Return the content of a regular file, up to one byte more than a limit.

    Args:
        path: Where it is.
        limit: In bytes. An answer that is longer says that the file has more.
        may_be_pipe: Whether a pipe is read, too.

    Raises:
        UnreadableFileError: It is missing, not a regular file, or cannot be read.
    """
    try:
        # A FIFO or a device must not even be opened: both may notice.
        _refuse_other_kinds(os.stat(path).st_mode, may_be_pipe)  # noqa: PTH116
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
        opened = os.open(path, flags | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0))
        try:
            # Another file may have taken its place meanwhile.
            mode = os.fstat(opened).st_mode
            _refuse_other_kinds(mode, may_be_pipe)
            if stat.S_ISFIFO(mode):
                return _from_pipe(opened, limit)
            return _all_of(opened, limit)
        finally:
            os.close(opened)
    except OSError as error:
        raise UnreadableFileError(f"cannot be read: {error.strerror or error}") from None
    except ValueError:
        raise UnreadableFileError("cannot be read: no file can have this name") from None


def _refuse_other_kinds(mode: int, may_be_pipe: bool) -> None:
    if stat.S_ISREG(mode) or (may_be_pipe and stat.S_ISFIFO(mode)):
        return
    kind = next((name for is_kind, name in _KINDS if is_kind(mode)), "no file")
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
    """Read a pipe to its end, once somebody writes to it."""
    until = time.monotonic() + _SECONDS_FOR_A_WRITER
    while True:
        try:
            first = os.read(opened, min(limit + 1, _CHUNK))
        except BlockingIOError:
            first = None  # There is a writer, who has not written yet.
        if first is None or first:
            os.set_blocking(opened, True)
            rest = limit - len(first or b"")
            return (first or b"") + (_all_of(opened, rest) if rest >= 0 else b"")
        if time.monotonic() > until:
            return b""
        time.sleep(0.02)
