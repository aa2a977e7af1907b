"""Host names, looked up for a bounded time."""

from __future__ import annotations

import contextlib
import os
import socket
import threading

SECONDS = 5.0
"""How long a look-up may take. Without a DNS server, the system's own limit is some 20 s."""


def addresses_of(name: str, seconds: float = SECONDS) -> set[str]:
    """Return the addresses of a host name; none if it has none, or nothing answers in time."""
    found: set[str] = set()

    def look_up() -> None:
        with contextlib.suppress(OSError):  # it has none
            found.update(str(each[4][0]) for each in socket.getaddrinfo(os.fsencode(name), None))

    # The system's look-up cannot be stopped, only left alone.
    thread = threading.Thread(target=look_up, daemon=True)
    try:
        thread.start()
    except RuntimeError:  # no more threads are allowed
        return found
    thread.join(seconds)
    return set() if thread.is_alive() else found
