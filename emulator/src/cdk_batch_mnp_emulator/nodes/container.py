"""A container as the process that is attached to it shows it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

from cdk_batch_mnp_emulator.nodes.runner import NodeListener

LABEL = "cdk-batch-mnp"
"""Label of all containers; its value names the server."""

_NOT_STARTED = (125, 126, 127)
"""What ``docker run`` exits with if it cannot start the container or its program.

Source: https://docs.docker.com/engine/containers/run/#exit-status
"""

_POLL_SECONDS = 0.1


class ContainerListener:
    """Passes on the start of a container, not that of the process that waits for its image.

    Args:
        listener: Whom to call.
        identity: A file that is written once the container exists.
    """

    def __init__(self, listener: NodeListener, identity: Path) -> None:
        self._listener = listener
        self._identity = identity
        self._lock = threading.Lock()
        self._has_started = False
        self._has_ended = threading.Event()
        self._last = ""

    def started(self) -> None:
        """Wait for the container, in a thread."""
        threading.Thread(target=self._wait, daemon=True).start()

    def wrote(self, lines: Sequence[str]) -> None:
        """Pass on lines: of the container, or of the program that starts it."""
        with self._lock:
            self._look()
            self._last = lines[-1] or self._last
            self._listener.wrote(lines)

    def warned(self, text: str) -> None:
        """Drop a warning about ports of this machine: containers have their own."""

    def ended(self, exit_code: int | None, reason: str) -> None:
        """Pass on the end, and the start before it if it came too soon to be seen."""
        self._has_ended.set()
        with self._lock:
            if exit_code in _NOT_STARTED and not self._has_started:
                self._listener.ended(None, f"CannotStartContainerError: {self._last}")
                return
            if exit_code is not None and not self._has_started:
                self._listener.started()
            self._listener.ended(exit_code, reason)

    def _wait(self) -> None:
        while not self._has_ended.wait(_POLL_SECONDS):
            with self._lock:
                self._look()
                if self._has_started:
                    return

    def _look(self) -> None:
        if not self._has_started and not self._has_ended.is_set() and self._identity.exists():
            self._has_started = True
            self._listener.started()
