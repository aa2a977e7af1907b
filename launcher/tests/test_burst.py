"""The network between the nodes is measured before the job starts, if that is wanted."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

import pytest

from launcher.tests.nodes import Job

MakeJob = Callable[[int], Job]
NET = ("--preflight", "net", "--silence", "10s", "--deadline", "60s")


@pytest.mark.parametrize("nodes", [2, 5])
def test_a_job_starts_once_all_pairs_have_been_measured(make_job: MakeJob, nodes: int) -> None:
    job = make_job(nodes)
    started = time.monotonic()
    job.start_all(*NET, "--", "echo", "begun")
    assert job.codes() == [0] * nodes, job.nodes[0].err
    assert time.monotonic() - started < 10
    assert "all nodes are ready, measuring the network" in job.nodes[0].err
    assert [node.out for node in job.nodes.values()] == ["begun\n"] * nodes


def test_a_single_node_has_no_network_to_measure(make_job: MakeJob) -> None:
    job = make_job(1)
    job.start_all(*NET, "--", "true")
    assert job.codes() == [0]
    assert "network" not in job.nodes[0].err


def test_a_port_that_is_in_use_is_named(make_job: MakeJob) -> None:
    job = make_job(2)
    with socket.create_server((job.address(1), 7879)):
        job.start_all(*NET, "--", "true")
        assert job.codes() == [77, 77]
    assert "cannot listen on port 7879 for --preflight net" in job.nodes[1].err


def test_the_port_is_free_for_the_command(make_job: MakeJob) -> None:
    job = make_job(3)
    serve = "import os, socket; socket.create_server((os.environ['MNP_LOCAL_ADDR'], 7879))"
    job.start_all(*NET, "--", "python3", "-c", serve)
    assert job.codes() == [0, 0, 0], job.nodes[1].err


def test_all_nodes_need_the_option(make_job: MakeJob) -> None:
    job = make_job(2)
    job.start(0, *NET, "--", "true")
    job.start(1, "--", "true")
    assert job.codes() == [78, 78]
    assert "node 1: it runs without --preflight net" in job.nodes[0].err


def test_strangers_on_the_port_do_not_disturb(make_job: MakeJob) -> None:
    job = make_job(2)
    nodes = [job.start(0, *NET, "--", "true")]
    strangers = []
    for address in (job.address(1),):
        nodes.append(job.start(1, *NET, "--", "true"))
        end = time.monotonic() + 5
        while time.monotonic() < end and len(strangers) < 5:
            try:
                strangers.append(socket.create_connection((address, 7879), 1))
                strangers[-1].sendall(b"\x00\x00\x00\x10 not a launcher")
            except OSError:
                if any(node.process.poll() is not None for node in nodes):
                    break
    assert job.codes() == [0, 0], nodes[0].err
    for stranger in strangers:
        stranger.close()
