"""All processes of a node are found and ended, whatever they do to escape."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import cdk_batch_mnp_launch
from cdk_batch_mnp_launch.processes import descendants
from launcher.tests.nodes import Job

MakeJob = Callable[[int], Job]

WITHOUT_FIRST_THREAD = """
import ctypes, threading, time
threading.Thread(target=time.sleep, args=(60,)).start()
print("running", flush=True)
ctypes.CDLL(None).pthread_exit(None)
"""
ALWAYS_ANOTHER = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
end = time.monotonic() + 30
while time.monotonic() < end:
    if os.fork(): os._exit(0)
    if len(sys.argv) > 1: os.setsid()
    time.sleep(0.001)
"""


def test_a_process_whose_first_thread_has_ended_still_counts() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WITHOUT_FIRST_THREAD], stdout=subprocess.PIPE
    ) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            status = Path(f"/proc/{process.pid}/stat")
            end = time.monotonic() + 5
            while b") Z" not in status.read_bytes():
                assert time.monotonic() < end
                time.sleep(0.01)
            assert process.pid in descendants(os.getpid())
        finally:
            process.kill()
    assert process.pid not in descendants(os.getpid())


@pytest.mark.parametrize("argument", [[], ["in a session of its own each time"]])
def test_a_program_that_replaces_itself_all_the_time_is_killed(
    make_job: MakeJob, argument: list[str]
) -> None:
    job = make_job(1)
    started = time.monotonic()
    grace = ("--grace", "0.4s")
    node = job.start(0, *grace, "--", sys.executable, "-S", "-c", ALWAYS_ANOTHER, *argument)
    assert node.code() == 0
    assert time.monotonic() - started > 0.4  # the grace, in which it is not overlooked
    assert "did not end" not in node.err
    assert [left for _ in range(20) for left in job.left()] == []


def test_as_the_first_process_of_a_container_the_launcher_kills_all_others(tmp_path: Path) -> None:
    unshare = [shutil.which("unshare") or "", "--user", "--map-root-user", "--pid", "--fork"]
    if not unshare[0] or subprocess.run([*unshare, "true"], capture_output=True).returncode:
        pytest.skip("this machine allows no PID namespaces")
    launch = [sys.executable, "-m", "cdk_batch_mnp_launch", "--grace", "0.5s"]
    started = time.monotonic()
    ended = subprocess.run(
        [
            *(*unshare, "--mount-proc", *launch, "--"),
            *(sys.executable, "-S", "-c", ALWAYS_ANOTHER, "in a session of its own each time"),
        ],
        env={
            "PATH": os.environ["PATH"],
            "TMPDIR": str(tmp_path),
            "PYTHONPATH": str(Path(cdk_batch_mnp_launch.__file__).parent.parent),
        },
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert ended.returncode == 0, ended.stderr
    assert "did not end" not in ended.stderr
    assert time.monotonic() - started < 5


def test_what_a_remote_command_leaves_behind_ends_when_its_agent_is_killed(
    make_job: MakeJob, tmp_path: Path
) -> None:
    stubborn = tmp_path / "stubborn"
    stubborn.write_text("trap '' TERM; echo $$ >pid; while :; do sleep 0.1; done")
    script = f"""
        cd {tmp_path}
        agent="${{MNP_HOSTS%/*}}/agent"
        $agent $(sort -k2 -n "$MNP_HOSTS" | sed -n '2s/ .*//p') 'sh stubborn & wait' &
        while ! test -s pid; do sleep 0.1; done
        began=$(date +%s%N); kill $!
        while kill -0 $(cat pid) 2>/dev/null; do sleep 0.1; done
        echo killed after $(($(date +%s%N) - began))
    """
    job = make_job(2)
    main = job.start_all("--mode", "main", "--grace", "0.5s", "--", "sh", "-c", script)[0]
    assert job.codes() == [0, 0], main.err
    assert int(main.out.removeprefix("killed after ")) > 500_000_000  # the grace


def test_a_limit_of_open_files_is_raised_for_the_launcher_alone(make_job: MakeJob) -> None:
    job = make_job(2)
    main, _child = (
        job.start(index, "--", "sh", "-c", "ulimit -Sn; sleep 60", shell="ulimit -Sn 100")
        for index in range(2)
    )
    main.until("100\n")
    limits = Path(f"/proc/{main.process.pid}/limits").read_text()
    (files,) = [line.split()[3] for line in limits.splitlines() if line.startswith("Max open")]
    assert int(files) >= 512
    main.process.send_signal(signal.SIGTERM)
    assert job.codes() == [143, 143]


def test_a_limit_of_open_files_that_is_too_low_is_reported(make_job: MakeJob) -> None:
    job = make_job(1)
    main = job.start(0, "--", "echo", "started", shell="ulimit -n 8")
    assert main.code() == 1
    assert "internal error: OSError(24, 'Too many open files')\n  | Traceback" in main.err
    assert main.out == ""


def test_standard_files_that_are_closed_do_not_become_connections(make_job: MakeJob) -> None:
    job = make_job(2)
    for index in range(2):
        job.start(index, "--", "sh", "-c", "echo to no one >&2; exit 3", shell="exec <&- >&- 2>&-")
    assert job.codes() == [3, 3]
