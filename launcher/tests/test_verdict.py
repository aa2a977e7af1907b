"""The first event decides how the job ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdk_batch_mnp_launch.protocol.frames import FrameError
from cdk_batch_mnp_launch.verdict import Failure, Verdict

FAILURES = st.builds(Failure, st.integers(-1, 300), st.integers(-1, 9), st.text(max_size=5))


@given(st.lists(st.one_of(FAILURES, st.none()), min_size=1))
def test_the_first_event_decides(events: list[Failure | None]) -> None:
    verdict = Verdict()
    accepted = [verdict.fail(event) if event else verdict.succeed() for event in events]
    assert accepted == [True] + [False] * (len(events) - 1)
    first = events[0]
    assert (verdict.code == 0) == (first is None)
    if first is not None and 0 < first.code < 256:
        assert verdict.code == first.code


@given(FAILURES)
def test_a_failure_reaches_other_nodes_unchanged(failure: Failure) -> None:
    assert Failure.of_message(failure.as_message()) == failure


@pytest.mark.parametrize("message", [{}, {"code": "x"}, {"code": 1, "node": None}])
def test_what_is_not_a_failure_is_an_error(message: dict[str, object]) -> None:
    with pytest.raises(FrameError):
        Failure.of_message(message)
