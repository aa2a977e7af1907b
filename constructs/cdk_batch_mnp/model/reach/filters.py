"""Security groups and network ACLs as filters of traffic."""

from __future__ import annotations

from collections.abc import Iterable

from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.model.network import SecurityGroup, SecurityGroupRule, Subnet
from cdk_batch_mnp.model.reach.answers import Answer, Hop, in_sequence, unless
from cdk_batch_mnp.model.reach.traffic import (
    NAT_REPLIES,
    REPLIES,
    Addresses,
    Ports,
    Public,
    any_of,
    both,
    cover,
)
from cdk_batch_mnp.model.routing import AclEntry, NatGateway, NetworkAcl
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe

Groups = Maybe[tuple[Maybe[SecurityGroup], ...]]
"""All security groups of a network interface."""


@dataclass(frozen=True, slots=True)
class Peer:
    """The other side of traffic.

    Attributes:
        groups: Its security groups; empty for what is not in a VPC.
        addresses: Its addresses.
        not_in: IDs of groups that it is certainly not in, if its groups are not known.
    """

    groups: Groups
    addresses: Addresses
    not_in: frozenset[str] = frozenset()

    def is_meant_by(self, rule: SecurityGroupRule) -> Maybe[bool]:
        """Return whether a rule of a security group is for this peer."""
        if rule.peer is UNKNOWN:
            return UNKNOWN
        if rule.is_for_addresses is True:
            return cover(rule.peer, self.addresses)
        if self.groups is UNKNOWN:
            return False if rule.peer in self.not_in else UNKNOWN
        return any_of(
            [UNKNOWN if group is UNKNOWN else group.id == rule.peer for group in self.groups]
        )


def names(groups: Groups) -> str:
    """Return the IDs of known groups, for people."""
    if groups is UNKNOWN:
        return ""
    return ", ".join(group.id for group in groups if group is not UNKNOWN)


def lets_out(groups: Groups, ports: Ports, peer: Peer, what: str) -> Answer:
    """Return whether the groups of an interface allow outbound traffic.

    Args:
        groups: The groups, whose rules count together.
        ports: Ports of the peer.
        peer: Where traffic goes.
        what: The peer, for people.
    """
    return _passes(groups, ports, peer, what, is_egress=True)


def lets_in(groups: Groups, ports: Ports, peer: Peer, what: str) -> Answer:
    """Return whether the groups of an interface allow inbound traffic, as :func:`lets_out`."""
    return _passes(groups, ports, peer, what, is_egress=False)


def _passes(groups: Groups, ports: Ports, peer: Peer, what: str, *, is_egress: bool) -> Answer:
    if groups is UNKNOWN or not groups:
        return UNKNOWN
    verdicts: list[Maybe[bool]] = []
    for group in groups:
        rules = UNKNOWN if group is UNKNOWN else group.egress if is_egress else group.ingress
        if rules is UNKNOWN:
            verdicts.append(UNKNOWN)
            continue
        verdicts += (
            UNKNOWN
            if rule is UNKNOWN
            else both(
                ports.are_covered(rule.protocol, rule.from_port, rule.to_port),
                peer.is_meant_by(rule),
            )
            for rule in rules
        )
    direction, to = ("egress", "to") if is_egress else ("ingress", "from")
    return unless(
        any_of(verdicts),
        Hop.EGRESS if is_egress else Hop.INGRESS,
        names(groups),
        f"no {direction} rule of {names(groups)} allows {ports} {to} {what}",
    )


def crosses(subnet: Subnet, ports: Ports, addresses: Addresses, other: Subnet | None) -> Answer:
    """Return whether the network ACLs pass requests of a subnet, and the replies to them.

    Args:
        subnet: The subnet of the interface that sends requests.
        ports: Ports of the requests.
        addresses: Where they go.
        other: The subnet where they go; ``None`` if they leave the VPC. Network ACLs do not filter
            traffic within a subnet.
    """
    if other is not None and other.id == subnet.id:
        return None
    hops = [
        _acl(subnet.acl, ports, addresses, is_egress=True),
        _acl(subnet.acl, REPLIES, addresses, is_egress=False),
    ]
    if other is not None:
        own: Addresses = subnet.cidr
        hops += [
            _acl(other.acl, ports, own, is_egress=False),
            _acl(other.acl, REPLIES, own, is_egress=True),
        ]
    return in_sequence(hops)


def crosses_nat(subnet: Subnet, ports: Ports, nat: NatGateway) -> Answer:
    """Return whether the network ACL of a NAT gateway's subnet passes what it forwards.

    Args:
        subnet: The subnet of the interface that sends requests.
        ports: Ports of the requests.
        nat: A NAT gateway in another subnet.
    """
    own: Addresses = subnet.cidr
    return in_sequence(
        (
            _acl(nat.acl, ports, own, is_egress=False),
            _acl(nat.acl, ports, Public(4), is_egress=True),
            _acl(nat.acl, NAT_REPLIES, Public(4), is_egress=False),
            _acl(nat.acl, REPLIES, own, is_egress=True),
        )
    )


def _acl(acl: Maybe[NetworkAcl], ports: Ports, addresses: Addresses, *, is_egress: bool) -> Answer:
    if acl is UNKNOWN:
        return UNKNOWN
    direction = "outbound" if is_egress else "inbound"
    replies = " for replies" if ports is REPLIES or ports is NAT_REPLIES else ""
    return unless(
        _allowed(acl.entries, ports, addresses, is_egress=is_egress),
        Hop.ACL,
        acl.id,
        f"network ACL {acl.id} does not allow {direction} {ports}{replies}",
    )


def _allowed(
    entries: Iterable[Maybe[AclEntry]], ports: Ports, addresses: Addresses, *, is_egress: bool
) -> Maybe[bool]:
    """Return whether entries allow traffic: the one with the lowest number that matches decides."""
    applicable: list[tuple[int, AclEntry]] = []
    for entry in entries:
        if entry is UNKNOWN or entry.is_egress is UNKNOWN or entry.number is UNKNOWN:
            return UNKNOWN
        if entry.is_egress is is_egress:
            applicable.append((entry.number, entry))
    possible: set[Maybe[bool]] = set()
    for _, entry in sorted(applicable, key=lambda each: each[0]):
        on_ports = ports.are_covered(entry.protocol, entry.from_port, entry.to_port)
        on_addresses = UNKNOWN if entry.cidr is UNKNOWN else cover(entry.cidr, addresses)
        matches = both(on_ports, on_addresses)
        if matches is not False:
            possible.add(entry.allows)
        if matches is True:
            break
    else:
        possible.add(False)
    return possible.pop() if len(possible) == 1 else UNKNOWN
