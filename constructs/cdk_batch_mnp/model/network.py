"""VPCs, subnets, security groups and placement groups."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from cdk_batch_mnp.model.resource import Resource
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe

_ADDRESSES = r"[0-9a-fA-F.:]+/[0-9]+|pl-[0-9a-f]+"

SubnetKind = Literal["public", "private", "isolated"]
"""Target of a subnet's default route: an internet gateway, another target, or none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityGroupRule:
    """A rule of a security group.

    Attributes:
        peer: The ID of the peer's :class:`SecurityGroup`, or an address range (CIDR).
        protocol: ``-1`` for all, otherwise an IANA protocol name or number.
        from_port: First port; ``None`` for all ports.
        to_port: Last port; ``None`` for all ports.
        path: Where the rule is defined, if not in its group: a resource's ID and property.
    """

    peer: Maybe[str]
    protocol: Maybe[str] = "-1"
    from_port: Maybe[int] | None = None
    to_port: Maybe[int] | None = None
    path: str = ""

    @property
    def is_all_traffic(self) -> Maybe[bool]:
        """Whether the rule allows every protocol and port."""
        return UNKNOWN if self.protocol is UNKNOWN else self.protocol == "-1"

    @property
    def is_for_addresses(self) -> Maybe[bool]:
        """Whether the peer is an address range or a prefix list, not a security group."""
        return UNKNOWN if self.peer is UNKNOWN else bool(re.fullmatch(_ADDRESSES, self.peer))


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityGroup(Resource):
    """A security group.

    Attributes:
        ingress: All ingress rules; ``UNKNOWN`` if there may be others.
        egress: All egress rules; ``UNKNOWN`` if there may be others.
    """

    ingress: Maybe[tuple[Maybe[SecurityGroupRule], ...]] = UNKNOWN
    egress: Maybe[tuple[Maybe[SecurityGroupRule], ...]] = UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Vpc(Resource):
    """A VPC.

    Attributes:
        endpoints: Short service names of its endpoints (``ecs-agent``, ``s3``); ``UNKNOWN`` if
            there may be others.
        default_security_group: The group of network interfaces that set none.
    """

    endpoints: Maybe[frozenset[str]] = UNKNOWN
    default_security_group: Maybe[SecurityGroup] = UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Subnet(Resource):
    """A subnet of a VPC.

    Attributes:
        zone: Availability Zone: its name, or any label that differs for different zones (such as
            the first and the second zone of a Region).
        kind: Where the default route leads.
        addresses: IPv4 addresses that are available to instances and containers: those of the
            CIDR block minus the five that AWS reserves, and minus those in use if that is known.
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
