"""Where people read what is wrong: in a terminal, and in the text of exceptions."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
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


def start(folder: Path, program: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run ``python app.py`` outside of the tests."""
    (folder / "app.py").write_text(program)
    plain = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PYTEST") and name != "NODE_ENV"
    }
    return subprocess.run(
        [sys.executable, "app.py"],
        cwd=folder,
        env={**plain, "PYTHONPATH": str(ROOT), **env},
        capture_output=True,
        text=True,
        check=False,
    )


PLAIN = APP.format(scope="app", synthesis="app.synth()")
"""Fails, and a terminal shows what is wrong."""


@dataclass(frozen=True)
class Shown:
    """What is read of three apps in one process: Node takes longer to start than to synthesize.

    Attributes:
        stages: The exceptions of a template of a stage, and of the synthesis of a stage.
        printed: What a terminal shows of them, and of a plain ``python app.py`` that fails.
    """

    stages: list[str]
    printed: str


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    app = APP.format(scope="Stage(app, 'Production')", synthesis="")
    expressions = ("Template.from_stack(stack)", "Stage.of(stack).synth()")
    caught = [
        f"{app}\ntry:\n    {expression}\nexcept RuntimeError as error:\n    print('---', error)"
        for expression in expressions
    ]
    ran = start(tmp_path_factory.mktemp("apps"), "\n".join([*caught, PLAIN]))
    assert ran.returncode != 0
    return Shown(ran.stdout.split("---")[1:], ran.stderr)


def test_a_plain_run_prints_every_finding_once(shown: Shown) -> None:
    printed = shown.printed
    assert printed.count("ERROR MNP106 ") == 1
    assert printed.count("WARNING MNP116 ") == 1
    assert "cannot hold 5 x c5.18xlarge (360 vCPUs)" in printed
    assert "Acknowledge with 'MNP::MNP106'" in printed
    assert "RuntimeError: ValidationFailed: " in printed


def test_the_exception_has_every_finding_where_the_environment_asks_for_it(tmp_path: Path) -> None:
    ran = start(tmp_path, PLAIN, CDK_APP_MODE="inmemory")
    assert ran.returncode != 0
    exception = ran.stderr.rpartition("Traceback (most recent call last):")[2]
    assert "ERROR MNP106 " in exception
    assert "WARNING MNP116 " in exception


@pytest.mark.parametrize("number", [0, 1], ids=["template", "stage"])
def test_the_exception_of_a_stage_alone_has_every_error(shown: Shown, number: int) -> None:
    assert len(shown.stages) == 2
    assert "[Production] ERROR MNP106 " in shown.stages[number]
    assert "cannot hold 5 x c5.18xlarge (360 vCPUs)" in shown.stages[number]
