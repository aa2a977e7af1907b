"""What a command leaves behind, even in a process group or a session of its own.

On Linux a process can ask to become the parent of all that its children leave behind, where
otherwise process 1 would. Elsewhere nothing here does anything.

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
    """Become the parent of whatever the descendants of this process leave behind."""
    if sys.platform == "linux":
        none = ctypes.c_ulong(0)
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, ctypes.c_ulong(1), none, none, none)


def children() -> frozenset[int]:
    """Give the children of this process, adopted ones too, and those that have ended."""
    own = os.getpid()
    return frozenset(
        int(each.name)
        for each in (_PROCESSES.iterdir() if _PROCESSES.is_dir() else ())
        if each.name.isdigit() and _parent(each) == own
    )


def reap(spared: Set[int]) -> frozenset[int]:
    """Let go of the children that have ended, and give those that live.

    Args:
        spared: Children to leave alone.
    """
    return frozenset(each for each in children() - spared if _lives(each))


def end_orphans(spared: Set[int]) -> None:
    """End all children, and what these leave behind in turn: by asking, then by force.

    Args:
        spared: Children to leave alone.
    """
    for number in (signal.SIGTERM, signal.SIGKILL):
        told: set[int] = set()
        deadline = time.monotonic() + _GRACE_SECONDS
        while (left := reap(spared)) and time.monotonic() < deadline:
            for each in left - told:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(each, number)
            told |= left
            time.sleep(0.02)


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
