"""Policies of endpoints allow what a service needs, or do not."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_batch_mnp.model.endpoint_policy import ECR_LAYER_BUCKET, read_policy
from cdk_batch_mnp.model.unknown import UNKNOWN

LAYER = (f"arn:aws:s3:::{ECR_LAYER_BUCKET}/layer",)


def statement(effect: str = "Allow", **members: Any) -> dict[str, Any]:
    return {"Effect": effect, "Principal": "*", "Action": "*", "Resource": "*", **members}


def allows(*statements: Any, action: str = "s3:GetObject", resources: Any = LAYER) -> Any:
    policy = read_policy({"Statement": list(statements)})
    assert policy is not None
    assert policy is not UNKNOWN
    return policy.allows(action, resources)


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        pytest.param([statement()], True, id="everything"),
        pytest.param([], False, id="nothing"),
        pytest.param([statement(Action="s3:Get*")], True, id="a pattern of actions"),
        pytest.param([statement(Action=["S3:getobject"])], True, id="in any letter case"),
        pytest.param([statement(Action="s3:PutObject")], False, id="another action"),
        pytest.param([statement(Action=UNKNOWN)], UNKNOWN, id="an unknown action"),
        pytest.param(
            [{"Effect": "Allow", "Principal": "*", "NotAction": "s3:Put*", "Resource": "*"}],
            True,
            id="all actions but others",
        ),
        pytest.param(
            [{"Effect": "Allow", "Principal": "*", "NotAction": "s3:*", "Resource": "*"}],
            False,
            id="all actions but these",
        ),
        pytest.param(
            [statement(Resource="arn:aws:s3:::prod-us-east-2-starport-layer-bucket/*")],
            True,
            id="the bucket of the layers",
        ),
        pytest.param(
            [statement(Resource="arn:aws-cn:s3:::prod-cn-north-1-starport-layer-bucket/*")],
            True,
            id="in another partition",
        ),
        pytest.param([statement(Resource="arn:aws:s3:::results/*")], False, id="another bucket"),
        pytest.param([statement(Resource=UNKNOWN)], UNKNOWN, id="an unknown bucket"),
        pytest.param(
            [
                {
                    "Effect": "Allow",
                    "Principal": "*",
                    "Action": "*",
                    "NotResource": "arn:aws:s3:::secret/*",
                }
            ],
            True,
            id="all but another bucket",
        ),
        pytest.param([statement(Condition={"StringEquals": {}})], UNKNOWN, id="with a condition"),
        pytest.param(
            [statement(Principal={"AWS": "arn:aws:iam::123456789012:root"})], UNKNOWN, id="for some"
        ),
        pytest.param([statement(Principal={"AWS": "*"})], True, id="for everyone"),
        pytest.param([statement(), statement("Deny", Action="s3:*")], False, id="denied"),
        pytest.param([statement(), statement("Deny", Action="s3:Put*")], True, id="other denied"),
        pytest.param(
            [statement(), statement("Deny", Condition={"Bool": {}})], UNKNOWN, id="perhaps denied"
        ),
        pytest.param([statement("Perhaps")], UNKNOWN, id="an unknown effect"),
        pytest.param([UNKNOWN], UNKNOWN, id="an unknown statement"),
    ],
)
def test_a_policy_allows_an_action_on_a_resource(statements: list[Any], expected: Any) -> None:
    assert allows(*statements) is expected


def test_a_resource_that_is_not_known_may_be_any_that_a_policy_names() -> None:
    some = statement(Resource="arn:aws:secretsmanager:eu-west-1:123456789012:secret:a")
    assert allows(some, action="secretsmanager:GetSecretValue", resources=()) is UNKNOWN
    assert allows(statement(), action="secretsmanager:GetSecretValue", resources=()) is True


def test_without_a_policy_there_is_nothing_to_read() -> None:
    assert read_policy(None) is None
    assert read_policy("{}") is UNKNOWN
    one = read_policy({"Statement": statement()})
    assert one is not None
    assert one is not UNKNOWN
    assert one.allows("ecs:Poll") is True
