"""TorchX runs, follows and cancels jobs with its scheduler aws_batch."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.clients.environments import environment
from tests.clients.platform import PROGRAMS, QUEUE, Platform, running_platform

pytestmark = pytest.mark.clients

# The default workspace builds an image, for which TorchX needs a Docker daemon.
RUN = ("run", "--workspace", "", "--scheduler", "aws_batch", "--scheduler_args", f"queue={QUEUE}")
ON_NODES = ("utils.sh", "--image", "programs", "--num_replicas")

Torchx = Callable[..., str]


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    with running_platform({"programs": PROGRAMS}) as platform:
        yield platform


@pytest.fixture
def torchx(platform: Platform, tmp_path: Path) -> Torchx:
    """The command; returns what it prints, without the log of the client itself."""
    program = environment("torchx") / "bin" / "torchx"

    def run(*arguments: str, status: int = 0) -> str:
        printed = platform.run(
            program, "--log_level", "ERROR", *arguments, folder=tmp_path, status=status
        )
        return "\n".join(line for line in printed.splitlines() if " INFO " not in line)

    return run


def handle(printed: str) -> str:
    found = re.search(r"^aws_batch://\S+$", printed, re.MULTILINE)
    assert found, printed
    return found[0]


def state(torchx: Torchx, app: str) -> str:
    found = re.search(r"State: (\w+)", torchx("status", app))
    assert found
    return found[1]


def test_four_replicas_compute_a_sum_that_run_shows_with_the_lines_of_each_node(
    torchx: Torchx,
) -> None:
    printed = torchx(*RUN, "--wait", "--log", *ON_NODES, "4", "python3", "node_sum.py")
    app = handle(printed)
    expected = {"sh/0 the sum is 10"} | {f"sh/{index} node {index} of 4" for index in range(4)}
    assert expected <= set(printed.splitlines())
    assert expected <= set(torchx("log", app).splitlines())
    assert torchx("log", f"{app}/sh/3").splitlines() == ["sh/3 node 3 of 4"]
    assert state(torchx, app) == "SUCCEEDED"
    described = torchx("describe", app)
    assert "'num_replicas': 4" in described
    assert "'image': 'programs'" in described
    listed = torchx("list", "--scheduler", "aws_batch")
    assert re.search(rf"{re.escape(app)}\s+SUCCEEDED", listed)


def test_run_fails_with_a_job_whose_main_node_fails(torchx: Torchx) -> None:
    printed = torchx(*RUN, "--wait", *ON_NODES, "2", "exit", "3", status=1)
    assert state(torchx, handle(printed)) == "FAILED"


def test_a_running_job_is_cancelled(torchx: Torchx) -> None:
    app = handle(torchx(*RUN, *ON_NODES, "2", "sleep", "600"))
    torchx("cancel", app)
    for _ in range(20):
        if state(torchx, app) == "FAILED":  # TorchX's word for a terminated job
            return
        time.sleep(0.5)
    pytest.fail(f"{app} was not cancelled")
