"""Node ranges, compared with sets of node indexes made without them."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdk_batch_mnp.model.node_range import NodeRange, conflicts, gaps, owner

MAX_NODES = 12

ends = st.none() | st.integers(0, MAX_NODES + 2)
node_ranges = st.tuples(ends, ends).filter(
    lambda each: each[1] is None or (each[0] or 0) <= each[1]
)
num_nodes = st.integers(1, MAX_NODES)
several = st.lists(node_ranges, max_size=6)


def made(ranges: list[tuple[int | None, int | None]]) -> list[NodeRange]:
    return [NodeRange(*each) for each in ranges]


def nodes_of(ends: tuple[int | None, int | None], count: int) -> set[int]:
    """The oracle: try every index there could be against the two ends."""
    first, last = ends
    top = max(count - 1, first or 0) if last is None else last
    return {node for node in range(10 * MAX_NODES) if (first or 0) <= node <= top}


def fits_by_oracle(ends: tuple[int | None, int | None], count: int) -> bool:
    return nodes_of(ends, count) <= set(range(count))


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("0:3", 0, 3),
        (":3", None, 3),
        ("2:", 2, None),
        (":", None, None),
        ("4", 4, 4),
        ("0", 0, 0),
        ("007:008", 7, 8),
        ("999999999", 999_999_999, 999_999_999),
    ],
)
def test_a_range_is_read_as_the_api_documents_it(
    text: str, first: int | None, last: int | None
) -> None:
    assert NodeRange.parse(text) == NodeRange(first, last)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "0: 3",
        "0:3 ",
        "0:3\n",
        "0-3",
        "0:1:2",
        "a:b",
        "n:",
        "-1",
        "-1:2",
        "0:-1",
        "+1",
        "1_0",
        "1.5",
        "0x1",
        "٣",  # a digit, but not of ASCII
        "0:３",
        "1234567890",
        "9" * 10_000,
        "5:2",
    ],
)
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="node range"):
        NodeRange.parse(text)


@pytest.mark.parametrize(
    ("first", "last", "match"),
    [
        (-1, None, "negative node index"),
        (None, -1, "negative node index"),
        (3, 2, "ends before it starts"),
        (10**9, None, "node index above 999999999"),
        (0, 10**12, "node index above 999999999"),
    ],
)
def test_ends_that_no_node_can_have_are_refused(
    first: int | None, last: int | None, match: str
) -> None:
    with pytest.raises(ValueError, match=match):
        NodeRange(first, last)


@pytest.mark.parametrize(
    ("value", "expected"), [(3, "3:3"), ("3", "3:3"), ("1:", "1:"), (NodeRange(None, 2), ":2")]
)
def test_a_range_can_be_given_as_text_or_as_one_node(
    value: NodeRange | str | int, expected: str
) -> None:
    assert str(NodeRange.of(value)) == expected


@given(st.none() | st.integers(0, 999_999_999), st.none() | st.integers(0, 999_999_999))
def test_what_is_written_is_read_again(first: int | None, last: int | None) -> None:
    if last is not None and (first or 0) > last:
        first, last = last, first
    node_range = NodeRange(first, last)
    assert NodeRange.parse(str(node_range)) == node_range


@given(st.text(alphabet="0123456789:-+ _n٣", max_size=8))
def test_text_is_refused_or_written_again_with_the_same_meaning(text: str) -> None:
    try:
        node_range = NodeRange.parse(text)
    except ValueError:
        return
    assert set(text) <= set("0123456789:")
    assert NodeRange.parse(str(node_range)) == node_range


@given(node_ranges, num_nodes)
def test_a_range_fits_when_all_of_its_nodes_exist(
    ends: tuple[int | None, int | None], count: int
) -> None:
    assert NodeRange(*ends).fits(count) == fits_by_oracle(ends, count)


@given(node_ranges, num_nodes)
def test_a_range_that_fits_has_nodes_and_another_is_refused(
    ends: tuple[int | None, int | None], count: int
) -> None:
    node_range = NodeRange(*ends)
    if fits_by_oracle(ends, count):
        assert set(node_range.resolve(count)) == nodes_of(ends, count)
    else:
        with pytest.raises(ValueError, match=f"not within 0:{count - 1}"):
            node_range.resolve(count)


@given(several, num_nodes)
def test_gaps_are_the_nodes_without_a_range(
    ranges: list[tuple[int | None, int | None]], count: int
) -> None:
    covered: set[int] = set().union(*(nodes_of(each, count) for each in ranges))
    found = list(gaps(made(ranges), count))
    missing = [node for gap in found for node in gap]
    assert missing == sorted(set(range(count)) - covered)
    # Each gap is a whole one: two never touch.
    assert all(one.stop < other.start for one, other in itertools.pairwise(found))


@given(several, num_nodes)
def test_ranges_conflict_when_they_overlap_and_neither_holds_the_other(
    ranges: list[tuple[int | None, int | None]], count: int
) -> None:
    expected = []
    for i, one in enumerate(ranges):
        for j, other in enumerate(ranges):
            if i < j and fits_by_oracle(one, count) and fits_by_oracle(other, count):
                a, b = nodes_of(one, count), nodes_of(other, count)
                if a & b and not (a < b or b < a):
                    expected.append((i, j))
    assert list(conflicts(made(ranges), count)) == expected


@given(several, num_nodes, st.data())
def test_a_node_gets_the_properties_of_the_smallest_range_around_it(
    ranges: list[tuple[int | None, int | None]], count: int, data: st.DataObject
) -> None:
    node = data.draw(st.integers(0, count - 1))
    around = {
        position: nodes_of(node_range, count)
        for position, node_range in enumerate(ranges)
        if fits_by_oracle(node_range, count) and node in nodes_of(node_range, count)
    }
    found = owner(made(ranges), count, node)
    if not around:
        assert found is None
    else:
        assert found is not None
        assert len(around[found]) == min(map(len, around.values()))


@given(several, num_nodes)
def test_without_conflicts_no_other_range_around_a_node_is_inside_its_owner(
    ranges: list[tuple[int | None, int | None]], count: int
) -> None:
    parsed = [each for each in made(ranges) if each.fits(count)]
    if list(conflicts(parsed, count)):
        return
    for node in range(count):
        position = owner(parsed, count, node)
        if position is not None:
            own = set(parsed[position].resolve(count))
            others = [set(each.resolve(count)) for each in parsed if node in each.resolve(count)]
            assert all(own <= other for other in others)


def test_the_nested_range_of_the_documents_overrides_the_outer_one() -> None:
    ranges = [NodeRange.parse("0:10"), NodeRange.parse("4:5")]
    assert list(gaps(ranges, 11)) == []
    assert list(conflicts(ranges, 11)) == []
    assert [owner(ranges, 11, node) for node in range(11)] == [0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]


def test_ranges_nest_more_than_once() -> None:
    ranges = [NodeRange.parse(each) for each in (":", "2:8", "4")]
    assert list(conflicts(ranges, 10)) == []
    assert [owner(ranges, 10, node) for node in (0, 2, 4, 8, 9)] == [0, 1, 2, 1, 0]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        pytest.param("0:2", "2:4", True, id="share one node"),
        pytest.param("0:2", "3:4", False, id="side by side"),
        pytest.param("0:4", "0:4", True, id="equal"),
        pytest.param("0:", "0:4", True, id="equal once the open end is known"),
        pytest.param("0:", "0:3", False, id="nested at the lower end"),
        pytest.param("0:4", "2:4", False, id="nested at the upper end"),
        pytest.param("0:9", "4:5", False, id="one does not fit the job"),
    ],
)
def test_a_partial_overlap_is_a_conflict(one: str, other: str, expected: bool) -> None:
    ranges = [NodeRange.parse(one), NodeRange.parse(other)]
    assert bool(list(conflicts(ranges, 5))) is expected


def test_the_largest_job_has_a_thousand_nodes() -> None:
    ranges = [NodeRange.parse(each) for each in ("0", "1:499", "500:")]
    assert list(gaps(ranges, 1000)) == []
    assert NodeRange.parse("500:").resolve(1000) == range(500, 1000)
    assert owner(ranges, 1000, 999) == 2
    assert list(gaps(ranges[:2], 1000)) == [range(500, 1000)]


@pytest.mark.parametrize("count", [0, -3])
def test_a_job_without_nodes_has_no_gaps_and_no_range_fits_it(count: int) -> None:
    assert list(gaps([], count)) == []
    assert not NodeRange.parse(":").fits(count)


@pytest.mark.parametrize(
    ("text", "expected"), [("2:", True), (":", True), (":3", False), ("4", False)]
)
def test_only_an_open_upper_end_follows_the_number_of_nodes(text: str, expected: bool) -> None:
    assert NodeRange.parse(text).is_open_above is expected


@pytest.mark.parametrize("count", [10**9, 4_000_000_000, 10**18, 10**40])
def test_a_job_of_more_nodes_than_any_has_gaps_too(count: int) -> None:
    ranges = [NodeRange.parse("0:9"), NodeRange.parse("4:5")]
    assert list(gaps(ranges, count)) == [range(10, count)]
    assert list(conflicts(ranges, count)) == []
    assert owner([*ranges, NodeRange.parse("8:")], count, 4) == 1
