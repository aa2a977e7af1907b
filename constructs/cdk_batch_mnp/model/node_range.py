"""Ranges of node indexes, as ``targetNodes`` writes them, and how they share out the nodes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_MAX_INDEX = 999_999_999
_RANGE = re.compile(r"(?P<first>[0-9]{0,9})(?:(?P<colon>:)(?P<last>[0-9]{0,9}))?")


@dataclass(frozen=True, slots=True)
class NodeRange:
    """The nodes that a node group is for, from ``first`` to ``last``, both included.

    ``None`` stands for an end left open: node 0 below, the highest node index above. Only a range
    that is open above lets a submission override ``numNodes``.

    Source: Batch API, NodeRangeProperty.targetNodes.
    """

    first: int | None
    last: int | None

    def __post_init__(self) -> None:
        """Refuse ends that no node index can have.

        Raises:
            ValueError: An end is negative or has more than nine digits, or the first node comes
                after the last.
        """
        if min(self.first or 0, self.last or 0) < 0:
            raise ValueError(f"a node index is never negative, as in {self}")
        if max(self.first or 0, self.last or 0) > _MAX_INDEX:
            raise ValueError(f"no job has as many nodes as in {self}")
        if self.last is not None and (self.first or 0) > self.last:
            raise ValueError(f"node range {self} ends before it starts")

    @classmethod
    def parse(cls, text: str) -> NodeRange:
        """Read ``n``, ``n:m``, ``:m``, ``n:`` or ``:``.

        Raises:
            ValueError: The text has another form, or the range ends before it starts.
        """
        match = _RANGE.fullmatch(text)
        if match is None or not text:
            raise ValueError(
                f"{text!r} is no node range: write n, n:m, :m, n: or : with node indexes from 0"
            )
        first = int(match["first"]) if match["first"] else None
        last = int(match["last"]) if match["last"] else None
        if not match["colon"]:
            last = first
        return cls(first, last)

    @classmethod
    def of(cls, value: NodeRange | str | int) -> NodeRange:
        """Take a range, its text, or the index of a single node.

        Raises:
            ValueError: As :meth:`parse`.
        """
        if isinstance(value, NodeRange):
            return value
        if isinstance(value, int):
            return cls(value, value)
        return cls.parse(value)

    def __str__(self) -> str:
        """Write the range in the documented form, always with the colon."""
        first = "" if self.first is None else str(self.first)
        last = "" if self.last is None else str(self.last)
        return f"{first}:{last}"

    @property
    def start(self) -> int:
        """The lowest node index of the range."""
        return self.first or 0

    @property
    def is_open_above(self) -> bool:
        """Whether the range goes on to the highest node, however many nodes there are."""
        return self.last is None

    def fits(self, num_nodes: int) -> bool:
        """Whether every node of the range exists in a job of ``num_nodes`` nodes."""
        return self.start < num_nodes and (self.last is None or self.last < num_nodes)

    def resolve(self, num_nodes: int) -> range:
        """Give the node indexes in a job of ``num_nodes`` nodes.

        Raises:
            ValueError: The range is not inside ``0:num_nodes - 1``.
        """
        if not self.fits(num_nodes):
            raise ValueError(f"node range {self} is not inside 0:{num_nodes - 1}")
        return range(self.start, num_nodes if self.last is None else self.last + 1)


def gaps(ranges: Sequence[NodeRange], num_nodes: int) -> Iterator[range]:
    """Return the stretches of ``0:num_nodes - 1`` that no range is for, in order.

    Parts of a range beyond the last node are ignored here. ``num_nodes`` may be any number, also
    one that no job can have.

    Source: Batch API, NodeRangeProperty.targetNodes («must account for all nodes»).
    """
    next_node = 0
    for node_range in sorted(ranges, key=lambda each: each.start):
        if node_range.start >= num_nodes:
            break
        if node_range.start > next_node:
            yield range(next_node, node_range.start)
        end = num_nodes if node_range.last is None else node_range.last + 1
        next_node = max(next_node, end)
    if next_node < num_nodes:
        yield range(next_node, num_nodes)


def conflicts(ranges: Sequence[NodeRange], num_nodes: int) -> Iterator[tuple[int, int]]:
    """Give the pairs of positions whose ranges overlap without one nested in the other.

    Two equal ranges conflict too: neither is the inner one. Ranges that do not fit
    ``num_nodes`` are passed over.
    """
    resolved = [each.resolve(num_nodes) if each.fits(num_nodes) else None for each in ranges]
    for i, one in enumerate(resolved):
        for j in range(i + 1, len(resolved)):
            other = resolved[j]
            if one is None or other is None:
                continue
            if one.start >= other.stop or other.start >= one.stop:
                continue
            if one == other or not (_inside(one, other) or _inside(other, one)):
                yield i, j


def _inside(inner: range, outer: range) -> bool:
    return outer.start <= inner.start and inner.stop <= outer.stop


def owner(ranges: Sequence[NodeRange], num_nodes: int, node_index: int) -> int | None:
    """Give the position of the range whose properties a node gets: the innermost around it.

    Returns:
        ``None`` if no range is for the node.

    Source: Batch API, NodeRangeProperty.targetNodes (the nested range overrides the outer).
    """
    around = [
        (nodes.stop - nodes.start, position)
        for position, each in enumerate(ranges)
        if each.fits(num_nodes) and node_index in (nodes := each.resolve(num_nodes))
    ]
    return min(around)[1] if around else None
