"""Rules about the IP addresses of the nodes."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, Candidate, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.compute_environment import ComputeEnvironment
from cdk_batch_mnp.model.node_group import NODE_PROPERTIES
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.environments.environment_fit import runs_multi_node_jobs
from cdk_batch_mnp.rules.network.network_interfaces import known_interfaces

OF_TASK = 1
"""A node's task has its own network interface (awsvpc)."""


def addresses_of_node(environment: ComputeEnvironment) -> int:
    """Return the minimum of IPv4 addresses that a node and its task use.

    EFA-only interfaces use none.

    Source: EC2 User Guide, create and attach an EFA.
    """
    kinds = [interface.interface_type for interface in known_interfaces(environment)]
    own = sum(kind in (None, "interface", "efa") for kind in kinds)
    return max(own, 1) + OF_TASK


def _room(environment: ComputeEnvironment) -> Maybe[int]:
    """Return the number of addresses of all subnets."""
    if environment.subnets is UNKNOWN or not environment.subnets:
        return UNKNOWN
    amounts = {
        subnet.id: subnet.addresses for subnet in environment.subnets if subnet is not UNKNOWN
    }
    if UNKNOWN in environment.subnets or UNKNOWN in amounts.values():
        return UNKNOWN
    return sum(amount for amount in amounts.values() if amount is not UNKNOWN)


@rule(
    Candidate,
    "MNP412",
    "Subnets have enough IP addresses for every node",
    severity=ERROR,
    why="A node uses an IP address for each network interface of its instance and one for its "
    "task. If the subnets run out, instances or tasks fail to start, and the job waits for them.",
    fix="Use larger subnets, fewer nodes, or efa-only interfaces, which need no address.",
    source=sources.MNP_COMPUTE_ENVIRONMENT,
)
def room_for_nodes(candidate: Candidate, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares the addresses of all nodes with those of all subnets. Silent if those are unknown.

    If the number of nodes is unknown, those that the node ranges name count.

    Counts the known interfaces, at least the primary one. Environments on EKS are skipped: the
    cluster decides how its pods get addresses.
    """
    environment, nodes = candidate.environment, candidate.definition.fewest_nodes
    room = _room(environment)
    if room is UNKNOWN or environment.is_eks is not False:
        return
    per_node = addresses_of_node(environment)
    if runs_multi_node_jobs(environment) is True and (needed := nodes * per_node) > room:
        yield Violation(
            resource=candidate.definition,
            property_path=NODE_PROPERTIES / "numNodes",
            message=f"{nodes} nodes need {needed} addresses ({per_node} each), but the subnets of "
            f"{environment.id} have {room}",
            actual=f"{needed} addresses",
            expected=f"at most {room}",
        )
