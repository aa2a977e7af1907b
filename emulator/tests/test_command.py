"""An AWS for one command: its status is passed on, and nothing is left behind."""

from __future__ import annotations

import signal
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import boto3
import pytest
from typer.testing import CliRunner, Result

from cdk_batch_mnp_emulator.command import app
from cdk_batch_mnp_emulator.messages import NAME
from command_line import COMMAND, PATIENCE_SECONDS, command_with_aws, listens, run
from warm import WarmProcess


def test_the_command_finds_an_empty_aws() -> None:
    program = (
        "import boto3\n"
        "print(boto3.client('sts').get_caller_identity()['Account'])\n"
        "print(boto3.client('batch').describe_job_queues()['jobQueues'])"
    )
    done = run(sys.executable, "-c", program)
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


def call(*arguments: str) -> Result:
    """Call the command in this process."""
    return CliRunner().invoke(app, arguments, prog_name=NAME)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["--help"], ["exec", "up", "--version"], id="command"),
        pytest.param(["exec", "--help"], ["--region", "exit status"], id="exec"),
        pytest.param(["up", "-h"], ["Ctrl-C", "aws.sh"], id="up"),
    ],
)
def test_help_names_the_verbs_and_their_options(arguments: list[str], words: list[str]) -> None:
    done = call(*arguments)
    assert done.exit_code == 0
    assert [word for word in words if word not in done.stdout] == []
    assert "cdk-batch-mnp-emulator" in done.stdout


@pytest.mark.parametrize("start", [[COMMAND], [sys.executable, "-m", "cdk_batch_mnp_emulator"]])
def test_the_command_starts_by_its_name_and_as_a_module(start: list[str]) -> None:
    done = subprocess.run([*start, "up", "-h"], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stdout.startswith("Usage: cdk-batch-mnp-emulator up ")


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
    done = call(*arguments)
    assert done.exit_code != 0
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


def test_an_empty_name_is_not_a_program() -> None:
    done = run("")
    assert done.returncode == 127
    assert done.stderr == "cdk-batch-mnp-emulator: '': command not found\n"


def test_the_name_of_a_program_has_no_control_sequences_for_terminals_or_ci_systems() -> None:
    done = run("a\x1b[31m\n::error::b")
    assert done.returncode == 127
    assert len(done.stderr.splitlines()) == 1
    assert "\x1b" not in done.stderr


def test_nothing_of_the_users_account_reaches_the_command() -> None:
    done = run(
        "env",
        AWS_PROFILE="production",
        AWS_SESSION_TOKEN="secret",
        AWS_ACCESS_KEY_ID="real",
        aws_access_key_id="real",
        AWS_REGION="ap-southeast-2",
    )
    variables = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    assert {"AWS_PROFILE", "AWS_SESSION_TOKEN", "aws_access_key_id"} & set(variables) == set()
    assert variables["AWS_ACCESS_KEY_ID"].startswith("AKIA")
    assert variables["AWS_REGION"] == "us-east-1"
    assert variables["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")


def test_options_of_the_command_are_its_own() -> None:
    assert run("echo", "--region", "-h").stdout == "--region -h\n"


def test_two_commands_have_an_aws_each() -> None:
    with command_with_aws() as (_, outer):
        outer.client("s3").create_bucket(Bucket="outer")
        theirs = {
            "AWS_ENDPOINT_URL": outer.url,
            "AWS_ACCESS_KEY_ID": outer.access.access_key_id,
            "AWS_SECRET_ACCESS_KEY": outer.access.secret_access_key,
        }
        with command_with_aws(variables=theirs) as (_, inner):
            assert inner.client("s3").list_buckets()["Buckets"] == []
        assert len(outer.client("s3").list_buckets()["Buckets"]) == 1


def test_up_prints_the_variables_and_ends_at_ctrl_c() -> None:
    process = WarmProcess(
        ["up", "--region", "eu-west-1"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    with process.stdout, process.stderr:
        lines: list[str] = []
        while not lines or not lines[-1].startswith("export no_proxy"):
            lines.append(process.stdout.readline())
        shown = subprocess.run(
            ["sh", "-c", 'eval "$0"; env', "".join(lines)],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        variables = dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)
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


def test_a_type_that_nothing_provides_is_named_on_the_way(tmp_path: Path) -> None:
    errors = tmp_path / "errors"
    with errors.open("w") as file, command_with_aws(stderr=file.fileno()) as (_, aws):
        stack = aws.deploy({"Search": {"Type": "AWS::Kendra::Index"}})
    assert errors.read_text() == (
        f"embedded AWS: {stack.name}/Search (AWS::Kendra::Index): the embedded AWS does not "
        "support this type; the resource is ignored\n"
    )
