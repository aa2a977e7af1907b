"""Messages between nodes."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdk_batch_mnp_launch.protocol.frames import FrameError
from cdk_batch_mnp_launch.protocol.messages import (
    MAX_JSON,
    Host,
    OtherVersion,
    pack,
    pack_hosts,
    pack_join,
    unpack,
    unpack_hosts,
    unpack_join,
)

HOST = Host(0, "10.0.0.1", "ip-10-0-0-1", 8, 96, 8, 0, 4, "every", "", 1.5)


def test_the_host_list_of_a_thousand_nodes_is_small() -> None:
    hosts = [
        HOST._replace(node=node, address=f"10.0.{node // 250}.{node % 250}") for node in range(1000)
    ]
    payload = pack_hosts(hosts)
    assert unpack_hosts(payload) == hosts
    assert len(payload) < 20_000


@given(st.binary(max_size=200))
def test_anything_else_is_an_error(payload: bytes) -> None:
    for text in (payload, zlib.compress(payload)):
        with pytest.raises(FrameError):
            unpack_hosts(text)


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(zlib.compress(b" " * (MAX_JSON + 1)), id="a bomb"),
        pytest.param(zlib.compress(b"[" * 100_000), id="deep"),
        pytest.param(zlib.compress(b"[]"), id="not an object"),
        pytest.param(pack({"hosts": []})[:-3], id="cut off"),
    ],
)
def test_a_hostile_message_is_an_error(payload: bytes) -> None:
    with pytest.raises(FrameError):
        unpack(payload)


def test_a_node_that_joins() -> None:
    assert unpack_join(pack_join(HOST, "0.1.0"), "0.1.0") == HOST


def test_another_version_of_the_launcher_is_noticed_before_its_message_is_read() -> None:
    with pytest.raises(OtherVersion, match=r"0\.2\.0"):
        unpack_join(pack({"version": "0.2.0", "node": "in another form"}), "0.1.0")


@pytest.mark.parametrize("host", [None, [], [1, 2], {"node": 1}])
def test_what_is_not_a_node_is_an_error(host: object) -> None:
    with pytest.raises(FrameError):
        unpack_join(pack({"version": "0.1.0", "host": host}), "0.1.0")
