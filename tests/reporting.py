"""What the workers of pytest-xdist send about a test: two messages for most, instead of six.

The beginnings and ends of tests, and the setups and teardowns that passed, are not printed. For ten
thousand tests, to send them takes both processes seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest


def is_needed(event: str, data: dict[str, Any] | None = None) -> bool:
    """Return whether the controller does anything with an event."""
    if event in ("logstart", "logfinish"):
        return False
    return data is None or data["when"] == "call" or data["outcome"] != "passed"


def send_what_is_needed(config: pytest.Config) -> None:
    """Leave out what is not needed, unless an option asks for the time of each setup."""
    if any(config.getoption(name, None) is not None for name in ("durations", "xmlpath")):
        return
    for plugin in config.pluginmanager.get_plugins():
        # The module of the class has another name in a worker.
        if type(plugin).__name__ == "WorkerInteractor":
            plugin.sendevent = partial(_send_needed, plugin.sendevent)


def _send_needed(send: Callable[..., None], name: str, **parts: Any) -> None:
    if is_needed(name, parts["data"] if name == "testreport" else None):
        send(name, **parts)
