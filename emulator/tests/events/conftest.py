"""Rules with targets, and what the targets got."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from embedded import EmbeddedAws
from events.event_rules import EventRules
from job_platform import JobPlatform


@pytest.fixture(scope="module")
def platform(aws: EmbeddedAws) -> JobPlatform:
    return JobPlatform(aws)


@pytest.fixture
def rules(aws: EmbeddedAws) -> Iterator[EventRules]:
    made = EventRules(aws)
    yield made
    made.delete()
