"""Commands that end, write or refuse to end in unusual ways."""

from __future__ import annotations

import sys

import pytest

from tests.faults.jobs import COMMAND, SHORT_GRACE, SHORT_SILENCE, Jobs

PYTHON = f"{sys.executable} -S -E -c"
FORK_STORM = f"""exec {PYTHON} '
import os, time
for _ in range(300):
    if os.fork() == 0:
        if os.fork() == 0:
            time.sleep(0.01)
        os._exit(0)
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        pass
os._exit(int(os.environ["MNP_NODE_INDEX"]) * 4)'
"""
DAEMONS = "\n".join(
    [
        "(setsid sleep 61 >/dev/null 2>&1 &)",
        "(setsid sh -c \"trap '' TERM; sleep 62; sleep 63\" &)",
        "true",
    ]
)
METADATA = """
import json, socket, sys
log = {"awslogs-group": "/aws/batch/job", "awslogs-stream": "training/default/" + sys.argv[1]}
answer = "HTTP/1.0 200 OK\\r\\n\\r\\n" + json.dumps({"LogOptions": log})
server = socket.create_server(("127.0.0.1", 5151))
print("up", flush=True)
while True:
    asks, _ = server.accept()
    asks.recv(10000)
    asks.sendall(answer.encode())
    asks.close()
"""
RELAY = f"""exec {PYTHON} '
import os, time
print("running", flush=True)
# A process that is always another one, so it is gone before it can be signaled by its number.
for _ in range(20000):
    if os.fork():
        os._exit(0)
    os.setsid()
    time.sleep(0.002)'
"""


def test_a_command_that_ignores_sigterm_is_killed_after_the_grace(jobs: Jobs) -> None:
    ignores = "trap '' TERM; echo running; while :; do sleep 1; done"
    job = jobs.start(3, ignores, *SHORT_GRACE)
    job.terminate()
    assert job.ended().code == 143


def test_a_command_that_leaves_daemons_behind_ends_with_them(jobs: Jobs) -> None:
    ended = jobs.submit(3, DAEMONS, *SHORT_GRACE).ended()
    assert (ended.status, ended.code) == ("SUCCEEDED", 0)


def test_a_daemon_that_is_always_another_process_is_killed(jobs: Jobs) -> None:
    job = jobs.submit(2, RELAY)
    assert job.ended().code == 0


def test_a_command_that_closes_its_output_runs_on(jobs: Jobs) -> None:
    job = jobs.submit(2, "exec <&- >&- 2>&-; sleep 0.5; exit $((MNP_NODE_INDEX * 3))")
    ended = job.ended()
    assert ended.code == 3
    assert "failed first on node 1" in ended.log


def test_a_storm_of_short_lived_processes_changes_nothing(jobs: Jobs) -> None:
    ended = jobs.submit(2, FORK_STORM).ended()
    assert ended.code == 4
    assert "its command exited with status 4" in ended.log


@pytest.mark.parametrize("code", [1, 255])
def test_the_exit_status_of_a_child_is_that_of_the_job(jobs: Jobs, code: int) -> None:
    ended = jobs.submit(2, f"test $MNP_NODE_INDEX = 0 && exec sleep 60; exit {code}").ended()
    assert (ended.status, ended.code) == ("FAILED", code)
    assert f"its command exited with status {code}" in ended.log


@pytest.mark.parametrize(("name", "code"), [("SEGV", 139), ("ABRT", 134), ("HUP", 129)])
def test_a_command_that_a_signal_ends(jobs: Jobs, name: str, code: int) -> None:
    script = f"test $MNP_NODE_INDEX = 0 && exec sleep 60; ulimit -c 0; kill -{name} $$"
    ended = jobs.submit(2, script).ended()
    assert ended.code == code
    assert f"its command exited with status {code} (SIG{name})" in ended.log


@pytest.mark.parametrize(
    ("command", "code", "reason"),
    [
        ("no-such-command", 127, "cannot run no-such-command: No such file or directory"),
        ("/etc/passwd", 126, "cannot run /etc/passwd: Permission denied"),
    ],
)
def test_a_command_that_cannot_be_started(jobs: Jobs, command: str, code: int, reason: str) -> None:
    ended = jobs.submit(2, command=[command]).ended()
    assert ended.code == code
    assert reason in ended.log


def test_of_more_lines_than_the_launcher_holds_the_last_twenty_are_shown(jobs: Jobs) -> None:
    script = "test $MNP_NODE_INDEX = 0 && exec sleep 60; seq -f %060.0f 20000 >&2; exit 7"
    ended = jobs.submit(2, script).ended()
    assert ended.code == 7
    tail = "\n".join(f"  | {number:060}" for number in range(19_981, 20_001))
    assert f"of node 1:\n{tail}\nmnp-launch: node 0: exit status 7" in ended.log


def test_the_last_words_of_a_command_that_succeeds_arrive(jobs: Jobs) -> None:
    job = jobs.submit(2, "seq -f %060.0f 2000 >&2; printf 'the very end' >&2")
    assert job.ended().code == 0
    for node in range(2):
        # Messages of the launcher can follow, where the other node takes longer.
        assert f"{2000:060}\nthe very end" in job.log(node)


def test_messages_of_the_launcher_begin_on_a_line_of_their_own(jobs: Jobs) -> None:
    ended = jobs.submit(1, "printf 'no newline' >&2; exit 3").ended()
    assert "no newline\nmnp-launch: node 0: ending the job" in ended.log


def test_binary_output_without_a_newline_is_passed_on_and_harmless(jobs: Jobs) -> None:
    script = f"""test $MNP_NODE_INDEX = 0 && exec sleep 60; exec {PYTHON} '
import os
for _ in range(100): os.write(2, bytes(range(128, 256)) * 500)
for _ in range(100): os.write(1, bytes(range(128, 256)) * 500)
os._exit(5)'"""
    ended = jobs.submit(2, script).ended()
    assert ended.code == 5
    assert ended.log.endswith("\nmnp-launch: node 0: exit status 5")


def test_the_log_stream_of_the_node_that_failed_first_is_named(separate_jobs: Jobs) -> None:
    # As the agent of Amazon ECS does, a program answers where the log of the container is.
    agent = f"""
        {PYTHON} '{METADATA}' $AWS_BATCH_JOB_NODE_INDEX >agent &
        until test -s agent; do sleep 0.05; done"""
    job = separate_jobs.submit(
        3,
        "test $MNP_NODE_INDEX = 2 || exec sleep 60; echo no more memory >&2; exit 3",
        before=agent,
        environment={"ECS_CONTAINER_METADATA_URI_V4": "http://127.0.0.1:5151/v4/1"},
    )
    last = job.ended().log.splitlines()[-4:]
    assert last == [
        "mnp-launch: node 0: log of node 2: /aws/batch/job training/default/2",
        "mnp-launch: node 0: last lines of standard error of node 2:",
        "  | no more memory",
        "mnp-launch: node 0: exit status 3",
    ]


def test_commands_that_use_all_processors_do_not_silence_their_launcher(jobs: Jobs) -> None:
    busy = "for i in 1 2 3 4; do timeout 1.3 sh -c 'while :; do :; done' & done; wait; exit 6"
    ended = jobs.submit(2, busy, *SHORT_SILENCE).ended()
    assert ended.code == 6


def test_a_job_of_one_node_needs_no_port(jobs: Jobs) -> None:
    ended = jobs.submit(1, "echo $MNP_NUM_NODES of $MNP_MAIN_ADDR; exit 5").ended()
    assert ended.code == 5
    assert "waiting" not in ended.log


def test_the_number_of_nodes_can_be_set_at_submission(jobs: Jobs) -> None:
    job = jobs.submit(2, "echo running on $MNP_NUM_NODES", nodeOverrides={"numNodes": 4})
    assert job.ended().code == 0
    for node in range(4):
        assert "running on 4" in job.log(node)


def test_many_nodes_start_and_fail_together(jobs: Jobs) -> None:
    job = jobs.start(16)
    job.signal(15, COMMAND)
    ended = job.ended()
    assert ended.code == 137
    assert "the job failed first on node 15" in ended.log
