"""Event patterns: which events a rule is for.

moto compares single values. It looks into objects, but not into lists of objects, which the detail
of a job has: attempts, environment, node ranges.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.events.models import UNDEFINED, EventPattern


def matches(pattern: EventPattern, event: Mapping[str, Any]) -> bool:
    """Return whether an event has everything that a pattern asks for; false for an empty one."""
    asked = pattern.get_pattern()
    return bool(asked) and _has(pattern, asked, event)


def _has(pattern: EventPattern, asked: Mapping[str, Any], value: Any) -> bool:
    return all(_has_one(pattern, key, wanted, value) for key, wanted in asked.items())


def _has_one(pattern: EventPattern, key: str, wanted: Any, value: Any) -> bool:
    if key == "$or":
        return any(_has(pattern, choice, value) for choice in wanted)
    found = value.get(key, UNDEFINED) if isinstance(value, Mapping) else UNDEFINED
    if isinstance(wanted, list):
        return pattern._does_item_match_filters(found, wanted)
    # One element of a list has to have all of it.
    elements = found if isinstance(found, list) and found else [found]
    return any(_has(pattern, wanted, element) for element in elements)
