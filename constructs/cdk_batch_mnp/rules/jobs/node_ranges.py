"""Rules about node ranges."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cdk_batch_mnp.engine.rule import ERROR, WARNING, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.node_group import NODE_RANGES, NodeGroup
from cdk_batch_mnp.model.node_range import NodeRange, conflicts, gaps
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, has_value
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.jobs.node_groups import MAX_NODE_GROUPS

_TARGET_NODES = sources.api("NodeRangeProperty")


def _ranges(definition: JobDefinition) -> list[tuple[NodeGroup, NodeRange]]:
    """Return the node groups whose range is known and well-formed."""
    return [
        (group, group.node_range)
        for group in definition.known_node_groups
        if has_value(group.node_range)
    ]


@rule(
    JobDefinition,
    "MNP304",
    "Node ranges cover every node",
    severity=ERROR,
    why="AWS Batch rejects a definition with nodes that no node range covers.",
    fix="Extend or add a node range until every index from 0 to numNodes - 1 is covered.",
    source=_TARGET_NODES,
)
def every_node(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Looks for gaps between the node ranges.

    Silent if a range is unknown or malformed, unless all ranges certainly begin after node 0.

    If numNodes is unknown, the job is assumed to have as many nodes as the ranges name.
    """
    ranges, count, groups = _ranges(definition), definition.num_nodes, definition.node_groups
    if groups is UNKNOWN or not groups:
        return
    if len(ranges) != len(groups):
        yield from _without_the_first(definition, groups)
        return
    nodes = count if has_value(count) else _named_nodes(ranges)
    missing = [
        f"{gap.start}:{gap.stop - 1}"
        for gap in gaps([node_range for _, node_range in ranges], nodes)
    ]
    if missing:
        yield Violation(
            resource=definition,
            property_path=NODE_RANGES,
            message=f"no node range covers nodes {', '.join(missing)}"
            + (f" of {count}" if has_value(count) else ""),
            actual=", ".join(str(each) for _, each in ranges),
            expected=f"all of 0:{nodes - 1}" if has_value(count) else "all nodes from 0",
        )


def _without_the_first(
    definition: JobDefinition, groups: Sequence[Maybe[NodeGroup]]
) -> Iterator[Violation]:
    """Report ranges whose last nodes are unknown, but none of which begins with node 0."""
    starts = [0 if group is UNKNOWN else group.first_node for group in groups]
    if min(starts) > 0:
        yield Violation(
            resource=definition,
            property_path=NODE_RANGES,
            message=f"no node range covers nodes 0:{min(starts) - 1}",
            actual=", ".join(f"{start}:..." for start in starts),
            expected="all nodes from 0",
        )


def _named_nodes(ranges: list[tuple[NodeGroup, NodeRange]]) -> int:
    """Return the smallest number of nodes that all ranges fit into."""
    return 1 + max(each.start if each.last is None else each.last for _, each in ranges)


@rule(
    JobDefinition,
    "MNP305",
    "Node ranges are well-formed and within the job's nodes",
    severity=ERROR,
    why="AWS Batch rejects a node range that is malformed, that ends before it starts, or that "
    "names nodes the job does not have.",
    fix="Write n:m, n:, :m or : with node indexes from 0 to numNodes - 1.",
    source=_TARGET_NODES,
)
def inside(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Parses each known range, and compares it with numNodes or its MaxValue, if that is valid."""
    count = definition.most_nodes
    for group in definition.known_node_groups:
        path, text, node_range = group.path / "targetNodes", group.target_nodes, group.node_range
        if text is None or (node_range is None and has_value(text)):
            yield Violation(
                resource=definition,
                property_path=path,
                message=f"{text!r} is not a node range"
                if text is not None
                else "targetNodes is not set",
                actual=text if text is not None else "not set",
                expected="n:m with n <= m, n:, :m, : or n",
            )
        elif (
            has_value(node_range) and has_value(count) and count >= 1 and not node_range.fits(count)
        ):
            yield Violation(
                resource=definition,
                property_path=path,
                message=f"node range {text} exceeds the job's {count} nodes",
                actual=text,
                expected=f"within 0:{count - 1}",
            )


@rule(
    JobDefinition,
    "MNP306",
    "Overlapping node ranges are nested",
    severity=ERROR,
    why="If one range lies within another, its properties override those of the outer range. If "
    "two ranges overlap only partly, or are equal, neither is the inner one.",
    fix="Separate the ranges, or nest one completely within the other.",
    source=_TARGET_NODES,
)
def nested(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares each pair of ranges that fit the job.

    If numNodes is unknown, only closed ranges are compared.
    """
    ranges, count = _ranges(definition), definition.num_nodes
    if not has_value(count):
        ranges = [(group, each) for group, each in ranges if not each.is_open_above]
    # MNP301 reports too many groups. Comparing all of their pairs could take long.
    if not ranges or len(ranges) > 4 * MAX_NODE_GROUPS:
        return
    nodes = count if has_value(count) else _named_nodes(ranges)
    for one, other in conflicts([each for _, each in ranges], nodes):
        (first, first_range), (second, second_range) = ranges[one], ranges[other]
        yield Violation(
            resource=definition,
            property_path=second.path / "targetNodes",
            message=f"node ranges {first_range} and {second_range} overlap without being nested",
            actual=f"{first.target_nodes} and {second.target_nodes}",
            expected="separate or nested ranges",
        )


@rule(
    JobDefinition,
    "MNP309",
    "A submission can override the number of nodes",
    severity=WARNING,
    why="Without an open-ended range (n: or :), no submission can override the number of nodes: "
    "every size needs its own revision.",
    fix="Leave the end of the last range open, such as 1: for the child nodes.",
    source=sources.api("NodeOverrides"),
)
def no_open_range(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Reports a definition whose node ranges are all known and closed."""
    ranges, groups = _ranges(definition), definition.node_groups
    if groups is UNKNOWN or not ranges or len(ranges) != len(groups):
        return
    if not any(each.is_open_above for _, each in ranges):
        yield Violation(
            resource=definition,
            property_path=NODE_RANGES,
            message="no node range is open-ended, so the number of nodes cannot be overridden",
            actual=", ".join(str(each) for _, each in ranges),
            expected="one range such as n:",
        )
