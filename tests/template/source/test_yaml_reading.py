"""YAML: its values as CloudFormation means them, and where they are."""

from __future__ import annotations

import pytest

from cdk_batch_mnp.template.source.document import Position
from tests.template.stacks import document

YAML = """\
Resources:
  Job:
    Type: AWS::Batch::JobDefinition
    Properties:
      Ranges:
        - Nodes: !Sub "${A}"
          Image: x
        - {Nodes: 1}
"""


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (["Resources"], (1, 1)),
        (["Resources", "Job", "Type"], (3, 5)),
        (["Resources", "Job", "Properties", "Ranges", 0], (6, 11)),
        (["Resources", "Job", "Properties", "Ranges", 0, "Image"], (7, 11)),
        (["Resources", "Job", "Properties", "Ranges", 1, "Nodes"], (8, 12)),
        (["Resources", "Job", "Properties", "Timeout", "Seconds"], (4, 5)),
        (["Resources", "Other"], (1, 1)),
    ],
)
def test_a_place_in_yaml_is_found(path: list[str | int], expected: tuple[int, int]) -> None:
    assert document(YAML).position(path) == Position(*expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1:3", "1:3"),
        ("012345678901", "012345678901"),
        ("12", 12),
        ("-1", -1),
        ("1.5", 1.5),
        ("1_000", "1_000"),
        ("2012-10-17", "2012-10-17"),
        ("Yes", "Yes"),
        ("True", True),
        ("'true'", "true"),
        ("~", None),
        ("0x1F", "0x1F"),
        ("1e3", "1e3"),
        ("!Ref A", {"Ref": "A"}),
        ("!GetAtt A.B.C", {"Fn::GetAtt": ["A", "B.C"]}),
        ("!GetAtt [A, B]", {"Fn::GetAtt": ["A", "B"]}),
        ("!Sub ['${a}', {a: 1}]", {"Fn::Sub": ["${a}", {"a": 1}]}),
        ("!Condition C", {"Condition": "C"}),
        ("!!str 12", "12"),
        ("!!int '12'", 12),
    ],
)
def test_scalars_and_short_forms_are_read_as_cloudformation_means_them(
    text: str, expected: object
) -> None:
    assert document(f"value: {text}").data["value"] == expected


def test_aliases_and_merges_are_written_out() -> None:
    read = document("""
        base: &base {a: 1, b: 2}
        merged: {<<: *base, b: 3}
        several: {<<: [*base, {c: 4}]}
        twice: {<<: *base, <<: {c: 4}}
        again: *base
    """)
    assert read.data["merged"] == {"a": 1, "b": 3}
    assert read.data["several"] == {"a": 1, "b": 2, "c": 4}
    assert read.data["twice"] == {"a": 1, "b": 2, "c": 4}
    assert read.data["again"] == {"a": 1, "b": 2}
