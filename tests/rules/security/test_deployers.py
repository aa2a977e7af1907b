"""Who registers job definitions passes their roles."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_batch_mnp.model.role import REGISTER, Role
from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.rules.security.role_setups import allow, role
from tests.rules.setups import definition, ids, node_group

PASS = "iam:PassRole"


def deployed_by(*statements: Any, **roles: Any) -> Any:
    """A definition whose deployer has these policies."""
    deployer = role(*statements, id="Stack/Deployer", service="codebuild.amazonaws.com")
    given = node_group(**{"execution_role": None, "job_role": role(id="Stack/JobRole"), **roles})
    return definition(node_groups=(given,), deployers=(deployer,))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(deployed_by(allow(REGISTER)), ["MNP621"], id="no role"),
        pytest.param(deployed_by(allow(REGISTER, PASS)), [], id="any role"),
        pytest.param(
            deployed_by(allow(REGISTER), allow(PASS, resources=(("arn:aws:iam::1:role/job",),))),
            [],
            id="some role",
        ),
        pytest.param(deployed_by(allow(REGISTER), UNKNOWN), [], id="an unknown policy"),
        pytest.param(
            deployed_by(allow(REGISTER), allow(PASS, is_conditional=True)), [], id="a condition"
        ),
        pytest.param(
            deployed_by(allow(REGISTER, PASS), allow(PASS, is_deny=True)), ["MNP621"], id="denied"
        ),
        pytest.param(deployed_by(allow(REGISTER), job_role=None), [], id="a job without roles"),
        pytest.param(
            deployed_by(allow(REGISTER), job_role=UNKNOWN), [], id="a job with an unknown role"
        ),
    ],
)
def test_mnp621_a_deployer_passes_roles(given: Any, expected: list[str]) -> None:
    assert ids(given) == expected


def test_mnp621_a_role_of_unknown_policies_may_pass_roles() -> None:
    given = node_group(execution_role=None, job_role=role(id="Stack/JobRole"))
    assert ids(definition(node_groups=(given,), deployers=(Role(id="Stack/Deployer"),))) == []
