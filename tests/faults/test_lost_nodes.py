"""A node is lost: its launcher, its command or its network ends, and the whole job with it."""

from __future__ import annotations

import re
import signal
import sys
from pathlib import Path

import pytest

from tests.faults.jobs import COMMAND, LAUNCHER, PATIENCE, SHORT_SILENCE, WORK, Jobs

SLOW = ("--silence", "100s")
"""Whatever ends within PATIENCE then was not noticed by silence."""

LINK_DOWN = f"""
echo running
# The main node and other children use their grace, in which the lost node notices by itself.
test $MNP_NODE_INDEX = 1 || {{ trap '' TERM; until test -e $NOTICED; do sleep 0.1; done; exit; }}
sleep 0.3
exec {sys.executable} -c '
import fcntl, socket, struct, time
FLAGS = 0x8914  # SIOCSIFFLAGS
link = struct.pack("16sh14x", b"eth0", 0)
fcntl.ioctl(socket.socket(), FLAGS, link)
print("down", flush=True)
time.sleep(60)'
"""


@pytest.mark.parametrize("what", [LAUNCHER, COMMAND])
def test_what_is_killed_on_a_child_ends_the_job(jobs: Jobs, what: str) -> None:
    job = jobs.start(4, "echo running; echo last words $MNP_NODE_INDEX >&2; exec sleep 60", *SLOW)
    job.signal(2, what)
    ended = job.ended()
    assert ended.status == "FAILED"
    assert "the job failed first on node 2 (10." in ended.log or jobs.network == "loopback"
    if what == LAUNCHER:
        assert ended.code == 76
        # Closed, or reset if something was still to be read.
        assert re.search(r"connection (closed|lost \(.*\))\n", ended.log)
    else:
        assert ended.code == 137
        assert "its command exited with status 137 (SIGKILL)" in ended.log
        assert "of node 2:\n  | last words 2\n" in ended.log
    assert ended.log.endswith(f"exit status {ended.code}")


@pytest.mark.parametrize("what", [LAUNCHER, COMMAND])
def test_what_is_killed_on_the_main_node_ends_the_job(jobs: Jobs, what: str) -> None:
    job = jobs.start(3, "echo running; echo last words $MNP_NODE_INDEX >&2; exec sleep 60", *SLOW)
    job.signal(0, what)
    ended = job.ended()
    assert (ended.status, ended.code) == ("FAILED", 137)
    if what == COMMAND:
        assert "the job failed first on node 0 (" in ended.log
        assert "  | last words 0\n" in ended.log
    else:
        job.until("the job failed: node 0: main node: connection ", 1, 2)
        job.until("; exit status 76", 1, 2)


@pytest.mark.parametrize("what", [LAUNCHER, COMMAND])
def test_what_is_killed_on_a_child_that_serves_mpirun_ends_the_job(jobs: Jobs, what: str) -> None:
    # As mpirun does: it starts a program on another node through the agent, and waits for it.
    script = "exec mnp-agent $(sed -n 's/ 2 .*//p' $MNP_HOSTS) 'echo running; exec sleep 60'"
    job = jobs.submit(4, script, "--mode", "main", *SLOW)
    job.until("running", 0)
    job.signal(2, what)
    ended = job.ended()
    assert ended.code == (76 if what == LAUNCHER else 137)
    # A rank that fails ends mpirun, so that is the command which has failed first.
    first = 2 if what == LAUNCHER else 0
    assert f"the job failed first on node {first} (" in ended.log


def test_a_job_that_is_terminated_passes_sigterm_to_the_commands_of_all_nodes(jobs: Jobs) -> None:
    job = jobs.start(3, "trap 'echo saved; exit 0' TERM; echo running; sleep 60 & wait")
    job.terminate()
    ended = job.ended()
    assert ended.code == 143
    # AWS Batch stops all nodes at once, so any of them can be the first.
    assert re.search(r"failed first on node \d \(.*\): received SIGTERM", ended.log)
    for node in range(3):
        assert "saved" in job.log(node)


def test_sigterm_to_a_child_ends_the_job(jobs: Jobs) -> None:
    job = jobs.start(3)
    job.signal(1, LAUNCHER, signal.SIGTERM)
    ended = job.ended()
    assert ended.code == 143
    assert "the job failed first on node 1" in ended.log
    assert "received SIGTERM" in ended.log


def test_a_stopped_child_is_lost_after_the_silence(jobs: Jobs) -> None:
    job = jobs.start(3, WORK, *SHORT_SILENCE)
    job.signal(1, LAUNCHER, signal.SIGSTOP)
    job.until("exit status 76", 0)
    # AWS Batch ends the stopped node after 30 s; here it goes on before.
    job.signal(1, LAUNCHER, signal.SIGCONT)
    ended = job.ended()
    assert ended.code == 76
    assert re.search(r"failed first on node 1 \(.*\): silent for \d+\.\d s", ended.log)


def test_a_stopped_main_node_ends_its_children_and_later_itself(jobs: Jobs) -> None:
    job = jobs.start(3, WORK, *SHORT_SILENCE)
    job.signal(0, LAUNCHER, signal.SIGSTOP)
    job.until("the job failed: node 0: main node: silent for ", 1, 2)
    job.signal(0, LAUNCHER, signal.SIGCONT)
    assert job.ended().code == 76


def test_a_node_whose_link_is_down_is_lost_on_both_sides(
    separate_jobs: Jobs, tmp_path: Path
) -> None:
    noticed = tmp_path / "noticed"
    options = (*SHORT_SILENCE, "--grace", f"{PATIENCE}s")
    job = separate_jobs.start(3, LINK_DOWN, *options, environment={"NOTICED": str(noticed)})
    job.until("down", 1)
    job.until("exit status 76", 1)
    noticed.touch()
    ended = job.ended()
    assert ended.code == 76
    # The launcher's own clock or the kernel's, whichever notices first.
    silent = r"(silent for \d+\.\d s|connection lost \(.*\))"
    assert re.search(rf"failed first on node 1 \(.*\): {silent}", ended.log)
    assert re.search(f"main node: {silent}; exit status 76", job.log(1))


def test_a_job_whose_first_attempt_loses_a_node_works_in_the_second(jobs: Jobs) -> None:
    lost_once = "echo running; test $AWS_BATCH_JOB_ATTEMPT = 2 || exec sleep 60; echo worked"
    job = jobs.start(
        3,
        lost_once,
        retryStrategy={
            "attempts": 3,
            "evaluateOnExit": [
                {"onExitCode": "76", "action": "RETRY"},
                {"onExitCode": "*", "action": "EXIT"},
            ],
        },
    )
    job.signal(2, LAUNCHER)
    ended = job.ended()
    assert (ended.status, ended.codes) == ("SUCCEEDED", [76, 0])
    assert "the job failed first on node 2" in job.log(0, attempt=0)
    assert "worked" in ended.log


def test_a_failure_of_the_command_is_not_tried_again(jobs: Jobs) -> None:
    job = jobs.submit(
        2,
        "exit $((MNP_NODE_INDEX * 9))",
        retryStrategy={
            "attempts": 3,
            "evaluateOnExit": [
                {"onExitCode": "76", "action": "RETRY"},
                {"onExitCode": "*", "action": "EXIT"},
            ],
        },
    )
    assert job.ended().codes == [9]


def test_all_nodes_end_before_the_main_node_does(jobs: Jobs) -> None:
    # The end of the main node's container kills all others, whatever they still have to save.
    saves = "trap 'sleep 0.7; echo saved' TERM; echo running; sleep 60 & wait; sleep 0.1; exit 0"
    job = jobs.start(3, saves, "--grace", f"{PATIENCE}s")
    job.signal(0, COMMAND)
    assert job.ended().code == 137
    for node in (1, 2):
        assert "saved" in job.log(node)
