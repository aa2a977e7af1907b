"""Nodes that do not join, or must not."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from typing import Any

import pytest

from launcher.tests.nodes import Job

MakeJob = Callable[[int], Job]
PORT = 7878


@pytest.fixture
def often(with_constants: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    """Variables of a node that soon reports for whom it waits: thirty seconds are too long."""
    return with_constants("child_node", "main_node", REPORT_SECONDS=0.2)


def test_nodes_wait_for_each_other_whichever_comes_first(make_job: MakeJob) -> None:
    job = make_job(3)
    last = job.start(2, "--", "sh", "-c", "date +%s%N")
    job.start(0, "--", "sh", "-c", "date +%s%N").until("waiting up to")
    before = time.time_ns()
    time.sleep(0.3)
    job.start(1, "--", "sh", "-c", "date +%s%N")
    assert job.codes() == [0, 0, 0]
    assert all(int(node.out) > before + 300_000_000 for node in job.nodes.values())
    assert "all nodes are ready" in last.err


def test_a_node_that_never_comes_is_named_when_the_deadline_passes(make_job: MakeJob) -> None:
    job = make_job(4)
    started = time.monotonic()
    main, child = (job.start(i, "--deadline", "3s", "--", "true") for i in (0, 1))
    assert job.codes() == [75, 75]
    assert time.monotonic() - started < 30
    assert "2 of 4 nodes have not joined: 2-3 (deadline 3 s)" in main.err
    assert "2 of 4 nodes have not joined: 2-3" in child.err


def test_a_child_whose_main_node_never_comes_gives_up(make_job: MakeJob) -> None:
    job = make_job(2)
    child = job.start(1, "--deadline", "1s", "--", "true")
    assert child.code() == 75
    assert f"the main node {job.address(0)} did not answer: Connection refused" in child.err


def test_a_wrong_secret_is_reported_by_both_sides(make_job: MakeJob) -> None:
    job = make_job(2)
    main = job.start(0, "--", "true")
    child = job.start(1, "--", "true", MNP_SECRET="another secret of the tests")
    assert child.code() == 75
    assert "the main node has a different secret" in child.err
    main.until("it may have a different secret (claimed index 1)\n")
    main.until(f"rejected {job.address(1)}")
    # It waits on for the right one.
    job.start(1, "--", "true", number=7)
    assert main.code() == 0


@pytest.mark.parametrize(
    ("variable", "value", "reason"),
    [
        ("AWS_BATCH_JOB_ATTEMPT", "2", "it belongs to attempt 2 of the job, not 1"),
        ("AWS_BATCH_JOB_ID", "job-2#1", "it belongs to job job-2, not job-1"),
        ("AWS_BATCH_JOB_NUM_NODES", "3", "it expects 3 nodes, not 2"),
    ],
)
def test_a_stranger_is_rejected_and_the_main_node_waits_on(
    make_job: MakeJob, variable: str, value: str, reason: str
) -> None:
    job = make_job(2)
    main = job.start(0, "--", "true")
    main.until("waiting up to")
    stranger = job.start(1, "--", "true", number=7, **{variable: value})
    assert stranger.code() == 75
    assert reason in stranger.err
    main.until(reason)
    job.start(1, "--", "true")
    assert main.code() == 0


def test_the_second_node_with_an_index_is_rejected(
    make_job: MakeJob, often: dict[str, Any]
) -> None:
    job = make_job(3)
    main = job.start(0, "--", "true", **often)
    first = job.start(1, "--", "true")
    main.until("1 of 3 nodes has not joined: 2\n")
    second = job.start(1, "--", "true", number=7)
    assert second.code() == 75
    assert f"index 1 has already joined from {job.address(1)}" in second.err
    job.start(2, "--", "true")
    assert [main.code(), first.code()] == [0, 0]


def test_a_node_that_dies_before_the_start_ends_the_job_at_once(
    make_job: MakeJob, often: dict[str, Any]
) -> None:
    # AWS Batch does not start it again, so the others would wait for it until the deadline.
    job = make_job(4)
    main, first, other = (
        job.start(i, "--deadline", "1h", "--", "true", **often) for i in (0, 1, 2)
    )
    main.until("1 of 4 nodes has not joined: 3\n")
    first.process.kill()
    assert [main.code(), other.code()] == [76, 76]
    assert "failed first on node 1" in main.err
    assert ", before all nodes had joined" in main.err


def test_garbage_and_slow_strangers_do_not_disturb(make_job: MakeJob) -> None:
    job = make_job(2)
    main = job.start(0, "--", "true")
    main.until("waiting up to")
    slow = []
    for number in range(300):
        stranger = socket.create_connection((job.address(0), PORT))
        slow.append(stranger)
        stranger.sendall(b"\0" if number % 2 else os.urandom(2000))
    job.start(1, "--", "true")
    assert main.code() == 0
    assert "Traceback" not in main.err
    # Of many rejections from one address, few are written.
    assert main.err.count("rejected") < 5
    for stranger in slow:
        stranger.close()


def test_a_port_in_use_is_a_configuration_error(make_job: MakeJob) -> None:
    job = make_job(2)
    with socket.create_server((job.address(0), PORT)):
        main = job.start(0, "--", "true")
        assert main.code() == 78
    assert "cannot listen on port 7878: Address already in use" in main.err


@pytest.mark.parametrize("address", ["192.0.2.1", "::1"])
def test_an_address_that_the_node_does_not_have_is_a_configuration_error(
    make_job: MakeJob, address: str
) -> None:
    main = make_job(2).start(0, "--bind", address, "--", "true")
    assert main.code() == 78
    assert f"; --bind is '{address}', give an IPv4 address of this node\n" in main.err


def test_nodes_with_different_modes_do_not_start(make_job: MakeJob) -> None:
    job = make_job(2)
    main = job.start(0, "--mode", "main", "--", "echo", "started")
    job.start(1, "--", "echo", "started")
    assert job.codes() == [78, 78]
    assert "nodes 1 run mode every, the main node runs mode main" in main.err
    assert main.out == ""


def test_a_node_that_cannot_write_its_files_ends_the_job(make_job: MakeJob) -> None:
    job = make_job(2)
    main = job.start(0, "--", "echo", "started")
    # A limit of zero makes every write to a file fail, as a full disk does: the log's too.
    job.start(1, "--", "echo", "started", shell="ulimit -f 0")
    assert job.codes() == [77, 77]
    assert "node 1: cannot write the launcher's files: no folder is suitable (" in main.err
    assert "/dev/shm: File too large)" in main.err
    assert main.out == ""


def test_both_sides_report_again_and_again_for_whom_they_wait(
    make_job: MakeJob, often: dict[str, Any]
) -> None:
    job = make_job(5)
    child = job.start(3, "--", "true", **often)
    child.until(f"waiting for the main node {job.address(0)}: Connection refused")
    main = job.start(0, "--", "true", **often)
    for node in (main, child):
        node.until("waiting: 3 of 5 nodes have not joined: 1-2, 4\n")
    for index in (1, 2, 4):
        job.start(index, "--", "true")
    assert job.codes() == [0] * 5


def test_a_signal_during_the_meeting_ends_the_nodes_that_have_joined(
    make_job: MakeJob, often: dict[str, Any]
) -> None:
    job = make_job(3)
    main = job.start(0, "--", "echo", "started", **often)
    job.start(1, "--", "echo", "started")
    main.until("1 of 3 nodes has not joined: 2\n")
    main.process.terminate()
    assert job.codes() == [143, 143]
