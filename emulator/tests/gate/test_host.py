"""Which ``Host`` headers are those of the server."""

from __future__ import annotations

import pytest

from cdk_batch_mnp_emulator.gate.host import is_own

OTHERS = ("10.213.0.1", "host.docker.internal")


@pytest.mark.parametrize("host", ["10.213.0.1:4711", "Host.Docker.Internal:4711", "localhost:4711"])
def test_the_hosts_that_containers_name_are_answered(host: str) -> None:
    assert is_own(host, 4711, OTHERS)


@pytest.mark.parametrize(
    "host",
    ["10.213.0.1:80", "10.213.0.1", "10.213.0.2:4711", "x.host.docker.internal:4711", ":4711", ""],
)
def test_other_hosts_are_not(host: str) -> None:
    assert not is_own(host, 4711, OTHERS)


def test_containers_are_answered_only_where_they_run() -> None:
    assert not is_own("10.213.0.1:4711", 4711)
