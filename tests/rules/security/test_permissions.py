"""What the roles of a job allow."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.policy import Statement
from cdk_batch_mnp.model.role import MisplacedPolicy, Role
from cdk_batch_mnp.model.unknown import UNKNOWN
from cdk_batch_mnp.rules.security.permissions import INTERFACE_ACTIONS
from tests.rules.setups import (
    definition,
    environment,
    findings,
    groups,
    ids,
    node_group,
)


def role(*actions: Any, on: Any = ("*",), id: str = "Stack/JobRole", **more: Any) -> Role:
    """A role that allows these actions."""
    resources = on if on is UNKNOWN else tuple((each,) for each in on)
    statement = Statement(actions=actions, resources=resources, **more)
    return Role(id=id, statements=(statement,))


def with_roles(**roles: Any) -> JobDefinition:
    """A definition whose job role or execution role is another."""
    return definition(node_groups=(node_group(**roles),))


own = Role(id="Stack/JobRole", statements=())


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        pytest.param({"job_role": own, "execution_role": own}, ["MNP604"], id="one role for both"),
        pytest.param({"job_role": role("*")}, ["MNP604"], id="everything on everything"),
        pytest.param({"job_role": role("*:*")}, ["MNP604"], id="every action of every service"),
        pytest.param(
            {"execution_role": role("s3:Get*", "*", id="Stack/ExecutionRole")},
            ["MNP604"],
            id="the execution role",
        ),
        pytest.param({"job_role": role("s3:*")}, [], id="all of one service"),
        pytest.param({"job_role": role("*", is_conditional=True)}, [], id="under a condition"),
        pytest.param({"job_role": role("*", is_deny=True)}, [], id="everything is denied"),
        pytest.param({"job_role": role("*", excludes_actions=True)}, [], id="no action at all"),
        pytest.param({"job_role": role("*", on=("arn:aws:s3:::data",))}, [], id="one resource"),
        pytest.param({"job_role": None, "execution_role": own}, [], id="no job role"),
        pytest.param({"job_role": own, "execution_role": None}, [], id="no execution role"),
        pytest.param({"job_role": UNKNOWN, "execution_role": UNKNOWN}, [], id="unknown roles"),
        pytest.param({"job_role": role(UNKNOWN)}, [], id="an unknown action"),
        pytest.param({"job_role": role("*", on=UNKNOWN)}, [], id="unknown resources"),
        pytest.param({"job_role": role("*", on=(UNKNOWN,))}, [], id="an unknown resource"),
        pytest.param({"job_role": Role(id="Stack/JobRole")}, [], id="unknown policies"),
        pytest.param(
            {"job_role": Role(id="Stack/JobRole", statements=(UNKNOWN,))}, [], id="one of them"
        ),
    ],
)
def test_mnp604_roles_are_apart_and_narrow(roles: dict[str, Any], expected: list[str]) -> None:
    assert ids(with_roles(**roles)) == expected


def test_mnp604_reports_a_role_once_for_all_groups() -> None:
    first, second = groups("0", "1:")
    wide = {"job_role": role("*")}
    both = (
        node_group(path=first.path, target_nodes="0", **wide),
        node_group(path=second.path, target_nodes="1:", **wide),
    )
    (finding,) = findings(definition(node_groups=both))
    assert finding.actual == "* on *"
    assert "Stack/JobRole" in finding.message


one_interface = ("arn:aws:ec2:eu-west-1:123456789012:network-interface/eni-1",)


@pytest.mark.parametrize(
    ("job_role", "expected"),
    [
        *(
            pytest.param(role(action), ["MNP414"], id=action.removeprefix("ec2:"))
            for action in INTERFACE_ACTIONS
        ),
        pytest.param(role("ec2:detachnetworkinterface"), ["MNP414"], id="in small letters"),
        pytest.param(role("ec2:*NetworkInterface"), ["MNP414"], id="by a wildcard"),
        pytest.param(role(INTERFACE_ACTIONS[0], on=one_interface), ["MNP414"], id="on one of them"),
        pytest.param(role("ec2:DescribeNetworkInterfaces"), [], id="looking at them is fine"),
        pytest.param(role("ec2:Describe*"), [], id="looking at everything is fine"),
        pytest.param(role("ec2:*"), [], id="all of EC2 says nothing about interfaces"),
        pytest.param(role(UNKNOWN), [], id="an unknown action"),
        pytest.param(Role(id="Stack/JobRole"), [], id="unknown policies"),
        pytest.param(UNKNOWN, [], id="an unknown role"),
        pytest.param(None, [], id="no role"),
    ],
)
def test_mnp414_interfaces_are_left_to_batch(job_role: object, expected: list[str]) -> None:
    assert ids(with_roles(job_role=job_role)) == expected


def test_mnp414_does_not_look_at_the_execution_role() -> None:
    agent = role("ec2:AttachNetworkInterface", id="Stack/ExecutionRole")
    assert ids(with_roles(execution_role=agent)) == []


@pytest.mark.parametrize("member", ["job_role", "execution_role"])
def test_mnp617_policies_of_job_roles_exist(member: str) -> None:
    name = "AmazonECSTaskExecutionRolePolicy"
    wrong = MisplacedPolicy(index=0, named=name, actual=f"service-role/{name}")
    found = Role(id="Stack/Other", misplaced_policies=(wrong,))
    assert ids(with_roles(**{member: found})) == ["MNP617"]
    assert ids(with_roles(**{member: Role(id="Stack/Other")})) == []
    assert ids(with_roles(**{member: UNKNOWN})) == []


@pytest.mark.parametrize("member", ["service_role", "instance_role"])
def test_mnp618_policies_of_the_environment_exist(member: str) -> None:
    name = "AWSBatchServiceRole"
    wrong = MisplacedPolicy(index=1, named=name, actual=f"service-role/{name}")
    found = Role(id="Stack/Other", misplaced_policies=(wrong,))
    assert ids(environment(**{member: found})) == ["MNP618"]
    (finding,) = findings(environment(**{member: found}))
    assert str(finding.property_path) == "managedPolicyArns[1]"
    assert ids(environment(**{member: Role(id="Stack/Other")})) == []
    assert ids(environment(**{member: UNKNOWN})) == []
