"""The example that ``make deploy-local`` runs: right sums, and a failure if a sum is wrong."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[2] / "examples" / "ring_sum" / "ring_sum.py"
PORT = 29500

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="each node needs a loopback address of its own"
)


def address(index: int) -> str:
    return f"127.44.0.{index + 1}"


def hosts(folder: Path, nodes: int) -> Path:
    """Write the list of nodes as the launcher does, the main node first."""
    file = folder / "hosts"
    order = [nodes - 1, *range(nodes - 1)]
    file.write_text("".join(f"{address(index)} {index} node-{index}\n" for index in order))
    return file


def start(index: int, file: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(PROGRAM)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"MNP_NODE_INDEX": str(index), "MNP_HOSTS": str(file)},
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    output, errors = process.communicate(timeout=90)
    return process.returncode, output, errors


@pytest.mark.parametrize("nodes", [1, 2, 5])
def test_every_node_has_the_sum(nodes: int, tmp_path: Path) -> None:
    file = hosts(tmp_path, nodes)
    processes = [start(index, file) for index in range(nodes)]
    for index, process in enumerate(processes):
        said = f"Node {index} of {nodes} has the sum {nodes * (nodes + 1) // 2}.\n"
        assert ended(process) == (0, said, "")


def test_a_wrong_number_of_another_node_is_found(tmp_path: Path) -> None:
    file = hosts(tmp_path, 2)
    with socket.create_server((address(1), PORT)) as other:
        process = start(0, file)
        connection, _ = other.accept()
        with connection, socket.create_connection((address(0), PORT)) as back:
            back.sendall(b"7\n")
            assert ended(process) == (1, "", "node 0: the sum is 8, not 3\n")
