"""What docs/instances.md shows is what the code does."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from cdk_batch_mnp.cli.main import app
from cdk_batch_mnp.instances.catalogue import default_catalogue
from tests.docs.pages import ROOT, blocks, run

PAGE = (ROOT / "docs" / "instances.md").read_text(encoding="utf-8")
LOOKING_UP = blocks(PAGE, "sh")[0].splitlines()


@pytest.mark.parametrize("line", LOOKING_UP)
def test_the_commands_that_look_facts_up_find_some(line: str) -> None:
    program, *arguments = shlex.split(line)
    assert program == "cdk-batch-mnp"
    done = CliRunner().invoke(app, [*arguments, "--format", "json"])
    assert done.exit_code == 0
    assert json.loads(done.stdout)


def test_the_table_is_the_beginning_of_the_real_one() -> None:
    done = CliRunner().invoke(app, shlex.split(LOOKING_UP[0])[1:])
    lines = [line.rstrip() for line in done.stdout.splitlines()]
    assert blocks(PAGE, "text")[0].splitlines() == lines[:4]


def test_the_program_runs(tmp_path: Path) -> None:
    (program,) = blocks(PAGE, "python")
    ran = run(program, tmp_path)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert (tmp_path / "types.json").exists()


def test_so_many_types_exist_without_facts() -> None:
    catalogue = default_catalogue()
    without = [name for name in catalogue.names() if catalogue.find(name) is None]
    assert "p3.16xlarge" in without
    assert f"(currently {len(without)}, " in PAGE
