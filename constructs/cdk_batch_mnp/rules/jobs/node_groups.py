"""Rules about the nodes of a job and how node groups describe them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, WARNING, Candidate, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.job_definition import NODE_PROPERTIES, NODE_RANGES, JobDefinition
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
    "One to five node groups",
    severity=ERROR,
    why="A multi-node parallel job has at most five node groups, and none of its nodes runs "
    "anything without one.",
    fix="Give nodes that run the same containers one node group.",
    source=sources.MNP_NODE_GROUPS,
)
def node_group_count(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Counts the node ranges, known or not."""
    groups = definition.node_groups
    if groups is not UNKNOWN and not 1 <= len(groups) <= MAX_NODE_GROUPS:
        yield Violation(
            resource=definition,
            property_path=NODE_RANGES,
            message=f"the job has {len(groups)} node groups",
            actual=len(groups),
            expected=f"1 to {MAX_NODE_GROUPS}",
        )


@rule(
    JobDefinition,
    "MNP302",
    "1 to 1000 nodes",
    severity=ERROR,
    why="A job without a node cannot be, and an ECS cluster takes 1000 instances unless that quota "
    "was raised.",
    fix="Set numNodes to 1 to 1000. If your quota was raised, acknowledge this rule.",
    source=sources.MNP_NODE_GROUPS,
)
def node_count(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares numNodes, if it is known; without it Batch refuses the definition."""
    count = definition.num_nodes
    if count is None:
        yield Violation(
            resource=definition,
            property_path=NODE_PROPERTIES / "numNodes",
            message="the number of nodes is left out",
            actual="no numNodes",
            expected=f"1 to {MAX_NODES}",
        )
    if has_value(count) and not 1 <= count <= MAX_NODES:
        yield Violation(
            resource=definition,
            property_path=NODE_PROPERTIES / "numNodes",
            message=f"the job has {count} nodes",
            actual=count,
            expected=f"1 to {MAX_NODES}",
        )


@rule(
    JobDefinition,
    "MNP303",
    "The main node is one of the job's nodes",
    severity=ERROR,
    why="The main node's index must be below the number of nodes; node indexes begin at 0.",
    fix="Set mainNode to an index from 0 to numNodes - 1; 0 is usual.",
    source=sources.api("NodeProperties"),
)
def main_node(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares mainNode with 0 and, where it is known and possible, with numNodes.

    Without mainNode Batch refuses the definition.
    """
    index, count = definition.main_node, definition.num_nodes
    if index is None:
        yield Violation(
            resource=definition,
            property_path=NODE_PROPERTIES / "mainNode",
            message="the main node is left out",
            actual="no mainNode",
            expected="0 or more",
        )
    if not has_value(index):
        return
    possible = has_value(count) and count >= 1
    if index < 0 or (has_value(count) and possible and index >= count):
        yield Violation(
            resource=definition,
            property_path=NODE_PROPERTIES / "mainNode",
            message=f"the main node is {index} of {count} nodes"
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
    why="All nodes of a multi-node parallel job are instances of the same type.",
    fix="Name one instance type in all node groups.",
    source=sources.api("ContainerProperties"),
)
def one_instance_type(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares the types that the groups name, as far as they are known."""
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
            message=f"the node groups name {len(named)} instance types: {types}",
            actual=types,
            expected="one instance type",
        )


@rule(
    JobDefinition,
    "MNP308",
    "A node group names its instance type once",
    severity=ERROR,
    why="The list of a node range takes one instance type, and must not contradict the "
    "container's.",
    fix="Name the type in one of the two places.",
    source=sources.api("NodeRangeProperty"),
)
def instance_types_of_range(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Counts the range's list, and compares it with the container's type where both are known."""
    for group in definition.known_node_groups:
        types, inside = group.instance_types, group.container_instance_type
        if not has_value(types):
            continue
        path = group.path / "instanceTypes"
        if len(types) > 1:
            yield Violation(
                resource=definition,
                property_path=path,
                message=f"the node range lists {len(types)} instance types",
                actual=len(types),
                expected="at most 1",
            )
        elif has_value(inside) and types and types[0] not in (UNKNOWN, inside):
            yield Violation(
                resource=definition,
                property_path=path,
                message=f"the node range lists {types[0]}, and its container names {inside}",
                actual=types[0],
                expected=inside,
            )


@rule(
    JobDefinition,
    "MNP310",
    "A node group has exactly one of container, ecsProperties and eksProperties",
    severity=ERROR,
    why="Each of them says what runs on the nodes; Batch refuses a range with none or several.",
    fix=f"Write one of {KINDS} in each node range.",
    source=sources.api("NodeRangeProperty"),
)
def one_container_kind(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Counts which of the three are written; those whose value is unknown may or may not be.

    One that stands beside nodeProperties is for single-node jobs: a warning.
    """
    for kind in definition.single_node_kinds:
        yield Violation(
            resource=definition,
            property_path=PROPERTIES / kind,
            message=f"{kind} of a single-node job stands beside nodeProperties",
            actual=kind,
            expected="nodeProperties alone",
            fix=f"Take {kind} away; what runs on the nodes is said in the node ranges.",
            severity=WARNING,
        )
    for group in definition.known_node_groups:
        if len(group.kinds) > 1 or not (group.kinds or group.possible_kinds):
            seen = ", ".join(group.kinds) or "none"
            yield Violation(
                resource=definition,
                property_path=group.path,
                message=f"the node range has {seen} of {KINDS}",
                actual=seen,
                expected=f"exactly one of {KINDS}",
            )


@rule(
    JobDefinition,
    "MNP319",
    "At least two nodes",
    severity=WARNING,
    why="A multi-node job of one node starts slower than a single-node job, needs an instance of "
    "its own, and gains nothing.",
    fix="Use a single-node job definition, or more nodes.",
    source=sources.MULTI_NODE,
)
def single_node(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Looks for numNodes 1 where every range is closed, so that no submission asks for more."""
    groups = definition.node_groups
    if definition.num_nodes != 1 or groups is UNKNOWN:
        return
    ranges = [UNKNOWN if each is UNKNOWN else each.node_range for each in groups]
    if ranges and all(has_value(each) and not each.is_open_above for each in ranges):
        yield Violation(
            resource=definition,
            property_path=NODE_PROPERTIES / "numNodes",
            message="the job has one node and can never have more",
            actual=1,
            expected="at least 2",
        )


_NAMESPACE = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")


@rule(
    JobDefinition,
    "MNP322",
    "All EKS node groups use one namespace",
    severity=ERROR,
    why="The pods of all nodes run in one Kubernetes namespace, which is neither the default one "
    "nor one of Kubernetes' own.",
    fix="Give every node range the same namespace, one that is made for the jobs.",
    source=sources.api("EksMetadata"),
)
def namespace(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares the namespaces that are known, and each with the form that the API documents."""
    groups = [each for each in definition.known_node_groups if "eksProperties" in each.kinds]
    names = sorted({each.namespace for each in groups if has_value(each.namespace)})
    if names and any(each.namespace is None for each in groups):
        yield Violation(
            resource=definition,
            property_path=NODE_RANGES,
            message=f"some node groups use the namespace {', '.join(names)}, and others name none",
            actual="no namespace",
            expected="the same namespace in every node range",
        )
    if len(names) > 1:
        yield Violation(
            resource=definition,
            property_path=NODE_RANGES,
            message=f"the node groups use the namespaces {', '.join(names)}",
            actual=", ".join(names),
            expected="one namespace",
        )
    for name in names:
        if (
            name == "default"
            or name.startswith("kube")
            or len(name) > MAX_NAMESPACE_LENGTH
            or not _NAMESPACE.fullmatch(name)
        ):
            yield Violation(
                resource=definition,
                property_path=NODE_RANGES,
                message=f"the namespace is {name!r}",
                actual=name,
                expected=f"1 to {MAX_NAMESPACE_LENGTH} lower-case letters, digits and hyphens; not "
                "default, not kube...",
            )


@rule(
    Candidate,
    "MNP325",
    "The definition names its instance type",
    severity=WARNING,
    why="In an environment of several types Batch chooses by price and capacity: the nodes of one "
    "job may be of any size that fits, and the next job's of another.",
    fix="Name the instance type in the definition, or list one type in the environment.",
    source=sources.api("NodeRangeProperty"),
)
def named_instance_type(candidate: Candidate, catalogue: Catalogue) -> Iterator[Violation]:
    """Looks for an environment of several types, or a family, under a definition without one."""
    definition, environment = candidate.definition, candidate.environment
    types = environment.instance_types
    if definition.instance_type is not None or not has_value(types) or UNKNOWN in types:
        return
    if runs_multi_node_jobs(environment) is not True or not definition.known_node_groups:
        return
    if len(types) > 1 or any("." not in str(each) for each in types):
        listed = ", ".join(map(str, types))
        yield Violation(
            resource=definition,
            property_path=NODE_RANGES,
            message=f"no instance type is named, and {environment.id} may launch {listed}",
            actual="no instance type",
            expected="one instance type",
        )
