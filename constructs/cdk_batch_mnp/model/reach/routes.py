"""Where the routes of a subnet lead."""

from __future__ import annotations

from cdk_batch_mnp.model.network import Subnet
from cdk_batch_mnp.model.reach.answers import Answer, Blocked, Hop, in_sequence, unless
from cdk_batch_mnp.model.reach.filters import crosses_nat
from cdk_batch_mnp.model.reach.traffic import HTTPS, Public, cover
from cdk_batch_mnp.model.routing import Route, RouteTable
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe


def leads_elsewhere(subnet: Subnet) -> bool:
    """Return whether traffic may leave the VPC other than to the internet.

    Through a transit gateway or a peering, a service can have private addresses: those of
    endpoints in another VPC.
    """
    if subnet.routes is UNKNOWN:
        return subnet.kind != "isolated"
    return any(
        route is UNKNOWN or route.target is UNKNOWN or route.target == "elsewhere"
        for route in subnet.routes.routes
        if not _is_unused(route, subnet)
    )


def _is_unused(route: Maybe[Route], subnet: Subnet) -> bool:
    """Return whether a route is for IPv6 addresses, and its subnet has none."""
    if route is UNKNOWN or route.destination is UNKNOWN or subnet.has_ipv6 is not False:
        return False
    return ":" in route.destination


def leads_out(subnet: Subnet, has_public_address: Maybe[bool]) -> Answer:
    """Return whether the routes of a subnet lead to the public IPv4 addresses of AWS.

    Args:
        subnet: The subnet.
        has_public_address: Whether the interface in it has a public IPv4 address.
    """
    table = subnet.routes
    if table is UNKNOWN:
        if subnet.kind == "isolated":
            return _nowhere(subnet)
        is_public = subnet.kind == "public"
        return _through_gateway(subnet, has_public_address) if is_public else UNKNOWN
    covering = [(route, _leads_to_public(route, 4)) for route in table.routes]
    defaults = [route for route, covers in covering if covers is True and route is not UNKNOWN]
    if not defaults:
        others = any(covers is UNKNOWN for _, covers in covering)
        return UNKNOWN if others or leads_elsewhere(subnet) else _nowhere(subnet)
    answer = _by(defaults[0], subnet, has_public_address)
    # A narrower route takes precedence for some addresses, perhaps for those of the service.
    is_only_way = all(covers is not UNKNOWN for _, covers in covering) and len(defaults) == 1
    return answer if is_only_way else UNKNOWN


def may_lead_out_with_ipv6(subnet: Subnet) -> bool:
    """Return whether IPv6 may be a way out of a subnet."""
    if subnet.has_ipv6 is False:
        return False
    table = subnet.routes
    if table is UNKNOWN:
        return subnet.kind != "isolated"
    return any(_leads_to_public(route, 6) is not False for route in table.routes)


def default_target(table: RouteTable) -> Maybe[str] | None:
    """Return where the default IPv4 route of a table leads; ``None`` if it has none."""
    for route in table.routes:
        if route is not UNKNOWN and _leads_to_public(route, 4) is True:
            return route.target
    return UNKNOWN if any(_leads_to_public(each, 4) is UNKNOWN for each in table.routes) else None


def _leads_to_public(route: Maybe[Route], version: int) -> Maybe[bool]:
    if route is UNKNOWN or route.destination is UNKNOWN:
        return UNKNOWN
    return cover(route.destination, Public(version))


def _nowhere(subnet: Subnet) -> Blocked:
    table = subnet.routes
    where = subnet.id if table is UNKNOWN else table.id
    because = f"{where} has no route out of the VPC"
    if table is not UNKNOWN and any(_is_unused(route, subnet) for route in table.routes):
        because = f"{where} has only IPv6 routes out of the VPC, but {subnet.id} has no IPv6 range"
    return Blocked(Hop.ROUTE, where, because)


def _by(route: Route, subnet: Subnet, has_public_address: Maybe[bool]) -> Answer:
    if route.unattached:
        because = f"the internet gateway {route.unattached} is not attached to the VPC"
        return Blocked(Hop.GATEWAY, route.unattached, because)
    if route.target == "internet":
        return _through_gateway(subnet, has_public_address)
    nat = route.nat
    if nat is not None and nat.is_public is False and nat.reaches_internet is True:
        # It keeps the private address, for which the internet gateway drops the traffic.
        because = f"NAT gateway {nat.id} is private, and its subnet leads to an internet gateway"
        return Blocked(Hop.NAT, nat.id, because)
    if nat is not None and nat.is_public is True:
        where = "its subnet" if nat.subnet_id is UNKNOWN else f"its subnet {nat.subnet_id}"
        forwards = unless(
            nat.reaches_internet,
            Hop.NAT,
            nat.id,
            f"NAT gateway {nat.id} reaches nothing, because {where} has no route to an attached "
            "internet gateway",
        )
        return in_sequence((forwards, crosses_nat(subnet, HTTPS, nat)))
    return UNKNOWN


def _through_gateway(subnet: Subnet, has_public_address: Maybe[bool]) -> Answer:
    return unless(
        has_public_address,
        Hop.ADDRESS,
        subnet.id,
        "the default route leads to an internet gateway, but the instances have no public IP "
        "address",
    )
