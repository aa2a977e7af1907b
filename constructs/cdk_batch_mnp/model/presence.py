"""What is certain of lists and mappings of which members are unknown, or perhaps not there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from cdk_batch_mnp.model.unknown import PERHAPS, UNKNOWN, Maybe, Unknown

T = TypeVar("T")


class PartialList(tuple[T, ...]):
    """A list with members that are perhaps not there; each of them is ``UNKNOWN``.

    Attributes:
        optional: Number of these members.
    """

    optional: int

    @classmethod
    def of(cls, values: Sequence[object]) -> PartialList[object]:
        """Return a list in which ``PERHAPS`` stands for a member that may not be there."""
        found = PartialList(UNKNOWN if value is PERHAPS else value for value in values)
        found.optional = sum(value is PERHAPS for value in values)
        return found


def same_length(given: Sequence[object], values: Iterable[T]) -> tuple[T, ...]:
    """Return values read from the members of a list, as many of them optional as in the list."""
    if not isinstance(given, PartialList):
        return tuple(values)
    found = PartialList(values)
    found.optional = given.optional
    return found


def fewest(values: Maybe[Sequence[object]] | Mapping[str, object] | None) -> int:
    """Return how many members a list or a mapping has at least; 0 if it is unknown or not set."""
    if values is None or isinstance(values, Unknown):
        return 0
    if isinstance(values, Mapping):
        return sum(value is not PERHAPS for value in values.values())
    return len(values) - (values.optional if isinstance(values, PartialList) else 0)
