"""Containers are separated from their instance."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_batch_mnp.model.container import Volume
from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.rules.setups import (
    containing,
    definition,
    ids,
    node_group,
)


@pytest.mark.parametrize(
    ("privileged", "expected"),
    [
        pytest.param(True, ["MNP603"], id="a privileged container breaks it"),
        pytest.param(False, [], id="not privileged"),
        pytest.param(None, [], id="left out"),
        pytest.param(UNKNOWN, [], id="unknown"),
    ],
)
def test_mnp603_no_privileged_containers(privileged: object, expected: list[str]) -> None:
    assert ids(containing(privileged=privileged)) == expected


@pytest.mark.parametrize(
    ("host_path", "expected"),
    [
        pytest.param("/", ["MNP603"], id="the whole instance breaks it"),
        pytest.param("/etc", ["MNP603"], id="its settings"),
        pytest.param("/etc/", ["MNP603"], id="with a slash behind"),
        pytest.param("//etc", ["MNP603"], id="with two slashes in front"),
        pytest.param("/scratch/../etc", ["MNP603"], id="by a way round"),
        pytest.param("/etc/passwd", ["MNP603"], id="a file among its settings"),
        pytest.param("/proc/1", ["MNP603"], id="its processes"),
        pytest.param("/var/run/docker.sock", ["MNP603"], id="Docker's socket"),
        pytest.param("/run/containerd/containerd.sock", ["MNP603"], id="containerd's socket"),
        pytest.param("/var/lib/ecs/data", ["MNP603"], id="the ECS agent's data"),
        pytest.param("/etc/localtime", [], id="the time zone"),
        pytest.param("/etc/ssl/certs", [], id="certificates"),
        pytest.param("/scratch", [], id="a folder for jobs"),
        pytest.param("/etcetera", [], id="a name that begins alike"),
        pytest.param("/var/lib/jobs", [], id="a folder beside the sensitive ones"),
        pytest.param("/dev/shm", [], id="shared memory"),
        pytest.param("/dev/infiniband", [], id="EFA devices"),
        pytest.param("/fsx", [], id="a shared file system"),
        pytest.param("", [], id="Docker chooses the folder"),
        pytest.param(None, [], id="a volume of another kind"),
        pytest.param(UNKNOWN, [], id="an unknown folder"),
    ],
)
def test_mnp603_volumes_of_sensitive_folders(host_path: Any, expected: list[str]) -> None:
    group = node_group(volumes=(Volume(name="data", host_path=host_path),))
    assert ids(definition(node_groups=(group,))) == expected


def test_mnp603_unknown_volumes_are_silent() -> None:
    assert ids(definition(node_groups=(node_group(volumes=UNKNOWN),))) == []
    assert ids(definition(node_groups=(node_group(volumes=(UNKNOWN,)),))) == []
