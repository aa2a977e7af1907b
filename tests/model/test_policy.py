"""What policies allow, deny, or leave unknown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import botocore.session
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdk_batch_mnp.model.partial_text import Token
from cdk_batch_mnp.model.policy import (
    Decision,
    Principal,
    Statement,
    Statements,
    decide,
    either,
    limited,
    service,
)
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe

READ = "secretsmanager:GetSecretValue"
ARN = ("arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf",)
EVERYTHING = (("*",),)


def allow(*actions: Maybe[str], on: Any = EVERYTHING, **more: Any) -> Statement:
    """A statement that allows actions."""
    return Statement(actions=actions, resources=on, **more)


def deny(*actions: Maybe[str], on: Any = EVERYTHING, **more: Any) -> Statement:
    """A statement that denies actions."""
    return Statement(is_deny=True, actions=actions, resources=on, origin="guard", **more)


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        pytest.param([], False, id="no statement"),
        pytest.param([allow(READ)], True, id="the action"),
        pytest.param([allow("SECRETSMANAGER:getsecretvalue")], True, id="in other letters"),
        pytest.param([allow("secretsmanager:Get*")], True, id="a wildcard"),
        pytest.param([allow("secretsmanager:GetSecretValu?")], True, id="one character"),
        pytest.param([allow("*")], True, id="everything"),
        pytest.param([allow("s3:*")], False, id="another service"),
        pytest.param([allow(UNKNOWN)], UNKNOWN, id="an unknown action"),
        pytest.param([allow(READ, UNKNOWN)], True, id="the action and an unknown one"),
        pytest.param([UNKNOWN], UNKNOWN, id="an unknown statement"),
        pytest.param([allow(READ, is_conditional=True)], UNKNOWN, id="under a condition"),
        pytest.param([allow(READ, on=(ARN,))], True, id="on the resource"),
        pytest.param([allow(READ, on=((f"{ARN[0][:-6]}??????",),))], True, id="on its name"),
        pytest.param([allow(READ, on=(("arn:aws:s3:::data",),))], False, id="on another resource"),
        pytest.param([allow(READ, on=UNKNOWN)], UNKNOWN, id="on unknown resources"),
        pytest.param([allow(READ, on=())], False, id="on no resource"),
        pytest.param([allow("iam:*", excludes_actions=True)], True, id="all but another action"),
        pytest.param(
            [allow("secretsmanager:*", excludes_actions=True)], False, id="all but this action"
        ),
        pytest.param(
            [allow(UNKNOWN, excludes_actions=True)], UNKNOWN, id="all but an unknown action"
        ),
        pytest.param(
            [allow(READ, on=(ARN,), excludes_resources=True)], False, id="all but this resource"
        ),
        pytest.param(
            [allow(READ, on=(("arn:aws:s3:::data",),), excludes_resources=True)],
            True,
            id="all but another resource",
        ),
        pytest.param([allow("*"), deny(READ)], False, id="denied"),
        pytest.param([deny("secretsmanager:*"), allow("*")], False, id="denied before"),
        pytest.param([allow("*"), deny("s3:*")], True, id="another service is denied"),
        pytest.param([allow("*"), deny("*", is_conditional=True)], UNKNOWN, id="perhaps denied"),
        pytest.param([allow("*"), UNKNOWN], UNKNOWN, id="allowed, beside an unknown statement"),
        pytest.param([deny(READ), UNKNOWN], False, id="denied, beside an unknown statement"),
        pytest.param(
            [allow("*"), deny("s3:*", excludes_actions=True)], False, id="all but S3 is denied"
        ),
    ],
)
def test_a_policy_allows_what_no_statement_denies(
    statements: list[Maybe[Statement]], expected: Maybe[bool]
) -> None:
    assert decide(tuple(statements), READ, ARN).allowed is expected


def test_a_decision_says_which_policy_denies() -> None:
    decision = decide((allow("*"), deny(READ)), READ, ARN)
    assert decision == Decision(False, "guard denies it", is_denied=True)
    assert decide((), READ, ARN).reason == "no policy allows it"


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        pytest.param(Decision(True), Decision(False), True, id="the role"),
        pytest.param(Decision(False), Decision(True), True, id="the resource"),
        pytest.param(Decision(False), Decision(False), False, id="neither"),
        pytest.param(Decision(False), Decision(UNKNOWN), UNKNOWN, id="perhaps the resource"),
        pytest.param(Decision(True), Decision(False, "", True), False, id="denied"),
        pytest.param(Decision(False, "", True), Decision(True), False, id="denied to the role"),
    ],
)
def test_either_policy_is_enough_in_one_account(
    one: Decision, other: Decision, expected: Maybe[bool]
) -> None:
    assert either(one, other).allowed is expected


@pytest.mark.parametrize(
    ("decision", "boundary", "expected"),
    [
        pytest.param(Decision(True), Decision(True), True, id="both"),
        pytest.param(Decision(True), Decision(False), False, id="not the boundary"),
        pytest.param(Decision(UNKNOWN), Decision(False), False, id="perhaps, but not the boundary"),
        pytest.param(Decision(True), Decision(UNKNOWN), UNKNOWN, id="perhaps the boundary"),
        pytest.param(Decision(False), Decision(True), False, id="the boundary alone"),
    ],
)
def test_a_boundary_limits_what_a_role_may_do(
    decision: Decision, boundary: Decision, expected: Maybe[bool]
) -> None:
    assert limited(decision, boundary).allowed is expected


ROLE = ("arn:aws:iam::", Token("AWS::AccountId of Stack"), ":role/", Token("Role", is_unique=True))
OTHER_ROLE = (*ROLE[:3], Token("Other", is_unique=True))


@pytest.mark.parametrize(
    ("principals", "expected"),
    [
        pytest.param((Principal("AWS", ROLE),), True, id="the role"),
        pytest.param((Principal("AWS", OTHER_ROLE),), False, id="another role"),
        pytest.param((Principal("AWS", ("*",)),), True, id="everyone"),
        pytest.param((Principal("AWS", ("arn:aws:iam::123456789012:root",)),), False, id="root"),
        pytest.param((Principal("AWS", ("123456789012",)),), False, id="the account"),
        pytest.param((Principal("AWS", ROLE[1:2]),), False, id="the stack's account"),
        pytest.param((Principal("AWS", ("AROA0123456789ABCDEF",)),), UNKNOWN, id="a unique ID"),
        pytest.param((Principal("AWS", (UNKNOWN,)),), UNKNOWN, id="an unknown principal"),
        pytest.param((Principal("Service", ("ec2.amazonaws.com",)),), False, id="a service"),
        pytest.param(UNKNOWN, UNKNOWN, id="unknown principals"),
    ],
)
def test_a_resource_policy_is_for_its_principals(principals: Any, expected: Maybe[bool]) -> None:
    policy = (replace(allow("*"), principals=principals),)
    assert decide(policy, READ, ARN, Principal("AWS", ROLE)).allowed is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param(("ec2.amazonaws.com",), True, id="the service"),
        pytest.param(("ec2.amazonaws.com.cn",), True, id="in China"),
        pytest.param(("ec2.", Token("AWS::URLSuffix")), True, id="of the partition"),
        pytest.param(("ecs.amazonaws.com",), False, id="another service"),
        pytest.param(("ecs.", Token("AWS::URLSuffix")), False, id="another one of the partition"),
        pytest.param((UNKNOWN, ".amazonaws.com"), UNKNOWN, id="an unknown one"),
        pytest.param(("ec2.amazon.com",), False, id="a misspelt domain"),
        pytest.param(("ec2.amazonaws.co",), False, id="a domain that lacks a letter"),
        pytest.param(("ec2.c2s.ic.gov",), True, id="of an isolated partition"),
    ],
)
def test_services_are_the_same_in_any_partition(name: Any, expected: Maybe[bool]) -> None:
    policy = (replace(allow("sts:*"), resources=None, principals=(Principal("Service", name),)),)
    assert decide(policy, "sts:AssumeRole", caller=service("ec2")).allowed is expected


actions = st.sampled_from(["a:X", "a:x", "a:Y", "a:*", "*", "b:*", "a:?"])
resources = st.sampled_from([("r",), ("s",), ("*",), ("r*",)])
statement = st.builds(
    Statement,
    is_deny=st.booleans(),
    actions=st.lists(actions, max_size=2).map(tuple),
    excludes_actions=st.booleans(),
    resources=st.lists(resources, max_size=2).map(tuple),
    excludes_resources=st.booleans(),
    is_conditional=st.booleans(),
)
policies = st.lists(statement | st.just(UNKNOWN), max_size=4).map(tuple)


def worlds(statements: Statements) -> Iterator[list[Statement]]:
    """The policies that these may be: each condition holds or not, what is unknown is anything."""
    anything = [[], [allow("*")], [deny("*")]]
    yield from (
        [certain for part in parts for certain in part]
        for parts in product(
            *(
                anything
                if stated is UNKNOWN
                else [[], [replace(stated, is_conditional=False)]]
                if stated.is_conditional
                else [[stated]]
                for stated in statements
            )
        )
    )


def naively_allowed(statements: list[Statement]) -> bool:
    """Whether statements without conditions allow ``a:X`` on ``r``, written down at once."""

    def applies(each: Statement) -> bool:
        assert isinstance(each.actions, tuple)
        assert isinstance(each.resources, tuple)
        names_action = any(str(name).lower() in ("a:x", "a:*", "*", "a:?") for name in each.actions)
        names_resource = any(pattern in (("r",), ("*",), ("r*",)) for pattern in each.resources)
        return names_action != each.excludes_actions and names_resource != each.excludes_resources

    effects = {stated.is_deny for stated in statements if applies(stated)}
    return effects == {False}


@given(policies)
def test_a_certain_decision_holds_in_every_world(statements: Statements) -> None:
    possible = {naively_allowed(world) for world in worlds(statements)}
    allowed = decide(statements, "a:X", ("r",)).allowed
    assert allowed is UNKNOWN or possible == {allowed}
    if UNKNOWN not in statements and not any(
        stated is not UNKNOWN and stated.is_conditional for stated in statements
    ):
        assert allowed is not UNKNOWN


def test_services_end_as_the_partitions_of_aws_do() -> None:
    partitions = botocore.session.get_session().get_data("partitions")["partitions"]
    for partition in partitions:
        suffix = partition["outputs"]["dnsSuffix"]
        principal = Principal("Service", (f"ec2.{suffix}",))
        policy = (replace(allow("sts:*"), resources=None, principals=(principal,)),)
        assert decide(policy, "sts:AssumeRole", caller=service("ec2")).allowed is True
