"""The network between the nodes is measured before the job starts, if that is wanted."""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any

import pytest

from cdk_batch_mnp_launch.burst import Burst
from cdk_batch_mnp_launch.protocol.messages import Host
from cdk_batch_mnp_launch.reactor import Reactor
from cdk_batch_mnp_launch.ring import Report
from cdk_batch_mnp_launch.settings import read
from launcher.tests.nodes import SECRET, Job

MakeJob = Callable[[int], Job]
NET = ("--preflight", "net")
SECONDS = 0.2
"""How long a burst takes here: a whole second uses all processors for nothing."""


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the bursts of nodes in this process."""
    monkeypatch.setattr("cdk_batch_mnp_launch.burst.BURST_SECONDS", SECONDS)


@pytest.fixture
def shortly(with_constants: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    """Variables of nodes whose bursts are short."""
    return with_constants("burst", BURST_SECONDS=SECONDS)


@pytest.mark.parametrize("nodes", [2, 5])
def test_a_job_starts_once_all_pairs_have_been_measured(
    make_job: MakeJob, nodes: int, shortly: dict[str, Any]
) -> None:
    job = make_job(nodes)
    started = time.monotonic()
    job.start_all(*NET, "--", "echo", "begun", **shortly)
    assert job.codes() == [0] * nodes, job.nodes[0].err
    assert time.monotonic() - started < 30  # so no node has waited for a timeout
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


def test_the_port_is_free_for_the_command(make_job: MakeJob, shortly: dict[str, Any]) -> None:
    job = make_job(3)
    serve = "import os, socket; socket.create_server((os.environ['MNP_LOCAL_ADDR'], 7879))"
    job.start_all(*NET, "--", "python3", "-S", "-c", serve, **shortly)
    assert job.codes() == [0, 0, 0], job.nodes[1].err


def test_all_nodes_need_the_option(make_job: MakeJob) -> None:
    job = make_job(2)
    job.start(0, *NET, "--", "true")
    job.start(1, "--", "true")
    assert job.codes() == [78, 78]
    assert "node 1: it runs without --preflight net" in job.nodes[0].err


class Two:
    """Two nodes in this process, each with an address of its own."""

    def __init__(self, address: str) -> None:
        self.reactor = Reactor()
        self.hosts = [
            Host(node, f"{address}.{node + 1}", "", 1, 1, 0, 0, 0, "every", "", 0)
            for node in range(2)
        ]

    def burst(self, node: int, secret: str = SECRET) -> Burst:
        environ = {
            "MNP_SECRET": secret,
            "AWS_BATCH_JOB_NUM_NODES": "2",
            "AWS_BATCH_JOB_NODE_INDEX": str(node),
            "AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS": self.hosts[0].address,
        }
        options = ["--preflight", "net", "--bind", self.hosts[node].address, "--", "true"]
        return Burst(self.reactor, read(options, environ), self.hosts)

    def run(self, *bursts: Burst) -> list[Report]:
        """Run the check on some of the nodes, and return their reports."""
        reports: dict[int, Report] = {}

        def take(number: int, report: Report) -> None:
            reports[number] = report
            if len(reports) == len(bursts):
                self.reactor.stop()

        for number, burst in enumerate(bursts):
            burst.run(partial(take, number))
        self.reactor.run()
        return [reports[number] for number in range(len(bursts))]

    def first(self, own: Burst, other: Burst) -> Report:
        """Run the check on both nodes, and return the report of one as soon as it is there."""
        reports: list[Report] = []

        def take(report: Report) -> None:
            reports.append(report)
            self.reactor.stop()

        own.run(take)
        other.run(lambda _report: None)
        self.reactor.run()
        return reports[0]


@pytest.fixture
def two() -> Iterator[Two]:
    two = Two(f"127.{random.randint(1, 254)}.{random.randint(0, 254)}")
    yield two
    two.reactor.close()


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cdk_batch_mnp_launch.burst.CONNECT_SECONDS", 0.5)


def test_both_directions_are_measured(two: Two) -> None:
    bursts = [two.burst(0), two.burst(1)]
    for burst in bursts:
        burst.listen()
    for report in two.run(*bursts):
        assert report.problem == ""
        assert report.rate > 1e6


@pytest.mark.usefixtures("soon")
def test_a_node_that_does_not_listen_is_reported(two: Two) -> None:
    own, other = two.burst(0), two.burst(1)
    own.listen()
    report = two.first(own, other)
    assert report.problem == "Connection refused"
    assert report.rate > 0  # of what the other node has sent


@pytest.mark.usefixtures("soon")
def test_a_node_that_does_not_answer_is_reported(two: Two) -> None:
    own, other = two.burst(0), two.burst(1)
    own.listen()
    with socket.create_server((two.hosts[1].address, 7879)):
        report = two.first(own, other)
    assert report.problem == "no answer"
    assert report.rate > 0


def test_nothing_is_sent_to_and_taken_from_a_node_with_another_secret(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cdk_batch_mnp_launch.burst.TOTAL_SECONDS", 3.0)
    bursts = [two.burst(0), two.burst(1, secret="another secret, long enough")]
    for burst in bursts:
        burst.listen()
    for report in two.run(*bursts):
        assert report == Report("another launcher answers there, or something else", 0)


def test_strangers_on_the_port_do_not_disturb(two: Two) -> None:
    bursts = [two.burst(0), two.burst(1)]
    for burst in bursts:
        burst.listen()
    with ExitStack() as stack:
        for number in range(20):
            stranger = socket.create_connection((two.hosts[1].address, 7879))
            stack.enter_context(stranger)
            stranger.sendall(b"\x00\x00\x00\x10 not a launcher"[: number + 1])
        assert [report.problem for report in two.run(*bursts)] == ["", ""]
