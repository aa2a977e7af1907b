"""An AWS for one command: its status is passed on, and nothing is left behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

import boto3
import psutil
import pytest

COMMAND = str(Path(sys.executable).with_name("cdk-batch-mnp-emulator"))
PATIENCE_SECONDS = 20.0

PRINT_URL_AND_WAIT = "echo $AWS_ENDPOINT_URL; sleep 300 & sleep 300"


def run(*command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, "exec", "--", *command],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | variables,
    )


def wait_until(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.05)
    return holds()


def listens(url: str) -> bool:
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0


def test_the_command_finds_an_empty_aws() -> None:
    done = run(
        sys.executable,
        "-c",
        "import boto3\n"
        "print(boto3.client('sts').get_caller_identity()['Account'])\n"
        "print(boto3.client('batch').describe_job_queues()['jobQueues'])",
    )
    assert done.stderr == ""
    assert done.stdout.split("\n")[:2] == ["123456789012", "[]"]


@pytest.mark.parametrize(
    ("script", "status"),
    [
        ("exit 0", 0),
        ("exit 7", 7),
        ("kill -TERM $$", 128 + signal.SIGTERM),
        ("kill -KILL $$", 128 + signal.SIGKILL),
    ],
)
def test_the_exit_status_is_passed_on(script: str, status: int) -> None:
    assert run("sh", "-c", script).returncode == status


def test_a_program_that_does_not_exist_has_the_status_that_shells_give_it() -> None:
    assert run("no-such-program").returncode == 127
    assert run("/").returncode == 126


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["--help"], ["exec", "up", "--version"], id="command"),
        pytest.param(["exec", "--help"], ["--region", "exit status"], id="exec"),
        pytest.param(["up", "-h"], ["Ctrl-C", "aws.sh"], id="up"),
    ],
)
@pytest.mark.parametrize("start", [[COMMAND], [sys.executable, "-m", "cdk_batch_mnp_emulator"]])
def test_help_names_the_verbs_and_their_options(
    start: list[str], arguments: list[str], words: list[str]
) -> None:
    done = subprocess.run([*start, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert [word for word in words if word not in done.stdout] == []
    assert "cdk-batch-mnp-emulator" in done.stdout


def test_version_is_the_version_of_the_distribution() -> None:
    done = subprocess.run([COMMAND, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"cdk-batch-mnp-emulator {version('cdk-batch-mnp-emulator')}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["down"], "No such command 'down'", id="no such verb"),
        pytest.param(["exec"], "Missing argument", id="no command to run"),
        pytest.param(["up", "--port"], "No such option: --port", id="no such option"),
        pytest.param(["up", "--region", "mars"], "unknown Region 'mars'", id="no such Region"),
    ],
)
def test_wrong_usage_is_one_clear_message(arguments: list[str], message: str) -> None:
    done = subprocess.run([COMMAND, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert message in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_variables_that_cannot_be_written_end_up_with_one_line() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [COMMAND, "up"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1
    assert done.stderr == (
        "cdk-batch-mnp-emulator: standard output cannot be written: No space left on device\n"
    )


def test_an_empty_name_is_no_program() -> None:
    done = run("")
    assert done.returncode == 127
    assert done.stderr == "cdk-batch-mnp-emulator: '': command not found\n"


def test_the_name_of_a_program_gives_no_orders_to_terminals_or_ci_systems() -> None:
    done = run("a\x1b[31m\n::error::b")
    assert done.returncode == 127
    assert len(done.stderr.splitlines()) == 1
    assert "\x1b" not in done.stderr


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
            "cdk-batch-mnp-emulator: the embedded AWS has ended (signal 9); "
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
sys.argv[1:] = ["exec", "--", "sleep", "300"]
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


UNREAD = """
import boto3, json
cloudformation = boto3.client("cloudformation")
for number in range(40):
    index = {"Type": "AWS::Kendra::Index"}
    resources = {"R%03d%s" % (each, "x" * 200): index for each in range(20)}
    cloudformation.create_stack(
        StackName=f"s{number}", TemplateBody=json.dumps({"Resources": resources})
    )
print("done", flush=True)
"""


def test_a_standard_error_without_a_reader_stops_nothing() -> None:
    process = subprocess.Popen(
        [COMMAND, "exec", "--", sys.executable, "-c", UNREAD],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,  # holds 64 KiB, and the warnings come to some 200
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    with process.stdout, process.stderr:
        assert process.stdout.readline() == "done\n"
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE_SECONDS)


def test_nothing_of_the_users_account_reaches_the_command() -> None:
    done = run(
        "env",
        AWS_PROFILE="production",
        AWS_SESSION_TOKEN="secret",
        AWS_ACCESS_KEY_ID="real",
        aws_access_key_id="real",
        AWS_REGION="ap-southeast-2",
    )
    told = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    assert {"AWS_PROFILE", "AWS_SESSION_TOKEN", "aws_access_key_id"} & set(told) == set()
    assert told["AWS_ACCESS_KEY_ID"].startswith("AKIA")
    assert told["AWS_REGION"] == "us-east-1"
    assert told["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")


def test_options_of_the_command_are_its_own() -> None:
    assert run("echo", "--region", "-h").stdout == "--region -h\n"


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


def test_two_commands_have_an_aws_each() -> None:
    inner = "import boto3; print(boto3.client('s3').list_buckets()['Buckets'])"
    outer = (
        "import boto3, subprocess, sys; boto3.client('s3').create_bucket(Bucket='outer')\n"
        f"sys.exit(subprocess.call([{COMMAND!r}, 'exec', '--', sys.executable, '-c', "
        f"{inner!r}]))"
    )
    assert run(sys.executable, "-c", outer).stdout == "[]\n"


@pytest.fixture
def started() -> Iterator[tuple[subprocess.Popen[str], list[psutil.Process], str]]:
    """A command that waits, all processes below it, and where its AWS listens."""
    process = subprocess.Popen(
        [COMMAND, "exec", "--", "sh", "-c", PRINT_URL_AND_WAIT],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
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
    started: tuple[subprocess.Popen[str], list[psutil.Process], str], number: signal.Signals
) -> None:
    process, children, url = started
    assert listens(url)
    process.send_signal(number)
    assert process.wait(PATIENCE_SECONDS) == 128 + number
    assert [each for each in children if each.is_running()] == []
    assert not listens(url)


def test_killing_it_leaves_no_process(
    started: tuple[subprocess.Popen[str], list[psutil.Process], str],
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
    process = subprocess.Popen(
        [COMMAND, "exec", "--", "sh", "-c", "trap '' INT; echo ready; sleep 300"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_SECONDS) == 128 + signal.SIGINT


def test_up_prints_the_variables_and_ends_at_ctrl_c() -> None:
    process = subprocess.Popen(
        [COMMAND, "up", "--region", "eu-west-1"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    with process.stdout, process.stderr:
        lines: list[str] = []
        while not lines or not lines[-1].startswith("export no_proxy"):
            lines.append(process.stdout.readline())
        told = subprocess.run(
            ["sh", "-c", 'eval "$0"; env', "".join(lines)],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        variables = dict(line.split("=", 1) for line in told.splitlines() if "=" in line)
        assert variables["AWS_REGION"] == "eu-west-1"
        url = variables["AWS_ENDPOINT_URL"]
        s3 = boto3.client(
            "s3",
            endpoint_url=url,
            region_name="eu-west-1",
            aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        )
        assert s3.list_buckets()["Buckets"] == []
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_SECONDS) == 0
        assert not listens(url)


def test_a_type_that_nothing_provides_is_named_on_the_way() -> None:
    template = '{"Resources": {"Search": {"Type": "AWS::Kendra::Index"}}}'
    done = run(
        sys.executable,
        "-c",
        "import boto3\n"
        "boto3.client('cloudformation').create_stack(\n"
        f"    StackName='a', TemplateBody={template!r})",
    )
    assert done.returncode == 0
    assert done.stderr == (
        "embedded AWS: Search: the embedded AWS does not provide AWS::Kendra::Index; "
        "it was left out\n"
    )


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
