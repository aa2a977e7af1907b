"""Templates in JSON and YAML, which keys are repeated, and what is no template."""

from __future__ import annotations

import pytest

from cdk_batch_mnp.template.source.document import read_document
from cdk_batch_mnp.template.source.errors import TemplateError
from cdk_batch_mnp.template.source.limits import MAX_REPEATED


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
