"""ECS Exec, which runs commands in the containers of a job."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_batch_mnp.model.container import MountPoint, Volume
from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.rules.security.role_setups import allow, role
from tests.rules.setups import container, definition, ids, node_group

ALLOWED = role(allow("ssmmessages:*"))


def running(allows_exec: Any, **changes: Any) -> Any:
    return definition(node_groups=(node_group(allows_exec=allows_exec, **changes),))


@pytest.mark.parametrize(
    ("allows_exec", "job_role", "expected"),
    [
        pytest.param(True, ALLOWED, [], id="a role"),
        pytest.param(True, None, ["MNP347"], id="no role"),
        pytest.param(True, UNKNOWN, [], id="an unknown role"),
        pytest.param(False, None, [], id="off"),
        pytest.param(None, None, [], id="not set"),
        pytest.param(UNKNOWN, None, [], id="unknown"),
    ],
)
def test_mnp347_exec_needs_a_job_role(allows_exec: Any, job_role: Any, expected: list[str]) -> None:
    assert ids(running(allows_exec, job_role=job_role)) == expected


def test_mnp347_an_inner_range_may_inherit_the_job_role() -> None:
    inner = node_group(target_nodes="0", allows_exec=True, job_role=None)
    assert ids(definition(node_groups=(node_group(job_role=ALLOWED), inner))) == []
    assert ids(definition(node_groups=(UNKNOWN, inner))) == []


@pytest.mark.parametrize(
    ("allows_exec", "read_only", "expected"),
    [
        pytest.param(True, True, ["MNP348"], id="read-only"),
        pytest.param(True, False, [], id="writable"),
        pytest.param(True, None, [], id="writable by default"),
        pytest.param(True, UNKNOWN, [], id="perhaps read-only"),
        pytest.param(UNKNOWN, True, [], id="perhaps exec"),
        pytest.param(None, True, [], id="no exec"),
    ],
)
def test_mnp348_exec_writes_files(allows_exec: Any, read_only: Any, expected: list[str]) -> None:
    containers = (container(read_only_root=read_only),)
    assert ids(running(allows_exec, job_role=ALLOWED, containers=containers)) == expected


def mounted(path: Any) -> MountPoint:
    return MountPoint(source_volume="agent", container_path=path, read_only=None)


@pytest.mark.parametrize(
    ("mounts", "expected"),
    [
        pytest.param((mounted("/var/lib/amazon/ssm"),), [], id="a volume"),
        pytest.param((mounted("/data"),), ["MNP348"], id="another volume"),
        pytest.param((mounted(UNKNOWN),), [], id="perhaps a volume"),
        pytest.param((UNKNOWN,), [], id="an unknown volume"),
        pytest.param(UNKNOWN, [], id="unknown volumes"),
    ],
)
def test_mnp348_a_volume_can_take_the_files(mounts: Any, expected: list[str]) -> None:
    containers = (container(read_only_root=True, mount_points=mounts),)
    agent = Volume(name="agent", host_path="/agent")
    job = running(True, job_role=ALLOWED, containers=containers, volumes=(agent,))
    assert ids(job) == expected
