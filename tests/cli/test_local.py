"""``local`` hands over to the emulator, wherever that is installed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from importlib.machinery import PathFinder
from pathlib import Path

import pytest

from cdk_batch_mnp.cli.local import MODULE, emulator

COMMAND = str(Path(sys.executable).with_name("cdk-batch-mnp"))

ELSEWHERE = """
import sys
sys.modules["cdk_batch_mnp_emulator"] = None
sys.argv[0] = "cdk-batch-mnp"
from cdk_batch_mnp.cli.entry import main
main()
"""
"""Runs the command as in an environment without the emulator."""


def local(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, "local", *arguments], capture_output=True, text=True, check=False
    )


def local_elsewhere(path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", ELSEWHERE, "local", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PATH": f"{path}:/usr/bin:/bin"},
    )


def test_the_command_runs_beside_an_embedded_aws_and_its_status_is_passed_on() -> None:
    done = local("exec", "--region", "eu-west-1", "--", "sh", "-c", "echo $AWS_REGION; exit 7")
    assert (done.returncode, done.stdout) == (7, "eu-west-1\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_reach_the_emulator(tmp_path: Path, number: signal.Signals) -> None:
    # It replaces the process. What it does at a signal is tested with it.
    program = tmp_path / "cdk-batch-mnp-emulator"
    program.write_text("#!/bin/sh\ntrap 'exit 7' INT TERM\necho ready\nread line\n")
    program.chmod(0o755)
    process = subprocess.Popen(
        [sys.executable, "-c", ELSEWHERE, "local", "exec", "--", "true"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PATH": f"{tmp_path}:/usr/bin:/bin"},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process.stdin, process.stdout:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        assert process.wait(20) == 7


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["--help"], ["exec", "up"], id="local"),
        pytest.param(["exec", "--help"], ["--region", "exit status"], id="exec"),
        pytest.param(["up", "-h"], ["Ctrl-C", "aws.sh"], id="up"),
    ],
)
def test_help_is_the_emulators(arguments: list[str], words: list[str]) -> None:
    done = local(*arguments)
    assert done.returncode == 0
    assert [word for word in words if word not in done.stdout] == []
    _, *lines = done.stdout.strip().splitlines()  # the usage has an ellipsis that is meant
    assert [line for line in lines if line.endswith("...")] == []


def test_usage_errors_are_the_emulators() -> None:
    done = local("down")
    assert done.returncode == 2
    assert "No such command 'down'" in done.stderr


def test_a_file_in_the_working_directory_shadows_no_module(tmp_path: Path) -> None:
    (tmp_path / "signal.py").write_text("raise SystemExit('shadowed')")
    done = subprocess.run(
        [COMMAND, "local", "--version"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_an_emulator_of_another_environment_is_found_on_the_path(tmp_path: Path) -> None:
    program = tmp_path / "cdk-batch-mnp-emulator"
    program.write_text('#!/bin/sh\necho "$@"\nexit 5\n')
    program.chmod(0o755)
    done = local_elsewhere(tmp_path, "exec", "--", "echo", "--help")
    assert (done.returncode, done.stdout) == (5, "exec -- echo --help\n")


def test_a_folder_with_the_name_of_the_emulator_is_not_the_emulator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / MODULE).mkdir()
    monkeypatch.setattr(
        "cdk_batch_mnp.cli.local.find_spec",
        lambda name: PathFinder.find_spec(name, [str(tmp_path)]),
    )
    monkeypatch.setenv("PATH", str(tmp_path))
    assert emulator() is None


@pytest.mark.parametrize("arguments", [["exec", "--", "true"], ["up"], ["--help"]], ids=" ".join)
def test_without_the_emulator_one_line_says_how_to_install_it(
    tmp_path: Path, arguments: list[str]
) -> None:
    done = local_elsewhere(tmp_path, *arguments)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    for way in (
        "pip install 'cdk-batch-mnp[local]'",
        "pipx install cdk-batch-mnp-emulator",
        "uv tool install cdk-batch-mnp-emulator",
    ):
        assert way in done.stderr
