"""The permissions of ECS Exec."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.rules.security.role_setups import allow, role
from tests.rules.setups import definition, findings, ids, node_group

CHANNELS = (
    *("ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel"),
    *("ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel"),
)


def running(job_role: Any, allows_exec: Any = True) -> Any:
    return definition(node_groups=(node_group(job_role=job_role, allows_exec=allows_exec),))


@pytest.mark.parametrize(
    ("job_role", "expected"),
    [
        pytest.param(role(allow(*CHANNELS)), [], id="the four actions"),
        pytest.param(role(allow("ssmmessages:*")), [], id="a wildcard"),
        pytest.param(role(allow(*CHANNELS[1:])), ["MNP620"], id="one is missing"),
        pytest.param(role(), ["MNP620"], id="no permissions"),
        pytest.param(role(UNKNOWN), [], id="an unknown policy"),
        pytest.param(UNKNOWN, [], id="an unknown role"),
    ],
)
def test_mnp620_exec_permissions(job_role: Any, expected: list[str]) -> None:
    assert ids(running(job_role)) == expected
    assert ids(running(job_role, None)) == []
    assert ids(running(job_role, UNKNOWN)) == []


def test_mnp620_is_silent_about_a_role_of_another_service() -> None:
    assert ids(running(role(service="ec2.amazonaws.com"))) == ["MNP605"]


def test_mnp620_is_reported_at_the_role() -> None:
    (finding,) = findings(running(role(allow(*CHANNELS[1:]))))
    assert (finding.resource_id, finding.severity) == ("Stack/Role", "warning")
    assert "CreateControlChannel" in finding.message
    assert "CreateDataChannel" not in finding.message
