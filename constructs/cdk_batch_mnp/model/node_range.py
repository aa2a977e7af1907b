"""Ranges of node indexes in ``targetNodes``, and how they cover the nodes of a job."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from cdk_batch_mnp.lazy.dataclass import dataclass

_MAX_INDEX = 999_999_999
_RANGE = r"(?P<first>[0-9]{0,9})(?:(?P<colon>:)(?P<last>[0-9]{0,9}))?"


@dataclass(frozen=True, slots=True)
class NodeRange:
    """The nodes of a node group, from ``first`` to ``last`` inclusive.

    ``None`` is an open end: node 0 at the start, the highest node index at the end. A submission
    can override ``numNodes`` only if a range has an open end.

    Source: AWS Batch API, NodeRangeProperty.targetNodes.
    """

    first: int | None
    last: int | None

    def __post_init__(self) -> None:
        """Validate both ends.

        Raises:
            ValueError: An end is negative or has more than nine digits, or the first node comes
                after the last.
        """
        if min(self.first or 0, self.last or 0) < 0:
            raise ValueError(f"node range {self} has a negative node index")
        if max(self.first or 0, self.last or 0) > _MAX_INDEX:
            raise ValueError(f"node range {self} has a node index above {_MAX_INDEX}")
        if self.last is not None and (self.first or 0) > self.last:
            raise ValueError(f"node range {self} ends before it starts")

    @classmethod
    def parse(cls, text: str) -> NodeRange:
        """Parse ``n``, ``n:m``, ``:m``, ``n:`` or ``:``.

        Raises:
            ValueError: The text is malformed, or the range ends before it starts.
        """
        match = re.fullmatch(_RANGE, text)
        if match is None or not text:
            raise ValueError(
                f"{text!r} is not a node range: write n, n:m, :m, n: or : with node indexes from 0"
            )
        first = int(match["first"]) if match["first"] else None
        last = int(match["last"]) if match["last"] else None
        if not match["colon"]:
            last = first
        return cls(first, last)

    @classmethod
    def of(cls, value: NodeRange | str | int) -> NodeRange:
        """Convert a range, its text, or the index of a single node.

        Raises:
            ValueError: :meth:`parse` raises it.
        """
        if isinstance(value, NodeRange):
            return value
        if isinstance(value, int):
            return cls(value, value)
        return cls.parse(value)

    def __str__(self) -> str:
        """Return the documented format, always with a colon."""
        first = "" if self.first is None else str(self.first)
        last = "" if self.last is None else str(self.last)
        return f"{first}:{last}"

    @property
    def start(self) -> int:
        """The lowest node index of the range."""
        return self.first or 0

    @property
    def is_open_above(self) -> bool:
        """Whether the range extends to the highest node, however many nodes there are."""
        return self.last is None

    def fits(self, num_nodes: int) -> bool:
        """Return whether every node of the range exists in a job of ``num_nodes`` nodes."""
        return self.start < num_nodes and (self.last is None or self.last < num_nodes)

    def resolve(self, num_nodes: int) -> range:
        """Return the node indexes in a job of ``num_nodes`` nodes.

        Raises:
            ValueError: The range is not within ``0:num_nodes - 1``.
        """
        if not self.fits(num_nodes):
            raise ValueError(f"node range {self} is not within 0:{num_nodes - 1}")
        return range(self.start, num_nodes if self.last is None else self.last + 1)


def gaps(ranges: Sequence[NodeRange], num_nodes: int) -> Iterator[range]:
    """Yield the parts of ``0:num_nodes - 1`` that no range covers, in order.

    Parts of a range beyond the last node are ignored. ``num_nodes`` may be any number, even one
    that no job can have.

    Source: AWS Batch API, NodeRangeProperty.targetNodes (must account for all nodes).
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
    """Yield the pairs of positions whose ranges overlap without being nested.

    Two equal ranges conflict too, because neither is the inner one. Ranges that do not fit
    ``num_nodes`` are skipped.
    """
    resolved = [
        node_range.resolve(num_nodes) if node_range.fits(num_nodes) else None
        for node_range in ranges
    ]
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
    """Return the position of the innermost range around a node, whose properties apply to it.

    Returns:
        ``None`` if no range covers the node.

    Source: AWS Batch API, NodeRangeProperty.targetNodes (the nested range overrides the outer).
    """
    around = [
        (nodes.stop - nodes.start, position)
        for position, node_range in enumerate(ranges)
        if node_range.fits(num_nodes) and node_index in (nodes := node_range.resolve(num_nodes))
    ]
    return min(around)[1] if around else None
