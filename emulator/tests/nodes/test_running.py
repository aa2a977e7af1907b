"""A node runs its program, and ends with it, whether or not it has a network of its own."""

from __future__ import annotations

import os
import resource
import time
from pathlib import Path

import pytest

from cdk_batch_mnp_emulator.nodes.images import Images
from cdk_batch_mnp_emulator.nodes.runner import Limit
from nodes.cluster import PYTHON, Cluster, processes_with, wait_until
from nodes.conftest import runner_in


def test_a_node_reports_its_start_its_output_and_its_end_in_this_order(cluster: Cluster) -> None:
    node = cluster.run("sh", "-c", "echo out; echo err >&2; exit 3")
    assert node.lines == ["out", "err"]
    assert (node.exit_code, node.reason) == (3, "")
    assert node.calls[0] == "started"
    assert node.calls[-1] == "ended"


def test_a_program_ended_by_a_signal_has_the_status_of_a_shell(cluster: Cluster) -> None:
    assert cluster.run("sh", "-c", "kill -SEGV $$").exit_code == 139


def test_a_node_has_folders_and_a_host_name_of_its_own(cluster: Cluster) -> None:
    node = cluster.run(
        "sh", "-c", 'pwd; echo "$HOME"; echo "$TMPDIR"; echo "$HOSTNAME"; ls -d "$HOME" "$TMPDIR"'
    )
    work, home, temporary, host_name, *_ = node.lines
    assert Path(work).parent == Path(home).parent == Path(temporary).parent
    assert len({work, home, temporary}) == 3
    assert host_name == node.where.host_name
    assert node.exit_code == 0


def test_a_node_sees_no_other_variables_than_it_was_given(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "real")
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    monkeypatch.setenv("LC_TIME", "C")
    node = cluster.run("env", environment={"GIVEN": "x y", "HOME": "/elsewhere"})
    variables = dict(line.split("=", 1) for line in node.lines)
    assert variables["GIVEN"] == "x y"
    assert variables["HOME"] == "/elsewhere"
    assert variables["LC_TIME"] == "C"
    known = {"GIVEN", "HOME", "PATH", "TMPDIR", "HOSTNAME", "LANG", "LANGUAGE", "TZ", "LC_TIME"}
    known.add("MNP_BIND")  # with loopback addresses
    assert {each for each in variables if not each.startswith("LC_")} <= known


def test_a_program_has_no_input_and_default_signals(cluster: Cluster) -> None:
    node = cluster.run(
        *PYTHON,
        "import sys, signal; print(repr(sys.stdin.read()));"
        "print(open('/proc/self/status').read() if sys.platform == 'linux' else '')",
    )
    assert node.lines[0] == "''"
    masks = dict(line.split(":\t") for line in node.lines if line.startswith("Sig"))
    assert int(masks["SigBlk"], 16) == 0
    # Python itself ignores two. Those from 32 on belong to the C library, and stay inherited.
    assert int(masks["SigIgn"], 16) & (1 << 31) - 1 & ~(1 << 12 | 1 << 24) == 0


def test_a_program_inherits_no_descriptors(cluster: Cluster) -> None:
    node = cluster.run("sh", "-c", "ls /proc/$$/fd")
    assert set(node.lines) <= {"0", "1", "2", "255", "10"}


def test_the_first_signal_ends_a_program_that_heeds_it(cluster: Cluster) -> None:
    node = cluster.python(
        "import signal, sys, time\n"
        "def end(*_): print('bye'); sys.exit(7)\n"
        "signal.signal(signal.SIGTERM, end)\n"
        "print('up', flush=True)\n"
        "time.sleep(60)"
    )
    node.wait_until(lambda: "up" in node.lines)
    assert node.node
    node.node.stop(30)
    node.node.stop(30)
    assert node.wait_for("ended").exit_code == 7
    assert node.lines == ["up", "bye"]


def test_the_first_signal_is_for_the_program_alone_as_in_a_container(cluster: Cluster) -> None:
    child = "import signal, time; print('up', flush=True); time.sleep(0.4); print('unharmed')"
    node = cluster.python(
        "import signal, subprocess, sys\n"
        "signal.signal(signal.SIGTERM, lambda *_: None)\n"
        "sys.exit(subprocess.run([sys.executable, '-S', '-E', '-c', sys.argv[1]]).returncode)",
        child,
    )
    node.wait_until(lambda: "up" in node.lines)
    assert node.node
    node.node.stop(30)
    assert node.wait_for("ended").exit_code == 0
    assert node.lines == ["up", "unharmed"]


def test_limits_are_set_as_far_as_this_machine_allows_them(cluster: Cluster) -> None:
    limits = [
        Limit("nofile", 200, 300),
        Limit("core", 0, 0),
        Limit("memlock", -1, -1),
        Limit("nproc", 1, 1),
        Limit("unknown", 1, 1),
    ]
    node = cluster.run(
        "sh", "-c", "ulimit -n; ulimit -Hn; ulimit -c; ulimit -Hl; (true); (true)", limits=limits
    )
    hard = resource.getrlimit(resource.RLIMIT_MEMLOCK)[1]
    kib = "unlimited" if hard == resource.RLIM_INFINITY else str(hard // 1024)
    assert node.lines == ["200", "300", "0", kib]


def test_a_program_that_ignores_the_signal_is_killed_after_the_grace(cluster: Cluster) -> None:
    node = cluster.start("sh", "-c", "trap '' TERM; echo up; while :; do sleep 0.02; done")
    node.wait_until(lambda: "up" in node.lines)
    assert node.node
    begin = time.monotonic()
    node.node.stop(0.2)
    assert node.wait_for("ended").exit_code == 137
    assert 0.2 <= time.monotonic() - begin < 3
    node.node.stop(0)  # and nothing happens


def test_a_node_that_is_stopped_at_once_ends(cluster: Cluster) -> None:
    node = cluster.start("sleep", "30")
    assert node.node
    node.node.stop(0.5)
    assert node.wait_for("ended").exit_code in {None, 143, 137}
    assert ("started" in node.calls) == (node.exit_code is not None)


DETACH = """
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for name in (1, 2) if sys.argv[1] == "quiet" else ():
            os.close(name)
        time.sleep(60)
    os._exit(0)
os.wait()
print("detached", flush=True)
"""


@pytest.mark.parametrize("how", ["quiet", "loud"])
def test_a_process_that_detaches_ends_with_its_node(
    cluster: Cluster, how: str, tmp_path: Path
) -> None:
    # Its environment marks it, whatever becomes of its parents.
    node = cluster.python(DETACH, how, environment={"MARK": str(tmp_path)})
    assert node.wait_for("ended").lines == ["detached"]
    assert processes_with(f"MARK={tmp_path}") == []


def test_a_program_that_closes_its_output_still_runs(cluster: Cluster) -> None:
    node = cluster.python("import os, time; os.close(1); os.close(2); time.sleep(0.3); os._exit(5)")
    begin = time.monotonic()
    assert node.wait_for("started").wait_for("ended").exit_code == 5
    assert time.monotonic() - begin > 0.2


def test_a_mapped_image_is_a_folder_of_programs_and_files(network: str, tmp_path: Path) -> None:
    image = tmp_path / "image"
    (image / "bin").mkdir(parents=True)
    program = image / "bin" / "train"
    program.write_text("#!/bin/sh\ncat data.txt\necho new > own.txt\n")
    program.chmod(0o755)
    (image / "data.txt").write_text("inputs\n")
    runner = runner_in(network, images=Images({"trainer": image}))
    try:
        cluster = Cluster(runner, tmp_path)
        node = cluster.run("train", image="111122223333.dkr.ecr.us-east-1.amazonaws.com/trainer:2")
    finally:
        runner.close()
    assert node.lines == ["inputs"]
    assert not (image / "own.txt").exists()


def test_closing_the_runner_ends_all_nodes_and_says_so(network: str, tmp_path: Path) -> None:
    marker = f"MARK={tmp_path}"
    runner = runner_in(network)
    cluster = Cluster(runner, tmp_path)
    nodes = [
        cluster.start(
            "sh", "-c", "trap '' TERM; sleep 60 & wait", environment={"MARK": str(tmp_path)}
        )
        for _ in range(3)
    ]
    for node in nodes:
        node.wait_for("started")
    runner.close()
    assert [node.exit_code for node in nodes] == [137, 137, 137]
    assert processes_with(marker) == []
    late = cluster.run("true", where=nodes[0].where)
    assert (late.exit_code, late.reason) == (None, "the embedded AWS ends")


def test_the_death_of_the_host_process_ends_its_nodes_and_the_next_node_has_another(
    network: str, tmp_path: Path
) -> None:
    runner = runner_in(network)
    cluster = Cluster(runner, tmp_path)
    try:
        node = cluster.start("sh", "-c", "echo up; sleep 60", environment={"MARK": str(tmp_path)})
        node.wait_until(lambda: "up" in node.lines)
        assert runner.host_pid
        os.kill(runner.host_pid, 9)
        node.wait_for("ended")
        assert node.exit_code == 137
        assert "has ended by SIGKILL" in node.reason
        assert wait_until(lambda: processes_with(f"MARK={tmp_path}") == [])
        assert cluster.run("true").exit_code == 0
    finally:
        runner.close()


def test_a_program_that_kills_its_parent_takes_the_node_with_it_or_nothing(
    cluster: Cluster, network: str, tmp_path: Path
) -> None:
    node = cluster.run(
        "sh",
        "-c",
        "sleep 60 & sleep 0.3; kill -9 $PPID; sleep 0.3; exit 4",
        environment={"MARK": str(tmp_path)},
    )
    # Nothing inside of a process namespace can kill its first process.
    assert node.exit_code == (4 if network == "namespaces" else 137)
    assert processes_with(f"MARK={tmp_path}") == []


def test_output_can_be_opened_by_its_name(cluster: Cluster) -> None:
    node = cluster.run("sh", "-c", "echo one > /dev/stdout; echo two > /dev/stderr")
    assert node.lines == ["one", "two"]


def test_text_of_all_languages_arrives(cluster: Cluster) -> None:
    node = cluster.run("sh", "-c", 'echo "$1 $A"', "x", "größe", environment={"A": "大"})
    assert node.lines == ["größe 大"]


def test_namespaces_are_used_where_they_work() -> None:
    runner_in("namespaces").close()  # or skips
    runner = runner_in("auto")
    try:
        assert "each with a network" in runner.description
    finally:
        runner.close()
