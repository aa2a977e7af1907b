"""An embedded AWS that the CDK has been bootstrapped in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cdk_batch_mnp.local.running import Server
from tests.end_to_end.toolkit import Toolkit
from tests.local.embedded import EmbeddedAws


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server() as running:
        Toolkit(running, tmp_path_factory.mktemp("bootstrap")).bootstrap()
        yield running


@pytest.fixture
def aws(server: Server) -> EmbeddedAws:
    return EmbeddedAws(server.access)
