"""What one node asks another, and how much may wait on the way."""

from __future__ import annotations

import pytest

from cdk_batch_mnp_launch.serving.request import window


@pytest.mark.parametrize("nodes", [1, 2, 64, 400, 1000])
def test_what_waits_on_the_main_node_is_bounded_whatever_the_number_of_nodes(nodes: int) -> None:
    assert 128 * 1024 <= window(nodes) <= 4 * 1024 * 1024
    assert window(nodes) * nodes <= 256 * 1024 * 1024


def test_few_nodes_have_room_for_the_fastest_relay() -> None:
    assert window(64) == 4 * 1024 * 1024
