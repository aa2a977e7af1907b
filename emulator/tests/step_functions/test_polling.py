"""An execution looks for the end of its job often at first, and less often later."""

from __future__ import annotations

import itertools

from cdk_batch_mnp_emulator.step_functions.batch_task import SLOWEST_POLL_SECONDS, _Wait


def looks(seconds: float) -> list[float]:
    """Return when an execution looks, if it is asked ten times a second."""
    now = 0.0
    found: list[float] = []
    wait = _Wait(lambda: found.append(now), "job", "us-east-1", clock=lambda: now)
    while now < seconds:
        wait()
        now += 0.1
    return found


def test_a_short_job_is_looked_at_each_time() -> None:
    assert len(looks(2)) == 20


def test_a_long_job_is_looked_at_once_a_second() -> None:
    found = looks(120)
    gaps = [after - before for before, after in itertools.pairwise(found)]
    assert max(gaps) <= SLOWEST_POLL_SECONDS + 0.11
    assert sum(time >= 60 for time in found) <= 61
