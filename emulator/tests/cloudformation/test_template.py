"""Templates are read in JSON and YAML, and their parameters get their values."""

from __future__ import annotations

import re
from typing import Any

import pytest

from cdk_batch_mnp_emulator.cloudformation.parameters import resolve_parameters
from cdk_batch_mnp_emulator.cloudformation.template import parse
from cdk_batch_mnp_emulator.errors import ServiceError

YAML = """
Parameters:
  Size: {Type: String}
Conditions:
  Wanted: !Equals [!Ref Size, large]
Resources:
  Role:
    Type: AWS::IAM::Role
  Policy:
    Type: AWS::IAM::ManagedPolicy
    Condition: Wanted
    Properties:
      Version: 2012-10-17
      Name: !Sub "${AWS::StackName}-policy"
      Role: !GetAtt Role.Arn
      Size: !If [Wanted, !Ref Size, !Ref "AWS::NoValue"]
      Groups: !Split
        - ","
        - a,b
"""


def test_the_short_forms_of_yaml_are_the_functions_that_they_stand_for() -> None:
    assert parse(YAML)["Resources"]["Policy"] == {
        "Type": "AWS::IAM::ManagedPolicy",
        "Condition": "Wanted",
        "Properties": {
            "Version": "2012-10-17",
            "Name": {"Fn::Sub": "${AWS::StackName}-policy"},
            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            "Size": {"Fn::If": ["Wanted", {"Ref": "Size"}, {"Ref": "AWS::NoValue"}]},
            "Groups": {"Fn::Split": [",", "a,b"]},
        },
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("{}", "At least one Resources member", id="no resources"),
        pytest.param("[]", "unsupported structure", id="a list"),
        pytest.param("a: [", "Template format error", id="neither JSON nor YAML"),
        pytest.param(
            '{"Resources": {"A": {}}}', "[/Resources/A] Every Resources object", id="no type"
        ),
        pytest.param(
            '{"Transform": "X", "Resources": {"A": {"Type": "B"}}}',
            "['Transform']: the embedded AWS does not support",
            id="a transform",
        ),
    ],
)
def test_what_is_not_a_template_is_refused(text: str, message: str) -> None:
    with pytest.raises(ServiceError, match=re.escape(message)):
        parse(text)


def resolved(slot: dict[str, Any], **given: str) -> Any:
    template = {"Parameters": {"P": slot}}
    return resolve_parameters(template, given, lambda name: f"value of {name}")["P"]


@pytest.mark.parametrize(
    ("slot", "given", "wanted"),
    [
        pytest.param({"Type": "String", "Default": "a"}, {}, "a", id="default"),
        pytest.param({"Type": "String", "Default": "a"}, {"P": "b"}, "b", id="given"),
        pytest.param({"Type": "CommaDelimitedList"}, {"P": "a, b"}, ["a", "b"], id="list"),
        pytest.param({"Type": "CommaDelimitedList"}, {"P": ""}, [], id="empty list"),
        pytest.param({"Type": "Number", "Default": 4}, {}, "4", id="number"),
        pytest.param(
            {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/x"},
            {},
            "value of /x",
            id="parameter store",
        ),
        pytest.param(
            {"Type": "String", "AllowedValues": [True, False]}, {"P": "true"}, "true", id="allowed"
        ),
        pytest.param(
            {"Type": "CommaDelimitedList", "AllowedValues": ["a", "b"]},
            {"P": "a,b"},
            ["a", "b"],
            id="allowed list",
        ),
        pytest.param(
            {"Type": "Number", "MinValue": 2, "MaxValue": 2}, {"P": "2"}, "2", id="at both limits"
        ),
        pytest.param(
            {"Type": "String", "AllowedPattern": r"\p{Alpha}+"},
            {"P": "a"},
            "a",
            id="Java's pattern",
        ),
    ],
)
def test_a_parameter_has(slot: dict[str, Any], given: dict[str, str], wanted: object) -> None:
    assert resolved(slot, **given) == wanted


@pytest.mark.parametrize(
    ("slot", "given", "message"),
    [
        pytest.param({"Type": "String"}, {}, "Parameters: [P] must have values", id="missing"),
        pytest.param({"Type": "String"}, {"P": "a", "Q": "b"}, "[Q] do not exist", id="unknown"),
        pytest.param(
            {"Type": "String", "AllowedValues": ["a"]},
            {"P": "b"},
            "AllowedValues",
            id="not allowed",
        ),
        pytest.param(
            {"Type": "String", "AllowedPattern": "[0-9]+"}, {"P": "b"}, "pattern", id="no match"
        ),
        pytest.param(
            {"Type": "CommaDelimitedList", "AllowedPattern": "[0-9]+"},
            {"P": "1,b"},
            "must match pattern [0-9]+",
            id="no match in a list",
        ),
        pytest.param({"Type": "Number"}, {"P": "b"}, "must be a number", id="no number"),
        pytest.param(
            {"Type": "Number", "MinValue": 2}, {"P": "1"}, "not less than 2", id="too small"
        ),
        pytest.param(
            {"Type": "Number", "MaxValue": "2"}, {"P": "3"}, "not greater than 2", id="too large"
        ),
        pytest.param(
            {"Type": "String", "MinLength": 2}, {"P": "a"}, "at least 2 characters", id="too short"
        ),
        pytest.param(
            {"Type": "String", "MaxLength": 2}, {"P": "aaa"}, "at most 2 characters", id="too long"
        ),
        pytest.param(
            {"Type": "String", "AllowedValues": ["a"], "ConstraintDescription": "say a"},
            {"P": "b"},
            "Parameter P failed to satisfy constraint: say a",
            id="in the template's own words",
        ),
    ],
)
def test_a_wrong_parameter_is_refused(
    slot: dict[str, Any], given: dict[str, str], message: str
) -> None:
    with pytest.raises(ServiceError, match=re.escape(message)):
        resolved(slot, **given)
