"""``run``: from a template to a job that has run, in a folder that has nothing else."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import psutil
import pytest
from typer.testing import CliRunner

from cdk_batch_mnp_emulator.command import app
from cdk_batch_mnp_emulator.messages import NAME
from command_line import COMMAND, PATIENCE_SECONDS, wait_until
from run.apps import IMAGE, WAIT_FOR_CHILDREN, definition, platform, queue, single, with_task, write
from warm import WarmProcess, run_warm


def run(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return run_warm("run", *arguments, cwd=folder, timeout=120, env=os.environ | variables)


def template(folder: Path, **definitions: dict[str, Any]) -> Path:
    return write(folder / "app.json", platform(**definitions))


def rows(output: str) -> list[list[str]]:
    """The cells of the table of nodes."""
    return [
        [cell.strip() for cell in line.strip("│").split("│")]
        for line in output.splitlines()
        if line.startswith("│")
    ]


def test_a_job_runs_from_its_template_to_its_end(tmp_path: Path) -> None:
    template(tmp_path)
    command = [COMMAND, "run", "app.json"]
    done = subprocess.run(command, cwd=tmp_path, timeout=120, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].startswith(f"[0] The image {IMAGE} is not run: ")
    assert {"[0] node 0 of 2", "[1] node 1 of 2"} < set(lines)
    assert [row[0] for row in rows(done.stdout)] == ["0", "1"]
    for _, address, state, exit_code, seconds in rows(done.stdout):
        assert (address.count("."), state, exit_code) == (3, "SUCCEEDED", "0")
        assert float(seconds) >= 0
    assert lines[-1] == "job Job SUCCEEDED"
    assert [each.name for each in tmp_path.iterdir()] == ["app.json"]


def test_the_number_of_nodes_the_command_and_the_variables_are_overridden(tmp_path: Path) -> None:
    template(tmp_path)
    script = 'echo "$GREETING" "$@"' + WAIT_FOR_CHILDREN
    command = ["sh", "-c", script, "sh", "--job", "a  b"]
    done = run(tmp_path, "app.json", "--nodes", "3", "--env", "GREETING=a=b", "--", *command)
    assert done.returncode == 0
    assert {f"[{index}] a=b --job a  b" for index in range(3)} < set(done.stdout.splitlines())


def test_parameters_of_the_job_and_of_the_template_are_set(tmp_path: Path) -> None:
    job = definition("echo $0 from $FROM")
    job["Properties"]["Parameters"] = {"greeting": "hello"}
    for node_range in job["Properties"]["NodeProperties"]["NodeRangeProperties"]:
        node_range["Container"] = {
            **node_range["Container"],
            "Command": ["sh", "-c", 'echo "$1 from $FROM"', "sh", "Ref::greeting"],
            "Environment": [{"Name": "FROM", "Value": {"Ref": "From"}}],
        }
    write(
        tmp_path / "app.json",
        platform(Job=job) | {"Parameters": {"From": {"Type": "String"}}},
    )
    without = run(tmp_path, "app.json")
    assert without.returncode == 2
    assert "Parameters: [From] must have values" in without.stderr
    given = ("--parameter", "greeting=good day", "--template-parameter", "From=me")
    done = run(tmp_path, "app.json", *given)
    assert "[0] good day from me" in done.stdout
    misspelt = run(tmp_path, "app.json", *given, "--template-parameter", "Form=me")
    assert misspelt.returncode == 2
    assert "no template has a parameter Form" in misspelt.stderr


def test_a_folder_stands_for_the_image(tmp_path: Path) -> None:
    program = tmp_path / "image" / "bin" / "greet"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\necho greeted with $(cat data.txt)\n")
    program.chmod(0o755)
    (tmp_path / "image" / "data.txt").write_text("data\n")
    template(tmp_path, Job=definition("greet"))
    done = run(tmp_path, "app.json", "--image", "busybox=image")
    assert done.returncode == 0
    assert "[0] greeted with data" in done.stdout
    project = '[tool.cdk-batch-mnp-emulator.images]\n"busybox" = "image"\n'
    (tmp_path / "pyproject.toml").write_text(project)
    assert "[0] greeted with data" in run(tmp_path, "app.json").stdout


def test_every_run_starts_empty_though_the_project_keeps_its_state(tmp_path: Path) -> None:
    template(tmp_path, Job=single())
    (tmp_path / "pyproject.toml").write_text('[tool.cdk-batch-mnp-emulator]\nstate = "kept"\n')
    for _ in range(2):
        assert run(tmp_path, "app.json").returncode == 0
    assert not (tmp_path / "kept").exists()


def test_a_job_with_one_node_runs_too(tmp_path: Path) -> None:
    template(tmp_path, Job=single())
    done = run(tmp_path, "app.json")
    assert (done.returncode, len(rows(done.stdout))) == (0, 1)
    assert "[0] alone" in done.stdout
    refused = run(tmp_path, "app.json", "--nodes", "2")
    assert refused.returncode == 2
    assert "--nodes 2: Job is not a multi-node parallel job" in refused.stderr


def test_all_attempts_are_shown(tmp_path: Path) -> None:
    job = definition("echo attempt $AWS_BATCH_JOB_ATTEMPT; exit 3")
    job["Properties"]["RetryStrategy"] = {"Attempts": 2}
    template(tmp_path, Job=job)
    done = run(tmp_path, "app.json")
    assert done.returncode == 1
    assert {"[0] attempt 1", "[0] attempt 2"} < set(done.stdout.splitlines())
    assert done.stdout.splitlines()[-1] == (
        "job Job FAILED after 2 attempts: Essential container in task exited; exit code 3"
    )


def test_a_job_that_fails_is_the_exit_status(tmp_path: Path) -> None:
    template(tmp_path, Job=definition("exit 3"))
    done = run(tmp_path, "app.json")
    assert (done.returncode, done.stderr) == (1, "")
    assert rows(done.stdout)[0][2:4] == ["FAILED", "3"]


def test_a_program_that_does_not_exist_is_the_reason(tmp_path: Path) -> None:
    template(tmp_path)
    done = run(tmp_path, "app.json", "--", "no-such-program")
    assert done.returncode == 1
    assert "CannotStartContainerError" in done.stdout.splitlines()[-1]
    assert "no-such-program" in done.stdout.splitlines()[-1]


def test_a_child_that_could_not_start_is_named_though_the_job_succeeds(tmp_path: Path) -> None:
    script = 'if [ "$AWS_BATCH_JOB_NODE_INDEX" = 0 ]; then sleep 1; fi'
    app = platform(Job=definition(script))
    child = app["Resources"]["Job"]["Properties"]["NodeProperties"]["NodeRangeProperties"][1]
    child["Container"] = child["Container"] | {"Command": ["no-such-program"]}
    write(tmp_path / "app.json", app)
    done = run(tmp_path, "app.json")
    assert done.returncode == 0
    reason, verdict = done.stdout.splitlines()[-2:]
    assert reason.startswith("node 1: CannotStartContainerError: ")
    assert "no-such-program" in reason
    assert verdict == "job Job SUCCEEDED"


def test_a_job_that_can_never_start_is_reported_at_once(tmp_path: Path) -> None:
    template(tmp_path)
    done = run(tmp_path, "app.json", "--nodes", "9")
    assert done.returncode == 1
    (line,) = done.stdout.splitlines()
    assert line.startswith("job Job RUNNABLE: MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE")


def test_more_nodes_than_this_machine_shall_run_are_refused(tmp_path: Path) -> None:
    template(tmp_path)
    done = run(tmp_path, "app.json", "--nodes", "4", "--max-nodes", "3")
    assert done.returncode == 1
    assert "--max-nodes 4" in done.stdout


def test_a_job_that_takes_longer_than_its_time_is_terminated(tmp_path: Path) -> None:
    template(tmp_path, Job=definition("trap 'echo ending; exit 5' TERM; sleep 60 & wait"))
    done = run(tmp_path, "app.json", "--timeout", "4")
    assert done.returncode == 1
    assert {"[0] ending", "[1] ending"} < set(done.stdout.splitlines())
    assert "did not end within 4 seconds" in done.stdout.splitlines()[-1]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_terminates_the_job_and_leaves_no_process(
    tmp_path: Path, number: signal.Signals
) -> None:
    template(tmp_path, Job=definition("trap 'echo ending; exit 5' TERM; echo up; sleep 60 & wait"))
    process, seen = started(tmp_path)
    with process:
        process.send_signal(number)
        assert process.stdout is not None
        output = process.stdout.read()
        assert process.wait(PATIENCE_SECONDS) == 128 + number
    assert {"[0] ending", "[1] ending"} < set(output.splitlines())
    assert "run was interrupted" in output.splitlines()[-1]
    assert wait_until(lambda: alive(seen) == [])


@pytest.mark.parametrize("numbers", [[signal.SIGINT, signal.SIGINT], [signal.SIGKILL]])
def test_a_second_interrupt_or_a_kill_ends_nodes_that_ignore_the_first(
    tmp_path: Path, numbers: list[signal.Signals]
) -> None:
    template(tmp_path, Job=definition("trap '' TERM; echo up; while :; do sleep 1; done"))
    process, seen = started(tmp_path)
    with process:
        for number in numbers:
            process.send_signal(number)
            wait_until(lambda: process.poll() is not None, 1)
        expected = -signal.SIGKILL if len(numbers) == 1 else 128 + signal.SIGINT
        assert process.wait(PATIENCE_SECONDS) == expected
    assert wait_until(lambda: alive(seen) == [])


def started(folder: Path) -> tuple[WarmProcess, set[psutil.Process]]:
    """The command once both nodes run, and all of its processes."""
    process = WarmProcess(["run", "app.json"], cwd=folder, stdout=subprocess.PIPE)
    assert process.stdout is not None
    up: set[str] = set()
    while not {"[0] up\n", "[1] up\n"} <= up:
        line = process.stdout.readline()
        assert line, "the command has ended"
        up.add(line)
    return process, set(psutil.Process(process.pid).children(recursive=True))


def alive(processes: set[psutil.Process]) -> list[psutil.Process]:
    return [
        each for each in processes if each.is_running() and each.status() != psutil.STATUS_ZOMBIE
    ]


def test_a_queue_has_to_be_chosen_if_there_are_several(tmp_path: Path) -> None:
    app = platform(Job=single())
    app["Resources"]["Other"] = queue()["Queue"]
    write(tmp_path / "app.json", app)
    refused = run(tmp_path, "app.json")
    assert refused.returncode == 2
    assert "several job queues: choose with --queue" in refused.stderr
    assert run(tmp_path, "app.json", "--queue", "Other").returncode == 0


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param({}, "At least one Resources member must be defined", id="nothing"),
        pytest.param([1], "unsupported structure", id="a list"),
        pytest.param({"Resources": queue()}, "the templates have no job definition", id="no job"),
        pytest.param(
            {"Resources": {"Job": definition()}}, "the templates have no job queue", id="no queue"
        ),
        pytest.param(
            {"Resources": {"A": {"Type": "AWS::SSM::Parameter", "Properties": {"X": 1}}}},
            "A (AWS::SSM::Parameter): ",
            id="a resource that fails",
        ),
    ],
)
def test_a_template_without_a_job_that_can_run_is_refused(
    tmp_path: Path, content: Any, message: str
) -> None:
    write(tmp_path / "app.json", content)
    done = run(tmp_path, "app.json")
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param([], "Missing argument", id="no template"),
        pytest.param(["app.json", "Job"], "unexpected extra argument", id="a command without --"),
        pytest.param(["app.json", "--nodes", "0"], "Invalid value for '--nodes'", id="no nodes"),
        pytest.param(["app.json", "--nodes", "many"], "Invalid value", id="not a number"),
        pytest.param(["app.json", "--env", "A"], "--env 'A': must be NAME=VALUE", id="variable"),
        pytest.param(["app.json", "--parameter", "=b"], "must be NAME=VALUE", id="parameter"),
        pytest.param(["app.json", "--region", "mars"], "unknown Region 'mars'", id="Region"),
        pytest.param(["app.json", "--image", "a=/none"], "/none is not a folder", id="image"),
        pytest.param(["app.json", "--docker", "--podman"], "exclude each other", id="engines"),
        pytest.param(["none.json"], "none.json: no such file or folder", id="no such file"),
        pytest.param(["."], ".: has no manifest.json", id="no assembly"),
        pytest.param(["/dev/zero"], "/dev/zero: not a regular file", id="a device"),
        pytest.param(["app.json/x"], "app.json/x: no such file", id="a file in a file"),
        pytest.param(["app.json" * 100], "no such file", id="a name that no file can have"),
    ],
)
def test_wrong_usage_is_one_clear_message_and_status_2(
    tmp_path: Path, arguments: list[str], message: str
) -> None:
    template(tmp_path)
    # No server starts, so the command is called in this process.
    with contextlib.chdir(tmp_path):
        done = CliRunner().invoke(app, ["run", *arguments], prog_name=NAME)
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in " ".join(done.stderr.split())
    assert isinstance(done.exception, SystemExit)


def test_the_profile_and_the_proxy_of_the_user_are_not_used(tmp_path: Path) -> None:
    template(tmp_path, Job=single())
    theirs = {
        "AWS_PROFILE": "no-such-profile",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "HTTP_PROXY": "http://127.0.0.1:1",
        "http_proxy": "http://127.0.0.1:1",
    }
    assert run(tmp_path, "app.json", **theirs).returncode == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_an_output_that_cannot_be_written_ends_the_job_with_one_line(tmp_path: Path) -> None:
    template(tmp_path, Job=single())
    errors = tmp_path / "errors"
    with Path("/dev/full").open("w") as full, errors.open("w") as file:
        command = WarmProcess(("run", "app.json"), cwd=tmp_path, stdout=full, stderr=file)
        assert command.wait(PATIENCE_SECONDS) == 1
    assert errors.read_text() == (
        "cdk-batch-mnp-emulator: standard output cannot be written: No space left on device\n"
    )


def test_output_of_nodes_gives_no_orders_to_terminals_or_ci_systems(tmp_path: Path) -> None:
    template(tmp_path, Job=definition(r"printf '\033[31mred\n::error::x\na\tb\303\244\377\n'"))
    done = run_warm("run", "app.json", cwd=tmp_path, timeout=120, encoding="latin-1")
    assert done.returncode == 0, done.stderr
    assert "[0] \\x1b[31mred" in done.stdout
    assert "[0] ::error::x" in done.stdout
    assert "[0] a       bä\\ufffd" in done.stdout


def test_lines_and_exit_codes_of_several_containers_have_their_names(tmp_path: Path) -> None:
    template(tmp_path, Job=with_task("echo main", "echo init; [ -z $CODE ] || exit $CODE"))
    script = f"echo $MY $0{WAIT_FOR_CHILDREN}"
    done = run(tmp_path, "app.json", "--env", "MY=1", "--", "sh", "-c", script, "x")
    assert done.returncode == 0, done.stdout + done.stderr
    lines = set(done.stdout.splitlines())
    assert {f"[{node} {line}" for node in (0, 1) for line in ("init] init", "main] 1 x")} < lines
    assert [row[3] for row in rows(done.stdout)] == ["init: 0, main: 0"] * 2
    failed = run(tmp_path, "app.json", "--env", "CODE=3")
    assert failed.returncode == 1
    reason = "CannotStartContainerError: main depends on SUCCESS of init, which ended with exit"
    assert failed.stdout.splitlines()[-1] == (
        f"job Job FAILED: Task failed to start; main: {reason} code 3; init: exit code 3; "
        "main: exit code 143"
    )


def test_a_path_of_the_instances_is_set_by_an_option(tmp_path: Path) -> None:
    job = single("cat /in/data.txt")
    container = job["Properties"]["ContainerProperties"]
    container["Volumes"] = [{"Name": "data", "Host": {"SourcePath": "/data"}}]
    container["MountPoints"] = [{"SourceVolume": "data", "ContainerPath": "/in"}]
    container["Command"] = ["cat", "/in/data.txt"]
    template(tmp_path, Job=job)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "data.txt").write_text("from here\n")
    done = run(tmp_path, "app.json", "--host-path", "/data=mine")
    assert done.returncode == 0, done.stdout
    assert "[0] from here" in done.stdout
    assert f"[0] The volume data (/data of the instance) is {tmp_path}/mine" in done.stdout
    wrong = run(tmp_path, "app.json", "--host-path", "/data=none")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "--host-path '/data=none': none does not exist" in wrong.stderr
