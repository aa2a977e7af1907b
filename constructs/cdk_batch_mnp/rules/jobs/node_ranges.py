"""Rules about the ranges of node indexes."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, WARNING, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.job_definition import NODE_RANGES, JobDefinition, NodeGroup
from cdk_batch_mnp.model.node_range import NodeRange, conflicts, gaps
from cdk_batch_mnp.model.unknown import UNKNOWN, has_value
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.jobs.node_groups import MAX_NODE_GROUPS

_TARGET_NODES = sources.api("NodeRangeProperty")


def _ranges(definition: JobDefinition) -> list[tuple[NodeGroup, NodeRange]]:
    """The groups whose range is known and well-formed."""
    return [
        (group, group.node_range)
        for group in definition.known_node_groups
        if has_value(group.node_range)
    ]


@rule(
    JobDefinition,
    "MNP304",
    "The node ranges account for every node",
    severity=ERROR,
    why="A node that no range is for has nothing to run: Batch refuses the definition.",
    fix="Widen a range, or add one, until every index from 0 to numNodes - 1 is in a range.",
    source=_TARGET_NODES,
)
def every_node(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Looks for gaps, where every range is known and well-formed.

    Where numNodes is unknown, there are at least as many nodes as the ranges name.
    """
    ranges, count, groups = _ranges(definition), definition.num_nodes, definition.node_groups
    if not ranges or groups is UNKNOWN or len(ranges) != len(groups):
        return
    nodes = count if has_value(count) else _named_nodes(ranges)
    missing = [f"{gap.start}:{gap.stop - 1}" for gap in gaps([each for _, each in ranges], nodes)]
    if missing:
        yield Violation(
            resource=definition,
            property_path=NODE_RANGES,
            message=f"no node range is for the nodes {', '.join(missing)}"
            + (f" of {count}" if has_value(count) else ""),
            actual=", ".join(str(each) for _, each in ranges),
            expected=f"every node of 0:{nodes - 1}" if has_value(count) else "every node from 0 on",
        )


def _named_nodes(ranges: list[tuple[NodeGroup, NodeRange]]) -> int:
    """The least number of nodes in which every range fits."""
    return 1 + max(each.start if each.last is None else each.last for _, each in ranges)


@rule(
    JobDefinition,
    "MNP305",
    "A node range is well-formed and lies inside the job's nodes",
    severity=ERROR,
    why="Batch refuses a range that it cannot read, that ends before it starts, or that names "
    "nodes which the job does not have.",
    fix="Write n:m, n:, :m or : with node indexes from 0 to numNodes - 1.",
    source=_TARGET_NODES,
)
def inside(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Reads each known range, and compares it with numNodes where that is known and possible."""
    count = definition.num_nodes
    for group in definition.known_node_groups:
        path, text, node_range = group.path / "targetNodes", group.target_nodes, group.node_range
        if text is None or (node_range is None and has_value(text)):
            yield Violation(
                resource=definition,
                property_path=path,
                message=f"{text!r} is no range of nodes" if text is not None else "no target nodes",
                actual=text if text is not None else "nothing",
                expected="n:m with n <= m, n:, :m, : or n",
            )
        elif (
            has_value(node_range) and has_value(count) and count >= 1 and not node_range.fits(count)
        ):
            yield Violation(
                resource=definition,
                property_path=path,
                message=f"the node range {text} goes beyond the last of {count} nodes",
                actual=text,
                expected=f"inside 0:{count - 1}",
            )


@rule(
    JobDefinition,
    "MNP306",
    "Node ranges that overlap are nested",
    severity=ERROR,
    why="Where one range lies inside another, the inner one's properties override the outer's. Of "
    "two that overlap in part, or that are equal, neither is the inner one.",
    fix="Let the ranges lie apart, or one wholly inside the other.",
    source=_TARGET_NODES,
)
def nested(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares each pair of ranges that fit, or that are closed where numNodes is unknown."""
    ranges, count = _ranges(definition), definition.num_nodes
    if not has_value(count):
        ranges = [(group, each) for group, each in ranges if not each.is_open_above]
    # More groups than are allowed are another rule's finding, and pairs of them are many.
    if not ranges or len(ranges) > 4 * MAX_NODE_GROUPS:
        return
    nodes = count if has_value(count) else _named_nodes(ranges)
    for one, other in conflicts([each for _, each in ranges], nodes):
        (first, first_range), (second, second_range) = ranges[one], ranges[other]
        yield Violation(
            resource=definition,
            property_path=second.path / "targetNodes",
            message=f"the node ranges {first_range} and {second_range} overlap, and neither lies "
            "inside the other",
            actual=f"{first.target_nodes} and {second.target_nodes}",
            expected="apart or nested",
        )


@rule(
    JobDefinition,
    "MNP309",
    "A submission can override the number of nodes",
    severity=WARNING,
    why="Without a range that is open above (n: or :), no submission can ask for another number of "
    "nodes than the definition's: every size needs a revision of its own.",
    fix="Leave the end of the last range open, such as 1: for the child nodes.",
    source=sources.api("NodeOverrides"),
)
def no_open_range(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Looks for a definition all of whose ranges are known and closed."""
    ranges, groups = _ranges(definition), definition.node_groups
    if groups is UNKNOWN or not ranges or len(ranges) != len(groups):
        return
    if not any(each.is_open_above for _, each in ranges):
        yield Violation(
            resource=definition,
            property_path=NODE_RANGES,
            message="no node range is open above, so the number of nodes cannot be overridden",
            actual=", ".join(str(each) for _, each in ranges),
            expected="one range such as n:",
        )
