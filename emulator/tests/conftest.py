"""One embedded AWS for all tests of a process; each test makes stacks of its own in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from embedded import EmbeddedAws
from warm import WarmServer


@pytest.fixture(scope="session")
def aws() -> Iterator[EmbeddedAws]:
    with WarmServer() as server:
        yield EmbeddedAws(server.access)
