"""Roles that instances and tasks can take on."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_batch_mnp.model.access import GroupAccess, NamedRole
from cdk_batch_mnp.model.partial_text import Token
from cdk_batch_mnp.model.policy import Principal, Statement
from cdk_batch_mnp.model.role import InstanceProfile, Role, trusting
from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.rules.setups import FIRST_GROUP, definition, environment, ids, node_group


def role(*services: str) -> Role:
    """A role that these services can assume."""
    return Role(id="Stack/Role", trust=trusting(*services))


ACCOUNT = Token("AWS::AccountId", is_segment=True)
ANYONE = Role(
    id="Stack/Role",
    trust=(Statement(actions=("sts:*",), resources=None, principals=(Principal("AWS", ("*",)),)),),
)


def profile(*roles: Any) -> dict[str, Any]:
    """The profile p with the path /a/ and roles of these names."""
    arn = ("arn:aws:iam::1:instance-profile/a/p",)
    return {"instance_profile": InstanceProfile(id="Stack/Profile", roles=roles, arn=arn)}


def some_role(*services: str) -> Role:
    """A role that these services can assume, and others that are not known."""
    return Role(id="Stack/Role", trust=(*trusting(*services), UNKNOWN))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"instance_role_is_profile": True}, [], id="a profile"),
        pytest.param({"instance_role_is_profile": False}, ["MNP121"], id="a role"),
        pytest.param({"instance_role_is_profile": UNKNOWN}, [], id="one of the two"),
        pytest.param({"instance_role": None}, ["MNP121"], id="none"),
        pytest.param({"instance_role": None, "is_eks": UNKNOWN}, [], id="none, perhaps on EKS"),
        pytest.param({"instance_role": None, "type": "FARGATE"}, ["MNP102"], id="none on Fargate"),
        pytest.param({"instance_role": UNKNOWN}, [], id="not known"),
        pytest.param({"instance_role": role("ec2.amazonaws.com")}, [], id="for EC2"),
        pytest.param({"instance_role": role("ec2.amazonaws.com.cn")}, [], id="in China"),
        pytest.param({"instance_role": ANYONE}, [], id="for everybody"),
        pytest.param({"instance_role": role("lambda.amazonaws.com")}, ["MNP121"], id="for Lambda"),
        pytest.param({"instance_role": role()}, ["MNP121"], id="without principals"),
        pytest.param(profile(), ["MNP121"], id="a profile without a role"),
        pytest.param(profile(("nodes",)), [], id="with one role"),
        pytest.param(profile(("nodes",), ("others",)), ["MNP121"], id="with two roles"),
        pytest.param(profile(("arn:aws:iam::1:role/nodes",)), ["MNP121"], id="with an ARN"),
        pytest.param({"instance_profile": InstanceProfile(id="P")}, [], id="unknown roles"),
        pytest.param(profile((UNKNOWN,)), [], id="with a role of an unknown name"),
        pytest.param(
            {**profile(("nodes",)), "instance_role_name": ("arn:aws:iam::1:instance-profile/p",)},
            ["MNP121"],
            id="an ARN without its path",
        ),
        pytest.param(
            {**profile(("nodes",)), "instance_role_name": ("arn:aws:iam::1:instance-profile/a/p",)},
            [],
            id="an ARN with its path",
        ),
        pytest.param(
            {**profile(("nodes",)), "instance_role_name": (UNKNOWN, ":instance-profile/a/p")},
            [],
            id="of an unknown account",
        ),
        pytest.param({"instance_role": some_role("lambda.amazonaws.com")}, [], id="and others"),
    ],
)
def test_instances_take_on_the_role_of_a_profile(
    changes: dict[str, Any], expected: list[str]
) -> None:
    assert ids(environment(**changes)) == expected


@pytest.mark.parametrize("member", ["job_role", "execution_role"])
@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param(role("ecs-tasks.amazonaws.com"), [], id="tasks"),
        pytest.param(role("ec2.amazonaws.com", "ecs-tasks.amazonaws.com"), [], id="also tasks"),
        pytest.param(role("batch.amazonaws.com"), ["MNP605"], id="Batch"),
        pytest.param(some_role(), [], id="not known"),
        pytest.param(Role(id="arn:aws:iam::123456789012:role/theirs"), [], id="elsewhere"),
        pytest.param(None, [], id="no role"),
    ],
)
def test_tasks_take_on_their_roles(member: str, found: object, expected: list[str]) -> None:
    assert ids(definition(node_groups=(node_group(**{member: found}),))) == expected


JOB = Role(id="Stack/Job", arn=("arn:aws:iam::", ACCOUNT, ":role/solvers/job"), path="/solvers/")


GENERATED = Token("Stack/JobRole", is_unique=True, is_segment=True)
"""The name that CloudFormation generates for a role."""


@pytest.mark.parametrize(
    ("name", "found", "expected"),
    [
        pytest.param(JOB.arn, JOB, [], id="its ARN"),
        pytest.param(("arn:aws:iam::", ACCOUNT, ":role/job"), JOB, ["MNP619"], id="no path"),
        pytest.param(("arn:aws:iam::", UNKNOWN, ":role/solvers/job"), JOB, [], id="an account"),
        pytest.param((UNKNOWN, "/job"), JOB, [], id="an unknown path"),
        pytest.param(("job",), JOB, ["MNP624"], id="its name"),
        pytest.param(("arn:aws:iam::1:role/job",), Role(id="Stack/Job"), [], id="an unknown role"),
        pytest.param(("arn:aws:iam::1:role/job",), UNKNOWN, [], id="no role"),
    ],
)
def test_mnp619_the_arn_of_a_role_has_its_path(name: Any, found: Any, expected: list[str]) -> None:
    path = FIRST_GROUP / "container" / "jobRoleArn"
    access = GroupAccess(roles=(NamedRole(path=path, name=name, role=found),))
    assert ids(definition(access={FIRST_GROUP: access})) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param(("ecsTaskExecutionRole",), ["MNP624"], id="a name"),
        pytest.param(("solvers/job",), ["MNP624"], id="a path and a name"),
        pytest.param((GENERATED,), ["MNP624"], id="Ref of a role"),
        pytest.param(("arn:aws:iam::1:instance-profile/nodes",), ["MNP624"], id="a profile"),
        pytest.param(("arn:aws:iam::1:role/job",), [], id="an ARN"),
        pytest.param(("arn:aws-cn:iam::1:role/solvers/job",), [], id="another partition"),
        pytest.param(("arn:", UNKNOWN), [], id="an unknown end"),
        pytest.param((Token("Role of Stack", is_free=True),), [], id="a parameter"),
        pytest.param((UNKNOWN,), [], id="unknown"),
        pytest.param((), [], id="empty"),
    ],
)
def test_mnp624_the_arn_of_a_role(name: Any, expected: list[str]) -> None:
    path = FIRST_GROUP / "container" / "executionRoleArn"
    access = GroupAccess(roles=(NamedRole(path=path, name=name, role=UNKNOWN),))
    assert ids(definition(access={FIRST_GROUP: access})) == expected


def test_one_role_of_several_groups_is_reported_once() -> None:
    groups = tuple(node_group(target_nodes=each, job_role=role()) for each in ("0", "1:"))
    assert ids(definition(node_groups=groups)) == ["MNP605"]
