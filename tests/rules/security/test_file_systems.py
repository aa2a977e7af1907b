"""Who may mount an EFS file system."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_batch_mnp.engine.rule import Severity
from cdk_batch_mnp.model.access import FileSystem
from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.rules.security.role_setups import allow, allow_to, mounting, role
from tests.rules.setups import findings, ids

ARN = ("arn:aws:elasticfilesystem:eu-west-1:123456789012:file-system/fs-1",)
MOUNT, WRITE = "elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"
JOB = role()


def files(policy: Any) -> FileSystem:
    """A file system with a policy."""
    return FileSystem(id="Stack/Files", arn=ARN, policy=policy)


@pytest.mark.parametrize(
    ("job_role", "policy", "expected"),
    [
        pytest.param(JOB, None, [], id="the default policy"),
        pytest.param(JOB, (), ["MNP615"], id="a policy for nothing"),
        pytest.param(JOB, (allow_to(JOB.arn, MOUNT),), [], id="a policy for the role"),
        pytest.param(JOB, (allow_to(("*",), MOUNT),), [], id="a policy for everything"),
        pytest.param(role(allow(MOUNT)), (), [], id="a role that allows it"),
        pytest.param(
            role(allow(MOUNT, resources=(("arn:aws:elasticfilesystem:*:*:file-system/fs-2",),))),
            (),
            ["MNP615"],
            id="for another file system",
        ),
        pytest.param(
            JOB, (allow_to(("*",), MOUNT, is_conditional=True),), [], id="under a condition"
        ),
        pytest.param(JOB, (UNKNOWN,), [], id="an unknown policy"),
        pytest.param(role(UNKNOWN), (), [], id="an unknown policy of the role"),
        pytest.param(UNKNOWN, (), [], id="an unknown role"),
    ],
)
def test_mnp615_the_job_role_may_mount(job_role: Any, policy: Any, expected: list[str]) -> None:
    assert ids(mounting(job_role, file_system=files(policy))) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"file_system": UNKNOWN}, [], id="an unknown file system"),
        pytest.param({"uses_role": UNKNOWN}, [], id="perhaps with the role"),
        pytest.param({"uses_role": False}, ["MNP615"], id="without the role"),
    ],
)
def test_mnp615_depends_on_the_volume(changes: dict[str, Any], expected: list[str]) -> None:
    found = files((allow_to(JOB.arn, MOUNT),))
    assert ids(mounting(JOB, **{"file_system": found, **changes})) == expected


def test_mnp615_warns_if_the_role_may_only_read() -> None:
    found = files((allow_to(JOB.arn, MOUNT),))
    (finding,) = findings(mounting(JOB, file_system=found, is_written=True))
    assert (finding.severity, finding.expected) == (Severity.WARNING, WRITE)
    assert ids(mounting(JOB, file_system=found, is_written=UNKNOWN)) == []
