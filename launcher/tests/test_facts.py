"""What a node reports about itself."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from cdk_batch_mnp_launch.facts import (
    METADATA,
    cpu_quota,
    cpus,
    gpus,
    log_location,
    this_host,
)
from cdk_batch_mnp_launch.settings import read


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("cpu.max", "150000 100000\n", 1.5),
        ("cpu.max", "max 100000\n", None),
        ("cpu.max", "nonsense\n", None),
        ("cpu.max", "", None),
    ],
)
def test_the_quota_of_the_control_group(
    tmp_path: Path, name: str, text: str, expected: float | None
) -> None:
    (tmp_path / name).write_text(text)
    assert cpu_quota(str(tmp_path)) == expected


@pytest.mark.parametrize("folder", ["cpu", "cpu,cpuacct"])
@pytest.mark.parametrize(("quota", "expected"), [("400000", 4), ("-1", None)])
def test_the_quota_of_an_older_control_group(
    tmp_path: Path, folder: str, quota: str, expected: float | None
) -> None:
    (tmp_path / folder).mkdir()
    (tmp_path / folder / "cpu.cfs_quota_us").write_text(f"{quota}\n")
    (tmp_path / folder / "cpu.cfs_period_us").write_text("100000\n")
    assert cpu_quota(str(tmp_path)) == expected


@pytest.mark.parametrize(
    ("quota", "expected"),
    [("max", 8), ("300000", 3), ("1600000", 8), ("50000", 1), ("10000", 1)],
)
def test_cpus_are_limited_by_the_affinity_and_the_quota(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quota: str, expected: int
) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _pid: set(range(8)))
    (tmp_path / "cpu.max").write_text(f"{quota} 100000\n")
    assert cpus(str(tmp_path)) == expected


def test_a_node_counts_its_devices(tmp_path: Path) -> None:
    (tmp_path / "infiniband").mkdir()
    for name in ("neuron0", "neuron1", "nvidia0", "infiniband/uverbs0", "infiniband/rdma_cm"):
        (tmp_path / name).touch()
    settings = read(["--", "true"], {})
    host = this_host(settings, {}, "10.0.0.1", str(tmp_path))
    assert (host.gpus, host.neuron, host.efa) == (1, 2, 1)
    assert host.slots == 1  # one process for each GPU
    (tmp_path / "nvidia0").unlink()
    assert this_host(settings, {}, "10.0.0.1", str(tmp_path)).slots == 2
    assert this_host(settings, {}, "10.0.0.1", str(tmp_path / "none")).slots == cpus()


@pytest.mark.parametrize(
    ("visible", "count"), [("", 2), ("all", 2), ("0,3,5", 3), ("none", 0), ("void", 0)]
)
def test_gpus_are_those_that_the_container_may_use(
    tmp_path: Path, visible: str, count: int
) -> None:
    for name in ("nvidia0", "nvidia1", "nvidiactl", "nvidia-uvm"):
        (tmp_path / name).touch()
    assert gpus({"NVIDIA_VISIBLE_DEVICES": visible}, str(tmp_path)) == count


class Metadata(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        options = {"awslogs-group": "/aws/batch/job", "awslogs-stream": "mpi/default/1"}
        self.send_response(200)
        self.end_headers()
        self.wfile.write(
            json.dumps({"LogOptions": options} if self.path == "/v4/1" else []).encode()
        )

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def agent() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Metadata) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_the_log_of_the_container(agent: str) -> None:
    assert log_location({METADATA: f"{agent}/v4/1"}) == "/aws/batch/job mpi/default/1"


@pytest.mark.parametrize("path", ["/v4/2", " /v4/1"])
def test_no_log_is_known_if_the_answer_is_something_else(agent: str, path: str) -> None:
    assert log_location({METADATA: agent + path}) == ""
    assert log_location({}) == ""
    assert log_location({METADATA: "http://127.0.0.1:9/v4/1"}) == ""
