"""Policies of endpoints allow what a service needs, or do not."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_batch_mnp.model.endpoint_policy import ECR_LAYERS, EndpointPolicy
from cdk_batch_mnp.model.policy import Principal, Statement
from cdk_batch_mnp.model.unknown import UNKNOWN

EVERYONE = (Principal("AWS", ("*",)),)
ACCOUNT = (Principal("AWS", ("arn:aws:iam::123456789012:root",)),)


def allow(*actions: str, on: str = "*", **more: Any) -> Statement:
    """A statement that allows actions to everyone."""
    return Statement(**{"actions": actions, "resources": ((on,),), "principals": EVERYONE, **more})


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        pytest.param([allow("*")], True, id="everything"),
        pytest.param([], False, id="nothing"),
        pytest.param([allow("s3:Get*")], True, id="a pattern of actions"),
        pytest.param([allow("s3:PutObject")], False, id="another action"),
        pytest.param(
            [allow("s3:*", on="arn:*:s3:::prod-*-starport-layer-bucket/*")], True, id="the layers"
        ),
        pytest.param(
            [allow("s3:*", on="arn:aws:s3:::prod-us-east-2-starport-layer-bucket/*")],
            UNKNOWN,
            id="the layers of a Region, which may be this one",
        ),
        pytest.param(
            [allow("s3:*", on="arn:aws-cn:s3:::prod-cn-north-1-starport-layer-bucket/*")],
            UNKNOWN,
            id="the layers of a partition, which may be this one",
        ),
        pytest.param([allow("s3:*", on="arn:aws:s3:::results/*")], False, id="another bucket"),
        pytest.param([allow("*", principals=ACCOUNT)], UNKNOWN, id="for an account"),
        pytest.param([allow("*", is_conditional=True)], UNKNOWN, id="with a condition"),
        pytest.param([allow("*"), allow("s3:*", is_deny=True)], False, id="denied"),
        pytest.param([allow("*"), allow("s3:Put*", is_deny=True)], True, id="other denied"),
        pytest.param(
            [allow("*"), allow("*", is_deny=True, principals=ACCOUNT)], UNKNOWN, id="perhaps denied"
        ),
        pytest.param([UNKNOWN], UNKNOWN, id="an unknown statement"),
    ],
)
def test_a_policy_allows_an_action_on_a_resource(statements: list[Any], expected: Any) -> None:
    assert EndpointPolicy(tuple(statements)).allows("s3:GetObject", ECR_LAYERS) is expected


def test_a_resource_that_is_not_known_may_be_any_that_a_policy_names() -> None:
    read = "secretsmanager:GetSecretValue"
    some = allow(read, on="arn:aws:secretsmanager:eu-west-1:123456789012:secret:a")
    assert EndpointPolicy((some,)).allows(read) is UNKNOWN
    assert EndpointPolicy((allow(read),)).allows(read) is True
