"""Jobs for the tests; none leaves a process behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from launcher.tests.nodes import Job, job

# How long an example takes says how busy the machine is.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture
def make_job(tmp_path: Path) -> Iterator[Callable[[int], Job]]:
    with ExitStack() as stack:
        yield lambda nodes: stack.enter_context(job(tmp_path, nodes))
