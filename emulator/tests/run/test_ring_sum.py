"""The example that ``make deploy-local`` runs: right sums, and a failure if a node is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[3] / "examples" / "ring_sum" / "ring_sum.py"


def start(index: int, *, main: int = 0, nodes: int, seconds: float) -> subprocess.Popen[str]:
    placed = {
        "HOSTNAME": "127.0.0.1",
        "AWS_BATCH_JOB_NODE_INDEX": str(index),
        "AWS_BATCH_JOB_MAIN_NODE_INDEX": str(main),
        "AWS_BATCH_JOB_NUM_NODES": str(nodes),
    }
    if index != main:
        placed["AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS"] = "127.0.0.1"
    return subprocess.Popen(
        [sys.executable, str(PROGRAM), str(seconds)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | placed,
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    output, errors = process.communicate(timeout=60)
    return process.returncode, output, errors


@pytest.mark.parametrize(("nodes", "main"), [(1, 0), (2, 0), (5, 3)])
def test_every_node_has_the_sum(nodes: int, main: int) -> None:
    processes = [start(index, main=main, nodes=nodes, seconds=30) for index in range(nodes)]
    total = nodes * (nodes + 1) // 2
    for index, process in enumerate(processes):
        said = f"Node {index} has the sum {total}.\n"
        if index == main:
            said = f"The sum over {nodes} nodes is {total}, and every node has it.\n"
        assert ended(process) == (0, said, "")


def test_a_missing_node_fails_the_job_and_is_named() -> None:
    processes = [start(index, nodes=4, seconds=2) for index in (0, 2)]
    assert ended(processes[0]) == (1, "", "missing after 2 seconds: nodes [1, 3]\n")
    status, _, errors = ended(processes[1])
    assert status == 1
    assert errors.startswith("node 2: ")


def test_a_child_without_a_main_node_ends() -> None:
    status, _, errors = ended(start(1, nodes=2, seconds=1))
    assert status == 1
    assert errors.startswith("node 1: ")
