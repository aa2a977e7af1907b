"""An embedded AWS that the CDK has been bootstrapped in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cdk_batch_mnp_emulator.running import Server
from embedded import EmbeddedAws
from tests.end_to_end.toolkit import Toolkit
from warm import WarmServer


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with WarmServer() as running:
        Toolkit(running, tmp_path_factory.mktemp("bootstrap")).bootstrap()
        yield running


@pytest.fixture
def aws(server: Server) -> EmbeddedAws:
    return EmbeddedAws(server.access)
