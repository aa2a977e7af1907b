"""Rules about what a node asks for, and what its instance has."""

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
"""An instance with fewer vCPUs is too small to make a word of what it leaves unused."""


def asked_for(group: NodeGroup, kind: str) -> int:
    """What the containers of one node ask for together, at least: what is unknown counts as 0."""
    amounts = (each.requirement(kind) for each in group.known_containers)
    return sum(max(each, 0) for each in amounts if has_value(each))


@dataclass(frozen=True, slots=True)
class _Shortage:
    """What an instance has too little of."""

    kind: str
    wanted: int
    there: int
    is_certain: bool = True


def _shortages(group: NodeGroup, facts: InstanceType) -> Iterator[_Shortage]:
    vcpus, memory, gpus = (asked_for(group, kind) for kind in _UNITS)
    if vcpus > facts.vcpus:
        yield _Shortage("VCPU", vcpus, facts.vcpus)
    if facts.memory_mib is not None:
        most = facts.memory_mib - ECS_RESERVED_MIB
        if memory > most:
            yield _Shortage("MEMORY", memory, most)
        elif memory > (safe := container_memory_mib(facts)):
            yield _Shortage("MEMORY", memory, safe, is_certain=False)
    # Types with a share of a GPU have no whole one, and what they register is not documented.
    has_share = facts.gpus == 0 and facts.gpu_name is not None
    if facts.gpus is not None and not has_share and gpus > facts.gpus:
        yield _Shortage("GPU", gpus, facts.gpus)


@rule(
    JobDefinition,
    "MNP312",
    "A node fits on its instance",
    severity=ERROR,
    why="All containers of a node run on one instance. If they ask for more than the ECS agent "
    "registers there, the node is never placed and the job stays in RUNNABLE. The agent registers "
    "less memory than the type nominally has.",
    fix="Ask for less, or name a larger instance type.",
    source=_MEMORY_SOURCE,
)
def node_fits(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares the sums over a node's containers with the facts of the type that the job names.

    Memory above the nominal amount less the 32 MiB that the agent keeps is an error. Memory between
    that and what is safe to ask for is a warning: the system's share differs from type to type.
    What is unknown counts as nothing.
    """
    name = definition.instance_type
    facts = catalogue.find(name) if has_value(name) else None
    if facts is None:
        return
    for group in definition.known_node_groups:
        paths = [each.path for each in group.known_containers]
        path = paths[0] / "resourceRequirements" if len(paths) == 1 else group.path
        for each in _shortages(group, facts):
            has = f"has {each.there}" if each.is_certain else f"safely has {each.there} for it"
            wanted = f"{each.wanted} {_UNITS[each.kind]}"
            yield Violation(
                resource=definition,
                property_path=path,
                message=f"a node asks for {wanted}, and {facts.name} {has}",
                actual=wanted,
                expected=f"at most {each.there}",
                severity=ERROR if each.is_certain else WARNING,
            )


@rule(
    Candidate,
    "MNP117",
    "The environment has a type that holds a node",
    severity=ERROR,
    why="A job that names no instance type gets one that the environment lists. If a node fits on "
    "none of them, the job stays in RUNNABLE forever.",
    fix="Add a type that is large enough, or ask for less.",
    source=sources.MNP_COMPUTE_ENVIRONMENT,
    distance=OTHER_TYPE,
)
def some_type_holds_a_node(candidate: Candidate, catalogue: Catalogue) -> Iterator[Violation]:
    """As MNP312, for a job without a type, against every type of the environment.

    Where the launch template has one thread on each core, a type has as many vCPUs as cores; a type
    that the job names is held against that here too. Silent where the environment lists a family, a
    bundle or a type without facts, and where memory is only scarce.
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
            each
            for group in definition.known_node_groups
            for each in _shortages(group, facts)
            if each.is_certain
        ]
        if not lacking:
            return
        first = lacking[0]
        short.append(f"{facts.name} has {first.there} of {first.wanted} {_UNITS[first.kind]}")
    yield Violation(
        resource=definition,
        property_path=NODE_RANGES,
        message=f"no instance type of {environment.id} holds a node: {', '.join(short)}",
        actual=", ".join(short),
        expected="a type that holds every node",
    )


def _registered(environment: ComputeEnvironment, facts: InstanceType) -> InstanceType:
    """The facts of a type as the launch template leaves them: with one thread on a core, or all."""
    template = environment.launch_template
    if not has_value(template) or environment.has_template_overrides is not False:
        return facts
    if template.threads_per_core != 1 or facts.cores is None:
        return facts
    return replace(facts, vcpus=min(facts.vcpus, facts.cores))


def _more_than_cores(candidate: Candidate, catalogue: Catalogue) -> Iterator[Violation]:
    """Nodes that fit on the type that the job names, but not with one thread on each core."""
    definition, environment = candidate.definition, candidate.environment
    name = definition.instance_type
    facts = catalogue.find(name) if has_value(name) else None
    if facts is None or can_launch(environment, facts.name) is False:
        return
    cores = _registered(environment, facts).vcpus
    for group in definition.known_node_groups:
        wanted = asked_for(group, "VCPU")
        if cores < wanted <= facts.vcpus:
            yield Violation(
                resource=definition,
                property_path=group.path,
                message=f"a node asks for {wanted} vCPUs, and {facts.name} in {environment.id} has "
                f"{cores}: one thread on each core",
                actual=f"{wanted} vCPUs",
                expected=f"at most {cores}",
                fix="Ask for as many vCPUs as there are cores, or leave threadsPerCore out.",
            )


@rule(
    JobDefinition,
    "MNP313",
    "The nodes use their instances",
    severity=WARNING,
    why="A node has its instance to itself: what its containers do not ask for is paid for and "
    "used by nobody.",
    fix="Ask for the whole instance, or name a smaller instance type and more nodes.",
    source=sources.MULTI_NODE,
)
def instances_are_used(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Looks for jobs no node of which asks for half of its instance's vCPUs, memory or GPUs.

    Half of any one of them is enough, on one group of nodes: all groups have the same type, so a
    small main node is no waste that could be helped. Silent about instances of less than 8 vCPUs,
    and where anything that is asked for is unknown.
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
        2 * asked >= there > 0 for use in uses for asked, there in zip(use, has, strict=True)
    ):
        return
    most = max(uses)
    asked = ", ".join(
        f"{amount} of {there} {unit}"
        for amount, there, unit in zip(most, has, _UNITS.values(), strict=True)
        if there
    )
    yield Violation(
        resource=definition,
        property_path=NODE_RANGES,
        message=f"no node uses half of its {facts.name}: the largest asks for {asked}",
        actual=asked,
        expected="at least half of the vCPUs, the memory or the GPUs",
    )


def _use(group: NodeGroup) -> Maybe[tuple[int, ...]]:
    """What a node asks for of each kind; unknown unless all of it is known and written."""
    if group.containers is UNKNOWN or not group.containers:
        return UNKNOWN
    amounts = [
        UNKNOWN if each is UNKNOWN else each.requirement(kind)
        for each in group.containers
        for kind in _UNITS
    ]
    if UNKNOWN in amounts:
        return UNKNOWN
    vcpus, memory, gpus = (asked_for(group, kind) for kind in _UNITS)
    return (vcpus, memory, gpus) if vcpus and memory else UNKNOWN
