"""Signals reach the command, and no process outlives it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from cdk_batch_mnp_emulator.running import Interrupted, ending_signals, interrupt
from command_line import COMMAND, PATIENCE_SECONDS, command_with_aws, listens, run, wait_until
from warm import WarmProcess

NOTE_STREAMS = 'a=$(cd /proc/$$/fd; readlink 0 1 2); echo "$a" > "$0"; exit 7'
PRINT_URL_AND_WAIT = "echo $AWS_ENDPOINT_URL; sleep 300 & sleep 300"


def test_a_server_that_dies_is_reported_while_the_command_runs() -> None:
    process = subprocess.Popen(
        [COMMAND, "exec", "--", "sh", "-c", "echo ready; read line; exit 3"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    with process.stdin, process.stdout, process.stderr:
        assert process.stdout.readline() == "ready\n"
        (server,) = (
            each
            for each in psutil.Process(process.pid).children()
            if "cdk_batch_mnp_emulator.server" in each.cmdline()
        )
        server.kill()
        assert process.stderr.readline() == (
            "cdk-batch-mnp-emulator: the embedded AWS has exited (signal 9); "
            "the command continues without it\n"
        )
        process.stdin.write("\n")
        process.stdin.flush()
        assert process.wait(PATIENCE_SECONDS) == 3
        assert process.stderr.read() == ""


INTERRUPTED = """
import os, signal, sys

wanted = sys.argv[1]

class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == wanted:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupting())
from cdk_batch_mnp_emulator.__main__ import main
sys.argv[1:] = ["exec", "--region", "eu-west-1", "--", "sleep", "300"]
main()
"""
"""Presses Ctrl-C when a module is first looked for."""


@pytest.mark.parametrize(
    ("module", "status"),
    [
        ("typer", -signal.SIGINT),
        ("cdk_batch_mnp_emulator.running", -signal.SIGINT),
        ("botocore.loaders", 128 + signal.SIGINT),
    ],
)
def test_ctrl_c_while_the_command_is_being_loaded_is_silent(module: str, status: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, module],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert (done.returncode, done.stderr) == (status, "")


def test_a_standard_error_without_a_reader_stops_nothing() -> None:
    index = {"Type": "AWS::Kendra::Index"}
    resources = {f"R{each:03}{'x' * 200}": index for each in range(20)}
    # A pipe holds 64 KiB, and the warnings come to some 100.
    with command_with_aws(stderr=subprocess.PIPE) as (process, aws):
        for _ in range(18):
            aws.deploy(resources)
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE_SECONDS)


def test_the_port_is_free_when_the_command_has_ended() -> None:
    url = run("sh", "-c", "echo $AWS_ENDPOINT_URL").stdout.strip()
    assert url.startswith("http://127.0.0.1:")
    assert not listens(url)


def test_what_the_command_left_running_ends_with_it() -> None:
    done = run("sh", "-c", "sleep 300 >/dev/null 2>&1 & echo $!")
    assert wait_until(lambda: not psutil.pid_exists(int(done.stdout)))


LEAVING = {
    "in a session of its own": "setsid sh wait.sh 1",
    "below such a session": "setsid sh -c 'sh wait.sh 2 & wait'",
    "left behind by such a session": "setsid sh -c 'setsid sh wait.sh 3 &'",
    "deaf to being asked": "setsid sh -c 'trap \"\" TERM; sh wait.sh 4'",
}
"""Ways to leave the process group of a command; each writes its process into a file."""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process adopt orphans")
def test_what_has_left_the_group_of_the_command_ends_with_it(tmp_path: Path) -> None:
    (tmp_path / "wait.sh").write_text("echo $$ > $1.new; mv $1.new $1; exec sleep 300")
    starts = " ".join(f"{each} >/dev/null 2>&1 &" for each in LEAVING.values())
    until_all_run = "until test -e 1 -a -e 2 -a -e 3 -a -e 4; do sleep 0.05; done"
    done = run("sh", "-c", f"cd '{tmp_path}'; {starts} {until_all_run}")
    assert done.returncode == 0
    left = {
        how: psutil.pid_exists(int((tmp_path / str(number)).read_text()))
        for number, how in enumerate(LEAVING, start=1)
    }
    assert left == dict.fromkeys(LEAVING, False)


@pytest.fixture
def started() -> Iterator[tuple[WarmProcess, list[psutil.Process], str]]:
    """A command that waits, all processes below it, and where its AWS listens."""
    process = WarmProcess(
        ["exec", "--", "sh", "-c", PRINT_URL_AND_WAIT],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    parent = psutil.Process(process.pid)
    # The server, the shell, and the two that it runs.
    assert wait_until(lambda: len(parent.children(recursive=True)) == 4)
    children = parent.children(recursive=True)
    yield process, children, url
    for each in children:
        if each.is_running():
            each.kill()
    process.stdout.close()
    process.wait()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupting_leaves_no_process(
    started: tuple[WarmProcess, list[psutil.Process], str], number: signal.Signals
) -> None:
    process, children, url = started
    assert listens(url)
    process.send_signal(number)
    assert process.wait(PATIENCE_SECONDS) == 128 + number
    assert [each for each in children if each.is_running()] == []
    assert not listens(url)


def test_killing_it_leaves_no_process(
    started: tuple[WarmProcess, list[psutil.Process], str],
) -> None:
    process, children, url = started
    process.kill()
    assert wait_until(lambda: not any(each.is_running() for each in children))
    assert not listens(url)


def test_a_server_without_a_parent_ends_silently() -> None:
    # As when Ctrl-C comes while the server starts.
    read, write = os.pipe()
    os.close(read)
    server = subprocess.Popen(
        [sys.executable, "-m", "cdk_batch_mnp_emulator.server"],
        stdin=subprocess.PIPE,
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(write)
    assert server.stdin is not None
    assert server.stderr is not None
    with server.stdin, server.stderr:
        assert server.wait(PATIENCE_SECONDS) == 0
        assert server.stderr.read() == ""


def test_a_command_that_will_not_end_is_ended_at_the_second_asking() -> None:
    process = WarmProcess(
        ["exec", "--", "sh", "-c", "trap '' INT; echo ready; sleep 300"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_SECONDS) == 128 + signal.SIGINT


def test_ctrl_c_in_a_terminal_is_for_the_command() -> None:
    # pty.spawn gives the command a terminal, and types into it what comes in here.
    program = (
        "import os, pty, sys; status = pty.spawn(sys.argv[1:]); "
        "sys.exit(os.waitstatus_to_exitcode(status))"
    )
    script = "trap 'echo interrupted; exit 3' INT; echo ready; while :; do sleep 0.1; done"
    process = subprocess.Popen(
        [sys.executable, "-c", program, COMMAND, "exec", "--", "sh", "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process.stdin, process.stdout:
        assert process.stdout.readline().strip() == b"ready"
        process.stdin.write(b"\x03")
        process.stdin.flush()
        assert process.wait(PATIENCE_SECONDS) == 3
        assert b"interrupted" in process.stdout.read()


@pytest.mark.parametrize("closed", ["<&- 2>&-", ">&-", "<&- >&- 2>&-"])
def test_a_closed_standard_stream_is_an_empty_one(closed: str, tmp_path: Path) -> None:
    # A cron job or a daemon may have none, and a socket of ours must not take its place.
    seen = tmp_path / "seen"
    done = subprocess.run(
        ["sh", "-c", f'"$@" {closed}', "sh", COMMAND, "exec", "--", "sh", "-c", NOTE_STREAMS, seen],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    assert done.returncode == 7
    assert seen.read_text().split() == ["/dev/null"] * 3


def test_a_signal_is_no_error_of_what_it_interrupts() -> None:
    def request() -> None:
        # As botocore does, which reports every error as one of the connection.
        with contextlib.suppress(Exception):
            signal.raise_signal(signal.SIGTERM)
            time.sleep(PATIENCE_SECONDS)

    with ending_signals(interrupt), pytest.raises(Interrupted):
        request()
