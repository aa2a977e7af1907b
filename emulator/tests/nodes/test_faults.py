"""What goes wrong with a node is said in one sentence, and nothing of the node is left."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from cdk_batch_mnp_emulator.nodes.lines import MOST_BYTES
from cdk_batch_mnp_emulator.nodes.local_runner import LocalRunner
from cdk_batch_mnp_emulator.nodes.runner import NoAddressError, NodeAddress
from nodes.cluster import SUBNET, Cluster, Recorded, processes_with, wait_until
from nodes.conftest import runner_in


def refusal(node: Recorded) -> str:
    """Why a node was not started; fails if it was."""
    node.wait_for("ended")
    assert node.exit_code is None
    assert node.calls == ["ended"]
    runtime, _, reason = node.reason.partition(": ")
    assert runtime == "CannotStartContainerError"
    return reason


def test_a_missing_program_is_named_with_the_path(cluster: Cluster) -> None:
    node = cluster.start("no-such-program", "x", environment={"PATH": "/usr/bin:/bin"})
    assert refusal(node) == 'the program "no-such-program" was not found in PATH (/usr/bin:/bin)'


def test_a_missing_program_with_a_folder_is_named(cluster: Cluster) -> None:
    assert refusal(cluster.start("./train")) == 'the program "./train" was not found'


def test_a_file_that_is_not_executable_is_named(cluster: Cluster, tmp_path: Path) -> None:
    (tmp_path / "train").write_text("#!/bin/sh\n")
    node = cluster.start(f"{tmp_path}/train")
    assert refusal(node) == f'the program "{tmp_path}/train" is not executable'


def test_a_script_whose_interpreter_is_missing_says_so(cluster: Cluster, tmp_path: Path) -> None:
    (tmp_path / "train").write_text("#!/no/such/shell\n")
    (tmp_path / "train").chmod(0o755)
    node = cluster.start("train", environment={"PATH": str(tmp_path)})
    assert refusal(node) == (
        f'the program "{tmp_path}/train" exists, but the interpreter that it names does not'
    )


def test_a_file_that_is_no_program_says_so(cluster: Cluster, tmp_path: Path) -> None:
    (tmp_path / "train").write_text("echo without the first line\n")
    (tmp_path / "train").chmod(0o755)
    assert 'has no "#!" line' in refusal(cluster.start(f"{tmp_path}/train"))


@pytest.mark.parametrize("command", [("",), ("a\0b",)], ids=["empty", "a zero byte"])
def test_a_command_that_no_system_can_run_is_refused(
    cluster: Cluster, command: tuple[str, ...]
) -> None:
    assert "program" in refusal(cluster.start(*command))


def test_a_variable_that_no_system_can_pass_is_refused(cluster: Cluster) -> None:
    assert "cannot be started" in refusal(cluster.start("true", environment={"A": "a\0b"}))


def test_a_command_that_is_too_long_is_refused(cluster: Cluster) -> None:
    assert "Argument list too long" in refusal(cluster.start("true", "x" * (8 << 20)))


def test_a_missing_folder_is_named(cluster: Cluster, tmp_path: Path) -> None:
    node = cluster.start("true", folder=tmp_path / "gone")
    assert refusal(node) == f"{tmp_path}/gone/work: No such file or directory"


def test_a_failed_start_leaves_no_trace(cluster: Cluster, runner: LocalRunner) -> None:
    where = runner.reserve(SUBNET)
    for _ in range(3):
        refusal(cluster.start("no-such-program", where=where))
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        refusal(cluster.start("no-such-program", where=where))
    assert len(list(Path("/proc/self/fd").iterdir())) <= before


def test_a_full_disk_is_named(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, *arguments: object, **others: object) -> None:
        raise OSError(28, "No space left on device", str(self))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "mkdir", full)
        node = cluster.start("true", folder=Path("/elsewhere"))
        assert refusal(node) == "/elsewhere/work: No space left on device"


def test_too_few_open_files_are_said_before_a_node_starts(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    runner = runner_in("loopback")
    try:
        runner._most_descriptors = 140
        cluster = Cluster(runner, tmp_path)
        nodes = [cluster.start("sleep", "30") for _ in range(3)]
        for node in nodes:
            node.wait_until(lambda node=node: bool(node.calls))  # type: ignore[misc]
        assert all("ended" not in node.calls for node in nodes)
        late = cluster.start("true")
        assert refusal(late) == (
            "4 nodes at a time need 144 open files, and the limit is 140: raise it with `ulimit -n`"
        )
    finally:
        runner.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_line_of_64_mib_is_cut_and_costs_little_memory(cluster: Cluster) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    node = cluster.python(
        "import os\nfor _ in range(1024): os.write(1, b'x' * 65536)\nos.write(1, b'end')"
    )
    node.wait_for("ended", 30)
    sizes = [len(line) for line in node.lines]
    assert sum(sizes) == (64 << 20) + 3
    assert max(sizes) <= MOST_BYTES
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < (64 + 32) * 1024  # what the test keeps, and little else


def test_binary_output_becomes_text(cluster: Cluster) -> None:
    node = cluster.python("import os; os.write(1, bytes(range(256)) + b'\\nlast')")
    node.wait_for("ended")
    assert node.lines[-1] == "last"
    assert "\ufffd" in node.lines[-2]


def test_a_listener_that_takes_its_time_makes_the_program_wait(
    cluster: Cluster, tmp_path: Path
) -> None:
    progress = tmp_path / "progress"

    class Slow(Recorded):
        def wrote(self, lines: Sequence[str]) -> None:
            time.sleep(0.2)
            super().wrote(lines)

    program = """
import os, sys
progress = os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY)
for _ in range(64):
    os.write(1, (b"x" * 1023 + b"\\n") * 64)
    os.write(progress, b".")
"""
    node = cluster.python(program, str(progress), listener=Slow())
    node.wait_until(lambda: len(node.lines) >= 64)
    assert progress.stat().st_size < 10


def test_a_listener_that_fails_does_not_stop_others(
    cluster: Cluster, caplog: pytest.LogCaptureFixture
) -> None:
    class Failing(Recorded):
        def started(self) -> None:
            raise ValueError("full")

    failing = cluster.start("true", listener=Failing())
    assert failing.wait_for("ended").exit_code == 0
    assert cluster.run("true").exit_code == 0
    assert "ValueError: full" in caplog.text


def test_a_host_process_that_cannot_start_is_the_reason(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(*arguments: object, **others: object) -> None:
        raise OSError(11, "Resource temporarily unavailable")

    runner = LocalRunner()
    with monkeypatch.context() as patch:
        patch.setattr(subprocess, "Popen", fail)
        expected = "no process can be started: Resource temporarily unavailable"
        with pytest.raises(NoAddressError) as caught:
            runner.reserve(SUBNET)
        assert str(caught.value) == expected
        node = Cluster(runner, tmp_path).start("true", where=NodeAddress("10.0.1.4", "x"))
        assert refusal(node) == expected
    runner.release(NodeAddress("10.0.1.4", "x"))
    where = runner.reserve(SUBNET)  # and once there is room again, all is well
    assert Cluster(runner, tmp_path / "..").run("true", where=where, folder=tmp_path).exit_code == 0
    runner.close()


SERVER = """
import pathlib, sys, time
sys.path.insert(0, sys.argv[3])
from nodes.cluster import Cluster
from cdk_batch_mnp_emulator.nodes.local_runner import LocalRunner
cluster = Cluster(LocalRunner(network=sys.argv[1]), pathlib.Path(sys.argv[2]))
program = "trap '' TERM; (setsid sleep 60 &); sleep 60 & echo up; wait"
nodes = [cluster.start("sh", "-c", program, environment={"MARK": sys.argv[2]}) for _ in range(3)]
for node in nodes:
    node.wait_until(lambda: "up" in node.lines)
print("up", flush=True)
time.sleep(60)
"""


def test_nothing_survives_a_server_that_is_killed(network: str, tmp_path: Path) -> None:
    runner_in(network).close()  # or skips
    here = Path(__file__).parent.parent
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, network, str(tmp_path), str(here)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout
    with server.stdout:
        assert server.stdout.readline() == "up\n"
    marker = f"MARK={tmp_path}"
    assert len(processes_with(marker)) >= 9
    hosts = children_of(server.pid)
    assert hosts
    server.send_signal(signal.SIGKILL)
    server.wait()
    assert wait_until(lambda: processes_with(marker) == [])
    assert wait_until(lambda: not any(Path(f"/proc/{each}").exists() for each in hosts))


def children_of(process: int) -> list[int]:
    return [
        int(child)
        for thread in Path(f"/proc/{process}/task").iterdir()
        for child in (thread / "children").read_text().split()
    ]
