"""The server is killed, stopped, or starved, while nodes run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import uuid
from pathlib import Path

import psutil

from command_line import COMMAND, PATIENCE_SECONDS, command_with_aws, wait_until
from embedded import EmbeddedAws
from job_platform import JobPlatform, wait_for
from warm import WarmServer

HERE = Path(__file__).parent


def processes_with(marker: str) -> list[int]:
    return [
        each.pid
        for each in psutil.process_iter()
        if _names(each, marker) and each.pid != os.getpid()
    ]


def _names(process: psutil.Process, marker: str) -> bool:
    try:
        return marker in " ".join(process.cmdline())
    except psutil.Error:
        return False


PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
import os
from cdk_batch_mnp_emulator.access import Access
from embedded import EmbeddedAws
from job_platform import JobPlatform, wait_for
access = Access(*(os.environ[name] for name in (
    "AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")))
platform = JobPlatform(EmbeddedAws(access))
job = platform.ended(platform.submit(platform.define_nodes(['true'])))
print(job['status'], job.get('container', {}).get('reason'))
node = platform.describe(job['jobId'] + '#0')
print(node['container'].get('reason', ''))
"""


def test_nothing_survives_a_server_that_is_killed(tmp_path: Path) -> None:
    marker = uuid.uuid4().hex
    with WarmServer() as server:
        platform = JobPlatform(EmbeddedAws(server.access))
        program = "trap '' TERM; while :; do sleep 1; done"
        job = platform.submit(platform.define_nodes(["sh", "-c", program, marker]))
        wait_for(lambda: platform.describe(job)["status"] == "RUNNING" or None)
        wait_for(lambda: platform.describe(f"{job}#1")["status"] == "RUNNING" or None)
        assert len(processes_with(marker)) >= 2
        hosts = psutil.Process(server.pid).children(recursive=True)
        folder = Path(server.folder)
        assert list(folder.iterdir())
        os.kill(server.pid, signal.SIGKILL)
        assert wait_until(lambda: processes_with(marker) == [])
        assert wait_until(lambda: not any(each.is_running() for each in hosts))
    assert not folder.exists()


def test_ctrl_c_at_exec_ends_the_nodes(tmp_path: Path) -> None:
    marker = uuid.uuid4().hex
    with command_with_aws(variables={"TMPDIR": str(tmp_path)}) as (process, aws):
        platform = JobPlatform(aws)
        program = "trap '' TERM; setsid sleep 300 & while :; do sleep 1; done"
        job = platform.submit(platform.define_nodes(["sh", "-c", program, marker]))
        wait_for(lambda: platform.describe(job)["status"] == "RUNNING" or None)
        wait_for(lambda: platform.describe(f"{job}#1")["status"] == "RUNNING" or None)
        assert len(processes_with(marker)) >= 2
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_SECONDS) == 128 + signal.SIGINT
    assert wait_until(lambda: processes_with(marker) == [])
    assert list(tmp_path.iterdir()) == []


def test_few_open_files_are_a_reason_and_not_a_hang(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            *("sh", "-c", 'ulimit -n 64; exec "$@"', "sh"),
            *(COMMAND, "exec", "--", sys.executable, "-c", PROGRAM, str(HERE)),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("FAILED"), done.stdout
    assert "raise it with `ulimit -n`" in done.stdout


def test_a_temporary_folder_that_cannot_be_made_is_one_error(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", NO_FOLDER],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == (
        "cdk-batch-mnp-emulator: no temporary folder can be made: No space left on device; "
        "TMPDIR names another place\n"
    )


NO_FOLDER = """
import sys, tempfile

def full(*arguments, **named):
    raise OSError(28, "No space left on device")

tempfile.mkdtemp = full
from cdk_batch_mnp_emulator.__main__ import main
sys.argv[1:] = ["exec", "--", "true"]
main()
"""
