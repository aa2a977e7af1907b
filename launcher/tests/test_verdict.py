"""The first event decides how the job ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdk_batch_mnp_launch.protocol.frames import FrameError
from cdk_batch_mnp_launch.verdict import Failure, StopSignals, Verdict

FAILURES = st.builds(Failure, st.integers(-1, 300), st.integers(-1, 9), st.text(max_size=5))


@given(st.lists(st.one_of(FAILURES, st.none()), min_size=1, max_size=4))
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


@given(st.one_of(FAILURES, st.none()), st.one_of(FAILURES, st.none()))
def test_the_decision_of_the_main_node_replaces_that_of_a_child(
    own: Failure | None, of_main: Failure | None
) -> None:
    main, child = Verdict(), Verdict()
    for verdict, event in ((main, of_main), (child, own)):
        assert verdict.fail(event) if event else verdict.succeed()
    child.adopt(main.failure)
    assert (child.code, child.failure, child.decided) == (main.code, main.failure, True)


def test_only_the_second_signal_of_a_node_kills() -> None:
    signals = StopSignals()
    assert [signals.kills() for _ in range(3)] == [False, True, True]
