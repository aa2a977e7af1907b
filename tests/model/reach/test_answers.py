"""Answers of hops and paths are combined."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cdk_batch_mnp.model.reach.answers import (
    Answer,
    Blocked,
    Hop,
    at_best,
    in_sequence,
    unless,
    whichever,
)
from cdk_batch_mnp.model.unknown import UNKNOWN

STOP, OTHER = (Blocked(Hop.ROUTE, each, f"{each} has no route") for each in ("A", "B"))
answers: st.SearchStrategy[list[Answer]] = st.lists(
    st.sampled_from([None, UNKNOWN, STOP, OTHER]), min_size=1, max_size=5
)


@given(answers)
def test_a_path_stops_at_its_first_certain_stop_and_works_only_if_every_hop_does(
    hops: list[Answer],
) -> None:
    stops = [hop for hop in hops if isinstance(hop, Blocked)]
    expected = stops[0] if stops else UNKNOWN if UNKNOWN in hops else None
    assert in_sequence(hops) == expected


@given(answers)
def test_of_ways_that_may_all_be_the_one_taken_all_have_to_agree(ways: list[Answer]) -> None:
    found = whichever(ways)
    if found is None:
        assert set(ways) == {None}
    elif isinstance(found, Blocked):
        assert all(isinstance(way, Blocked) for way in ways)
    else:
        assert UNKNOWN in ways or None in ways


@given(answers)
def test_one_way_that_works_is_enough(ways: list[Answer]) -> None:
    found = at_best(ways)
    assert (found is None) == (None in ways)
    assert isinstance(found, Blocked) == all(isinstance(way, Blocked) for way in ways)


def test_a_hop_that_is_not_known_to_pass_is_not_known_to_stop() -> None:
    assert unless(True, Hop.NAT, "Nat", "stops") is None
    assert unless(UNKNOWN, Hop.NAT, "Nat", "stops") is UNKNOWN
    assert unless(False, Hop.NAT, "Nat", "stops") == Blocked(Hop.NAT, "Nat", "stops")
