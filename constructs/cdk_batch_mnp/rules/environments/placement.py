"""Rules about placement groups and Availability Zones."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, WARNING, Candidate, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.compute_environment import COMPUTE_RESOURCES, ComputeEnvironment
from cdk_batch_mnp.model.network import PlacementGroup
from cdk_batch_mnp.model.schema.enumerations import PLACEMENT_STRATEGIES
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, has_value
from cdk_batch_mnp.model.words import recognized
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.environments.environment_fit import runs_multi_node_jobs
from cdk_batch_mnp.rules.environments.listed_types import listed, members
from cdk_batch_mnp.rules.environments.reservations import CAPACITY_BLOCK

MAX_SPREAD_INSTANCES = 7
"""Running instances of a rack spread placement group in one Availability Zone."""
MAX_PARTITIONS = 7
"""Partitions of a partition placement group in one Availability Zone."""

_PLACEMENT_GROUPS = sources.ec2("placement-strategies")


def _strategy(group: PlacementGroup) -> Maybe[str] | None:
    """Return the strategy; EC2 defaults to cluster."""
    return "cluster" if group.strategy is None else recognized(group.strategy, PLACEMENT_STRATEGIES)


def _most_instances(group: PlacementGroup, environment: ComputeEnvironment) -> Maybe[int] | None:
    """Return how many instances fit in all zones of the subnets; ``None`` for any number."""
    # Host spread groups are on an Outpost and hold as many instances as it has hosts.
    if _strategy(group) != "spread" or group.spread_level not in (None, "rack"):
        return None
    if environment.subnets is UNKNOWN:
        return UNKNOWN
    zones = {UNKNOWN if subnet is UNKNOWN else subnet.zone for subnet in environment.subnets}
    return UNKNOWN if UNKNOWN in zones or not zones else MAX_SPREAD_INSTANCES * len(zones)


@rule(
    Candidate,
    "MNP401",
    "The compute environment has a cluster placement group",
    severity=WARNING,
    why="Without one, nodes may be far apart, and the network between them is slower and less "
    "consistent. A spread placement group holds seven instances per Availability Zone, so a larger "
    "job never starts in it.",
    fix="Set a placement group with strategy cluster.",
    source=sources.MNP_COMPUTE_ENVIRONMENT,
)
def cluster_placement_group(candidate: Candidate, catalogue: Catalogue) -> Iterator[Violation]:
    """Reports a missing group, another strategy, and a strategy that cannot hold the job.

    A group in the launch template counts, whatever its strategy. A Capacity Block needs none.
    """
    environment, group = candidate.environment, candidate.environment.placement_group
    if group is UNKNOWN or runs_multi_node_jobs(environment) is not True:
        return
    path = COMPUTE_RESOURCES / "placementGroup"
    if group is None:
        template = environment.launch_template
        if template is UNKNOWN:
            return
        if template is not None and template.placement_group is not None:
            return
        # The instances of a Capacity Block are already close together.
        if template is not None and template.market_type in (CAPACITY_BLOCK, UNKNOWN):
            return
        yield Violation(
            resource=environment,
            property_path=path,
            message="the environment has no placement group",
            actual="no placement group",
            expected="a cluster placement group",
        )
        return
    strategy = _strategy(group)
    if strategy not in ("spread", "partition"):
        return
    message = f"placement group {group.id} has strategy {strategy}"
    too_many = False
    nodes, most = candidate.definition.fewest_nodes, _most_instances(group, environment)
    partitions = group.partition_count
    if has_value(most) and nodes > most:
        too_many = True
        message += f", which holds {most} instances in the subnets' zones, but the job has {nodes}"
    elif strategy == "partition" and has_value(partitions) and partitions > MAX_PARTITIONS:
        too_many = True
        message += f" with {partitions} partitions, but a zone supports {MAX_PARTITIONS}"
    yield Violation(
        resource=environment,
        property_path=path,
        message=message,
        actual=strategy,
        expected="cluster",
        severity=ERROR if too_many else WARNING,
    )


@rule(
    ComputeEnvironment,
    "MNP402",
    "Subnets of a cluster placement group are in one Availability Zone",
    severity=ERROR,
    why="A cluster placement group is in one Availability Zone. Instances that AWS Batch launches "
    "in a subnet of another zone fail, and the job stays in RUNNABLE.",
    fix="Use subnets of one Availability Zone.",
    source=_PLACEMENT_GROUPS,
)
def one_zone(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares the known Availability Zones of the subnets if the strategy is cluster."""
    group = environment.placement_group
    if not has_value(group) or _strategy(group) != "cluster":
        return
    zones = sorted(
        {subnet.zone for subnet in environment.known_subnets if subnet.zone is not UNKNOWN}
    )
    if len(zones) > 1:
        yield Violation(
            resource=environment,
            property_path=COMPUTE_RESOURCES / "subnets",
            message=f"the subnets of cluster placement group {group.id} are in {len(zones)} zones: "
            f"{', '.join(zones)}",
            actual=", ".join(zones),
            expected="one Availability Zone",
        )


@rule(
    ComputeEnvironment,
    "MNP403",
    "Instance types support cluster placement groups",
    severity=ERROR,
    why="EC2 does not launch a type in a cluster placement group that does not support it "
    "(burstable types such as t3): the nodes never start.",
    fix="Choose an instance type that supports the placement strategy cluster.",
    source=sources.ec2("placement-strategies"),
)
def cluster_placement(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares the placement strategies of the listed types with a group of strategy cluster.

    A warning if other listed types can be launched. A family is reported if none of its known
    types can.
    """
    group, types = environment.placement_group, environment.instance_types
    if not has_value(group) or _strategy(group) != "cluster":
        return
    unsupported = [
        name for name in listed(environment) if _lacks_cluster_placement(name, catalogue)
    ]
    if unsupported:
        none_fits = has_value(types) and UNKNOWN not in types and len(unsupported) == len(types)
        names = ", ".join(unsupported)
        yield Violation(
            resource=environment,
            property_path=COMPUTE_RESOURCES / "instanceTypes",
            message=f"{names} cannot be launched in cluster placement group {group.id}",
            actual=names,
            expected="types that support strategy cluster",
            severity=ERROR if none_fits else WARNING,
        )


def _lacks_cluster_placement(name: str, catalogue: Catalogue) -> bool:
    facts = members(name, catalogue)
    return bool(facts) and all(
        fact.placement_strategies and "cluster" not in fact.placement_strategies for fact in facts
    )
