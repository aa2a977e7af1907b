"""Subnets, security groups and placement groups, as far as a setup shows them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from cdk_batch_mnp.model.resource import Resource
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe

_ADDRESSES = re.compile(r"[0-9a-fA-F.:]+/[0-9]+|pl-[0-9a-f]+")

SubnetKind = Literal["public", "private", "isolated"]
"""Where a subnet's default route leads: to an internet gateway, elsewhere, or nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityGroupRule:
    """What one rule of a security group lets through.

    Attributes:
        peer: The id of the peer's :class:`SecurityGroup`, or an address range (CIDR).
        protocol: ``-1`` for all, else a name or number of IANA's list.
        from_port: ``None`` if the rule names no ports, which stands for all of them.
        to_port: As ``from_port``.
        path: Where the rule is written, if not at its group: a resource's id and property.
    """

    peer: Maybe[str]
    protocol: Maybe[str] = "-1"
    from_port: Maybe[int] | None = None
    to_port: Maybe[int] | None = None
    path: str = ""

    @property
    def is_all_traffic(self) -> Maybe[bool]:
        """Whether the rule lets every protocol and port through."""
        return UNKNOWN if self.protocol is UNKNOWN else self.protocol == "-1"

    @property
    def is_for_addresses(self) -> Maybe[bool]:
        """Whether the peer is a range or a prefix list of addresses, and not a security group."""
        return UNKNOWN if self.peer is UNKNOWN else bool(_ADDRESSES.fullmatch(self.peer))


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityGroup(Resource):
    """A security group.

    Attributes:
        ingress: All rules for incoming traffic; ``UNKNOWN`` if there may be others than are seen.
        egress: All rules for outgoing traffic, likewise.
    """

    ingress: Maybe[tuple[Maybe[SecurityGroupRule], ...]] = UNKNOWN
    egress: Maybe[tuple[Maybe[SecurityGroupRule], ...]] = UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Vpc(Resource):
    """A VPC.

    Attributes:
        endpoints: Short service names of its endpoints (``ecs-agent``, ``s3``); ``UNKNOWN`` if
            there may be others than are seen.
        default_security_group: The group that interfaces without one take.
    """

    endpoints: Maybe[frozenset[str]] = UNKNOWN
    default_security_group: Maybe[SecurityGroup] = UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Subnet(Resource):
    """A subnet of a VPC.

    Attributes:
        zone: Availability Zone. Any label will do of which it is certain that two different ones
            stand for two different zones (the first and the second zone of a Region, say).
        kind: Where the default route leads.
        addresses: IPv4 addresses that instances and containers can have, at most: those of the
            CIDR block less the five that AWS keeps; live facts count those already taken too.
    """

    zone: Maybe[str] = UNKNOWN
    kind: Maybe[SubnetKind] = UNKNOWN
    vpc: Maybe[Vpc] = UNKNOWN
    addresses: Maybe[int] = UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacementGroup(Resource):
    """A placement group.

    Attributes:
        strategy: ``cluster``, ``spread`` or ``partition``.
        partition_count: Partitions of a ``partition`` group, 1 to 7.
        spread_level: ``host`` or ``rack``, of a ``spread`` group.

    Source: EC2 API, CreatePlacementGroup.
    """

    strategy: Maybe[str] | None = UNKNOWN
    partition_count: Maybe[int] | None = None
    spread_level: Maybe[str] | None = None
