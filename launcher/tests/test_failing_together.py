"""The first failure decides, all nodes end within seconds, and nothing is left running."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from launcher.tests.nodes import SHORT_GRACE, SHORT_SILENCE, Job

MakeJob = Callable[[int], Job]

PATIENCE_SECONDS = 50  # how fast it is belongs to benchmarks/launcher.py

WORK = ("--", "sh", "-c", "echo running; exec sleep 60")


def start(job: Job, *arguments: str) -> None:
    for node in job.start_all(*(arguments or WORK)):
        node.until("running")


def ended(job: Job) -> list[int]:
    """Return the exit statuses; all nodes end before their command would, and leave nothing."""
    started = time.monotonic()
    codes = job.codes()
    assert time.monotonic() - started < PATIENCE_SECONDS
    assert job.left() == []
    return codes


def test_the_launcher_of_a_child_is_killed(make_job: MakeJob) -> None:
    job = make_job(4)
    start(job)
    killed = job.nodes[2]
    killed.process.kill()
    codes = [job.nodes[index].code() for index in (0, 1, 3)]
    assert codes == [76, 76, 76]
    assert f"failed first on node 2 ({job.address(2)}" in job.nodes[0].err


def test_the_exit_status_and_the_last_lines_of_the_node_that_failed_first(
    make_job: MakeJob,
) -> None:
    job = make_job(3)
    script = (
        "test $MNP_NODE_INDEX = 1 || exec sleep 60;"
        " for i in $(seq 30); do echo line $i >&2; done; exit 7"
    )
    main = job.start_all("--", "sh", "-c", script)[0]
    assert ended(job) == [7, 7, 7]
    lines = main.err.splitlines()
    assert "failed first on node 1" in main.err
    assert lines[-1] == "mnp-launch: node 0: exit status 7"
    assert lines[-21:-1] == [f"  | line {number}" for number in range(11, 31)]


def test_the_command_of_a_child_is_killed(make_job: MakeJob) -> None:
    job = make_job(3)
    script = "test $MNP_NODE_INDEX = 1 || exec sleep 60; sleep 60 & kill -9 $$"
    main = job.start_all("--", "sh", "-c", script)[0]
    assert ended(job) == [137, 137, 137]
    assert "its command exited with status 137 (SIGKILL)" in main.err


def test_the_launcher_of_the_main_node_is_killed(make_job: MakeJob) -> None:
    job = make_job(3)
    start(job)
    job.nodes[0].process.kill()
    assert [job.nodes[index].code() for index in (1, 2)] == [76, 76]
    # Closed, or reset if something was still to be read.
    assert "main node: connection " in job.nodes[1].err


@pytest.mark.parametrize(
    ("index", "number"), [(0, signal.SIGTERM), (1, signal.SIGTERM), (0, signal.SIGQUIT)]
)
def test_a_signal_to_stop_a_node_ends_the_job(
    make_job: MakeJob, index: int, number: signal.Signals
) -> None:
    job = make_job(3)
    start(job)
    job.nodes[index].process.send_signal(number)
    assert ended(job) == [128 + number] * 3
    assert f"failed first on node {index}" in job.nodes[0].err


def test_the_command_can_act_on_sigterm(make_job: MakeJob) -> None:
    job = make_job(2)
    start(job, "--", "sh", "-c", "trap 'echo saved; exit 0' TERM; echo running; sleep 60 & wait")
    job.nodes[0].process.terminate()
    assert ended(job) == [143, 143]
    assert all("saved" in node.out for node in job.nodes.values())


def test_a_command_that_ignores_sigterm_is_killed_after_the_grace(make_job: MakeJob) -> None:
    job = make_job(2)
    ignores = "trap '' TERM; echo running; while :; do sleep 1; done"
    start(job, *SHORT_GRACE, "--", "sh", "-c", ignores)
    job.nodes[0].process.terminate()
    assert ended(job) == [143, 143]


def test_a_second_sigterm_kills_at_once(make_job: MakeJob) -> None:
    job = make_job(1)
    start(
        job,
        "--grace",
        "60s",
        "--",
        "sh",
        "-c",
        "trap '' TERM; echo running; while :; do sleep 1; done",
    )
    job.nodes[0].process.terminate()
    job.nodes[0].until("received SIGTERM")
    job.nodes[0].process.terminate()
    assert ended(job) == [143]


def test_a_stopped_child_is_lost_after_the_silence(make_job: MakeJob) -> None:
    job = make_job(3)
    start(job, *SHORT_SILENCE, *WORK)
    job.nodes[1].process.send_signal(signal.SIGSTOP)
    assert [job.nodes[index].code() for index in (0, 2)] == [76, 76]
    assert "node 1" in job.nodes[0].err
    assert "silent for" in job.nodes[0].err
    # When it continues, it ends too, with the job's status.
    job.nodes[1].process.send_signal(signal.SIGCONT)
    assert ended(job) == [76, 76, 76]


def test_a_stopped_main_node_ends_the_children(make_job: MakeJob) -> None:
    job = make_job(2)
    start(job, *SHORT_SILENCE, *WORK)
    job.nodes[0].process.send_signal(signal.SIGSTOP)
    assert job.nodes[1].code() == 76
    assert "main node: silent for" in job.nodes[1].err
    job.nodes[0].process.send_signal(signal.SIGCONT)
    assert job.nodes[0].code() == 76
    assert job.left() == []


def test_daemons_end_with_the_job(make_job: MakeJob) -> None:
    job = make_job(2)
    stubborn = "trap '' TERM; sleep 62; sleep 63"
    script = f'(setsid sleep 61 >/dev/null 2>&1 &); (setsid sh -c "{stubborn}" &); true'
    job.start_all(*SHORT_GRACE, "--", "sh", "-c", script)
    assert ended(job) == [0, 0]


def test_a_command_that_closes_its_output_runs_on(make_job: MakeJob) -> None:
    job = make_job(2)
    script = "exec >&- 2>&-; sleep 0.5; exit $((MNP_NODE_INDEX * 3))"
    job.start_all("--", "sh", "-c", script)
    assert ended(job) == [3, 3]


def test_the_command_of_a_node_that_is_done_first_does_not_end_the_others(
    make_job: MakeJob,
) -> None:
    job = make_job(3)
    job.start_all("--", "sh", "-c", "sleep 0.$MNP_NODE_INDEX; echo done")
    assert ended(job) == [0, 0, 0]
    assert [node.out for node in job.nodes.values()] == ["done\n"] * 3


def test_nodes_that_linger_are_stopped(make_job: MakeJob) -> None:
    job = make_job(2)
    job.start_all(
        *("--linger", "0.2s"), "--", "sh", "-c", "test $MNP_NODE_INDEX = 0 || exec sleep 60"
    )
    assert ended(job) == [0, 0]


def test_a_command_that_does_not_exist(make_job: MakeJob) -> None:
    job = make_job(2)
    main = job.start_all("--", "no-such-command")[0]
    assert ended(job) == [127, 127]
    assert "cannot run no-such-command: No such file or directory" in main.err


def test_a_command_that_cannot_be_executed(make_job: MakeJob) -> None:
    job = make_job(1)
    main = job.start(0, "--", "/etc/passwd")
    assert main.code() == 126
    assert "cannot run /etc/passwd: Permission denied" in main.err


def test_a_script_from_windows(make_job: MakeJob, tmp_path: Path) -> None:
    script = tmp_path / "train.sh"
    script.write_bytes(b"#!/bin/sh\r\necho started\r\n")
    script.chmod(0o755)
    job = make_job(1)
    main = job.start(0, "--", "train.sh", PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert main.code() == 127
    reason = "the interpreter in its first line does not exist: '/bin/sh\\r'"
    assert f"cannot run train.sh: {reason}" in main.err


def test_a_program_for_another_system_library(make_job: MakeJob, tmp_path: Path) -> None:
    # As one that was built with musl has, in an image with glibc.
    program = tmp_path / "solver"
    built = Path(sys.executable).read_bytes()
    program.write_bytes(re.sub(rb"(/lib[^\0]*)/ld-([^\0]*)", rb"\1/no-\2", built, count=1))
    program.chmod(0o755)
    job = make_job(1)
    main = job.start(0, "--", str(program))
    assert main.code() == 127
    assert "it exists, but not the dynamic linker that it needs" in main.err


def test_the_second_attempt_works(make_job: MakeJob) -> None:
    job = make_job(2)
    script = "test $AWS_BATCH_JOB_ATTEMPT = 2"
    job.start_all("--", "sh", "-c", script)
    assert job.codes() == [1, 1]
    job.start_all("--", "sh", "-c", script, AWS_BATCH_JOB_ATTEMPT="2")
    assert job.codes() == [0, 0]


def test_a_job_of_one_node_uses_no_network(make_job: MakeJob) -> None:
    job = make_job(1)
    node = job.start(
        0, "--mode", "main", "--", "sh", "-c", "echo $MNP_NUM_NODES; exit 5", MNP_SECRET=""
    )
    assert node.code() == 5
    assert node.out == "1\n"
    assert "waiting" not in node.err


def test_a_log_that_takes_nothing_for_a_while_does_not_lose_the_node(
    make_job: MakeJob, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    os.mkfifo(log)
    reader = os.open(log, os.O_RDONLY | os.O_NONBLOCK)
    job = make_job(2)
    script = (
        "test $MNP_NODE_INDEX = 1 || exec sleep 60; echo running; seq 50000 >&2; echo done; exit 4"
    )
    main = job.start(0, *SHORT_SILENCE, "--", "sh", "-c", script)
    child = job.start(1, *SHORT_SILENCE, "--", "sh", "-c", script, shell=f"exec 2>{log}")
    child.until("running")
    time.sleep(3)  # longer than the silence
    assert main.process.poll() is None
    assert "done" not in child.out
    found = b""
    while child.process.poll() is None:
        with contextlib.suppress(BlockingIOError):
            found += os.read(reader, 1 << 20)
    found += os.read(reader, 1 << 20)
    os.close(reader)
    assert ended(job) == [4, 4]
    assert "  | 50000\n" in main.err
    lines = found.decode().splitlines()
    assert [line for line in lines if line.isdigit()] == [str(each) for each in range(1, 50001)]
    assert lines[-1].endswith("its command exited with status 4; exit status 4")


def test_nodes_that_are_all_stopped_at_once_have_their_whole_grace(make_job: MakeJob) -> None:
    # As AWS Batch stops them: the second one has heard of the first one before its own signal.
    job = make_job(2)
    script = "trap 'sleep 0.5; echo saved; exit 0' TERM; echo running; sleep 60 & wait"
    start(job, "--grace", "9s", "--", "sh", "-c", script)
    for node in job.nodes.values():
        node.process.terminate()
        time.sleep(0.1)
    assert ended(job) == [143, 143]
    assert [node.out for node in job.nodes.values()] == ["running\nsaved\n"] * 2
    assert "SIGKILL" not in job.nodes[1].err


def test_python_itself_ignores_signals_until_its_end() -> None:
    program = (
        "import signal; from cdk_batch_mnp_launch.reactor import Reactor; reactor = Reactor();"
        "reactor.on_signal(signal.SIGTERM, print); reactor.on_signal(signal.SIGCHLD, print);"
        "reactor.close(restore_signals=False);"
        "print(*(signal.getsignal(each).name for each in (signal.SIGTERM, signal.SIGCHLD)))"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (ran.stdout, ran.stderr) == ("SIG_IGN SIG_DFL\n", "")


def test_a_signal_after_the_end_does_not_replace_the_exit_status(
    make_job: MakeJob, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    os.mkfifo(log)
    reader = os.open(log, os.O_RDONLY | os.O_NONBLOCK)
    job = make_job(1)
    node = job.start(0, "--", "sh", "-c", "seq 20000 >&2; echo done", shell=f"exec 2>{log}")
    # Half of it waits for the log; then the launcher waits for the rest.
    while "done" not in node.out:
        with contextlib.suppress(BlockingIOError):
            os.read(reader, 1000)
    time.sleep(0.5)
    node.process.terminate()
    time.sleep(0.2)
    while node.process.poll() is None:
        with contextlib.suppress(BlockingIOError):
            os.read(reader, 1 << 20)
    os.close(reader)
    assert node.code() == 0


def test_signals_for_the_user_are_passed_on(make_job: MakeJob) -> None:
    job = make_job(1)
    start(
        job,
        "--",
        "sh",
        "-c",
        "trap 'echo checkpoint; exit 0' USR1; echo running; while :; do sleep 0.1; done",
    )
    job.nodes[0].process.send_signal(signal.SIGUSR1)
    assert job.nodes[0].code() == 0
    assert "checkpoint" in job.nodes[0].out
