"""Node indexes as people read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdk_batch_mnp_launch.ranges import as_ranges


@pytest.mark.parametrize(
    ("indexes", "text"),
    [([], ""), ([0], "0"), ([3, 2], "2-3"), ([0, 2, 3, 4, 9], "0, 2-4, 9"), (range(1000), "0-999")],
)
def test_ranges(indexes: list[int], text: str) -> None:
    assert as_ranges(indexes) == text


@given(st.sets(st.integers(0, 50)))
def test_ranges_hold_exactly_the_indexes(indexes: set[int]) -> None:
    found = set()
    for part in filter(None, as_ranges(indexes).split(", ")):
        first, _dash, last = part.partition("-")
        found |= set(range(int(first), int(last or first) + 1))
    assert found == indexes
