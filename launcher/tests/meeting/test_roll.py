"""What the main node reports while it waits."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cdk_batch_mnp_launch.meeting.roll import Roll
from cdk_batch_mnp_launch.protocol.messages import Host

HOST = Host(0, "10.0.0.1", "ip-10-0-0-1", 8, 96, 8, 0, 4, "every", "", 1.5)


def roll(nodes: int, joined: list[int]) -> Roll:
    made = Roll(nodes)
    for node in joined:
        made.join(HOST._replace(node=node))
    return made


def test_missing_nodes_are_reported_as_ranges() -> None:
    assert roll(8, [0, 4]).missing() == "6 of 8 nodes have not joined: 1-3, 5-7"
    assert roll(3, [0, 2]).missing() == "1 of 3 nodes has not joined: 1"


def test_nodes_that_prepare_themselves_are_reported_once_all_have_joined() -> None:
    made = roll(3, [0, 1, 2])
    made.ready(1)
    assert made.missing() == "2 of 3 nodes are not ready: 0, 2"
    assert not made.all_ready


@given(st.permutations(range(6)), st.integers(0, 6))
def test_hosts_are_in_index_order_whatever_the_order_of_arrival(
    order: list[int], arrived: int
) -> None:
    made = roll(6, order[:arrived])
    assert made.all_joined == (arrived == 6)
    assert [host.node for host in made.hosts()] == sorted(order[:arrived])
    assert not made.all_ready
