"""The parts of networks that the tests of reachability are written with."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cdk_batch_mnp.model.network import (
    SecurityGroup,
    SecurityGroupRule,
    Subnet,
    Vpc,
    VpcEndpoint,
)
from cdk_batch_mnp.model.reach.services import Interface
from cdk_batch_mnp.model.routing import AclEntry, NatGateway, NetworkAcl, Route, RouteTable

EVERYWHERE = "0.0.0.0/0"
OPEN = NetworkAcl(
    id="Open",
    entries=tuple(AclEntry(number=100, allows=True, is_egress=each) for each in (True, False)),
)
NAT = NatGateway(id="Nat", is_public=True, subnet_id="Public", reaches_internet=True, acl=OPEN)
TO_NAT = Route(destination=EVERYWHERE, target="nat", nat=NAT)
TO_GATEWAY = Route(destination=EVERYWHERE, target="internet")


def rule(peer: Any, first: Any = None, last: Any = None, protocol: Any = "tcp") -> Any:
    """A rule for TCP ports; for all of them if none is given."""
    to = first if last is None else last
    return SecurityGroupRule(peer=peer, protocol=protocol, from_port=first, to_port=to)


def group(id: str = "Nodes", *, ingress: Any = (), egress: Any = ()) -> SecurityGroup:
    return SecurityGroup(id=id, ingress=ingress, egress=egress)


def vpc(*endpoints: VpcEndpoint, **changes: Any) -> Vpc:
    """A VPC with no endpoints but these."""
    right = Vpc(
        id="Vpc",
        endpoints=endpoints,
        default_security_group=group("Default"),
        has_dns_support=True,
        has_dns_hostnames=True,
        has_own_dns=False,
    )
    return replace(right, **changes)


def subnet(*routes: Any, **changes: Any) -> Subnet:
    """A subnet of which everything is known."""
    right = Subnet(
        id="Subnet",
        zone="eu-west-1a",
        cidr="10.0.16.0/20",
        vpc=vpc(),
        has_ipv6=False,
        maps_public_addresses=False,
        routes=RouteTable(id="Table", routes=routes),
        acl=OPEN,
    )
    return replace(right, **changes)


def interface(*routes: Any, groups: Any = None, public: Any = False, **changes: Any) -> Interface:
    """An interface whose group lets everything out."""
    all_out = (group(egress=(rule(EVERYWHERE, protocol="-1"),)),)
    return Interface(
        subnet=subnet(*routes, **changes),
        groups=all_out if groups is None else groups,
        has_public_address=public,
    )


def endpoint(service: Any = "ecs", **changes: Any) -> VpcEndpoint:
    """An interface endpoint that lets nodes of the subnet in."""
    right = VpcEndpoint(
        id=f"Endpoint-{service}",
        service=service,
        kind="Interface",
        has_private_dns=True,
        subnets=(Subnet(id="Endpoints", cidr="10.0.1.0/24", acl=OPEN),),
        security_groups=(group("OfEndpoints", ingress=(rule("10.0.0.0/16", 443),)),),
        route_tables=frozenset(),
    )
    return replace(right, **changes)


def gateway(service: str = "s3", **changes: Any) -> VpcEndpoint:
    """A gateway endpoint with routes in the subnet's table."""
    return replace(
        endpoint(service, kind="Gateway", subnets=(), has_private_dns=False),
        **{"route_tables": frozenset({"Table"}), **changes},
    )
