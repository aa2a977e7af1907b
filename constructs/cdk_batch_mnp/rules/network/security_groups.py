"""Rules about security groups: what the nodes let through among themselves, and from others."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import WARNING, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.compute_environment import COMPUTE_RESOURCES, ComputeEnvironment
from cdk_batch_mnp.model.network import SecurityGroupRule
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, has_value
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.network.network_interfaces import INTERFACES, known_interfaces

_ENOUGH_PORTS = 1000
_ADDRESSES = re.compile(r"[0-9a-fA-F.:]+/[0-9]+|pl-[0-9a-f]+")
_GROUPS = COMPUTE_RESOURCES / "securityGroupIds"


def _lets_nodes_talk(
    rules: Maybe[tuple[Maybe[SecurityGroupRule], ...]], groups: set[str]
) -> Maybe[bool]:
    """Whether rules let many ports through for the nodes' groups, or for addresses."""
    if rules is UNKNOWN:
        return UNKNOWN
    unsure = False
    for each in rules:
        if each is UNKNOWN or each.peer is UNKNOWN or each.protocol is UNKNOWN:
            unsure = True
        # Addresses and prefix lists may well be those of the nodes.
        elif (each.peer in groups or _ADDRESSES.fullmatch(each.peer)) and _many_ports(each):
            return True
    return UNKNOWN if unsure else False


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
    "The nodes' security group lets traffic through from and to itself",
    severity=WARNING,
    why="MPI, NCCL and PyTorch open connections between the nodes at ports that are not known "
    "before: without this rule the nodes wait for one another until the timeout.",
    fix="Let the group admit all traffic from itself, and send all traffic to itself.",
    source=sources.MNP_COMPUTE_ENVIRONMENT,
)
def self_reference(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Looks at groups all of which, with all of their rules in a direction, are known.

    A rule for addresses counts too, since the nodes may have them; so does one for a range of at
    least 1000 ports.
    """
    groups = environment.security_groups
    if not has_value(groups) or not groups or UNKNOWN in groups:
        return
    known = environment.known_security_groups
    ids = {each.id for each in known}
    if all(_lets_nodes_talk(each.ingress, ids) is False for each in known):
        yield Violation(
            resource=environment,
            property_path=_GROUPS,
            message=f"no rule of {', '.join(sorted(ids))} lets the nodes reach each other",
            actual="no ingress from the nodes' own groups",
            expected="all traffic from the group itself",
        )
    if all(_lets_nodes_talk(each.egress, ids) is False for each in known):
        yield Violation(
            resource=environment,
            property_path=_GROUPS,
            message=f"no egress rule of {', '.join(sorted(ids))} lets the nodes reach each other",
            actual="no egress to the nodes' own groups",
            expected="all traffic to the group itself",
        )


@rule(
    ComputeEnvironment,
    "MNP407",
    "The nodes admit nobody from everywhere",
    severity=WARNING,
    why="Nodes need traffic from one another alone; a rule for every address opens them to all "
    "that can reach the subnet.",
    fix="Remove the rule, or name the peer's security group in it.",
    source="https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html",
)
def open_ingress(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Looks for known ingress rules from 0.0.0.0/0 or ::/0."""
    for group in environment.known_security_groups:
        if group.ingress is UNKNOWN:
            continue
        for each in group.ingress:
            if each is UNKNOWN or each.peer is UNKNOWN:
                continue
            if _ADDRESSES.fullmatch(each.peer) and each.peer.endswith("/0"):
                yield Violation(
                    resource=environment,
                    property_path=_GROUPS,
                    message=f"the security group {group.id} admits traffic from {each.peer}"
                    + (f" ({each.path})" if each.path else ""),
                    actual=each.peer,
                    expected="the nodes' own groups",
                )


@rule(
    ComputeEnvironment,
    "MNP415",
    "The environment names its security groups",
    severity=WARNING,
    why="Without groups of their own, the tasks' network interfaces take the VPC's default "
    "security group. New CDK apps empty it, and then the nodes cannot reach each other.",
    fix="Give the environment a security group that admits all traffic from itself.",
    source=sources.MNP_COMPUTE_ENVIRONMENT,
)
def no_security_groups(
    environment: ComputeEnvironment, catalogue: Catalogue
) -> Iterator[Violation]:
    """Looks for no list, or an empty one, where the launch template names no groups either.

    Where the launch template has network interfaces, each of them that is an EFA is looked at.
    """
    groups = environment.security_groups
    if groups not in (None, ()):
        return
    bare = [
        each
        for each in known_interfaces(environment)
        if each.is_efa is True and each.security_groups in (None, ())
    ]
    if bare:
        yield Violation(
            resource=environment,
            property_path=INTERFACES,
            message=f"{len(bare)} EFA interface{'s' if len(bare) > 1 else ''} of the launch "
            "template name no security group",
            actual="no security groups",
            expected="a group that allows all traffic from and to itself",
            fix="Name a security group at each interface that allows all traffic from and to "
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
            message="the environment names no security group",
            actual="no security groups",
            expected="1 to 5 security groups",
        )
