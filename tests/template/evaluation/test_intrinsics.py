"""Intrinsic functions: what can be followed is, and all else is unknown."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_batch_mnp.model.unknown import PERHAPS, UNKNOWN
from cdk_batch_mnp.template.evaluation.intrinsics import resolve
from cdk_batch_mnp.template.evaluation.options import Options
from cdk_batch_mnp.template.evaluation.values import (
    Encoded,
    NoValue,
    OneOfNumbers,
    PartialText,
    Pseudo,
    Reference,
    Zone,
)
from tests.template.stacks import document, stacks

TEMPLATE = """
    Parameters:
      Known: {Type: String, Default: blue}
      Number: {Type: Number, Default: 4}
      List: {Type: CommaDelimitedList, Default: "a, b,c"}
      Open: {Type: String}
      Stored: {Type: "AWS::SSM::Parameter::Value<String>", Default: /a/path}
      Hidden: {Type: String, NoEcho: true, Default: secret}
    Conditions:
      Yes: !Equals [!Ref Known, blue]
      No: !Not [!Condition Yes]
      Unsure: !Equals [!Ref Open, blue]
      NoAndUnsure: !And [!Condition No, !Condition Unsure]
      YesOrUnsure: !Or [!Condition Unsure, !Condition Yes]
      YesAndUnsure: !And [!Condition Yes, !Condition Unsure]
      SamePseudo: !Equals [!Ref AWS::Region, !Ref AWS::Region]
      Circle: !Not [!Condition Circle]
    Mappings:
      Colours:
        blue: {Size: 1, Shape: round, Parts: [x, y]}
        red: {Size: 2, Shape: round, Parts: [x, y]}
    Resources:
      Queue: {Type: "AWS::SQS::Queue"}
      Gone: {Type: "AWS::SQS::Queue", Condition: No}
    Outputs:
      Exported: {Value: !Ref Known, Export: {Name: !Sub "${AWS::StackName}-out"}}
"""


def value(expression: str, **options: Any) -> Any:
    (stack,) = stacks(TEMPLATE, options=Options(**options)).all
    return resolve(stack, document(f"value: {expression}").data["value"])


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("!Ref Known", "blue"),
        ("!Ref Number", 4),
        ("!Ref List", ["a", "b", "c"]),
        ("!Ref Open", Pseudo("Open", "template.yaml")),
        ("!Ref Stored", Pseudo("Stored", "template.yaml")),
        ("!Ref Hidden", Pseudo("Hidden", "template.yaml")),
        ("!Ref Missing", UNKNOWN),
        ("!Ref Gone", UNKNOWN),
        ("!Ref AWS::NoValue", NoValue.NO_VALUE),
        ("!Ref AWS::Region", Pseudo("AWS::Region", "template.yaml")),
        ("'{{resolve:ssm:a}}'", UNKNOWN),
        ("!Sub '${Known}-${Number}'", "blue-4"),
        ("!Sub '${!Known}-$Latest'", "${Known}-$Latest"),
        ("!Sub ['${a}${Known}', {a: !Ref Number}]", "4blue"),
        ("!Join ['-', [a, !Ref Known, 1, true]]", "a-blue-1-true"),
        ("!Join [',', !Ref List]", "a,b,c"),
        ("!Select [1, !Ref List]", "b"),
        ("!Select ['2', [a, b, c]]", "c"),
        ("!Select [3, [a, b, c]]", UNKNOWN),
        ("!Select [1, !GetAZs '']", Zone("the Region", 1)),
        ("!Select [0, !GetAZs eu-west-1]", Zone("eu-west-1", 0)),
        ("!Split ['|', 'a|b']", ["a", "b"]),
        ("!Split ['|', !Ref Open]", UNKNOWN),
        ("!Split ['|', !Sub 'a|${Open}']", UNKNOWN),
        ("!Split ['-', !Sub 'a-${AWS::StackName}']", UNKNOWN),
        (
            "!Split [',', !Join [',', [a, !Ref AWS::Region]]]",
            ["a", Pseudo("AWS::Region", "template.yaml")],
        ),
        ("!FindInMap [Colours, !Ref Known, Size]", 1),
        ("!FindInMap [Colours, blue, Parts]", ["x", "y"]),
        ("!FindInMap [Colours, green, Size]", UNKNOWN),
        ("!FindInMap [Colours, !Ref Open, Size]", OneOfNumbers((1, 2))),
        ("!FindInMap [Colours, blue, !Ref Open]", UNKNOWN),
        ("!FindInMap [Colours, !Ref Open, Shape]", "round"),
        ("!If [Yes, a, b]", "a"),
        ("!If [No, a, b]", "b"),
        ("!If [Unsure, a, b]", UNKNOWN),
        ("!If [Unsure, a, a]", "a"),
        ("!If [Unsure, {a: 1, b: 2}, {a: 1, b: 3, c: 4}]", {"a": 1, "b": UNKNOWN, "c": PERHAPS}),
        ("!If [Unsure, [a, b], [a, c]]", ["a", UNKNOWN]),
        ("!If [Unsure, [a], [a, c]]", ["a", PERHAPS]),
        ("!If [NoAndUnsure, a, b]", "b"),
        ("!If [YesOrUnsure, a, b]", "a"),
        ("!If [YesAndUnsure, a, b]", UNKNOWN),
        ("!If [SamePseudo, a, b]", "a"),
        ("!If [Circle, a, b]", UNKNOWN),
        ("{a: 1, b: !Ref AWS::NoValue}", {"a": 1}),
        ("[a, !Ref AWS::NoValue, !If [No, b, !Ref AWS::NoValue]]", ["a"]),
        ("[a, !If [Unsure, b, !Ref AWS::NoValue]]", ["a", PERHAPS]),
        ("{a: 1, b: !If [Unsure, b, !Ref AWS::NoValue]}", {"a": 1, "b": PERHAPS}),
        ("!Join ['-', [a, !If [Unsure, b, !Ref AWS::NoValue]]]", UNKNOWN),
        ("!Select [0, [!If [Unsure, b, !Ref AWS::NoValue], c]]", UNKNOWN),
        ("!Select [0, [c, !If [Unsure, b, !Ref AWS::NoValue]]]", "c"),
        ("{Fn::Length: [c, !If [Unsure, b, !Ref AWS::NoValue]]}", UNKNOWN),
        ("!If [Unsure, !Base64 a, !Base64 a]", Encoded("a")),
        ("!Base64 {Ref: Known}", Encoded("blue")),
        ("!Cidr [10.0.0.0/16, 4, 8]", UNKNOWN),
        ("{Fn::Length: !Ref List}", 3),
        ("{Fn::Transform: {Name: AWS::Include}}", PERHAPS),
        ("{a: 1, Fn::Transform: {Name: AWS::Include}}", UNKNOWN),
        ("!ImportValue elsewhere", UNKNOWN),
        ("!ImportValue {Fn::Sub: '${AWS::StackName}-out'}", "blue"),
        ("!Ref [a]", UNKNOWN),
        ("!Select [a]", UNKNOWN),
        ("!GetAtt Missing.Arn", UNKNOWN),
    ],
)
def test_what_can_be_followed_is(expression: str, expected: object) -> None:
    assert value(expression) == expected


def test_a_reference_stays_one_wherever_it_is_the_whole_text() -> None:
    for expression in ("!Ref Queue", "!Sub '${Queue}'", "!Join ['', ['', !Ref Queue]]"):
        found = value(expression)
        assert isinstance(found, Reference)
        assert (found.resource.logical_id, found.attribute) == ("Queue", "")
    found = value("!GetAtt Queue.Arn")
    assert isinstance(found, Reference)
    assert found.attribute == "Arn"


def test_references_that_are_joined_can_be_split() -> None:
    for expression in (
        "!Split [',', !Join [',', [!Ref Queue, a]]]",
        "!Split [';', !Sub '${Queue};a']",
    ):
        first, second = value(expression)
        assert isinstance(first, Reference)
        assert second == "a"


def test_a_text_that_is_known_in_part_keeps_what_is_known() -> None:
    found = value("!Sub 'com.amazonaws.${AWS::Region}.s3'")
    assert isinstance(found, PartialText)
    assert found.filled("*") == "com.amazonaws.*.s3"


def test_a_parameter_can_be_set() -> None:
    assert value("!Ref Open", parameters={"Open": "green"}) == "green"
    assert value("!If [Unsure, a, b]", parameters={"Open": "blue"}) == "a"
    assert value("!Ref List", parameters={"List": "x,y"}) == ["x", "y"]


def test_defaults_can_be_left_unknown() -> None:
    assert value("!Ref Known", use_defaults=False) == Pseudo("Known", "template.yaml")
    assert value("!If [Yes, a, b]", use_defaults=False) is UNKNOWN


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ("{Type: String}", Pseudo("Name", "template.yaml")),
        ("{Type: String, Default: a}", Pseudo("Name", "template.yaml")),
        ("{Type: Number, MinValue: 1}", Pseudo("Name", "template.yaml")),
        ("{Type: AWS::EC2::Image::Id}", Pseudo("Name", "template.yaml")),
        ("{Type: CommaDelimitedList}", UNKNOWN),
        ("{Type: List<AWS::EC2::Subnet::Id>}", UNKNOWN),
        ("{Type: AWS::SSM::Parameter::Value<List<String>>}", UNKNOWN),
        ("{Type: String, Default: ''}", PERHAPS),
        ("{Type: String, AllowedValues: ['', a]}", PERHAPS),
    ],
)
def test_a_parameter_that_may_be_empty_may_set_nothing(declared: str, expected: object) -> None:
    written = f"""
    Parameters: {{Name: {declared}}}
    Resources: {{Queue: {{Type: AWS::Batch::JobQueue, Properties: {{JobQueueName: !Ref Name}}}}}}
    """
    (stack,) = stacks(written, options=Options(use_defaults=False)).all
    assert resolve(stack, {"Ref": "Name"}) == expected
