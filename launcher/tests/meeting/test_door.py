"""What strangers cost who connect to the main node's port."""

from __future__ import annotations

import os
import re
import socket
import time
from collections.abc import Callable
from pathlib import Path

from launcher.tests.nodes import Job, Node

MakeJob = Callable[[int], Job]
PORT = 7878


def peak_mib(node: Node) -> float:
    """Return the most memory that a node has used so far."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{node.process.pid}/status").read_text())
    assert found is not None
    return int(found[1]) / 1024


def cpu_seconds(node: Node) -> float:
    fields = Path(f"/proc/{node.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def send(address: str, data: bytes) -> None:
    with socket.create_connection((address, PORT), timeout=5) as stranger:
        try:
            stranger.sendall(data)
            stranger.recv(1000)
        except OSError:
            pass  # it has hung up


def test_a_flood_of_connections_with_much_data_fills_no_memory(make_job: MakeJob) -> None:
    job = make_job(2)
    main = job.start(0, "--deadline", "60s", "--", "true")
    main.until("waiting up to")
    before = peak_mib(main)
    for number in range(1500):
        send(job.address(0), b"\0\0\0\xff" * 64_000 if number % 2 else b"\xff" * 256_000)
    assert peak_mib(main) - before < 8
    job.start(1, "--", "true")
    assert main.code() == 0


def test_more_connections_than_open_files_delay_nodes_only_a_little(make_job: MakeJob) -> None:
    job = make_job(2)
    main = job.start(0, "--deadline", "60s", "--", "true", shell="ulimit -n 64")
    main.until("waiting up to")
    assert "warning: 64 open files are allowed, 2 nodes may need" in main.err
    strangers = [socket.create_connection((job.address(0), PORT)) for _ in range(300)]
    time.sleep(0.5)
    spent = cpu_seconds(main)
    time.sleep(1)
    assert cpu_seconds(main) - spent < 0.2  # it does not spin
    job.start(1, "--deadline", "60s", "--", "true")
    assert main.code() == 0
    for stranger in strangers:
        stranger.close()
