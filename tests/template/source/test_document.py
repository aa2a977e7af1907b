"""JSON and YAML: their values, where they are, and what is no template."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdk_batch_mnp.template.source.document import Position, read_document
from cdk_batch_mnp.template.source.errors import TemplateError
from cdk_batch_mnp.template.source.limits import MAX_REPEATED
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


# Small, since drawing them takes nearly all of the time.
TEXTS = st.text(max_size=4)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=10,
)


def every_path(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if path:
        yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from every_path(inner, (*path, key))
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from every_path(item, (*path, position))


@given(st.dictionaries(TEXTS, VALUES, max_size=3), st.sampled_from([None, 0, 2]), st.booleans())
def test_a_place_in_json_is_that_of_the_value(
    data: dict[str, Any], indent: int | None, escaped: bool
) -> None:
    text = json.dumps(data, indent=indent, ensure_ascii=escaped).encode(errors="surrogatepass")
    try:
        written = text.decode()
    except UnicodeDecodeError:
        return  # halves of surrogates are no UTF-8
    read = read_document(text, "template.json")
    lines = written.split("\n")
    for path in every_path(data):
        position = read.position(path)
        assert position is not None
        there = "\n".join(
            [lines[position.line - 1][position.column - 1 :], *lines[position.line :]]
        )
        wanted = path[-1]
        inside: Any = data
        for step in path[:-1]:
            inside = inside[step]
        found, _ = json.JSONDecoder().raw_decode(there)
        assert found == (wanted if isinstance(inside, dict) else inside[wanted])


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


@pytest.mark.parametrize(
    ("content", "file", "expected"),
    [
        (b"", "a.yaml", "a.yaml: is empty"),
        (b"- a\n", "a.yaml", "a.yaml:1: is not a CloudFormation template: it is not a mapping"),
        (b'{"a": 1,\n "b": }', "a.json", "a.json:2: is not JSON: Expecting value"),
        (b"a: [1\nb: 2\n", "a.yaml", "a.yaml:2: is not YAML"),
        (b"a: 1\n\tb: 2\n", "a.yaml", "a.yaml:2: is not YAML"),
        (b"a: \xff\n", "a.yaml", "a.yaml:1: is not UTF-8"),
        (b"a: 1\nb: *c\n", "a.yaml", "a.yaml:2: has an alias *c without an earlier anchor"),
        (b"a: 1\n---\nb: 1\n", "a.yaml", "a.yaml:2: has several YAML documents"),
        (b"a: \x07\n", "a.yaml", "a.yaml:1: is not YAML"),
        (b'{"a": 1, "a": 2, }', "a.json", "a.json:1: is not JSON"),
    ],
)
def test_what_cannot_be_read_is_reported_with_its_line(
    content: bytes, file: str, expected: str
) -> None:
    with pytest.raises(TemplateError) as raised:
        read_document(content, file)
    assert str(raised.value).startswith(expected)


@pytest.mark.parametrize(
    ("content", "file", "lines", "data"),
    [
        (b"a:\n  J: 1\n  K: {}\n  J: 2\n", "a.yaml", [("J", 2, 4)], {"a": {"J": 2, "K": {}}}),
        (b"{a: 1, a: 2}\n", "a.yaml", [("a", 1, 1)], {"a": 2}),
        (b"a: 1\na: 2\na: 3\n", "a.yaml", [("a", 1, 2), ("a", 2, 3)], {"a": 3}),
        (
            b'{"a": {"b": [{"J": "\\"b\\":"}, {"J": 1}],\n "c": {},\n "\\u0062": 2}}',
            "a.json",
            [("b", 1, 3)],
            {"a": {"b": 2, "c": {}}},
        ),
        (b'{"a": 1,\n"a": 2}', "a", [("a", 1, 2)], {"a": 2}),
        (b'{"a": {"b": 1}, "c": {"b": 1}}', "a.json", [], {"a": {"b": 1}, "c": {"b": 1}}),
    ],
)
def test_the_last_of_repeated_keys_counts_and_both_lines_are_known(
    content: bytes, file: str, lines: list[tuple[str, int, int]], data: object
) -> None:
    document = read_document(content, file)
    assert [(each.key, each.first, each.line) for each in document.repeated] == lines
    assert document.data == data


def test_as_many_repeated_keys_are_reported_as_people_read() -> None:
    for content, file in ((b"a: 1\n" * 99, "a.yaml"), (b'{"a":1' + b',"a":1' * 99 + b"}", "a")):
        assert len(read_document(content, file).repeated) == MAX_REPEATED


def test_json_with_a_byte_order_mark_is_read() -> None:
    assert read_document(b'\xef\xbb\xbf{"Resources": {}}', "a.json").data == {"Resources": {}}


def test_yaml_in_the_flow_style_is_read_though_it_looks_like_json() -> None:
    assert read_document(b"{Resources: {}}", "a.yaml").data == {"Resources": {}}
