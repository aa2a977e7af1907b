"""The command says what it is and what it can do, and takes wrong words calmly."""

from __future__ import annotations

import subprocess
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.cli.command import PROGRAM, call


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return call(Path(), *arguments)


def test_it_prints_its_version() -> None:
    done = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, f"cdk-batch-mnp {version('cdk-batch-mnp')}\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["--help"], ["local", "--version"], id="command"),
        pytest.param(
            ["instances", "refresh", "--help"], ["'cdk-batch-mnp[operate]'"], id="the extra"
        ),
    ],
)
def test_help_names_what_there_is(arguments: list[str], words: list[str]) -> None:
    done = run(*arguments)
    assert done.returncode == 0
    assert [word for word in words if word not in done.stdout] == []


@pytest.mark.parametrize("group", [[], ["instances"]], ids=" ".join)
def test_the_list_of_verbs_cuts_no_sentence_off(group: list[str]) -> None:
    verbs = run(*group, "--help").stdout.partition("Commands:\n")[2].splitlines()
    assert verbs
    assert [verb for verb in verbs if verb.endswith("...")] == []


@pytest.mark.parametrize(
    ("command", "option"),
    [
        pytest.param([], "--version", id="command"),
        pytest.param(["check"], "--strict", id="check"),
        pytest.param(["instances", "list"], "--efa / --no-efa", id="instances list"),
    ],
)
def test_help_shows_no_value_for_a_flag(command: list[str], option: str) -> None:
    output = run(*command, "--help").stdout
    assert option in output
    assert "<bool>" not in output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["deplyo"], "No such command 'deplyo'", id="no such verb"),
    ],
)
def test_an_unknown_verb_is_refused_by_name(arguments: list[str], message: str) -> None:
    done = run(*arguments)
    assert done.returncode != 0
    assert message in done.stderr
    assert "Traceback" not in done.stderr
