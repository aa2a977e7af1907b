"""Intrinsic functions come to what CloudFormation makes of them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from cdk_batch_mnp_emulator.cloudformation.intrinsics import Scope
from cdk_batch_mnp_emulator.errors import ServiceError

TEMPLATE: dict[str, Any] = {
    "Resources": {},
    "Mappings": {"Sizes": {"us-west-2": {"volume": 50}}},
    "Conditions": {
        "Yes": {"Fn::Equals": [{"Ref": "Size"}, 4]},
        "No": {"Fn::Not": [{"Condition": "Yes"}]},
        "Both": {"Fn::And": [{"Condition": "Yes"}, {"Condition": "No"}]},
        "Either": {"Fn::Or": [{"Condition": "Yes"}, {"Condition": "No"}]},
    },
}


def scope() -> Scope:
    return Scope(
        template=TEMPLATE,
        parameters={"Size": "4", "Names": ["a", "b"]},
        stack_id="arn:stack",
        stack_name="platform",
        region="us-west-2",
        zones=lambda region: [f"{region}a", f"{region}b"],
        reference=lambda name: f"id-of-{name}",
        attribute=lambda name, key: f"{key}-of-{name}",
        import_value=lambda name: f"import-{name}",
    )


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ({"Ref": "Size"}, "4"),
        ({"Ref": "Queue"}, "id-of-Queue"),
        ({"Ref": "AWS::Region"}, "us-west-2"),
        ({"Ref": "AWS::StackName"}, "platform"),
        ({"Fn::GetAtt": ["Queue", "Arn"]}, "Arn-of-Queue"),
        ({"Fn::GetAtt": "Nested.Outputs.Arn"}, "Outputs.Arn-of-Nested"),
        ({"Fn::Join": ["-", ["a", {"Ref": "Size"}, 5]]}, "a-4-5"),
        ({"Fn::Sub": "${AWS::Region}/${Queue}/${Queue.Arn}"}, "us-west-2/id-of-Queue/Arn-of-Queue"),
        ({"Fn::Sub": ["${x} ${!x}", {"x": {"Ref": "Size"}}]}, "4 ${x}"),
        ({"Fn::Select": ["1", {"Fn::GetAZs": ""}]}, "us-west-2b"),
        ({"Fn::GetAZs": "eu-west-1"}, ["eu-west-1a", "eu-west-1b"]),
        ({"Fn::Split": [",", "a,b"]}, ["a", "b"]),
        ({"Fn::Cidr": ["10.0.0.0/16", 2, 8]}, ["10.0.0.0/24", "10.0.1.0/24"]),
        ({"Fn::Base64": "user data"}, "dXNlciBkYXRh"),
        ({"Fn::ImportValue": {"Fn::Sub": "${AWS::StackName}-vpc"}}, "import-platform-vpc"),
        ({"Fn::FindInMap": ["Sizes", {"Ref": "AWS::Region"}, "volume"]}, 50),
        ({"Fn::If": ["Yes", "yes", "no"]}, "yes"),
        ({"Fn::If": ["No", "yes", "no"]}, "no"),
        ({"Fn::If": ["Both", "yes", "no"]}, "no"),
        ({"Fn::If": ["Either", "yes", "no"]}, "yes"),
        ({"Fn::ToJsonString": {"a": [1]}}, '{"a": [1]}'),
        ({"a": {"Ref": "AWS::NoValue"}, "b": 1}, {"b": 1}),
        (["a", {"Fn::If": ["No", "b", {"Ref": "AWS::NoValue"}]}], ["a"]),
        ({"Condition": {"Bool": {"aws:SecureTransport": "false"}}},) * 2,
    ],
    ids=str,
)
def test_an_intrinsic_function_evaluates_to(value: object, wanted: object) -> None:
    assert scope().resolve(value) == wanted


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"Fn::Transform": {"Name": "x"}}, "does not support Fn::Transform"),
        ({"Fn::Select": [5, ["a"]]}, "Fn::Select of [5, ['a']]"),
        ({"Fn::FindInMap": ["Sizes", "mars", "volume"]}, "Unable to get mapping for Sizes::mars"),
        ({"Fn::If": ["Maybe", 1, 2]}, "Unresolved condition Maybe"),
    ],
    ids=str,
)
def test_what_cannot_be_resolved_is_named(value: object, message: str) -> None:
    with pytest.raises(ServiceError, match=re.escape(message)):
        scope().resolve(value)


def test_a_value_leans_on_the_branches_that_its_conditions_take() -> None:
    value = {
        "a": {"Fn::If": ["Yes", {"Ref": "Taken"}, {"Ref": "NotTaken"}]},
        "b": [{"Fn::GetAtt": ["Role", "Arn"]}, {"Fn::Sub": "${Group} ${!Literal} ${Vpc.Id}"}],
    }
    assert set(scope().depends_on(value)) == {"Taken", "Role", "Group", "Vpc"}
