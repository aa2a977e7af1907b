"""One embedded AWS for all tests of a process; each test makes stacks of its own in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cdk_batch_mnp_emulator.running import Server
from embedded import EmbeddedAws


@pytest.fixture(scope="session")
def aws() -> Iterator[EmbeddedAws]:
    with Server() as server:
        yield EmbeddedAws(server.access)
