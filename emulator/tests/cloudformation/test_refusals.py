"""What CloudFormation refuses at the call, it refuses here too, and no stack is left behind."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded import EmbeddedAws
from templates import GROUP, group, named


def under(condition: Any) -> dict[str, Any]:
    return {"Conditions": {"C": condition}, "Resources": {"A": group(Condition="C")}}


NOT = "Fn::Not"
RESOURCES = "in the Resources block of the template"

REFUSED = {
    "Ref of nothing": (
        named({"Ref": "X"}),
        f"Template format error: Unresolved resource dependencies [X] {RESOURCES}",
    ),
    "Ref of an unknown pseudo parameter": (named({"Ref": "AWS::Nope"}), "[AWS::Nope]"),
    "Ref in the branch that is not taken": (
        {
            "Conditions": {"C": {"Fn::Equals": ["a", "a"]}},
            **named({"Fn::If": ["C", "a", {"Ref": "X"}]}),
        },
        "Unresolved resource dependencies [X]",
    ),
    "Ref of a list": (named({"Ref": ["X"]}), "every Ref object must have a single String value"),
    "GetAtt of nothing": (
        named({"Fn::GetAtt": ["X", "Arn"]}),
        "instance of Fn::GetAtt references undefined resource X",
    ),
    "GetAtt of a parameter": (
        {"Parameters": {"P": {"Type": "String", "Default": "a"}}, **named({"Fn::GetAtt": "P.Arn"})},
        "references undefined resource P",
    ),
    "GetAtt without attribute": (named({"Fn::GetAtt": "A"}), "two non-empty parameters"),
    "Sub of nothing": (named({"Fn::Sub": "${X}"}), "Unresolved resource dependencies [X]"),
    "Sub of an attribute of nothing": (named({"Fn::Sub": "${X.Arn}"}), "dependencies [X]"),
    "Sub of a blank": (named({"Fn::Sub": "${ A }"}), "variable names in Fn::Sub syntax"),
    "Sub of a number": (named({"Fn::Sub": 3}), "Fn::Sub intrinsic functions don't specify"),
    "DependsOn of nothing": (
        {"Resources": {"A": group(DependsOn="X")}},
        f"Unresolved resource dependencies [X] {RESOURCES}",
    ),
    "DependsOn of a function": (
        {"Resources": {"A": group(DependsOn={"Ref": "A"})}},
        "DependsOn must be a string or list of strings",
    ),
    "Ref in an output": (
        {**named("x"), "Outputs": {"O": {"Value": {"Ref": "X"}}}},
        "Unresolved resource dependencies [X] in the Outputs block of the template",
    ),
    "Ref of a resource that the conditions leave out": (
        {
            "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}},
            "Resources": {"A": group({"Ref": "B"}), "B": group(Condition="Never")},
        },
        f"Unresolved resource dependencies [B] {RESOURCES}",
    ),
    "condition of nothing": (
        {"Resources": {"A": group(Condition="X")}},
        f"Unresolved condition dependency X {RESOURCES}",
    ),
    "condition of nothing in If": (
        named({"Fn::If": ["X", "a", "b"]}),
        "unresolved condition dependency X in Fn::If",
    ),
    "condition of nothing in a condition": (
        under({NOT: [{"Condition": "X"}]}),
        "Unresolved condition dependency X in the Conditions block of the template",
    ),
    "condition on a resource": (
        under({"Fn::Equals": [{"Ref": "A"}, "a"]}),
        "Unresolved dependencies [A]. Cannot reference resources in the Conditions block",
    ),
    "condition on an attribute": (
        under({"Fn::Equals": [{"Fn::GetAtt": ["A", "Arn"]}, "a"]}),
        "Cannot use Fn::GetAtt in Conditions",
    ),
    "condition of a value": (under({"a": "b"}), "Conditions can only be boolean operations"),
    "circular conditions": (
        {
            "Conditions": {"B": {NOT: [{"Condition": "C"}]}, "C": {NOT: [{"Condition": "B"}]}},
            "Resources": {"A": group(Condition="B")},
        },
        "Circular dependency between conditions: [B, C]",
    ),
    "a condition on itself": (under({NOT: [{"Condition": "C"}]}), "between conditions: [C]"),
    "circular resources": (
        {"Resources": {"A": group({"Ref": "B"}), "B": group({"Fn::Sub": "${A.Arn}"})}},
        "Circular dependency between resources: [A, B]",
    ),
    "circular by DependsOn": (
        {"Resources": {"A": group(DependsOn="B"), "B": group({"Fn::GetAtt": "A.Arn"})}},
        "Circular dependency between resources: [A, B]",
    ),
    "a resource on itself": (named({"Fn::GetAtt": ["A", "Arn"]}), "between resources: [A]"),
    "logical id": ({"Resources": {"a-b": group()}}, "Resource name a-b is non alphanumeric."),
    "parameter's name": (
        {"Parameters": {"a_b": {"Type": "String", "Default": "x"}}, **named("x")},
        "Parameter name a_b is non alphanumeric.",
    ),
    "output's name": (
        {**named("x"), "Outputs": {"a b": {"Value": "x"}}},
        "Output name a b is non alphanumeric.",
    ),
    "unknown function": (
        named({"Fn::Nope": "x"}),
        "Encountered unsupported function: Fn::Nope",
    ),
    "function of too few": (named({"Fn::Join": ["-"]}), "every Fn::Join object requires two"),
    "mapping of nothing": (
        named({"Fn::FindInMap": ["M", "a", "b"]}),
        "Mapping named 'M' is not present in the 'Mappings' section",
    ),
    "no resources": ({"Description": "x"}, "At least one Resources member must be defined"),
    "empty resources": ({"Resources": {}}, "At least one Resources member must be defined"),
    "resources in a list": ({"Resources": [GROUP]}, "[/Resources] must be an object"),
    "unknown section": (
        {"Resource": {}, **named("x")},
        "Invalid template property or properties [Resource]",
    ),
    "unknown attribute": (
        {"Resources": {"A": {**GROUP, "Propertys": {}}}},
        "Invalid template resource property 'Propertys'",
    ),
    "unknown attribute of a parameter": (
        {"Parameters": {"P": {"Type": "String", "Defualt": "x"}}, **named("x")},
        "Invalid template parameter property 'Defualt'",
    ),
    "no type": ({"Resources": {"A": {}}}, "[/Resources/A] Every Resources object must contain"),
    "no type of a resource": (
        {"Resources": {"A": {"Type": "LogGroup"}}},
        "Unrecognized resource types: [LogGroup]",
    ),
    "no type of a parameter": (
        {"Parameters": {"P": {"Type": "Text", "Default": "x"}}, **named("x")},
        "Unrecognized parameter type: Text",
    ),
    "deletion policy": (
        {"Resources": {"A": group(DeletionPolicy="Keep")}},
        "Unrecognized DeletionPolicy Keep for resource A",
    ),
    "a deletion policy that a function gives": (
        {"Resources": {"A": group(DeletionPolicy={"Ref": "AWS::Region"})}},
        "Unrecognized DeletionPolicy",
    ),
    "a list as an update replace policy": (
        {"Resources": {"A": group(UpdateReplacePolicy=["Retain"])}},
        "Unrecognized UpdateReplacePolicy",
    ),
    "a description that is too long": (
        {"Description": "x" * 1025, "Resources": {"A": group()}},
        "'Description' length is greater than 1024",
    ),
    "a parameter with the name of a resource": (
        {"Parameters": {"A": {"Type": "String", "Default": "a"}}, "Resources": {"A": group()}},
        "name A is also the name of a resource",
    ),
    "a mapping of one level": (
        {"Mappings": {"M": {"a": "b"}}, "Resources": {"A": group()}},
        "[/Mappings/M/a] Every Mappings member must be a map",
    ),
    "a function in a mapping": (
        {"Mappings": {"M": {"a": {"b": {"Ref": "AWS::Region"}}}}, "Resources": {"A": group()}},
        "Every Mappings attribute must be a String or a List",
    ),
    "a list as the value of an output": (
        {"Resources": {"A": group()}, "Outputs": {"O": {"Value": ["a"]}}},
        "Output O is malformed",
    ),
    "half of a pair in a value": (
        named("\ud800"),
        "[/Resources/A/Properties/LogGroupName] is not text in UTF-8",
    ),
    "half of a pair in a name": ({"Resources": {"A\ud800": GROUP}}, "is not text in UTF-8"),
    "control characters in a name": ({"Resources": {"\x00\x1b": GROUP}}, "is non alphanumeric"),
    "null": (named(None), "'null' values are not allowed in templates"),
    "output without value": (
        {**named("x"), "Outputs": {"O": {"Export": {"Name": "x"}}}},
        "[/Outputs/O] Every Outputs member must contain a Value object",
    ),
    "version": (
        {"AWSTemplateFormatVersion": "2020-01-01", **named("x")},
        "unsupported value for AWSTemplateFormatVersion",
    ),
    "501 resources": (
        {"Resources": {f"A{each}": GROUP for each in range(501)}},
        "Number of resources, 501, is greater than maximum allowed, 500",
    ),
}

ALIASES = "Resources: {A: &a {Type: AWS::Logs::LogGroup}, B: *a}"

REFUSED_TEXTS = {
    "not JSON": ("{", "Template format error"),
    "a list": ("[]", "unsupported structure"),
    "a word": ("x", "unsupported structure"),
    "an alias": (ALIASES, "YAML aliases are not allowed"),
    "5000 levels": ('{"Resources":' + "[" * 5000 + "]" * 5000 + "}", "nested deeper than"),
    "5000 levels of YAML": ("Resources: " + "[" * 5000 + "]" * 5000 + "#", "nested deeper than"),
    "200 levels": ('{"Resources":' + '{"A":' * 200 + "1" + "}" * 201, "nested deeper than 150"),
    "51,201 bytes": (
        json.dumps(named("x")).ljust(51_201),
        "Member must have length less than or equal to 51200",
    ),
}

CALLS = ["CreateStack", "UpdateStack", "CreateChangeSet", "ValidateTemplate", "GetTemplateSummary"]
WITH_VALUES = {"Ref of a resource that the conditions leave out"}
"""What depends on the values of parameters, which only the calls on stacks have."""


def call(aws: EmbeddedAws, operation: str, name: str, text: str, **more: Any) -> None:
    cloudformation = aws.client("cloudformation")
    if operation == "CreateStack":
        cloudformation.create_stack(StackName=name, TemplateBody=text, **more)
    elif operation == "CreateChangeSet":
        cloudformation.create_change_set(
            StackName=name,
            ChangeSetName="next",
            ChangeSetType="CREATE",
            TemplateBody=text,
            **more,
        )
    elif operation == "UpdateStack":
        before = json.dumps(named(f"before-{name}"))
        cloudformation.create_stack(StackName=name, TemplateBody=before)
        try:
            cloudformation.update_stack(StackName=name, TemplateBody=text, **more)
        finally:
            found = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
            assert found["StackStatus"] == "CREATE_COMPLETE"
            cloudformation.delete_stack(StackName=name)
    elif operation == "ValidateTemplate":
        cloudformation.validate_template(TemplateBody=text)
    else:
        cloudformation.get_template_summary(TemplateBody=text)


def check_refused(aws: EmbeddedAws, operation: str, text: str, message: str, **more: Any) -> None:
    name = f"test-{uuid.uuid4().hex}"
    try:
        call(aws, operation, name, text, **more)
    except ClientError as refusal:
        error = refusal.response
    else:
        pytest.fail(f"{operation} takes it")
    assert message in error["Error"]["Message"], operation
    assert error["Error"]["Code"] == "ValidationError"
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 400
    with pytest.raises(ClientError, match="does not exist"):
        aws.client("cloudformation").describe_stacks(StackName=name)


@pytest.mark.parametrize("case", REFUSED)
def test_a_template_that_names_what_it_does_not_have_is_refused(
    aws: EmbeddedAws, case: str
) -> None:
    template, message = REFUSED[case]
    for operation in CALLS:
        if case in WITH_VALUES and operation in {"ValidateTemplate", "GetTemplateSummary"}:
            call(aws, operation, "", json.dumps(template))
        else:
            check_refused(aws, operation, json.dumps(template), message)


@pytest.mark.parametrize("case", REFUSED_TEXTS)
def test_text_that_is_not_a_template_is_refused(aws: EmbeddedAws, case: str) -> None:
    text, message = REFUSED_TEXTS[case]
    for operation in CALLS:
        check_refused(aws, operation, text, message)


@pytest.mark.parametrize("name", ["a_b", "1a", "-a", "a b", "a/b", "a" * 129, "\x1b[31m"])
@pytest.mark.parametrize("operation", ["CreateStack", "CreateChangeSet"])
def test_a_name_that_no_stack_can_have_is_refused(
    aws: EmbeddedAws, operation: str, name: str
) -> None:
    with pytest.raises(ClientError, match=r"(?i)stackName"):
        call(aws, operation, name, json.dumps(named("x")))


SLOTS = {
    "Name": {"Type": "String"},
    "Size": {"Type": "String", "Default": "a", "AllowedValues": ["a", "b"]},
    "Days": {"Type": "String", "Default": "1", "AllowedPattern": "[0-9]+"},
}
NAME = {"ParameterKey": "Name", "ParameterValue": "x"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        pytest.param([], "Parameters: [Name] must have values", id="missing"),
        pytest.param(
            [NAME, {"ParameterKey": "X", "ParameterValue": "x"}],
            "Parameters: [X] do not exist in the template",
            id="unknown",
        ),
        pytest.param([NAME, NAME], "Parameter Name is given more than once", id="twice"),
        pytest.param(
            [NAME, {"ParameterKey": "Size", "ParameterValue": "c"}],
            "Parameter 'Size' must be one of AllowedValues: [a, b]",
            id="not allowed",
        ),
        pytest.param(
            [NAME, {"ParameterKey": "Days", "ParameterValue": "x"}],
            "Parameter 'Days' must match pattern [0-9]+",
            id="not matching",
        ),
        pytest.param(
            [{"ParameterKey": "Name", "UsePreviousValue": True}],
            "Cannot specify usePreviousValue as true for a parameter key not in the previous",
            id="no previous value",
        ),
    ],
)
@pytest.mark.parametrize("operation", ["CreateStack", "UpdateStack", "CreateChangeSet"])
def test_parameters_that_the_template_does_not_allow_are_refused(
    aws: EmbeddedAws, operation: str, given: list[dict[str, Any]], message: str
) -> None:
    text = json.dumps({"Parameters": SLOTS, **named({"Ref": "Name"})})
    check_refused(aws, operation, text, message, Parameters=given)


@pytest.mark.parametrize("operation", ["list_stacks", "list_exports", "describe_stacks"])
def test_a_token_that_was_never_handed_out_is_refused(aws: EmbeddedAws, operation: str) -> None:
    with pytest.raises(ClientError, match="NextToken 'made-up' is not valid") as caught:
        getattr(aws.client("cloudformation"), operation)(NextToken="made-up")
    assert caught.value.response["Error"]["Code"] == "ValidationError"
