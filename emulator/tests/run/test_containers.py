"""``--docker`` and ``--podman``: the images themselves run, or one line says why they cannot."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from nodes.fake_docker import write_fake_docker
from run.apps import definition, platform, write
from warm import run_warm


def run(folder: Path, *arguments: str, path: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PATH": f"{path}:/usr/bin:/bin"}
    return run_warm(*arguments, cwd=folder, timeout=60, env=environment)


@pytest.mark.parametrize("engine", ["docker", "podman"])
def test_the_log_begins_with_what_the_image_writes(tmp_path: Path, engine: str) -> None:
    fake = write_fake_docker(tmp_path / "programs", engine)
    write(tmp_path / "app.json", platform())
    done = run(tmp_path, "run", "app.json", f"--{engine}", path=fake)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[0] == "[0] node 0 of 2"
    assert "not run" not in done.stdout


def test_an_image_may_bring_its_own_command(tmp_path: Path) -> None:
    job = definition()
    for node_range in job["Properties"]["NodeProperties"]["NodeRangeProperties"]:
        container = dict(node_range["Container"])
        del container["Command"]
        node_range["Container"] = container
    write(tmp_path / "app.json", platform(Job=job))
    fake = write_fake_docker(tmp_path / "programs")
    assert run(tmp_path, "run", "app.json", "--docker", path=fake).returncode == 0
    without = run(tmp_path, "run", "app.json", path=fake)
    assert without.returncode == 1
    assert "the container has no command" in without.stdout


@pytest.mark.parametrize("verb", [["run", "app.json"], ["exec"], ["up"]], ids=lambda verb: verb[0])
def test_without_the_program_one_line_says_so(tmp_path: Path, verb: list[str]) -> None:
    write(tmp_path / "app.json", platform())
    command = ["--", "true"] if verb == ["exec"] else []
    done = run(tmp_path, *verb, "--podman", *command, path=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == ("cdk-batch-mnp-emulator: the program podman was not found in PATH\n")


def test_without_its_daemon_one_line_says_so(tmp_path: Path) -> None:
    fake = write_fake_docker(tmp_path / "programs")
    (fake / "down").touch()
    done = run(tmp_path, "exec", "--docker", "--", "true", path=fake)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "cdk-batch-mnp-emulator: docker info: ERROR: Cannot connect to the daemon at unix:///x. "
        "Is it running?\n"
    )
