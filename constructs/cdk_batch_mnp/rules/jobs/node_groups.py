"""Rules about the nodes of a job and their node groups."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, WARNING, Candidate, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.node_group import NODE_PROPERTIES, NODE_RANGES
from cdk_batch_mnp.model.presence import fewest
from cdk_batch_mnp.model.property_path import PROPERTIES
from cdk_batch_mnp.model.unknown import UNKNOWN, has_value
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.environments.environment_fit import runs_multi_node_jobs

MAX_NODE_GROUPS = 5
MAX_NODES = 1000
MAX_NAMESPACE_LENGTH = 63
KINDS = "container, ecsProperties or eksProperties"


@rule(
    JobDefinition,
    "MNP301",
    "A job has one to five node groups",
    severity=ERROR,
    why="A multi-node parallel job can have at most five node groups, and without one its nodes "
    "have nothing to run.",
    fix="Combine nodes that run the same containers into one node group.",
    source=sources.MNP_NODE_GROUPS,
)
def node_group_count(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Counts the node ranges, including those that cannot be resolved."""
    groups = definition.node_groups
    count = fewest(groups)
    if groups == () or count > MAX_NODE_GROUPS:
        yield Violation(
            resource=definition,
            property_path=NODE_RANGES,
            message=f"the job has {count} node groups",
            actual=count,
            expected=f"1 to {MAX_NODE_GROUPS}",
        )


@rule(
    JobDefinition,
    "MNP302",
    "A job has 1 to 1000 nodes",
    severity=ERROR,
    why="A job needs at least one node, and an ECS cluster supports 1000 instances by default.",
    fix="Set numNodes to 1 to 1000. If your quota is higher, acknowledge this rule.",
    source=sources.MNP_NODE_GROUPS,
)
def node_count(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares numNodes, which is required.

    If it is unknown, the nodes that the ranges name and the bounds of a parameter are compared.
    """
    count = definition.num_nodes
    if count is None:
        yield Violation(
            resource=definition,
            property_path=NODE_PROPERTIES / "numNodes",
            message="the number of nodes is not set",
            actual="not set",
            expected=f"1 to {MAX_NODES}",
        )
    if count is UNKNOWN:
        count = _out_of_bounds(definition)
    if has_value(count) and not 1 <= count <= MAX_NODES:
        yield Violation(
            resource=definition,
            property_path=NODE_PROPERTIES / "numNodes",
            message=f"the job has {count} nodes",
            actual=count,
            expected=f"1 to {MAX_NODES}",
        )


def _out_of_bounds(definition: JobDefinition) -> int | None:
    """Return a number of nodes that the job has at least or at most, if it is not possible."""
    most = definition.bounds_of_nodes[1]
    if definition.fewest_nodes > MAX_NODES:
        return definition.fewest_nodes
    return most if most is not None and most < 1 else None


@rule(
    JobDefinition,
    "MNP303",
    "The main node is one of the job's nodes",
    severity=ERROR,
    why="The index of the main node must be less than the number of nodes. Node indexes start at "
    "0.",
    fix="Set mainNode to an index from 0 to numNodes - 1, usually 0.",
    source=sources.api("NodeProperties"),
)
def main_node(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares mainNode with 0 and, if it is known and valid, with numNodes or its MaxValue.

    mainNode is required. Silent if it is unknown.
    """
    index, count = definition.main_node, definition.most_nodes
    if index is None:
        yield Violation(
            resource=definition,
            property_path=NODE_PROPERTIES / "mainNode",
            message="the main node is not set",
            actual="not set",
            expected="0 or more",
        )
    if not has_value(index):
        return
    possible = has_value(count) and count >= 1
    if index < 0 or (has_value(count) and possible and index >= count):
        yield Violation(
            resource=definition,
            property_path=NODE_PROPERTIES / "mainNode",
            message=f"the main node is {index}, but the job has {count} nodes"
            if possible
            else f"the main node is {index}",
            actual=index,
            expected=f"0 to {count - 1}" if has_value(count) and possible else "0 or more",
        )


@rule(
    JobDefinition,
    "MNP307",
    "All node groups use one instance type",
    severity=ERROR,
    why="All nodes of a multi-node parallel job use the same instance type.",
    fix="Set the same instance type in all node groups.",
    source=sources.api("ContainerProperties"),
)
def one_instance_type(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares the instance types that the node groups set. Silent about unknown ones."""
    named = {
        group.instance_type: group
        for group in reversed(definition.known_node_groups)
        if has_value(group.instance_type)
    }
    if len(named) > 1:
        types = ", ".join(sorted(map(str, named)))
        yield Violation(
            resource=definition,
            property_path=NODE_RANGES,
            message=f"the node groups set {len(named)} instance types: {types}",
            actual=types,
            expected="one instance type",
        )


@rule(
    JobDefinition,
    "MNP308",
    "A node group sets its instance type once",
    severity=ERROR,
    why="instanceTypes of a node range takes a single type, which must not contradict the "
    "container's instanceType.",
    fix="Set the instance type in one of the two places.",
    source=sources.api("NodeRangeProperty"),
)
def instance_types_of_range(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Counts the range's types, and compares them with the container's if both are known."""
    for group in definition.known_node_groups:
        types, inside = group.instance_types, group.container_instance_type
        if not has_value(types):
            continue
        path = group.path / "instanceTypes"
        if (count := fewest(types)) > 1:
            yield Violation(
                resource=definition,
                property_path=path,
                message=f"the node range lists {count} instance types",
                actual=count,
                expected="at most 1",
            )
        elif has_value(inside) and count and types[0] not in (UNKNOWN, inside):
            yield Violation(
                resource=definition,
                property_path=path,
                message=f"the node range sets {types[0]}, but its container sets {inside}",
                actual=types[0],
                expected=inside,
            )


@rule(
    JobDefinition,
    "MNP310",
    "A node range has exactly one of container, ecsProperties and eksProperties",
    severity=ERROR,
    why="Each of them defines what runs on the nodes. AWS Batch rejects a node range with none or "
    "several.",
    fix="Set one of container, ecsProperties or eksProperties in each node range.",
    source=sources.api("NodeRangeProperty"),
)
def one_container_kind(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Counts the members that are set. One whose value is unknown may or may not be set.

    A single-node member next to nodeProperties is a warning.
    """
    for kind in definition.single_node_kinds:
        yield Violation(
            resource=definition,
            property_path=PROPERTIES / kind,
            message=f"{kind} for single-node jobs is set next to nodeProperties",
            actual=kind,
            expected="only nodeProperties",
            fix=f"Remove {kind}. The node ranges define what runs on the nodes.",
            severity=WARNING,
        )
    for group in definition.known_node_groups:
        if len(group.kinds) > 1 or not (group.kinds or group.possible_kinds):
            seen = ", ".join(group.kinds) or "none"
            yield Violation(
                resource=definition,
                property_path=group.path,
                message=f"the node range sets {seen} of {KINDS}",
                actual=seen,
                expected=f"exactly one of {KINDS}",
            )


@rule(
    JobDefinition,
    "MNP319",
    "A job has at least two nodes",
    severity=WARNING,
    why="A multi-node parallel job with one node starts more slowly than a single-node job, "
    "occupies a whole instance, and gains nothing.",
    fix="Use a single-node job definition, or more nodes.",
    source=sources.MULTI_NODE,
)
def single_node(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Reports numNodes 1 if every node range is closed, so that no submission can override it."""
    groups = definition.node_groups
    if definition.num_nodes != 1 or groups is UNKNOWN:
        return
    ranges = [UNKNOWN if group is UNKNOWN else group.node_range for group in groups]
    if ranges and all(
        has_value(node_range) and not node_range.is_open_above for node_range in ranges
    ):
        yield Violation(
            resource=definition,
            property_path=NODE_PROPERTIES / "numNodes",
            message="the job has one node, and no submission can override that",
            actual=1,
            expected="at least 2",
        )


_NAMESPACE = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"


def is_allowed_namespace(name: str, *, reserved: str = "kube") -> bool:
    """Return whether AWS Batch accepts a namespace for pods.

    Args:
        name: The namespace.
        reserved: How the names of Kubernetes' own namespaces begin.
    """
    return (
        name != "default"
        and not name.startswith(reserved)
        and len(name) <= MAX_NAMESPACE_LENGTH
        and re.fullmatch(_NAMESPACE, name) is not None
    )


@rule(
    JobDefinition,
    "MNP322",
    "All EKS node groups use one namespace",
    severity=ERROR,
    why="The pods of all nodes run in the same Kubernetes namespace, which must not be default or "
    "start with kube.",
    fix="Set the same dedicated namespace in every node range.",
    source=sources.api("EksMetadata"),
)
def namespace(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares the known namespaces with one another and with the documented pattern."""
    groups = [group for group in definition.known_node_groups if "eksProperties" in group.kinds]
    names = sorted({group.namespace for group in groups if has_value(group.namespace)})
    if names and any(group.namespace is None for group in groups):
        yield Violation(
            resource=definition,
            property_path=NODE_RANGES,
            message=f"some node groups use namespace {', '.join(names)}, but others set none",
            actual="no namespace",
            expected="the same namespace in every node range",
        )
    if len(names) > 1:
        yield Violation(
            resource=definition,
            property_path=NODE_RANGES,
            message=f"the node groups use namespaces {', '.join(names)}",
            actual=", ".join(names),
            expected="one namespace",
        )
    for name in names:
        if not is_allowed_namespace(name):
            yield Violation(
                resource=definition,
                property_path=NODE_RANGES,
                message=f"namespace {name!r} is not allowed",
                actual=name,
                expected=f"1 to {MAX_NAMESPACE_LENGTH} lower-case letters, digits and hyphens, not "
                "default and not starting with kube",
            )


@rule(
    Candidate,
    "MNP325",
    "The definition sets its instance type",
    severity=WARNING,
    why="In a compute environment with several instance types, AWS Batch chooses by price and "
    "capacity: the nodes of one job may have any size that fits, and those of the next job "
    "another.",
    fix="Set the instance type in the definition, or list a single type in the compute "
    "environment.",
    source=sources.api("NodeRangeProperty"),
)
def named_instance_type(candidate: Candidate, catalogue: Catalogue) -> Iterator[Violation]:
    """Reports a definition without a type if the environment lists several or a family."""
    definition, environment = candidate.definition, candidate.environment
    types = environment.instance_types
    if definition.instance_type is not None or not has_value(types):
        return
    if runs_multi_node_jobs(environment) is not True or not definition.known_node_groups:
        return
    known = [name for name in types if name is not UNKNOWN]
    if fewest(types) > 1 or any("." not in each for each in known):
        unknown = ["another type"] if len(known) < len(types) else []
        listed = ", ".join(known + unknown) if known else "one of several types"
        yield Violation(
            resource=definition,
            property_path=NODE_RANGES,
            message=f"no instance type is set, and {environment.id} may launch {listed}",
            actual="no instance type",
            expected="one instance type",
        )
