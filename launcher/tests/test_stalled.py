"""An mpirun that locks itself up ends all the same."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cdk_batch_mnp_launch.stalled import abort_code, stalled_below
from launcher.tests.nodes import Job

MakeJob = Callable[[int], Job]

STARTER = """
import ctypes, os, subprocess, sys, time
ctypes.CDLL(None).prctl(15, sys.argv[1].encode(), 0, 0, 0)  # the name of this process
for words in sys.argv[2:]:
    child = subprocess.Popen(words.split(), stdin=subprocess.DEVNULL)
    if not words.startswith("sleep"):
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
print("started", flush=True)
time.sleep(60)
"""
"""Starts commands, waits until those that end have ended, and does not collect their status.

Arguments: its name and the commands.
"""


@contextmanager
def starter(*arguments: str, shell: bool = False) -> Iterator[int]:
    command = [sys.executable, "-c", STARTER, *arguments]
    if shell:
        command = ["sh", "-c", '"$@"; true', "sh", *command]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield process.pid
        finally:
            subprocess.run(["pkill", "-KILL", "-P", str(process.pid)], check=False)
            process.kill()


@pytest.mark.parametrize("shell", [False, True])
def test_an_mpirun_whose_agents_have_all_ended_is_stalled(shell: bool) -> None:
    with starter("prterun", "true", "true", shell=shell) as pid:
        found = stalled_below(pid)
        assert found is not None
        assert found.name == "prterun"
        assert (found.pid == pid) is not shell


@pytest.mark.parametrize(
    "arguments",
    [
        ("prterun", "true", "sleep 60"),  # a rank or an agent is alive
        ("prterun",),  # nothing has been started yet
        ("python3", "true"),  # another program, which may compute
    ],
)
def test_everything_else_is_left_alone(arguments: tuple[str, ...]) -> None:
    with starter(*arguments) as pid:
        assert stalled_below(pid) is None


def test_a_command_that_is_gone_is_not_stalled() -> None:
    assert stalled_below(2**22 + 1) is None


def test_the_code_of_an_abort_is_that_which_mpirun_has_printed() -> None:
    text = "MPI_ABORT was invoked on rank 3 in communicator X\n  Proc: [[1,1],3]\n  Errorcode: 11\n"
    assert abort_code(text) == 11
    assert abort_code("Errorcode: 11") == 1
    assert abort_code("") == 1


def test_a_job_whose_mpirun_is_stalled_ends_with_the_code_of_the_abort(
    make_job: MakeJob, tmp_path: Path, with_constants: Callable[..., dict[str, Any]]
) -> None:
    program = tmp_path / "mpirun.py"
    program.write_text(STARTER)
    script = (
        "trap '' TERM; printf 'MPI_ABORT was invoked\\n  Errorcode: 11\\n' >&2;"
        f" exec {sys.executable} {program} prterun 'mnp-agent {{address}} true'"
    )
    job = make_job(2)
    command = script.format(address=job.address(1))
    soon = with_constants("main_node", STALL_SECONDS=1)
    started = time.monotonic()
    nodes = job.start_all("--mode", "main", "--grace", "60s", "--", "sh", "-c", command, **soon)
    assert [node.code() for node in nodes] == [11, 11]
    assert time.monotonic() - started > 1
    assert "prterun does not end" in nodes[0].err
    assert job.left() == []
