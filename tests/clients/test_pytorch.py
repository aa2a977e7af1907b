"""The example of PyTorch trains over four nodes, and goes on after one is lost.

Only where there is a ``torchrun``, on the ``PATH`` or next to this Python.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from cdk_batch_mnp_emulator.run.progress import Followed, follow
from tests.clients.example_pages import assembly, local_runs, run_here
from tests.clients.images import with_launcher
from tests.clients.platform import PROGRAMS, QUEUE, Platform, running_platform
from tests.docs.pages import ROOT

BESIDE = str(Path(sys.executable).parent)
TORCHRUN = shutil.which("torchrun", path=f"{BESIDE}{os.pathsep}{os.environ['PATH']}")

pytestmark = [
    pytest.mark.clients,
    pytest.mark.skipif(sys.platform != "linux", reason="each node needs a network namespace"),
    pytest.mark.skipif(TORCHRUN is None, reason="needs torchrun, which comes with torch"),
]

LOSS = re.compile(r"\[0\] step (\d+): loss ([\d.]+)")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a user works: `build/pytorch` stands for the image of the example."""
    folder = tmp_path_factory.mktemp("clone")
    image = folder / "build" / "pytorch"
    (image / "bin").mkdir(parents=True)
    assert TORCHRUN is not None
    for name in ("python", "torchrun"):
        (image / "bin" / name).symlink_to(Path(TORCHRUN).with_name(name))
    for program in (ROOT / "examples" / "pytorch" / "train.py", PROGRAMS / "lose_node.py"):
        shutil.copy(program, image)
    with_launcher(image)
    return folder


@pytest.fixture
def platform(folder: Path) -> Iterator[Platform]:
    images = {"pytorch": folder / "build" / "pytorch"}
    with running_platform(images, network="namespaces") as platform:
        yield platform


def run(
    platform: Platform, checkpoints: Path, steps: int, before: Sequence[str] = ()
) -> tuple[Followed, list[str]]:
    """Train on four nodes, with a second attempt only if a node is lost; return the lines too."""
    options = ("--name", "run", "--checkpoints", str(checkpoints), "--steps", str(steps))
    train = ["torchrun", "train.py", *options, "--every", "20"]
    definition = platform.client("batch").register_job_definition(
        jobDefinitionName="train",
        type="multinode",
        nodeProperties={
            "numNodes": 4,
            "mainNode": 0,
            "nodeRangeProperties": [
                {
                    "targetNodes": "0:",
                    "container": {
                        "image": "pytorch",
                        "command": ["mnp-launch", "--", *before, *train],
                        "environment": [
                            {"name": "MNP_SECRET", "value": "a secret of the tests"},
                            {"name": "OMP_NUM_THREADS", "value": "1"},
                        ],
                        "vcpus": 2,
                        "memory": 1024,
                    },
                }
            ],
        },
        retryStrategy={
            "attempts": 2,
            "evaluateOnExit": [
                {"onExitCode": "76", "action": "RETRY"},
                {"onReason": "*", "action": "EXIT"},
            ],
        },
        timeout={"attemptDurationSeconds": 300},
    )
    id = platform.client("batch").submit_job(
        jobName="train", jobQueue=QUEUE, jobDefinition=definition["jobDefinitionArn"]
    )["jobId"]
    lines: list[str] = []
    followed = follow(platform.client("batch"), platform.client("logs"), id, lines.append)
    assert followed.has_succeeded, lines
    return followed, lines


def losses(lines: list[str]) -> dict[int, float]:
    found = (LOSS.fullmatch(line) for line in lines)
    return {int(each[1]): float(each[2]) for each in found if each}


def test_a_job_goes_on_after_a_node_is_lost_as_if_nothing_had_happened(
    platform: Platform, tmp_path: Path
) -> None:
    whole, interrupted = tmp_path / "whole", tmp_path / "interrupted"
    _, lines = run(platform, whole, steps=100)
    assert "[0] attempt 1: 4 ranks, gloo, from step 0" in lines
    expected = losses(lines)
    assert sorted(expected) == [20, 40, 60, 80, 100]
    assert expected[100] < expected[20]

    lose = ["python", "lose_node.py", str(interrupted / "run" / "40.pt")]
    followed, lines = run(platform, interrupted, steps=100, before=lose)
    codes = [attempt["container"]["exitCode"] for attempt in followed.job["attempts"]]
    assert codes == [76, 0]
    (step,) = [
        int(each[1])
        for line in lines
        if (each := re.fullmatch(r"\[0\] attempt 2: 4 ranks, gloo, from step (\d+)", line))
    ]
    assert step >= 40
    assert losses(lines)[100] == expected[100]
    assert not list(interrupted.rglob("*.partial"))


def test_four_nodes_train_as_the_page_says(folder: Path, tmp_path: Path) -> None:
    (line,) = local_runs("pytorch")
    line = f"{line} --env OMP_NUM_THREADS=1"
    status, lines = run_here(line, folder, assembly("training", tmp_path / "cdk.out"))
    assert status == 0, lines
    assert "[0] attempt 1: 4 ranks, gloo, from step 0" in lines
    found = losses(lines)
    assert sorted(found) == [100, 200, 300]
    assert found[300] < found[100]
