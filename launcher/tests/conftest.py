"""Jobs for the tests; none leaves a process behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from launcher.tests.nodes import Job, job


@pytest.fixture
def make_job(tmp_path: Path) -> Iterator[Callable[[int], Job]]:
    with ExitStack() as stack:
        yield lambda nodes: stack.enter_context(job(tmp_path, nodes))
