"""What the ECS agent may do with the instance role."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_batch_mnp.model.policy import Statement
from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.rules.security.role_setups import allow, policy, role
from tests.rules.setups import environment, findings, ids, with_template

AGENT = policy("service-role/AmazonEC2ContainerServiceforEC2Role")
SMALLEST = allow(
    *("ecs:RegisterContainerInstance", "ecs:DiscoverPollEndpoint", "ecs:Poll"),
    *("ecs:SubmitContainerStateChange", "ecs:SubmitTaskStateChange"),
)


def instances(*statements: Any, **more: Any) -> Any:
    """A role that instances can assume."""
    return role(*statements, service="ec2.amazonaws.com", **more)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"instance_role": instances(*AGENT)}, [], id="the policy for instances"),
        pytest.param({"instance_role": instances(SMALLEST)}, [], id="the least"),
        pytest.param({"instance_role": instances()}, ["MNP611"], id="no policy"),
        pytest.param(
            {
                "instance_role": instances(
                    *policy("service-role/AmazonECSTaskExecutionRolePolicy"),
                    *policy("AmazonSSMManagedInstanceCore"),
                )
            },
            ["MNP611"],
            id="the policy for tasks",
        ),
        pytest.param(
            {
                "instance_role": instances(
                    *AGENT,
                    Statement(is_deny=True, actions=("ecs:Poll",), resources=(("*",),)),
                )
            },
            ["MNP611"],
            id="denied",
        ),
        pytest.param({"instance_role": instances(UNKNOWN)}, [], id="an unknown policy"),
        pytest.param(
            {"instance_role": instances(allow("ecs:*", resources=UNKNOWN))},
            [],
            id="on unknown resources",
        ),
        pytest.param({"instance_role": UNKNOWN}, [], id="an unknown role"),
        pytest.param({"instance_role": role()}, ["MNP121"], id="a role for tasks, once"),
    ],
)
def test_mnp611_the_agent_may_register(changes: dict[str, Any], expected: list[str]) -> None:
    assert ids(environment(**changes)) == expected


def test_mnp611_says_which_action_is_denied() -> None:
    guard = Statement(
        is_deny=True, actions=("ecs:Poll",), resources=(("*",),), origin="policy guard"
    )
    (finding,) = findings(environment(instance_role=instances(*AGENT, guard)))
    assert finding.resource_id == "Stack/Role"
    assert finding.actual == "policy guard denies it"
    assert "ecs:Poll" in finding.message


def test_mnp611_is_not_about_eks() -> None:
    assert "MNP611" not in ids(environment(instance_role=instances(), is_eks=True))


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [("disabled", ["MNP611"]), ("enabled", []), (None, []), (UNKNOWN, [])],
)
def test_mnp611_the_agent_needs_the_metadata_service(endpoint: Any, expected: list[str]) -> None:
    assert ids(with_template(http_endpoint=endpoint)) == expected
