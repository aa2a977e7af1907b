"""Names that a misspelt one may have meant."""

from __future__ import annotations

import time

import pytest

from cdk_batch_mnp.model.spelling import MAX_LENGTH, Spelling


@pytest.mark.parametrize(
    ("word", "nearest"),
    [
        pytest.param("NodeCout", "NodeCount", id="one is missing"),
        pytest.param("NodeCoount", "NodeCount", id="one too many"),
        pytest.param("NodeCaunt", "NodeCount", id="one is wrong"),
        pytest.param("NodeCuont", "NodeCount", id="two are swapped"),
        pytest.param("NodeCount", "NodeCount", id="none"),
        pytest.param("Count", None, id="too far"),
        pytest.param("", None, id="empty"),
        pytest.param("x" * (MAX_LENGTH + 1), None, id="long"),
    ],
)
def test_a_name_is_found_by_one_character(word: str, nearest: str | None) -> None:
    assert Spelling(["NodeCount", "NodeKind", "x" * (MAX_LENGTH + 2)]).nearest(word) == nearest


def test_many_words_are_looked_up_among_many_names_in_little_time() -> None:
    spelling = Spelling(f"resource-{number}" for number in range(3000))
    started = time.monotonic()
    found = [spelling.nearest(f"resorce-{number}") for number in range(3000)]
    assert None not in found
    assert time.monotonic() - started < 2
