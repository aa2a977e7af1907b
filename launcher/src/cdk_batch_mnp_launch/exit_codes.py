"""Exit statuses of the launcher, and how the statuses of commands are described."""

from __future__ import annotations

import signal

MEETING = 75
"""Not all nodes joined within the deadline, or this node was rejected."""
NODE_LOST = 76
"""A node was lost: its connection closed, or it was silent for too long."""
PREFLIGHT = 77
"""A node does not have what the job needs, or could not be prepared."""
CONFIGURATION = 78
"""The launcher was started incorrectly."""
CANNOT_EXECUTE = 126
"""The command exists but cannot be executed."""
NOT_FOUND = 127
"""The command does not exist."""


def of_signal(number: int) -> int:
    """Return the exit status of a command that a signal ended, as shells report it."""
    return 128 + number


def of_wait_status(status: int) -> int:
    """Return the exit status, 0 to 255, for a status of `os.waitpid`."""
    import os

    if os.WIFSIGNALED(status):
        return of_signal(os.WTERMSIG(status))
    return os.WEXITSTATUS(status)


def signal_name(number: int) -> str:
    """Return `SIGTERM` for 15."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def describe(code: int) -> str:
    """Return what an exit status of a command means, such as `exited with status 7`."""
    if code > 128 and code - 128 < signal.NSIG:
        return f"exited with status {code} ({signal_name(code - 128)})"
    return f"exited with status {code}"
