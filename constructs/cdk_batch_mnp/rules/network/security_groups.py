"""Rules about the security groups of the nodes."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import WARNING, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.compute_environment import COMPUTE_RESOURCES, ComputeEnvironment
from cdk_batch_mnp.model.network import SecurityGroupRule, Subnet
from cdk_batch_mnp.model.reach.traffic import cover
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, has_value
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.network.network_interfaces import INTERFACES, known_interfaces

_ENOUGH_PORTS = 1000
_GROUPS = COMPUTE_RESOURCES / "securityGroupIds"


def _allows_nodes(
    rules: Maybe[tuple[Maybe[SecurityGroupRule], ...]],
    groups: set[str],
    subnets: Maybe[tuple[Maybe[Subnet], ...]],
) -> Maybe[bool]:
    """Return whether rules allow many ports for the nodes' groups or for their IP addresses."""
    if rules is UNKNOWN:
        return UNKNOWN
    unsure = False
    for group_rule in rules:
        if group_rule is UNKNOWN or group_rule.peer is UNKNOWN or group_rule.protocol is UNKNOWN:
            unsure = True
        elif (group_rule.peer in groups or _may_be_nodes(group_rule, subnets)) and _many_ports(
            group_rule
        ):
            return True
    return UNKNOWN if unsure else False


def _may_be_nodes(rule: SecurityGroupRule, subnets: Maybe[tuple[Maybe[Subnet], ...]]) -> bool:
    """Return whether a rule is for IP addresses or a prefix list that nodes may have."""
    peer = rule.peer
    if peer is UNKNOWN or rule.is_for_addresses is not True:
        return False
    return any(
        cover(peer, UNKNOWN if subnet is UNKNOWN else subnet.cidr) is not False
        or (":" in peer and (subnet is UNKNOWN or subnet.has_ipv6 is not False))
        for subnet in ((UNKNOWN,) if subnets is UNKNOWN or not subnets else subnets)
    )


def _many_ports(rule: SecurityGroupRule) -> bool:
    if rule.protocol is UNKNOWN or rule.protocol == "-1":
        return True
    if rule.protocol.lower() not in ("tcp", "6"):
        return False
    if not has_value(rule.from_port) or not has_value(rule.to_port):
        return True
    return rule.to_port - rule.from_port >= _ENOUGH_PORTS


@rule(
    ComputeEnvironment,
    "MNP406",
    "The nodes' security group allows traffic to and from itself",
    severity=WARNING,
    why="MPI, NCCL and PyTorch connect nodes on ports that are not known in advance. Without this "
    "rule, the nodes wait for one another until the timeout.",
    fix="Allow all ingress from the group itself and all egress to it. Keep the egress rules "
    "through which instances reach the services of AWS.",
    source=sources.MNP_COMPUTE_ENVIRONMENT,
)
def self_reference(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Checks environments whose security groups, and all of their rules, are known.

    Each direction is checked on its own. A rule for IP addresses counts too, unless the nodes'
    subnets certainly have others; so does one for a range of at least 1000 ports.
    """
    groups = environment.security_groups
    if not has_value(groups) or not groups or UNKNOWN in groups:
        return
    known, subnets = environment.known_security_groups, environment.subnets
    ids = {each.id for each in known}
    if all(_allows_nodes(each.ingress, ids, subnets) is False for each in known):
        yield Violation(
            resource=environment,
            property_path=_GROUPS,
            message=f"no ingress rule of {', '.join(sorted(ids))} allows traffic between the nodes",
            actual="no ingress from the nodes' own groups",
            expected="all traffic from the group itself",
        )
    if all(_allows_nodes(each.egress, ids, subnets) is False for each in known):
        yield Violation(
            resource=environment,
            property_path=_GROUPS,
            message=f"no egress rule of {', '.join(sorted(ids))} allows traffic between the nodes",
            actual="no egress to the nodes' own groups",
            expected="all traffic to the group itself",
        )


@rule(
    ComputeEnvironment,
    "MNP407",
    "No ingress from 0.0.0.0/0",
    severity=WARNING,
    why="Nodes need traffic only from one another. A rule for every address opens them to "
    "everything that can reach the subnet.",
    fix="Remove the rule, or reference the peer's security group.",
    source="https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html",
)
def open_ingress(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Reports known ingress rules from 0.0.0.0/0 or ::/0."""
    for group in environment.known_security_groups:
        if group.ingress is UNKNOWN:
            continue
        for group_rule in group.ingress:
            if group_rule is UNKNOWN or group_rule.peer is UNKNOWN:
                continue
            if group_rule.is_for_addresses is True and group_rule.peer.endswith("/0"):
                yield Violation(
                    resource=environment,
                    property_path=_GROUPS,
                    message=f"security group {group.id} allows ingress from {group_rule.peer}"
                    + (f" ({group_rule.path})" if group_rule.path else ""),
                    actual=group_rule.peer,
                    expected="the nodes' own groups",
                )


@rule(
    ComputeEnvironment,
    "MNP415",
    "The compute environment sets security groups",
    severity=WARNING,
    why="Without them, the network interfaces of tasks use the VPC's default security group. New "
    "CDK apps remove its rules, and then the nodes cannot reach each other.",
    fix="Set a security group that allows all traffic from itself.",
    source=sources.MNP_COMPUTE_ENVIRONMENT,
)
def no_security_groups(
    environment: ComputeEnvironment, catalogue: Catalogue
) -> Iterator[Violation]:
    """Reports a missing or empty list if the launch template sets no security groups either.

    If the launch template has network interfaces, every EFA interface is checked.
    """
    groups = environment.security_groups
    if groups not in (None, ()):
        return
    bare = [
        interface
        for interface in known_interfaces(environment)
        if interface.is_efa is True and interface.security_groups in (None, ())
    ]
    if bare:
        yield Violation(
            resource=environment,
            property_path=INTERFACES,
            message=f"{len(bare)} EFA interface{'s' if len(bare) > 1 else ''} of the launch "
            "template have no security group",
            actual="no security groups",
            expected="a group that allows all traffic from and to itself",
            fix="Set a security group on each interface that allows all traffic from and to "
            "itself.",
        )
    if environment.interfaces_carry_groups is not False:
        return
    template = environment.launch_template
    if has_value(template) and template.security_groups not in (None, ()):
        return
    if environment.type in ("EC2", "SPOT"):
        yield Violation(
            resource=environment,
            property_path=_GROUPS,
            message="the environment sets no security groups",
            actual="no security groups",
            expected="1 to 5 security groups",
        )
