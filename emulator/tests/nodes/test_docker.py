"""Nodes as containers, of a program that does what docker does, without containers."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from cdk_batch_mnp_emulator.nodes.docker_runner import DockerError, DockerRunner
from cdk_batch_mnp_emulator.nodes.runner import Limit, Mount
from nodes.cluster import Cluster, wait_until
from nodes.fake_docker import write_fake_docker


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = write_fake_docker(tmp_path / "docker")
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder


@pytest.fixture
def containers(docker: Path, tmp_path: Path) -> Iterator[Cluster]:
    runner = DockerRunner(port=4711, process=lambda *_: None)
    cluster = Cluster(runner, tmp_path)
    yield cluster
    runner.close()


def calls(docker: Path) -> list[list[str]]:
    return [json.loads(line) for line in (docker / "calls").read_text().splitlines()]


def test_a_node_is_a_container_with_an_address_and_the_endpoint_of_its_network(
    containers: Cluster, docker: Path
) -> None:
    node = containers.run(
        "sh",
        "-c",
        'echo "$AWS_ENDPOINT_URL"; exit 3',
        image="trainer:1",
        environment={"AWS_ENDPOINT_URL": "http://127.0.0.1:4711"},
        shared_memory_mib=128,
    )
    assert node.exit_code == 3
    assert (node.calls[0], node.calls[-1]) == ("started", "ended")
    # The fake has no network to listen on, as Docker Desktop.
    assert node.lines == ["http://host.docker.internal:4711"]
    (run,) = (each for each in calls(docker) if each[0] == "run")
    options = dict(pairwise(run))
    assert options["--ip"] == node.where.address == "10.214.0.4"
    assert options["--hostname"] == options["--network-alias"] == node.where.host_name
    assert options["--shm-size"] == "128m"
    assert options["--add-host"] == "host.docker.internal:host-gateway"
    assert {"--rm", "--init"} <= set(run)
    assert run[-4:-2] == ["trainer:1", "sh"]


def test_a_container_gets_the_volumes_and_limits_of_its_definition(
    containers: Cluster, docker: Path, tmp_path: Path
) -> None:
    mounts = [Mount("/efs", tmp_path, read_only=True), Mount("/ram", mib=7)]
    node = containers.run("true", mounts=mounts, limits=[Limit("nofile", 1, 2)], is_read_only=True)
    assert node.exit_code == 0
    (command,) = [call for call in calls(docker) if call[0] == "run"]
    assert {
        "--read-only",
        f"--volume={tmp_path}:/efs:ro",
        "--tmpfs=/ram:size=7m",
        "--ulimit=nofile=1:2",
    } <= set(command)


def test_an_image_that_is_missing_is_the_reason(containers: Cluster) -> None:
    node = containers.run("true", image="missing")
    assert (node.exit_code, node.reason) == (
        None,
        "CannotStartContainerError: docker: No such image: missing",
    )
    assert "started" not in node.calls


def test_a_container_is_stopped_and_removed(containers: Cluster, docker: Path) -> None:
    node = containers.start("sleep", "60").wait_for("started")
    assert node.node
    node.node.stop(7)
    assert node.wait_for("ended").exit_code == 143
    assert wait_until(lambda: calls(docker)[-1][:2] == ["rm", "--force"])
    (stop,) = (each for each in calls(docker) if each[0] == "stop")
    assert stop[1:3] == ["--time", "7"]


def test_closing_removes_the_containers_and_the_network(docker: Path, tmp_path: Path) -> None:
    runner = DockerRunner(port=4711, process=lambda *_: None)
    node = Cluster(runner, tmp_path).start("sleep", "60").wait_for("started")
    runner.close()
    assert node.wait_for("ended").exit_code == 137
    assert [each[:2] for each in calls(docker)[-2:]] == [["rm", "--force"], ["network", "rm"]]


def test_a_missing_program_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(DockerError, match=r"^the program podman was not found in PATH$"):
        DockerRunner("podman", port=4711, process=lambda *_: None)


def test_a_daemon_that_does_not_answer_is_one_line(docker: Path) -> None:
    (docker / "down").touch()
    expected = "docker info: ERROR: Cannot connect to the daemon at unix:///x. Is it running?"
    with pytest.raises(DockerError) as caught:
        DockerRunner(port=4711, process=lambda *_: None)
    assert str(caught.value) == expected


def test_the_containers_of_a_task_share_the_network_of_one_that_does_nothing(
    containers: Cluster, docker: Path
) -> None:
    init = containers.start("true", shares_network=True).wait_for("ended")
    pair = [
        containers.start("sleep", "0.3", where=init.where, shares_network=True) for _ in range(2)
    ]
    assert [each.wait_for("ended").exit_code for each in (init, *pair)] == [0, 0, 0]
    holder, *others = (each for each in calls(docker) if each[0] == "run")
    options = dict(pairwise(holder))
    assert "--detach" in holder
    assert holder[-1] == "registry.k8s.io/pause:3.9"
    assert options["--ip"] == init.where.address
    assert options["--hostname"] == options["--network-alias"] == init.where.host_name
    assert options["--add-host"] == "host.docker.internal:host-gateway"
    assert len(others) == 3
    for arguments in others:
        assert dict(pairwise(arguments))["--network"] == f"container:{options['--name']}"
    containers.runner.release(init.where)
    assert wait_until(lambda: calls(docker)[-1] == ["rm", "--force", options["--name"]])
    assert wait_until(lambda: containers.runner.reserve("").address == init.where.address)


def test_a_container_that_is_stopped_before_its_network_exists_is_not_started(
    containers: Cluster, docker: Path
) -> None:
    (docker / "slow").touch()
    node = containers.start("true", shares_network=True)
    late = containers.start("true", where=node.where, shares_network=True)
    assert late.node
    late.node.stop(5)
    (docker / "slow").unlink()
    assert late.wait_for("ended").reason == "the node was stopped before its program started"
    assert node.wait_for("ended").exit_code == 0
    assert len([each for each in calls(docker) if each[0] == "run"]) == 2


def test_a_network_that_cannot_be_made_is_the_reason(containers: Cluster, docker: Path) -> None:
    (docker / "no pause").touch()
    node = containers.run("true", shares_network=True)
    assert node.exit_code is None
    assert node.reason == "CannotStartContainerError: docker run: docker: denied"
