"""Rules about whether a node fits on its instance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from cdk_batch_mnp.engine.rule import ERROR, WARNING, Candidate, Violation, rule
from cdk_batch_mnp.instances import Catalogue, InstanceType
from cdk_batch_mnp.instances.memory import ECS_RESERVED_MIB, container_memory_mib
from cdk_batch_mnp.model.compute_environment import ComputeEnvironment
from cdk_batch_mnp.model.job_definition import NODE_RANGES, JobDefinition, NodeGroup
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, has_value
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.environments.environment_fit import (
    OTHER_TYPE,
    can_launch,
    runs_multi_node_jobs,
)
from cdk_batch_mnp.rules.environments.listed_types import exact_types

_MEMORY_SOURCE = sources.user_guide("memory-management")
_UNITS = {"VCPU": "vCPUs", "MEMORY": "MiB of memory", "GPU": "GPUs"}

CHEAP_VCPUS = 8
"""Instances with fewer vCPUs are too cheap for a warning about unused resources."""


def requested(group: NodeGroup, kind: str) -> int:
    """Return the sum that the containers of one node request; unknown amounts count as 0."""
    amounts = (container.requirement(kind) for container in group.known_containers)
    return sum(max(amount, 0) for amount in amounts if has_value(amount))


@dataclass(frozen=True, slots=True)
class _Shortage:
    """A resource that an instance does not have enough of."""

    kind: str
    requested: int
    available: int
    is_certain: bool = True


def _shortages(group: NodeGroup, facts: InstanceType) -> Iterator[_Shortage]:
    vcpus, memory, gpus = (requested(group, kind) for kind in _UNITS)
    if vcpus > facts.vcpus:
        yield _Shortage("VCPU", vcpus, facts.vcpus)
    if facts.memory_mib is not None:
        most = facts.memory_mib - ECS_RESERVED_MIB
        if memory > most:
            yield _Shortage("MEMORY", memory, most)
        elif memory > (safe := container_memory_mib(facts)):
            yield _Shortage("MEMORY", memory, safe, is_certain=False)
    # It is not documented what types with a fraction of a GPU register.
    has_fraction = facts.gpus == 0 and facts.gpu_name is not None
    if facts.gpus is not None and not has_fraction and gpus > facts.gpus:
        yield _Shortage("GPU", gpus, facts.gpus)


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
    amount is a warning, because the operating system's share varies between types. Unknown
    amounts count as 0.
    """
    name = definition.instance_type
    facts = catalogue.find(name) if has_value(name) else None
    if facts is None:
        return
    for group in definition.known_node_groups:
        paths = [container.path for container in group.known_containers]
        path = paths[0] / "resourceRequirements" if len(paths) == 1 else group.path
        for each in _shortages(group, facts):
            has = (
                f"has {each.available}"
                if each.is_certain
                else f"can safely provide {each.available}"
            )
            amount = f"{each.requested} {_UNITS[each.kind]}"
            yield Violation(
                resource=definition,
                property_path=path,
                message=f"a node requests {amount}, but {facts.name} {has}",
                actual=amount,
                expected=f"at most {each.available}",
                severity=ERROR if each.is_certain else WARNING,
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
    """Applies MNP312 to a job without an instance type, for every type that the environment lists.

    With one thread per core in the launch template, a type has as many vCPUs as cores. This is
    also checked for a type that the job names. Silent if the environment lists a family, a
    bundle or a type without facts, and if memory is only tight.
    """
    definition, environment = candidate.definition, candidate.environment
    if runs_multi_node_jobs(environment) is not True:
        return
    if definition.instance_type is not None:
        yield from _more_than_cores(candidate, catalogue)
        return
    types = exact_types(environment, catalogue)
    if types is UNKNOWN:
        return
    short = []
    for facts in (_registered(environment, each) for each in types):
        lacking = [
            shortage
            for group in definition.known_node_groups
            for shortage in _shortages(group, facts)
            if shortage.is_certain
        ]
        if not lacking:
            return
        first = lacking[0]
        short.append(
            f"{facts.name} has {first.available} of {first.requested} {_UNITS[first.kind]}"
        )
    yield Violation(
        resource=definition,
        property_path=NODE_RANGES,
        message=f"a node fits on no instance type of {environment.id}: {', '.join(short)}",
        actual=", ".join(short),
        expected="a type that every node fits on",
    )


def _registered(environment: ComputeEnvironment, facts: InstanceType) -> InstanceType:
    """Return the facts of a type with the launch template's threads per core."""
    template = environment.launch_template
    if not has_value(template) or environment.has_template_overrides is not False:
        return facts
    if template.threads_per_core != 1 or facts.cores is None:
        return facts
    return replace(facts, vcpus=min(facts.vcpus, facts.cores))


def _more_than_cores(candidate: Candidate, catalogue: Catalogue) -> Iterator[Violation]:
    """Report nodes that fit on the job's instance type, but not with one thread per core."""
    definition, environment = candidate.definition, candidate.environment
    name = definition.instance_type
    facts = catalogue.find(name) if has_value(name) else None
    if facts is None or can_launch(environment, facts.name) is False:
        return
    cores = _registered(environment, facts).vcpus
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
        for amount, available, unit in zip(most, has, _UNITS.values(), strict=True)
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
        for kind in _UNITS
    ]
    if UNKNOWN in amounts:
        return UNKNOWN
    vcpus, memory, gpus = (requested(group, kind) for kind in _UNITS)
    return (vcpus, memory, gpus) if vcpus and memory else UNKNOWN
