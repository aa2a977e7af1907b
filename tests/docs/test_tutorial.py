"""The commands of the tutorial do what it says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, blocks, failure, resources, synthesize

PAGE = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
RING, APP = blocks(PAGE, "python")
ERROR, LINES = blocks(PAGE, "text")
INSTALLING, CHECKING, RUNNING, DEPLOYING, SUBMITTING, *_ = blocks(PAGE, "sh")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the reader, after the installation and with both files."""
    folder = tmp_path_factory.mktemp("first-job")
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    (folder / "ring.py").write_text(RING)
    (folder / "app.py").write_text(APP)
    return folder


def execute(commands: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a block of commands as the reader does, in the environment of the tests."""
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=folder,
        env=os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.clients
def test_the_app_is_checked_and_its_job_runs(folder: Path) -> None:
    checked = execute(CHECKING, folder)
    assert checked.returncode == 0, checked.stderr
    assert checked.stdout == "no findings in 1 template\n"
    ran = execute(RUNNING, folder)
    assert ran.returncode == 0, ran.stderr
    lines = ran.stdout.splitlines()
    assert [line for line in LINES.splitlines() if line not in lines] == []
    assert sum(line.endswith("of 4 has the sum 10.") for line in lines) == 4


def test_the_error_is_the_real_one(folder: Path, tmp_path: Path) -> None:
    app = APP.replace("ring.py", str(folder / "ring.py"))
    assert ERROR in failure(app.replace('"Ring",\n', '"Ring",\n    num_nodes=8,\n'), tmp_path)


def test_the_submission_reads_the_outputs_of_the_app(folder: Path, tmp_path: Path) -> None:
    synthesize(APP.replace("ring.py", str(folder / "ring.py")), tmp_path)
    template = json.loads((tmp_path / "FirstJob.template.json").read_text())
    assert set(re.findall(r"\(output (\w+)\)", SUBMITTING)) == set(template["Outputs"])
    assert len(list(resources(tmp_path, "AWS::Logs::LogGroup"))) == 1


def test_the_cdk_command_is_the_version_of_this_repository() -> None:
    pinned = json.loads((ROOT / "package.json").read_text())["devDependencies"]["aws-cdk"]
    assert f"aws-cdk@{pinned}\n" in INSTALLING


def test_what_is_installed_are_distributions_of_this_repository() -> None:
    (packages,) = re.findall(r"^pip install (.+)$", INSTALLING, flags=re.MULTILINE)
    for package in packages.split():
        folder = ROOT / package.removeprefix("../cdk-batch-mnp").lstrip("/")
        assert (folder / "pyproject.toml").exists()


def test_the_account_gets_the_same_app() -> None:
    assert DEPLOYING.count("--app 'python3 app.py'") == 2
