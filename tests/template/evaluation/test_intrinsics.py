"""Intrinsic functions: what can be followed is, and all else is unknown."""

from __future__ import annotations

import pytest

from cdk_batch_mnp.model.unknown import PERHAPS, UNKNOWN
from cdk_batch_mnp.template.evaluation.values import Encoded, NoValue, OneOfNumbers, Pseudo, Zone
from tests.template.evaluation.expressions import value


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
