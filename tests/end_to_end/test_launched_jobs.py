"""Jobs of an app that the launcher starts, on this machine, with each delivery of its file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cdk_batch_mnp_launch import zipapp
from tests.end_to_end import app_with_launcher
from warm import run_warm

EXPECTED = "EMULATOR_TESTS_EXPECT_NAMESPACES"
"""Set where namespaces are known to work, so that their tests are never skipped."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the assembly of the app, and a folder for the image with the launcher."""
    folder = tmp_path_factory.mktemp("app")
    launcher = folder / "image" / "bin" / "mnp-launch"
    zipapp.build(str(launcher))
    app_with_launcher.synthesize(folder / "cdk.out", launcher)
    return folder


def run(folder: Path, job: str, status: int = 0) -> subprocess.CompletedProcess[str]:
    # As `cdk-batch-mnp local run`, which test_local_run.py runs.
    return run_warm(
        *("run", "cdk.out", "--job", f"Cluster/{job}"),
        *("--image", "solver=image", "--parameter", f"status={status}"),
        cwd=folder,
        env=os.environ | {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"},
        timeout=120,
    )


@pytest.mark.parametrize("job", ["InImage", "InitContainer", "FromNodes"])
def test_the_main_node_starts_programs_on_the_others(folder: Path, job: str) -> None:
    done = run(folder, job)
    has_volumes = "no volume is at" not in done.stdout
    if not (has_volumes or job == "InImage" or os.environ.get(EXPECTED)):
        pytest.skip("this machine allows no namespaces, so nodes have no volumes")
    assert done.returncode == 0, done.stdout + done.stderr
    started = {line.partition("] ")[2] for line in done.stdout.splitlines()}
    assert {"started on node 1", "started on node 2"} <= started
    assert f"job {job} SUCCEEDED" in done.stdout


def test_a_job_whose_program_fails_is_not_tried_again(folder: Path) -> None:
    done = run(folder, "InImage", status=3)
    assert done.returncode != 0
    assert done.stdout.count("all 3 nodes are ready") == 1
    assert "its command exited with status 3" in done.stdout
