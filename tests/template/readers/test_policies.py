"""Documents of policies, in the forms that templates write them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cdk_batch_mnp.model.policy import Principal, decide
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe
from cdk_batch_mnp.template.evaluation.stacks import Stacks
from cdk_batch_mnp.template.readers.policies import read_policy
from cdk_batch_mnp.template.readers.texts import Texts

READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}


def read(document: Any) -> Any:
    return read_policy(document, Texts(Stacks()), "policy own")


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param({"Statement": [READ]}, True, id="a list of statements"),
        pytest.param({"Statement": READ}, True, id="one statement"),
        pytest.param(json.dumps({"Statement": [READ]}), True, id="JSON"),
        pytest.param({"Statement": {**READ, "Action": ["s3:Put*", "S3:GET*"]}}, True, id="a list"),
        pytest.param({"Statement": {**READ, "Effect": "Deny"}}, False, id="denied"),
        pytest.param({"Statement": []}, False, id="no statement"),
        pytest.param({"Statement": {**READ, "Action": []}}, False, id="no action"),
        pytest.param({"Statement": {**READ, "Resource": []}}, False, id="no resource"),
        pytest.param(
            {"Statement": {"Effect": "Allow", "NotAction": "s3:Get*", "Resource": "*"}},
            False,
            id="all but the action",
        ),
        pytest.param(
            {"Statement": {"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::a"}},
            True,
            id="all but another resource",
        ),
        pytest.param({"Statement": {**READ, "Condition": {}}}, True, id="an empty condition"),
        pytest.param(
            {"Statement": {**READ, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}},
            UNKNOWN,
            id="a condition",
        ),
        pytest.param({"Statement": {**READ, "Condition": UNKNOWN}}, UNKNOWN, id="perhaps one"),
        pytest.param({"Statement": {**READ, "Effect": UNKNOWN}}, UNKNOWN, id="an unknown effect"),
        pytest.param({"Statement": {**READ, "Action": UNKNOWN}}, UNKNOWN, id="an unknown action"),
        pytest.param({"Statement": {**READ, "condition": {}}}, UNKNOWN, id="in small letters"),
        pytest.param({"Statement": [UNKNOWN]}, UNKNOWN, id="an unknown statement"),
        pytest.param({"Statement": UNKNOWN}, UNKNOWN, id="unknown statements"),
        pytest.param(UNKNOWN, UNKNOWN, id="an unknown document"),
        pytest.param("not JSON", UNKNOWN, id="no document"),
        pytest.param(None, UNKNOWN, id="nothing"),
    ],
)
def test_statements_are_read_in_every_form(document: Any, expected: Maybe[bool]) -> None:
    assert decide(read(document), "s3:GetObject", ("arn:aws:s3:::data/1",)).allowed is expected


def test_a_statement_knows_its_policy() -> None:
    (statement,) = read({"Statement": READ})
    assert statement.origin == "policy own"


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        pytest.param("*", True, id="everyone"),
        pytest.param({"AWS": "*"}, True, id="every AWS principal"),
        pytest.param({"AWS": ["arn:aws:iam::123456789012:role/job"]}, True, id="the role"),
        pytest.param({"AWS": "arn:aws:iam::123456789012:role/other"}, False, id="another role"),
        pytest.param({"Service": "ec2.amazonaws.com"}, False, id="a service"),
        pytest.param({"Service": UNKNOWN, "AWS": []}, UNKNOWN, id="an unknown list"),
        pytest.param({"Unheard": "x"}, UNKNOWN, id="an unknown kind"),
        pytest.param(UNKNOWN, UNKNOWN, id="unknown"),
    ],
)
def test_principals_of_a_resource_policy_are_read(principal: Any, expected: Maybe[bool]) -> None:
    statements = read({"Statement": {**READ, "Principal": principal}})
    caller = Principal("AWS", ("arn:aws:iam::123456789012:role/job",))
    assert decide(statements, "s3:GetObject", caller=caller).allowed is expected


def test_a_policy_for_all_principals_but_some_is_not_known() -> None:
    statements = read({"Statement": {**READ, "NotPrincipal": {"AWS": "*"}}})
    caller = Principal("AWS", ("arn:aws:iam::123456789012:role/job",))
    assert decide(statements, "s3:GetObject", caller=caller).allowed is UNKNOWN
