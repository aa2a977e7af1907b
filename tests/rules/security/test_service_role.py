"""The role that AWS Batch assumes."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_batch_mnp.engine.rule import Severity
from cdk_batch_mnp.model.compute_environment import ComputeEnvironment
from cdk_batch_mnp.model.partial_text import Token
from cdk_batch_mnp.model.role import Role, trusting
from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.rules.security.role_setups import allow, policy, role
from tests.rules.setups import environment, findings, ids

BATCH = policy("service-role/AWSBatchServiceRole")
LINKED = "aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch"
ACCOUNT = Token("AWS::AccountId of Stack", is_segment=True)


def with_role(service_role: Any, **changes: Any) -> ComputeEnvironment:
    """An environment with its own service role, which is replaced on update."""
    name = ("arn:aws:iam::123456789012:role/own",)
    return environment(
        **{
            "service_role": service_role,
            "service_role_name": name,
            "replace_on_update": True,
            **changes,
        }
    )


def batch(*statements: Any, **more: Any) -> Role:
    """A role that AWS Batch can assume."""
    return role(*statements, service="batch.amazonaws.com", **more)


@pytest.mark.parametrize(
    ("service_role", "expected"),
    [
        pytest.param(batch(*BATCH), [], id="Batch"),
        pytest.param(role(service="ec2.amazonaws.com"), ["MNP607"], id="EC2"),
        pytest.param(role(trust=()), ["MNP607"], id="nothing"),
        pytest.param(role(*BATCH, trust=(UNKNOWN,)), [], id="an unknown statement"),
        pytest.param(Role(id="arn:aws:iam::123456789012:role/theirs"), [], id="elsewhere"),
        pytest.param(UNKNOWN, [], id="an unknown role"),
        pytest.param(None, [], id="no role"),
    ],
)
def test_mnp607_batch_can_assume_the_role(service_role: Any, expected: list[str]) -> None:
    name = None if service_role is None else ("arn:aws:iam::123456789012:role/own",)
    assert ids(with_role(service_role, service_role_name=name)) == expected


def test_mnp607_is_reported_at_the_role_that_the_template_creates() -> None:
    (finding,) = findings(with_role(role(service="ec2.amazonaws.com")))
    assert (finding.resource_id, finding.actual) == ("Stack/Role", "ec2.amazonaws.com")
    arn = "arn:aws:iam::123456789012:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"
    linked = Role(id=arn, trust=trusting("ecs.amazonaws.com"))
    (finding,) = findings(with_role(linked, service_role_name=(arn,)))
    assert (finding.rule.id, finding.resource_id) == ("MNP607", "Stack/Environment")


@pytest.mark.parametrize(
    ("service_role", "expected"),
    [
        pytest.param(batch(), ["MNP608"], id="no policy"),
        pytest.param(
            batch(allow("ecs:*", "ec2:*", "autoscaling:*")), ["MNP608"], id="no role to pass"
        ),
        pytest.param(batch(allow("ecs:*", "autoscaling:*", "iam:*")), [], id="the least"),
        pytest.param(batch(*BATCH, boundary=()), ["MNP608"], id="an empty boundary"),
        pytest.param(batch(*BATCH, boundary=UNKNOWN), [], id="an unknown boundary"),
        pytest.param(batch(UNKNOWN), [], id="an unknown policy"),
        pytest.param(batch(allow("*", is_conditional=True)), [], id="under a condition"),
        pytest.param(batch(allow("*", resources=UNKNOWN)), [], id="on unknown resources"),
    ],
)
def test_mnp608_batch_may_do_what_it_needs(service_role: Role, expected: list[str]) -> None:
    assert ids(with_role(service_role)) == expected


def test_mnp608_batch_may_pass_the_instance_role() -> None:
    instances = role(UNKNOWN, service="ec2.amazonaws.com", id="Stack/Nodes")
    for name, expected in (("job", []), ("other", ["MNP608"])):
        passes = allow("iam:PassRole", resources=((f"arn:aws:iam::123456789012:role/{name}",),))
        own = batch(allow("ecs:*", "autoscaling:*"), passes)
        assert ids(with_role(own, instance_role=instances)) == expected


def test_mnp608_is_not_about_eks() -> None:
    assert "MNP608" not in ids(with_role(batch(), is_eks=True))


@pytest.mark.parametrize(
    ("name", "path", "expected"),
    [
        pytest.param((f"arn:aws:iam::1:role/{LINKED}",), UNKNOWN, [], id="linked"),
        pytest.param(("arn:aws:iam::", ACCOUNT, f":role/{LINKED}"), UNKNOWN, [], id="an account"),
        pytest.param((LINKED,), UNKNOWN, [], id="linked, by path and name"),
        pytest.param(("AWSServiceRoleForBatch",), UNKNOWN, ["MNP609"], id="linked, by name"),
        pytest.param(
            ("arn:aws:iam::", ACCOUNT, ":role/AWSServiceRoleForBatch"),
            UNKNOWN,
            ["MNP609"],
            id="linked, without its path",
        ),
        pytest.param((UNKNOWN, "AWSServiceRoleForBatch"), UNKNOWN, [], id="an unknown start"),
        pytest.param((UNKNOWN,), UNKNOWN, [], id="unknown"),
        pytest.param(("own",), "/service-role/", ["MNP609"], id="a path, by name"),
        pytest.param(("service-role/own",), "/service-role/", [], id="a path, by path and name"),
        pytest.param(("arn:aws:iam::1:role/service-role/own",), "/service-role/", [], id="its ARN"),
        pytest.param(("own",), "/", [], id="no path, by name"),
        pytest.param(("own",), UNKNOWN, [], id="an unknown path"),
    ],
)
def test_mnp609_a_role_with_a_path_is_named_with_it(
    name: Any, path: Any, expected: list[str]
) -> None:
    own = batch(*BATCH, path=path)
    assert ids(with_role(own, service_role_name=name)) == expected


@pytest.mark.parametrize(
    ("name", "own", "replaced", "expected"),
    [
        pytest.param(("own",), batch(*BATCH), False, ["MNP610"], id="a role of the template"),
        pytest.param((Token("Own"),), batch(*BATCH), False, ["MNP610"], id="a generated name"),
        pytest.param(("own",), UNKNOWN, False, ["MNP610"], id="a role from elsewhere"),
        pytest.param(("own",), batch(*BATCH), True, [], id="replaced"),
        pytest.param(("own",), batch(*BATCH), None, [], id="replaced by default"),
        pytest.param(("own",), batch(*BATCH), UNKNOWN, [], id="perhaps replaced"),
        pytest.param((f"arn:aws:iam::1:role/{LINKED}",), UNKNOWN, False, [], id="linked"),
        pytest.param((UNKNOWN,), UNKNOWN, False, [], id="an unknown role"),
        pytest.param(None, None, False, [], id="no role"),
    ],
)
def test_mnp610_updates_in_place_use_the_linked_role(
    name: Any, own: Any, replaced: Any, expected: list[str]
) -> None:
    found = with_role(own, service_role_name=name, replace_on_update=replaced)
    assert ids(found) == expected
    assert all(finding.severity is Severity.WARNING for finding in findings(found))
