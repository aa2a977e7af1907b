"""``cdk-batch-mnp local run`` on the assembly of an app of our constructs, in an empty folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end import app_to_run
from warm import run_warm

COMMAND = str(Path(sys.executable).with_name("cdk-batch-mnp"))

SOLVE = f"""\
#!{sys.executable}
import os, pathlib, sys, time, boto3
bucket, _, key = os.environ["CASE_OBJECT"].removeprefix("s3://").partition("/")
size = len(boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())
print("solves", sys.argv[1], "of", size, "bytes", flush=True)
solved = pathlib.Path(sys.argv[0]).with_name("solved")
if os.environ["AWS_BATCH_JOB_NODE_INDEX"] == "1":
    solved.touch()
while not solved.exists():
    time.sleep(0.05)
time.sleep(0.3)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the assembly of the app, and a folder for the image with the program."""
    folder = tmp_path_factory.mktemp("app")
    app_to_run.synthesize(folder / "cdk.out")
    program = folder / "solver" / "bin" / "solve"
    program.parent.mkdir(parents=True)
    program.write_text(SOLVE)
    program.chmod(0o755)
    return folder


WITHOUT_NODE = {"PATH": "/usr/bin:/bin"}
"""Neither Node nor the command of the CDK is found."""


def test_a_job_of_the_app_runs_on_this_machine(folder: Path) -> None:
    done = subprocess.run(
        [
            *(COMMAND, "local", "run", "cdk.out", "--job", "Cluster/Solver", "--nodes", "2"),
            *("--image", "solver=solver", "--parameter", "case=a pipe"),
        ],
        cwd=folder,
        env=os.environ | WITHOUT_NODE,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    said = f"solves a pipe of {Path(app_to_run.__file__).stat().st_size} bytes"
    assert {f"[{index}] {said}" for index in range(2)} < set(done.stdout.splitlines())
    assert done.stdout.count("SUCCEEDED") == 3
    assert done.stdout.splitlines()[-1] == "job Solver SUCCEEDED"


def test_without_the_folder_the_reason_names_the_program(folder: Path) -> None:
    done = run_warm("run", "cdk.out", cwd=folder, env=os.environ | WITHOUT_NODE, timeout=120)
    assert done.returncode == 1
    assert "solve" in done.stdout.splitlines()[-1]
    assert "job Solver FAILED: " in done.stdout
