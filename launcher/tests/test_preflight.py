"""What a node must have before the job starts."""

from __future__ import annotations

import resource
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import cdk_batch_mnp_launch
from cdk_batch_mnp_launch.preflight import (
    check_node,
    check_nodes,
    memlock_limit,
    resolves,
    shared_memory,
    skew,
)
from cdk_batch_mnp_launch.protocol.messages import Host
from launcher.tests.nodes import Job

MakeJob = Callable[[int], Job]

GIB = 1024**3
HOST = Host(0, "10.0.0.1", "ip-0", 8, 96, 8, 0, 4, "every", "", 0)


def test_a_node_that_has_everything() -> None:
    expect = {"cpus": 96, "gpus": 8, "neuron": 0, "efa": 4}
    assert check_node(HOST, expect, -1, GIB, True) == ([], [])


@pytest.mark.parametrize(
    ("host", "memlock", "error"),
    [
        (HOST._replace(gpus=7), -1, "7 GPUs are visible, 8 are expected"),
        (HOST._replace(efa=0), 65536, "0 EFA devices are visible, 4 are expected"),
        (HOST, 65536, "memlock is limited to 65536 bytes"),
    ],
)
def test_what_the_job_cannot_do_without_is_an_error(host: Host, memlock: int, error: str) -> None:
    (found,) = check_node(host, {"gpus": 8, "efa": 4}, memlock, GIB, True).errors
    assert error in found


def test_what_may_fail_later_is_a_warning() -> None:
    errors, warnings = check_node(HOST, {}, -1, GIB - 1, False)
    assert errors == []
    assert "/dev/shm has 1023 MiB" in warnings[0]
    assert "ip-0 does not resolve" in warnings[1]


def test_a_limit_on_memlock_does_not_matter_without_efa() -> None:
    assert check_node(HOST._replace(efa=0), {}, 65536, GIB, True).errors == []


def nodes(**differences: object) -> list[Host]:
    other = Host(**{**HOST._asdict(), **differences})
    return [HOST, HOST._replace(node=1), *(other._replace(node=node) for node in (2, 3))]


def test_equal_nodes_fit() -> None:
    assert check_nodes(nodes(clock=1.9), HOST) == ([], [])


def test_nodes_in_another_mode_are_an_error() -> None:
    (found,) = check_nodes(nodes(mode="main"), HOST).errors
    assert found == "nodes 2-3 run mode main, the main node runs mode every"


@pytest.mark.parametrize(
    ("difference", "warning"),
    [
        ({"clock": -3.0}, "clocks differ by up to 3.0 s: nodes 2-3"),
        ({"gpus": 7}, "nodes 2-3: 7 GPUs"),
        ({"efa": 0}, "nodes 2-3: 8 GPUs, 0 Neuron devices, 0 EFA devices"),
    ],
)
def test_nodes_that_differ_are_a_warning(difference: dict[str, object], warning: str) -> None:
    errors, (found,) = check_nodes(nodes(**difference), HOST)
    assert errors == []
    assert warning in found


def test_the_limit_on_memlock_is_that_of_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = {resource.RLIMIT_MEMLOCK: (65536, -1)}
    monkeypatch.setattr(resource, "getrlimit", limits.__getitem__)
    assert memlock_limit() == 65536
    limits[resource.RLIMIT_MEMLOCK] = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    assert memlock_limit() == -1


def test_the_size_of_the_shared_memory(tmp_path: Path) -> None:
    assert shared_memory(str(tmp_path)) == shutil.disk_usage(tmp_path).total
    assert shared_memory(str(tmp_path / "none")) == 0


def test_whether_a_name_resolves() -> None:
    assert resolves("localhost")
    assert not resolves("no-such-host.invalid")


def test_the_clock_of_a_node_is_compared_when_it_joins() -> None:
    assert skew(HOST._replace(clock=time.time() - 5)).clock == pytest.approx(-5, abs=1)


@pytest.mark.parametrize(
    ("expected", "problem"),
    [
        ("cpus=100000", "CPUs are visible, 100000 are expected"),
        ("gpus=64", "GPUs are visible, 64 are expected"),
        ("neuron=64", "Neuron devices are visible, 64 are expected"),
        ("cpus=1 efa=64", "EFA devices are visible, 64 are expected"),
    ],
)
def test_a_node_that_has_less_than_it_should_keeps_the_job_from_starting(
    make_job: MakeJob, expected: str, problem: str
) -> None:
    job = make_job(2)
    job.start(0, "--", "echo", "started")
    job.start(1, "--", "echo", "started", MNP_EXPECT=expected)
    assert job.codes() == [77, 77]
    assert [node.out for node in job.nodes.values()] == ["", ""]
    assert problem in job.nodes[0].err


def test_nodes_with_different_versions_of_the_launcher_do_not_start(
    make_job: MakeJob, tmp_path: Path
) -> None:
    package = Path(cdk_batch_mnp_launch.__file__).parent
    other = shutil.copytree(package, tmp_path / "other" / package.name)
    text = (other / "__init__.py").read_text()
    assert 'VERSION = "' in text
    (other / "__init__.py").write_text(text.replace('VERSION = "', 'VERSION = "9.'))
    job = make_job(2)
    job.start(0, "--", "echo", "started")
    job.start(1, "--", "echo", "started", PYTHONPATH=str(tmp_path / "other"))
    assert job.codes() == [78, 78]
    assert "its launcher has version 9." in job.nodes[0].err
