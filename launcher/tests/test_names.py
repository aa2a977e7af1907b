"""Host names are looked up for a bounded time."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from cdk_batch_mnp_launch.names import addresses_of


def test_the_addresses_of_a_name() -> None:
    assert "127.0.0.1" in addresses_of("localhost")
    assert addresses_of("192.0.2.1") == {"192.0.2.1"}


@pytest.mark.parametrize("name", ["no-such-host.invalid", "a" * 300, "a..b", "\udce9"])
def test_a_name_without_an_address(name: str) -> None:
    assert addresses_of(name) == set()


def test_a_server_that_does_not_answer_delays_a_node_only_a_little(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answer = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_arguments: [answer.wait(30)][:0])
    started = time.monotonic()
    assert addresses_of("slow.example", 0.2) == set()
    assert time.monotonic() - started < 5
    answer.set()
