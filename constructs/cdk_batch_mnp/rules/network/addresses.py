"""Rules about the IP addresses that nodes take."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, Candidate, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.compute_environment import ComputeEnvironment
from cdk_batch_mnp.model.job_definition import NODE_PROPERTIES
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, has_value
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.environments.environment_fit import runs_multi_node_jobs
from cdk_batch_mnp.rules.network.network_interfaces import known_interfaces

OF_TASK = 1
"""The task of a node has an interface of its own (awsvpc)."""


def addresses_of_node(environment: ComputeEnvironment) -> int:
    """The IPv4 addresses that a node takes, at least: of its interfaces and of its task's.

    EFA-only interfaces take none. Source: EC2 User Guide, create and attach an EFA.
    """
    kinds = [each.interface_type for each in known_interfaces(environment)]
    own = sum(each in (None, "interface", "efa") for each in kinds)
    return max(own, 1) + OF_TASK


def _room(environment: ComputeEnvironment) -> Maybe[int]:
    """The addresses of all subnets together."""
    if environment.subnets is UNKNOWN or not environment.subnets:
        return UNKNOWN
    amounts = {each.id: each.addresses for each in environment.subnets if each is not UNKNOWN}
    if UNKNOWN in environment.subnets or UNKNOWN in amounts.values():
        return UNKNOWN
    return sum(each for each in amounts.values() if each is not UNKNOWN)


@rule(
    Candidate,
    "MNP412",
    "The subnets have addresses for every node",
    severity=ERROR,
    why="A node takes an address for each network interface of its instance, and one for its "
    "task's own. Where they run out, instances or tasks fail to start, and the job waits for them.",
    fix="Use larger subnets, fewer nodes, or efa-only interfaces, which take no address.",
    source=sources.MNP_COMPUTE_ENVIRONMENT,
)
def room_for_nodes(candidate: Candidate, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares nodes x addresses with those of all subnets, where both are known.

    Counts the interfaces that are known, at least the primary one. Environments on EKS are passed
    over: how their pods get addresses is the cluster's affair.
    """
    environment, nodes = candidate.environment, candidate.definition.num_nodes
    room = _room(environment)
    if not has_value(nodes) or room is UNKNOWN or environment.is_eks is not False:
        return
    each = addresses_of_node(environment)
    if runs_multi_node_jobs(environment) is True and (needed := nodes * each) > room:
        yield Violation(
            resource=candidate.definition,
            property_path=NODE_PROPERTIES / "numNodes",
            message=f"{nodes} nodes take {needed} addresses ({each} each), and the subnets of "
            f"{environment.id} have {room}",
            actual=f"{needed} addresses",
            expected=f"at most {room}",
        )
