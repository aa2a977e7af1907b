"""VPCs, subnets, VPC endpoints, security groups and placement groups."""

from __future__ import annotations

import re
from typing import Literal

from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.model.endpoint_policy import EndpointPolicy
from cdk_batch_mnp.model.resource import Resource
from cdk_batch_mnp.model.routing import NetworkAcl, RouteTable
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe
from cdk_batch_mnp.model.word_faults import WordFault

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
        may_have_other_members: Whether anything but nodes may be in it, such as an endpoint.
    """

    ingress: Maybe[tuple[Maybe[SecurityGroupRule], ...]] = UNKNOWN
    egress: Maybe[tuple[Maybe[SecurityGroupRule], ...]] = UNKNOWN
    may_have_other_members: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Subnet(Resource):
    """A subnet of a VPC.

    Attributes:
        zone: Availability Zone: its name, or any label that differs for different zones (such as
            the first and the second zone of a Region).
        kind: Where the default route leads.
        addresses: IPv4 addresses that are available to instances and containers: those of the
            CIDR block minus the five that AWS reserves, and minus those in use if that is known.
        cidr: The IPv4 CIDR block.
        has_ipv6: Whether it has an IPv6 CIDR block.
        maps_public_addresses: Whether instances get a public IPv4 address by default.
        routes: Its route table.
        acl: Its network ACL.
    """

    zone: Maybe[str] = UNKNOWN
    kind: Maybe[SubnetKind] = UNKNOWN
    vpc: Maybe[Vpc] = UNKNOWN
    addresses: Maybe[int] = UNKNOWN
    cidr: Maybe[str] = UNKNOWN
    has_ipv6: Maybe[bool] = UNKNOWN
    maps_public_addresses: Maybe[bool] = UNKNOWN
    routes: Maybe[RouteTable] = UNKNOWN
    acl: Maybe[NetworkAcl] = UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class VpcEndpoint(Resource):
    """A gateway or interface endpoint of a VPC.

    Attributes:
        service: Short name of its service (``ecs-agent``, ``s3``).
        kind: ``Gateway``, ``Interface`` or another type.
        is_certain: Whether it certainly exists: its condition is not unknown.
        has_private_dns: Whether the service's public names resolve to the addresses of an interface
            endpoint.
        ip_address_type: ``ipv4`` (the default), ``dualstack`` or ``ipv6``.
        subnets: Subnets of an interface endpoint, without their VPC.
        security_groups: Groups of an interface endpoint, also if they are the VPC's default.
        route_tables: IDs of the route tables of a gateway endpoint.
        policy: ``None`` for the default, which allows everything.

    Source: EC2 API, VpcEndpoint.
    """

    service: Maybe[str] = UNKNOWN
    kind: Maybe[str] = UNKNOWN
    is_certain: bool = True
    has_private_dns: Maybe[bool] = UNKNOWN
    ip_address_type: Maybe[str] | None = None
    subnets: Maybe[tuple[Maybe[Subnet], ...]] = UNKNOWN
    security_groups: Maybe[tuple[Maybe[SecurityGroup], ...]] = UNKNOWN
    route_tables: Maybe[frozenset[str]] = UNKNOWN
    policy: Maybe[EndpointPolicy] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Vpc(Resource):
    """A VPC.

    Attributes:
        endpoints: Its endpoints; ``UNKNOWN`` if there may be others, or if other DNS records may
            lead to them.
        some_endpoints: The endpoints that are known if there may be others.
        default_security_group: The group of network interfaces that set none.
        has_dns_support: Whether the DNS server of Amazon answers. Default of AWS: it does.
        has_dns_hostnames: Whether DNS hostnames are enabled. Default of AWS: they are not.
        has_own_dns: Whether DHCP options may set other DNS servers.
        is_identified: Whether the ID distinguishes it from other VPCs.
    """

    endpoints: Maybe[tuple[VpcEndpoint, ...]] = UNKNOWN
    some_endpoints: tuple[VpcEndpoint, ...] = ()
    default_security_group: Maybe[SecurityGroup] = UNKNOWN
    has_dns_support: Maybe[bool] = UNKNOWN
    has_dns_hostnames: Maybe[bool] = UNKNOWN
    has_own_dns: Maybe[bool] = UNKNOWN
    is_identified: bool = True

    def endpoints_of(self, service: str) -> tuple[VpcEndpoint, ...]:
        """Return the known endpoints that are or may be of a service."""
        return tuple(
            endpoint for endpoint in self.known_endpoints if endpoint.service in (service, UNKNOWN)
        )

    @property
    def known_endpoints(self) -> tuple[VpcEndpoint, ...]:
        """The endpoints that are known, whether or not there may be others."""
        return self.some_endpoints if self.endpoints is UNKNOWN else self.endpoints


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacementGroup(Resource):
    """A placement group.

    Attributes:
        strategy: ``cluster``, ``spread`` or ``partition``.
        partition_count: Partitions of a ``partition`` group, 1 to 7.
        spread_level: ``host`` or ``rack``, of a ``spread`` group.
        words: Words and names that AWS does not know, but for the strategy.

    Source: EC2 API, CreatePlacementGroup.
    """

    strategy: Maybe[str] | None = UNKNOWN
    partition_count: Maybe[int] | None = None
    spread_level: Maybe[str] | None = None
    words: tuple[WordFault, ...] = ()
