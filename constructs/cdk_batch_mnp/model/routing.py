"""Route tables, NAT gateways and network ACLs."""

from __future__ import annotations

from typing import Literal

from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.model.resource import Resource
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe

RouteTarget = Literal["internet", "nat", "elsewhere"]
"""An internet gateway, a NAT gateway, or anything else (a transit gateway, a peering, ...)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NatGateway(Resource):
    """A NAT gateway.

    Attributes:
        is_public: Whether it has a public address.
        subnet_id: ID of its subnet.
        reaches_internet: Whether the default route of its subnet leads to an internet gateway.
        acl: The network ACL of its subnet.
    """

    is_public: Maybe[bool] = UNKNOWN
    subnet_id: Maybe[str] = UNKNOWN
    reaches_internet: Maybe[bool] = UNKNOWN
    acl: Maybe[NetworkAcl] = UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A route of a route table.

    Attributes:
        destination: An IPv4 or IPv6 address range (CIDR), or the ID of a prefix list.
        nat: The NAT gateway, if the target is one.
        unattached: ID of the internet gateway, if it is certainly not attached to the VPC.
    """

    destination: Maybe[str]
    target: Maybe[RouteTarget]
    nat: NatGateway | None = None
    unattached: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteTable(Resource):
    """A route table.

    Attributes:
        routes: All routes except the local one and those of gateway endpoints. An element is
            ``UNKNOWN`` if there may be another route.
        is_main: Whether it is the main route table of the VPC.
    """

    routes: tuple[Maybe[Route], ...] = ()
    is_main: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AclEntry:
    """An entry of a network ACL.

    Attributes:
        number: Entries apply in the order of their numbers; the first that matches decides.
        protocol: An IANA protocol number, or ``-1`` for all.
        cidr: The IPv4 or IPv6 address range.
        from_port: First port; ``None`` for all ports.
        to_port: Last port; ``None`` for all ports.

    Source: EC2 API, CreateNetworkAclEntry.
    """

    number: Maybe[int]
    allows: Maybe[bool]
    is_egress: Maybe[bool]
    protocol: Maybe[str] = "-1"
    cidr: Maybe[str] = "0.0.0.0/0"
    from_port: Maybe[int] | None = None
    to_port: Maybe[int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkAcl(Resource):
    """A network ACL. What no entry allows is denied.

    Attributes:
        entries: An element is ``UNKNOWN`` if there may be another entry.
    """

    entries: tuple[Maybe[AclEntry], ...] = ()
