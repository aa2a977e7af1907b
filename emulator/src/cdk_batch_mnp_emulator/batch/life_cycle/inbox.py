"""What has happened outside of the life cycle and is to be handled in its thread."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator


class Inbox:
    """Takes calls from any thread, and gives them back in order."""

    def __init__(self) -> None:
        self._calls: deque[Callable[[], object]] = deque()
        self._is_filled = threading.Event()

    @property
    def is_waiting(self) -> bool:
        """Whether there is a call to take."""
        return bool(self._calls)

    def post(self, call: Callable[[], object]) -> None:
        """Add a call."""
        self._calls.append(call)
        self._is_filled.set()

    def take(self) -> Iterator[Callable[[], object]]:
        """Yield all calls, those that are added meanwhile too."""
        self._is_filled.clear()
        while self._calls:
            yield self._calls.popleft()

    def wait(self, seconds: float | None) -> None:
        """Wait until there is a call, or the time is over."""
        if not self._calls:
            self._is_filled.wait(seconds)
