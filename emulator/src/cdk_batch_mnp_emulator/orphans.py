"""Processes that a command leaves behind, even in another process group or session.

On Linux a process can become the parent of its orphaned descendants, in place of process 1. On
other systems nothing here has an effect.

Source: https://man7.org/linux/man-pages/man2/PR_SET_CHILD_SUBREAPER.2const.html
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Set
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
_PROCESSES = Path("/proc")
_GRACE_SECONDS = 2.0


def adopt_orphans() -> None:
    """Become the parent of the orphaned descendants of this process."""
    if sys.platform == "linux":
        none = ctypes.c_ulong(0)
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, ctypes.c_ulong(1), none, none, none)


def children() -> frozenset[int]:
    """Return the children of this process, including adopted ones and ones that have ended."""
    own = os.getpid()
    return frozenset(
        int(entry.name)
        for entry in (_PROCESSES.iterdir() if _PROCESSES.is_dir() else ())
        if entry.name.isdigit() and _parent(entry) == own
    )


def reap(spared: Set[int]) -> frozenset[int]:
    """Reap the children that have ended, and return those that live.

    Args:
        spared: Children to ignore.
    """
    return frozenset(each for each in children() - spared if _lives(each))


def signal_group(group: int, number: int) -> None:
    """Send a signal to a process group, if there is one and it still exists."""
    if group:  # zero would be our own
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)


def end_leftovers(group: int, spared: Set[int]) -> None:
    """End a process group, and all children and their orphans, with SIGTERM and then SIGKILL.

    Args:
        group: Process group of the command.
        spared: Children of this process that do not come from the command.
    """
    for number in (signal.SIGTERM, signal.SIGKILL):
        signaled: set[int] = set()
        signal_group(group, number)
        deadline = time.monotonic() + _GRACE_SECONDS
        # A member of the group that has ended counts until it is reaped.
        while ((left := reap(spared)) or _exists(group)) and time.monotonic() < deadline:
            for child in left - signaled:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    if os.getpgid(child) != group:  # otherwise it got the signal
                        os.kill(child, number)
            signaled |= left
            time.sleep(0.02)


def _exists(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _parent(process: Path) -> int | None:
    try:
        # 4711 (the name) S 1 ..., in which the name may be anything.
        return int((process / "stat").read_text(errors="replace").rpartition(")")[2].split()[1])
    except (OSError, IndexError, ValueError):
        return None


def _lives(child: int) -> bool:
    try:
        return os.waitpid(child, os.WNOHANG) == (0, 0)
    except ChildProcessError:
        return False
