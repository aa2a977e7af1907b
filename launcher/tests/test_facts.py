"""What a node reports about itself."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from cdk_batch_mnp_launch.facts import METADATA, cpu_quota, cpus, gpus, log_location


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("cpu.max", "150000 100000\n", 1.5),
        ("cpu.max", "max 100000\n", None),
        ("cpu.max", "nonsense\n", None),
    ],
)
def test_the_quota_of_the_control_group(
    tmp_path: Path, name: str, text: str, expected: float | None
) -> None:
    (tmp_path / name).write_text(text)
    assert cpu_quota(str(tmp_path)) == expected


def test_the_quota_of_an_older_control_group(tmp_path: Path) -> None:
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text("400000\n")
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000\n")
    assert cpu_quota(str(tmp_path)) == 4


def test_there_is_at_least_one_cpu() -> None:
    assert cpus() >= 1


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
        thread = threading.Thread(target=server.serve_forever)
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
