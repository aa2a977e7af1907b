"""Runners of nodes, one of each kind for a module."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cdk_batch_mnp_emulator.nodes.host_process import HostError
from cdk_batch_mnp_emulator.nodes.local_runner import LocalRunner
from nodes.cluster import Cluster

EXPECTED = "EMULATOR_TESTS_EXPECT_NAMESPACES"
"""Set where namespaces are known to work, so that their tests are never skipped in silence."""


def runner_in(network: str, **arguments: object) -> LocalRunner:
    try:
        return LocalRunner(network=network, **arguments)  # type: ignore[arg-type]
    except HostError as error:
        if sys.platform == "linux" and os.environ.get(EXPECTED):
            raise
        pytest.skip(str(error))


@pytest.fixture(scope="module", params=["namespaces", "loopback"])
def network(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def runner(network: str) -> Iterator[LocalRunner]:
    runner = runner_in(network)
    yield runner
    runner.close()


@pytest.fixture
def cluster(runner: LocalRunner, tmp_path: Path) -> Iterator[Cluster]:
    with Cluster(runner, tmp_path) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def separate_runner() -> Iterator[LocalRunner]:
    runner = runner_in("namespaces")
    yield runner
    runner.close()


@pytest.fixture
def separate(separate_runner: LocalRunner, tmp_path: Path) -> Iterator[Cluster]:
    with Cluster(separate_runner, tmp_path) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def shared_runner() -> Iterator[LocalRunner]:
    runner = runner_in("loopback")
    yield runner
    runner.close()


@pytest.fixture
def shared(shared_runner: LocalRunner, tmp_path: Path) -> Iterator[Cluster]:
    with Cluster(shared_runner, tmp_path) as cluster:
        yield cluster
