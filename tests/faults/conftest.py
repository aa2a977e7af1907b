"""One embedded AWS for all tests of this folder."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Literal

import pytest

from cdk_batch_mnp_emulator.running import ServerError
from tests.clients.platform import Platform, running_platform
from tests.faults.jobs import SECRET, Jobs

EXPECTED = "EMULATOR_TESTS_EXPECT_NAMESPACES"
"""Set where namespaces are known to work, so that their tests are never skipped."""


@pytest.fixture(scope="session")
def platform() -> Iterator[tuple[Platform, str]]:
    if sys.platform != "linux":
        pytest.skip("the launcher needs Linux")
    network: Literal["namespaces", "loopback"] = "namespaces"
    try:
        with running_platform({}, network=network) as running:
            yield running, network
        return
    except ServerError:
        if os.environ.get(EXPECTED):
            raise
    with running_platform({}, network="loopback") as running:
        yield running, "loopback"


@pytest.fixture(scope="session")
def secret(platform: tuple[Platform, str]) -> str:
    made = platform[0].client("secretsmanager").create_secret(Name="mnp", SecretString=SECRET)
    return str(made["ARN"])


@pytest.fixture
def jobs(platform: tuple[Platform, str], secret: str) -> Iterator[Jobs]:
    made = Jobs(platform[0], secret, platform[1])
    yield made
    made.end()


@pytest.fixture
def separate_jobs(jobs: Jobs) -> Jobs:
    """Jobs whose nodes have a network of their own."""
    if jobs.network != "namespaces":
        pytest.skip("this machine allows no network namespaces, so nodes share its network")
    return jobs
