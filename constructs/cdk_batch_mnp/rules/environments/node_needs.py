"""What the nodes of a job need, and the fewest vCPUs of instances that provide it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from cdk_batch_mnp.instances import Catalogue, InstanceType
from cdk_batch_mnp.instances.memory import ECS_RESERVED_MIB, container_memory_mib
from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.model.compute_environment import ComputeEnvironment
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.node_group import NodeGroup
from cdk_batch_mnp.model.node_range import NodeRange, owner
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, has_value
from cdk_batch_mnp.rules.environments.listed_types import possible_types

UNITS = {"VCPU": "vCPUs", "MEMORY": "MiB of memory", "GPU": "GPUs"}

MAX_GROUPS = 5
"""Node groups of a valid job. Source: AWS Batch User Guide, node groups."""


def requested(group: NodeGroup, kind: str) -> int:
    """Return the least sum that the containers of one node request.

    An amount of which only the value is unknown counts as 1, any other unknown amount as 0.
    """
    return sum(container.at_least(kind) for container in group.known_containers)


@dataclass(frozen=True, slots=True)
class Shortage:
    """A resource that an instance does not have enough of."""

    kind: str
    requested: int
    available: int
    is_certain: bool = True

    def __str__(self) -> str:
        """Return ``2 of 4 vCPUs``."""
        return f"{self.available} of {self.requested} {UNITS[self.kind]}"


@dataclass(frozen=True, slots=True)
class Request:
    """What the containers of one node request together."""

    vcpus: int
    memory_mib: int
    gpus: int

    @classmethod
    def all_of(cls, definition: JobDefinition) -> Maybe[tuple[Request, ...]]:
        """Return the request of each group of a definition; unknown if any part of one is."""
        requests = []
        for group in (UNKNOWN,) if definition.node_groups is UNKNOWN else definition.node_groups:
            if group is UNKNOWN or group.containers is UNKNOWN or not group.containers:
                return UNKNOWN
            for container in group.containers:
                if container is UNKNOWN or UNKNOWN in map(container.requirement, UNITS):
                    return UNKNOWN
            requests.append(cls.of(group))
        return tuple(requests)

    @classmethod
    def of(cls, group: NodeGroup) -> Request:
        """Return the least request of a group's nodes, as :func:`requested`."""
        return cls(*(requested(group, kind) for kind in UNITS))

    def shortages(self, facts: InstanceType) -> Iterator[Shortage]:
        """Yield what an instance of the type does not have enough of."""
        if self.vcpus > facts.vcpus:
            yield Shortage("VCPU", self.vcpus, facts.vcpus)
        if facts.memory_mib is not None:
            most = facts.memory_mib - ECS_RESERVED_MIB
            if self.memory_mib > most:
                yield Shortage("MEMORY", self.memory_mib, most)
            elif self.memory_mib > (safe := container_memory_mib(facts)):
                yield Shortage("MEMORY", self.memory_mib, safe, is_certain=False)
        # It is not documented what types with a fraction of a GPU register.
        has_fraction = facts.gpus == 0 and facts.gpu_name is not None
        if facts.gpus is not None and not has_fraction and self.gpus > facts.gpus:
            yield Shortage("GPU", self.gpus, facts.gpus)

    def may_fit(self, facts: InstanceType) -> bool:
        """Return whether a node may fit on an instance of the type."""
        # Each job is compared with hundreds of types, most of which have too few vCPUs or enough.
        if self.vcpus > facts.vcpus:
            return False
        if facts.memory_mib is not None and self.memory_mib > facts.memory_mib - ECS_RESERVED_MIB:
            return False
        return not self.gpus or not any(shortage.is_certain for shortage in self.shortages(facts))


def registered(environment: ComputeEnvironment, facts: InstanceType) -> InstanceType:
    """Return the facts of a type with the launch template's threads per core."""
    template = environment.launch_template
    if not has_value(template) or environment.has_template_overrides is not False:
        return facts
    if template.threads_per_core != 1 or facts.cores is None:
        return facts
    return replace(facts, vcpus=min(facts.vcpus, facts.cores))


@dataclass(frozen=True, slots=True)
class LeastVcpus:
    """The fewest vCPUs that the instances of a job have together.

    Attributes:
        vcpus: Over all nodes.
        type_of_all: The instance type, if the number is that of one type for all nodes.
    """

    vcpus: int
    type_of_all: InstanceType | None = None


def least_vcpus(
    definition: JobDefinition, environment: ComputeEnvironment, nodes: int, catalogue: Catalogue
) -> LeastVcpus:
    """Return the fewest vCPUs of the instances of a job in an environment.

    Every node occupies a whole instance: of the job's type, or of the smallest type that the
    environment can launch and a node fits on. If that is not known, an instance has at least the
    vCPUs that the containers of its node request.

    Args:
        definition: The job.
        environment: The environment that all instances are in.
        nodes: Number of nodes of the job.
        catalogue: Facts about instance types.
    """
    name = definition.instance_type
    facts = catalogue.find(name) if has_value(name) else None
    if facts is not None:
        return LeastVcpus(nodes * facts.vcpus, facts)
    types = possible_types(environment, catalogue) if name is None else UNKNOWN
    possible = () if types is UNKNOWN else types
    if definition.node_groups is UNKNOWN or not definition.node_groups:
        smallest = min(possible, key=_size, default=None)
        return LeastVcpus(nodes * (1 if smallest is None else smallest.vcpus), smallest)
    on_each = [
        _least_of(
            Request(0, 0, 0) if group is UNKNOWN else Request.of(group), environment, possible
        )
        for group in definition.node_groups
    ]
    amounts = [each.vcpus for each in on_each]
    types_of_nodes = {each.type_of_all for each in on_each}
    return LeastVcpus(
        _over_groups(definition, nodes, amounts),
        types_of_nodes.pop() if len(types_of_nodes) == 1 else None,
    )


def _size(facts: InstanceType) -> tuple[int, str]:
    return facts.vcpus, facts.name


def _least_of(
    request: Request, environment: ComputeEnvironment, possible: Sequence[InstanceType]
) -> LeastVcpus:
    smallest: InstanceType | None = None
    for instance_type in possible:
        is_smaller = smallest is None or _size(instance_type) < _size(smallest)
        if is_smaller and request.may_fit(registered(environment, instance_type)):
            smallest = instance_type
    if smallest is None:
        return LeastVcpus(max(request.vcpus, 1))
    return LeastVcpus(smallest.vcpus, smallest)


def _over_groups(definition: JobDefinition, nodes: int, on_each: Sequence[int]) -> int:
    """Return the sum over all nodes; nodes of an unknown group count as those of the smallest."""
    smallest = min(on_each)
    groups = definition.known_node_groups
    if len(groups) < len(on_each) or len(groups) > MAX_GROUPS:
        return nodes * smallest
    ranges: list[NodeRange] = []
    amounts: list[int] = []
    for group, amount in zip(groups, on_each, strict=True):
        node_range = group.node_range
        if node_range is UNKNOWN:
            return nodes * smallest
        if node_range is not None:
            ranges.append(node_range)
            amounts.append(amount)
    ends = {0, nodes}
    for taken in ranges:
        ends |= {taken.start, nodes if taken.last is None else taken.last + 1}
    edges = sorted(end for end in ends if 0 <= end <= nodes)
    total = 0
    for start, stop in pairwise(edges):
        position = owner(ranges, nodes, start)
        total += (stop - start) * (smallest if position is None else amounts[position])
    return total
