"""Nodes that do not come, come twice, or should not come; and a port that strangers reach."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from tests.clients.platform import ROLE
from tests.faults.jobs import Jobs

OTHER_PROGRAM = {"command": ["sh", "-c", "echo no launcher; exec sleep 60"]}

TEMPORARY = ("/tmp", "/var/tmp", "/run", "/dev/shm")

STRANGER = """
import os, random, socket, sys, time
address = (os.environ["AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS"], int(sys.argv[1]))
def connect():
    while True:
        try:
            return socket.create_connection(address, 5)
        except OSError:
            time.sleep(0.02)
slow = [connect() for _ in range(50)]
for each in slow[::2]:
    each.send(b"\\0\\0")
http = connect()
http.send(b"GET / HTTP/1.1\\r\\nHost: main\\r\\n\\r\\n")
for number in range(200):
    with connect() as garbage:
        garbage.send(random.Random(number).randbytes(2000))
print("stranger is done", flush=True)
time.sleep(60)
"""


def test_nodes_that_never_come_are_named_when_the_deadline_passes(jobs: Jobs) -> None:
    job = jobs.submit(
        5,
        "echo started",
        "--deadline",
        "4s",
        ranges={"0:1": {}, "2:3": OTHER_PROGRAM, "4": {}},
    )
    ended = job.ended()
    assert (ended.status, ended.code) == ("FAILED", 75)
    missing = "2 of 5 nodes have not joined: 2-3 (deadline 4 s)"
    assert ended.log.endswith(f"the job failed: {missing}\nmnp-launch: node 0: exit status 75")
    for node in (1, 4):
        assert missing in job.log(node)
        assert "started" not in job.log(node)


def test_a_main_node_that_runs_something_else_is_reported_by_its_children(jobs: Jobs) -> None:
    job = jobs.submit(2, "echo started", "--deadline", "1s", ranges={"0": OTHER_PROGRAM, "1": {}})
    job.until("did not answer: Connection refused (deadline 1 s); exit status 75", 1)
    jobs.platform.client("batch").terminate_job(jobId=job.id, reason="a test")
    job.ended(40)


def test_of_two_nodes_with_one_index_the_second_ends_and_the_job_does_not_start(
    jobs: Jobs,
) -> None:
    twice = "case $AWS_BATCH_JOB_NODE_INDEX in 2) export AWS_BATCH_JOB_NODE_INDEX=1;; esac"
    job = jobs.submit(3, "echo started", "--deadline", "4s", before=twice)
    ended = job.ended()
    assert ended.code == 75
    assert "index 1 has already joined from " in ended.log
    assert "1 of 3 nodes has not joined: 2" in ended.log
    # Either can be the second.
    logs = [job.log(1), job.log(2)]
    assert sum("rejected by the main node" in log for log in logs) == 1
    assert all("exit status 75" in log for log in logs)
    assert "started" not in ended.log


def test_a_node_with_another_secret_is_rejected(jobs: Jobs) -> None:
    secrets = jobs.platform.client("secretsmanager")
    other = secrets.create_secret(Name="other", SecretString="another secret of the tests")["ARN"]
    own: dict[str, Any] = {
        "secrets": [{"name": "MNP_SECRET", "valueFrom": other}],
        "executionRoleArn": ROLE,
    }
    job = jobs.submit(3, "echo started", "--deadline", "4s", ranges={"0:1": {}, "2": own})
    ended = job.ended()
    assert ended.code == 75
    assert "1 of 3 nodes has not joined: 2" in ended.log
    assert "it may have a different secret (claimed index 2)" in ended.log
    assert "the main node has a different secret; exit status 75" in job.log(2)


def test_a_node_of_another_attempt_is_rejected(jobs: Jobs) -> None:
    late = "case $AWS_BATCH_JOB_NODE_INDEX in 1) export AWS_BATCH_JOB_ATTEMPT=7;; esac"
    job = jobs.submit(2, "echo started", "--deadline", "4s", before=late)
    ended = job.ended()
    assert ended.code == 75
    assert "it belongs to attempt 7 of the job, not 1" in ended.log
    assert "started" not in ended.log


def test_garbage_and_slow_strangers_on_the_port_do_not_disturb(jobs: Jobs) -> None:
    # The last node attacks the port of the main node first, and only then becomes a launcher.
    attack = f"""
        if test $AWS_BATCH_JOB_NODE_INDEX = 2; then
            {sys.executable} -S -c '{STRANGER}' {jobs.next_port} >attack &
            until grep -q done attack; do sleep 0.1; done
        fi"""
    job = jobs.submit(3, "echo started", before=attack)
    ended = job.ended()
    assert (ended.status, ended.code) == ("SUCCEEDED", 0), ended.log
    assert "Traceback" not in ended.log
    assert ended.log.count("rejected") < 6
    for node in range(3):
        assert "started" in job.log(node)


def test_a_full_disk_is_no_failure_while_another_folder_has_room(separate_jobs: Jobs) -> None:
    full = "head -c 10000000 /dev/zero >/tmp/full 2>/dev/null"
    tmpfs = {"containerPath": "/tmp", "size": 1}
    job = separate_jobs.submit(
        2,
        'df /tmp | tail -1; echo "files in ${MNP_HOSTS%/*/*}"',
        before=full,
        container={"linuxParameters": {"tmpfs": [tmpfs]}},
    )
    ended = job.ended()
    assert ended.code == 0
    assert "100% /tmp" in ended.log
    assert "files in /var/tmp" in ended.log


@pytest.mark.skipif(
    any(Path(sys.prefix).is_relative_to(each) for each in TEMPORARY),
    reason="the launcher is installed in a folder that the test fills",
)
def test_a_node_without_any_room_ends_the_job_before_it_starts(separate_jobs: Jobs) -> None:
    folders = TEMPORARY
    fill = "\n".join(f"head -c 90000000 /dev/zero >{each}/full 2>/dev/null" for each in folders)
    own = {
        "linuxParameters": {
            "tmpfs": [{"containerPath": each, "size": 1} for each in folders[:3]],
            "sharedMemorySize": 1,
        },
    }
    job = separate_jobs.submit(
        3,
        "echo started",
        before=f"test $AWS_BATCH_JOB_NODE_INDEX != 1 || {{ {fill}\n}}",
        ranges={"0": {}, "1": own, "2": {}},
    )
    ended = job.ended()
    assert ended.code == 77
    assert "failed first on node 1" in ended.log
    for folder in folders:
        assert f"{folder}: No space left on device" in ended.log
    assert "started" not in ended.log
