"""Whatever happens to many nodes at once, each ends once, and nothing of it is left."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

from nodes.cluster import Cluster, Recorded, processes_with, wait_until
from nodes.conftest import runner_in

PROGRAMS = (
    ("true",),
    ("no-such-program",),
    ("sleep", "60"),
    ("sh", "-c", "exit 3"),
    ("sh", "-c", "trap '' TERM; while :; do sleep 0.05; done"),
    ("sh", "-c", "(setsid sleep 60 &); (sleep 60 &); exit 0"),
    ("sh", "-c", "while :; do echo line; done"),
    ("sh", "-c", "kill -9 $$"),
)


def test_nodes_that_are_stopped_at_random_end_once_each(network: str, tmp_path: Path) -> None:
    chance = random.Random(7)
    runner = runner_in(network)
    cluster = Cluster(runner, tmp_path)
    nodes: list[Recorded] = []
    try:
        for number in range(60):
            nodes.append(
                cluster.start(*chance.choice(PROGRAMS), environment={"MARK": str(tmp_path)})
            )
            if chance.random() < 0.3:
                time.sleep(chance.random() / 50)
            for node in chance.sample(nodes, min(3, len(nodes))):
                assert node.node
                node.node.stop(chance.choice((0, 0.01, 0.2)))
            if number == 30 and runner.host_pid:
                os.kill(runner.host_pid, signal.SIGKILL)
        for node in nodes:
            assert node.node
            node.node.stop(0.1)
        for node in nodes:
            node.wait_for("ended", 30)
            runner.release(node.where)
        assert wait_until(lambda: processes_with(f"MARK={tmp_path}") == [])
        open_files = len(list(Path("/proc/self/fd").iterdir()))
        assert cluster.run("true", where=nodes[0].where).exit_code == 0
        assert len(list(Path("/proc/self/fd").iterdir())) <= open_files
    finally:
        runner.close()
    for node in nodes:
        assert node.calls.count("ended") == 1
        assert node.calls[-1] == "ended"
        assert node.calls.count("started") <= 1
        assert node.calls[0] == ("ended" if node.exit_code is None else "started")
        assert (node.exit_code is None) <= bool(node.reason)
