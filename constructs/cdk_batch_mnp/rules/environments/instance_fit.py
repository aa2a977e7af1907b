"""Rules about whether a node fits on its instance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cdk_batch_mnp.engine.rule import ERROR, WARNING, Candidate, Violation, rule
from cdk_batch_mnp.instances import Catalogue, InstanceType
from cdk_batch_mnp.model.compute_environment import ComputeEnvironment
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.node_group import NODE_RANGES, NodeGroup
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, has_value
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.environments.environment_fit import (
    OTHER_TYPE,
    can_launch,
    runs_multi_node_jobs,
)
from cdk_batch_mnp.rules.environments.listed_types import covered_types, listed, possible_types
from cdk_batch_mnp.rules.environments.node_needs import (
    UNITS,
    Request,
    Shortage,
    registered,
    requested,
)

_MEMORY_SOURCE = sources.user_guide("memory-management")

CHEAP_VCPUS = 8
"""Instances with fewer vCPUs are too cheap for a warning about unused resources."""


@rule(
    JobDefinition,
    "MNP312",
    "A node fits on its instance type",
    severity=ERROR,
    why="All containers of a node run on one instance. If they request more than the ECS agent "
    "registers there, the node is never placed and the job stays in RUNNABLE. The agent registers "
    "less memory than the nominal memory of the type.",
    fix="Request less, or use a larger instance type.",
    source=_MEMORY_SOURCE,
)
def node_fits(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares the sum over a node's containers with the facts of the job's instance type.

    Memory above the nominal amount minus the agent's 32 MiB is an error. Memory above the safe
    amount is a warning, because the operating system's share varies between types. An amount
    whose value is unknown counts as 1, so that a GPU on a type without GPUs is found.
    """
    name = definition.instance_type
    facts = catalogue.find(name) if has_value(name) else None
    if facts is None:
        return
    for group in definition.known_node_groups:
        paths = [container.path for container in group.known_containers]
        path = paths[0] / "resourceRequirements" if len(paths) == 1 else group.path
        for shortage in Request.of(group).shortages(facts):
            has = (
                f"has {shortage.available}"
                if shortage.is_certain
                else f"can safely provide {shortage.available}"
            )
            amount = f"{shortage.requested} {UNITS[shortage.kind]}"
            yield Violation(
                resource=definition,
                property_path=path,
                message=f"a node requests {amount}, but {facts.name} {has}",
                actual=amount,
                expected=f"at most {shortage.available}",
                severity=ERROR if shortage.is_certain else WARNING,
            )


@rule(
    Candidate,
    "MNP117",
    "A node fits on one of the environment's instance types",
    severity=ERROR,
    why="A job without an instance type gets one that the compute environment lists. If a node "
    "fits on none of them, the job stays in RUNNABLE forever.",
    fix="Add a larger instance type, or reduce the resource requirements.",
    source=sources.MNP_COMPUTE_ENVIRONMENT,
    distance=OTHER_TYPE,
)
def some_type_holds_a_node(candidate: Candidate, catalogue: Catalogue) -> Iterator[Violation]:
    """Applies MNP312 to a job without an instance type, for every type that it may get.

    A family is every type of it in the catalogue. A bundle such as ``optimal`` is every type of the
    general families (c, m, r) of its architecture. With one thread per core in the launch template,
    a type has as many vCPUs as cores. This is also checked for a type that the job names. Silent if
    a type that may be launched has no facts, and if memory is only tight. Types that are too small
    are no finding if a node fits on another one, because AWS Batch launches that.
    """
    definition, environment = candidate.definition, candidate.environment
    if runs_multi_node_jobs(environment) is not True:
        return
    if definition.instance_type is not None:
        yield from _more_than_cores(candidate, catalogue)
        return
    requests = [Request.of(group) for group in definition.known_node_groups]
    types = possible_types(environment, catalogue)
    if types is UNKNOWN or any(
        all(request.may_fit(facts) for request in requests)
        for facts in (registered(environment, name) for name in types)
    ):
        return
    short = [
        _lacking(name, _short_of_each(requests, environment, covered))
        for name in listed(environment)
        if has_value(covered := covered_types(name, catalogue))
    ]
    yield Violation(
        resource=definition,
        property_path=NODE_RANGES,
        message=f"a node fits on no instance type of {environment.id}: {', '.join(short)}",
        actual=", ".join(short),
        expected="a type that every node fits on",
    )


def _short_of_each(
    requests: Sequence[Request], environment: ComputeEnvironment, types: Sequence[InstanceType]
) -> list[list[Shortage]]:
    return [
        [
            shortage
            for request in requests
            for shortage in request.shortages(registered(environment, facts))
            if shortage.is_certain
        ]
        for facts in types
    ]


def _lacking(name: str, lacking: Sequence[Sequence[Shortage]]) -> str:
    """Return what every type that an entry of the list covers has too little of."""
    first = lacking[0][0]
    if "." in name:
        return f"{name} has {first}"
    for kind in UNITS:
        short = [shortage for of_type in lacking for shortage in of_type if shortage.kind == kind]
        if len(short) == len(lacking):
            return f"{name} has at most {max(short, key=lambda each: each.available)}"
    return f"{name} has no type with enough of everything"


def _more_than_cores(candidate: Candidate, catalogue: Catalogue) -> Iterator[Violation]:
    """Report nodes that fit on the job's instance type, but not with one thread per core."""
    definition, environment = candidate.definition, candidate.environment
    name = definition.instance_type
    facts = catalogue.find(name) if has_value(name) else None
    if facts is None or can_launch(environment, facts.name) is False:
        return
    cores = registered(environment, facts).vcpus
    for group in definition.known_node_groups:
        wanted = requested(group, "VCPU")
        if cores < wanted <= facts.vcpus:
            yield Violation(
                resource=definition,
                property_path=group.path,
                message=f"a node requests {wanted} vCPUs, but {facts.name} in {environment.id} has "
                f"{cores} with one thread per core",
                actual=f"{wanted} vCPUs",
                expected=f"at most {cores}",
                fix="Request at most as many vCPUs as there are cores, or leave out "
                "threadsPerCore.",
            )


@rule(
    JobDefinition,
    "MNP313",
    "Nodes use at least half of their instance",
    severity=WARNING,
    why="A node does not share its instance: resources that its containers do not request are paid "
    "for but unused.",
    fix="Request the whole instance, or use a smaller instance type and more nodes.",
    source=sources.MULTI_NODE,
)
def instances_are_used(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Reports jobs in which no node requests half of its instance's vCPUs, memory or GPUs.

    Half of any one of them, in one node group, is enough: all groups share one instance type,
    so a small main node is unavoidable. Silent about instances with fewer than 8 vCPUs, and if
    any requested amount is unknown.
    """
    name = definition.instance_type
    facts = catalogue.find(name) if has_value(name) else None
    if facts is None or facts.vcpus < CHEAP_VCPUS or definition.node_groups is UNKNOWN:
        return
    uses = []
    for group in definition.node_groups:
        use = UNKNOWN if group is UNKNOWN else _use(group)
        if use is UNKNOWN:
            return
        uses.append(use)
    has = (facts.vcpus, facts.memory_mib or 0, facts.gpus or 0)
    if not uses or any(
        2 * amount >= available > 0
        for use in uses
        for amount, available in zip(use, has, strict=True)
    ):
        return
    most = max(uses)
    asked = ", ".join(
        f"{amount} of {available} {unit}"
        for amount, available, unit in zip(most, has, UNITS.values(), strict=True)
        if available
    )
    yield Violation(
        resource=definition,
        property_path=NODE_RANGES,
        message=f"no node uses half of its {facts.name}: the largest requests {asked}",
        actual=asked,
        expected="at least half of the vCPUs, the memory or the GPUs",
    )


def _use(group: NodeGroup) -> Maybe[tuple[int, ...]]:
    """Return what a node requests of each resource; unknown unless all of it is known and set."""
    if group.containers is UNKNOWN or not group.containers:
        return UNKNOWN
    amounts = [
        UNKNOWN if container is UNKNOWN else container.requirement(kind)
        for container in group.containers
        for kind in UNITS
    ]
    if UNKNOWN in amounts:
        return UNKNOWN
    vcpus, memory, gpus = (requested(group, kind) for kind in UNITS)
    return (vcpus, memory, gpus) if vcpus and memory else UNKNOWN
