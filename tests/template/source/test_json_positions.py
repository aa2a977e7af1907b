"""Where the values of a JSON document are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cdk_batch_mnp.template.source.document import read_document

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
