"""Where people read what is wrong: in a terminal, and in the text of exceptions."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

APP = """
from aws_cdk import App, Stack, Stage
from aws_cdk.assertions import Template
from tests.cdk.apps import add_cluster, add_job

app = App()
stack = Stack({scope}, "Platform")
add_job(add_cluster(stack, min_nodes=1), num_nodes=5)
{synthesis}
"""


def run(tmp_path: Path, *, scope: str = "app", synthesis: str = "app.synth()", **env: str) -> str:
    """What a terminal shows of a plain ``python app.py`` that fails."""
    (tmp_path / "app.py").write_text(APP.format(scope=scope, synthesis=synthesis))
    plain = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PYTEST") and name != "NODE_ENV"
    }
    ran = subprocess.run(
        [sys.executable, "app.py"],
        cwd=tmp_path,
        env={**plain, "PYTHONPATH": str(ROOT), **env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode != 0
    return ran.stderr


def test_a_plain_run_prints_every_finding_once(tmp_path: Path) -> None:
    printed = run(tmp_path)
    assert printed.count("ERROR MNP106 ") == 1
    assert printed.count("WARNING MNP116 ") == 1
    assert "cannot hold 5 x c5.18xlarge (360 vCPUs)" in printed
    assert "Acknowledge with 'MNP::MNP106'" in printed
    assert "RuntimeError: ValidationFailed: " in printed


def test_the_exception_has_every_finding_where_the_environment_asks_for_it(tmp_path: Path) -> None:
    shown = run(tmp_path, CDK_APP_MODE="inmemory")
    exception = shown.rpartition("Traceback (most recent call last):")[2]
    assert "ERROR MNP106 " in exception
    assert "WARNING MNP116 " in exception


@pytest.mark.parametrize(
    "synthesis",
    ["Template.from_stack(stack)", "Stage.of(stack).synth()"],
    ids=["template", "stage"],
)
def test_the_exception_of_a_stage_alone_has_every_error(tmp_path: Path, synthesis: str) -> None:
    shown = run(tmp_path, scope="Stage(app, 'Production')", synthesis=synthesis)
    exception = shown.rpartition("Traceback (most recent call last):")[2]
    assert "[Production] MNP106 " in exception
    assert "cannot hold 5 x c5.18xlarge (360 vCPUs)" in exception
