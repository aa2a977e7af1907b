"""Jobs for the tests; none leaves a process behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

import cdk_batch_mnp_launch
from launcher.tests.nodes import Job, job

# As in tests/conftest.py: of the profiles of the suite, the last one that is loaded counts.
settings.register_profile(
    "untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=50
)
settings.load_profile("untimed")


@pytest.fixture
def make_job(tmp_path: Path) -> Iterator[Callable[[int], Job]]:
    with ExitStack() as stack:
        yield lambda nodes: stack.enter_context(job(tmp_path, nodes))


@pytest.fixture
def with_constants(tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Return variables of a node on which waits of the launcher are shorter than they can be set.

    Takes the names of modules, and the values of constants that all of these have.
    """

    def change(*modules: str, **constants: float) -> dict[str, Any]:
        lines = [f"from cdk_batch_mnp_launch import {', '.join(modules)}"]
        for name, value in constants.items():
            lines += [f"{module}.{name} = {value}" for module in modules]
        (tmp_path / "sitecustomize.py").write_text("\n".join(lines))
        source = Path(cdk_batch_mnp_launch.__file__).parent.parent
        return {"PYTHONPATH": f"{tmp_path}:{source}"}

    return change
