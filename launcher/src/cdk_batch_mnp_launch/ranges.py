"""Node indexes as people read them."""

from __future__ import annotations

from typing import Iterable


def as_ranges(indexes: Iterable[int]) -> str:
    """Return indexes as ascending ranges, such as `0, 2-5, 9`."""
    parts: list[str] = []
    first = last = -2
    for index in [*sorted(set(indexes)), -1]:
        if index == last + 1 and index >= 0:
            last = index
            continue
        if first >= 0:
            parts.append(str(first) if first == last else f"{first}-{last}")
        first = last = index
    return ", ".join(parts)
