"""The way of ECS Exec to Systems Manager."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_batch_mnp.model.endpoint_policy import EndpointPolicy
from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.model.reach import parts
from tests.rules.network_setups import endpoints, networked
from tests.rules.security.role_setups import allow, role
from tests.rules.setups import definition, ids, node_group

WITHOUT = endpoints()
WITH = (*WITHOUT, parts.endpoint("ssmmessages"))


def running(allows_exec: Any = True) -> Any:
    exec_role = role(allow("ssmmessages:*"))
    return definition(node_groups=(node_group(job_role=exec_role, allows_exec=allows_exec),))


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        pytest.param(networked(among=WITH), [], id="an endpoint"),
        pytest.param(networked(among=WITHOUT), ["MNP425"], id="no endpoint"),
        pytest.param(networked(parts.TO_NAT), [], id="a NAT gateway"),
        pytest.param(networked(UNKNOWN, among=WITHOUT), [], id="an unknown route"),
        pytest.param(
            networked(
                among=(
                    *WITHOUT,
                    parts.endpoint("ssmmessages", policy=EndpointPolicy((allow("ssm:*"),))),
                )
            ),
            ["MNP425"],
            id="an endpoint for other requests",
        ),
    ],
)
def test_mnp425_tasks_reach_systems_manager(environment: Any, expected: list[str]) -> None:
    assert ids(running(), environment) == expected
    assert ids(running(None), environment) == []
    assert ids(running(UNKNOWN), environment) == []


def test_mnp425_a_task_has_no_public_address() -> None:
    public = networked(parts.TO_GATEWAY, kind="public", maps_public_addresses=True)
    assert ids(running(), public) == sorted({*ids(running(None), public), "MNP425"})


def test_mnp425_is_silent_where_nothing_registers() -> None:
    assert ids(running(), networked()) == ["MNP405"]
