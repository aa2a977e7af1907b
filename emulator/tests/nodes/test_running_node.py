"""What a listener is called with, whatever the node had time to report."""

from __future__ import annotations

import os
from pathlib import Path

from cdk_batch_mnp_emulator.nodes.runner import NodeAddress, NodeRequest
from cdk_batch_mnp_emulator.nodes.running_node import RunningNode
from nodes.cluster import Recorded


def node_of(listener: Recorded) -> RunningNode:
    request = NodeRequest(
        name="node",
        image="",
        command=["x"],
        environment={},
        folder=Path(),
        where=NodeAddress("10.0.0.4", "node"),
    )
    return RunningNode(1, request, listener, None)


def test_a_node_that_wrote_had_started_even_if_it_was_killed_before_it_could_say_so() -> None:
    listener = Recorded()
    node = node_of(listener)
    with node.connected() as (output, _):
        os.write(output, b"line\nrest")
    node.end(137, "")
    assert listener.calls == ["started", "wrote", "wrote", "ended"]
    assert listener.lines == ["line", "rest"]
    assert listener.exit_code == 137


def test_a_node_that_ends_without_a_word_did_not_start() -> None:
    listener = Recorded()
    node = node_of(listener)
    with node.connected():
        pass
    node.end(137)
    assert listener.calls == ["ended"]
    assert (listener.exit_code, listener.reason) == (
        None,
        "the node ended with status 137 at its start",
    )
