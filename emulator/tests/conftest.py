"""One embedded AWS for all tests of a process; each test makes stacks of its own in it."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

import quick_clients
from embedded import EmbeddedAws
from warm import WarmServer

# A script's background job ignores SIGINT, as would the commands that tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# As in tests/conftest.py: of the profiles of the suite, the last one that is loaded counts.
settings.register_profile(
    "untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=50
)
settings.load_profile("untimed")

quick_clients.apply()


@pytest.fixture(scope="session")
def aws() -> Iterator[EmbeddedAws]:
    with WarmServer() as server:
        yield EmbeddedAws(server.access)
