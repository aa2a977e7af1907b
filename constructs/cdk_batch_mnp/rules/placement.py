"""Rules about placement groups and zones."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.compute_environment import ComputeEnvironment
from cdk_batch_mnp.model.network import PlacementGroup
from cdk_batch_mnp.model.unknown import UNKNOWN, has_value
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.environment_fit import runs_multi_node_jobs
from cdk_batch_mnp.rules.finding import Hit
from cdk_batch_mnp.rules.rule import ERROR, WARNING, Candidate, rule

MAX_SPREAD_INSTANCES = 7
"""Running instances of a spread placement group in one Availability Zone."""
MAX_PARTITIONS = 7
"""Partitions of a partition placement group in one Availability Zone."""

_PLACEMENT_GROUPS = sources.ec2("placement-strategies")


def _strategy(group: PlacementGroup) -> object:
    """The strategy; EC2 takes cluster where none is said."""
    return "cluster" if group.strategy is None else group.strategy


@rule(
    Candidate,
    "MNP401",
    "The environment has a cluster placement group",
    severity=WARNING,
    why="Without one, the nodes may be far apart: the network between them is slower and less "
    "even. A spread group holds seven instances in a zone, so a larger job never starts in it.",
    mend="Give the environment a placement group of the strategy cluster.",
    source=sources.MNP_COMPUTE_ENVIRONMENT,
)
def cluster_placement_group(candidate: Candidate, catalogue: Catalogue) -> Iterator[Hit]:
    """Looks for no group, for another strategy, and for a strategy that cannot hold the job."""
    environment, group = candidate.environment, candidate.environment.placement_group
    if group is UNKNOWN or runs_multi_node_jobs(environment) is not True:
        return
    path = "computeResources.placementGroup"
    if group is None:
        yield Hit(
            resource=environment,
            property_path=path,
            message="the environment has no placement group",
            seen="no placement group",
            limit="a cluster placement group",
        )
        return
    strategy, nodes = _strategy(group), candidate.definition.num_nodes
    if strategy in (UNKNOWN, "cluster"):
        return
    too_many = strategy == "spread" and has_value(nodes) and nodes > MAX_SPREAD_INSTANCES
    partitions = group.partition_count
    if strategy == "partition" and has_value(partitions):
        too_many = partitions > MAX_PARTITIONS
    message = f"the placement group {group.id} has the strategy {strategy}"
    if strategy == "spread" and too_many:
        message += f", which holds {MAX_SPREAD_INSTANCES} instances of a zone, not {nodes}"
    elif too_many:
        message += f" with {partitions} partitions, and a zone has {MAX_PARTITIONS}"
    yield Hit(
        resource=environment,
        property_path=path,
        message=message,
        seen=strategy,
        limit="cluster",
        severity=ERROR if too_many else WARNING,
    )


@rule(
    ComputeEnvironment,
    "MNP402",
    "A cluster placement group has its subnets in one zone",
    severity=ERROR,
    why="A cluster placement group lies in one Availability Zone: instances that Batch starts in a "
    "subnet of another zone fail to launch, and the job stays in RUNNABLE.",
    mend="Give the environment subnets of one Availability Zone.",
    source=_PLACEMENT_GROUPS,
)
def one_zone(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Hit]:
    """Compares the known zones of the subnets, where the group's strategy is cluster."""
    group = environment.placement_group
    if not has_value(group) or _strategy(group) != "cluster":
        return
    zones = sorted({each.zone for each in environment.known_subnets if each.zone is not UNKNOWN})
    if len(zones) > 1:
        yield Hit(
            resource=environment,
            property_path="computeResources.subnets",
            message=f"the cluster placement group {group.id} has subnets in "
            f"{len(zones)} zones: {', '.join(zones)}",
            seen=", ".join(zones),
            limit="one Availability Zone",
        )
