"""Read route tables, NAT gateways and network ACLs, and which subnets they belong to."""

from __future__ import annotations

from collections import defaultdict
from typing import TypeAlias

from cdk_batch_mnp.model.api_struct import ApiStruct, Value
from cdk_batch_mnp.model.network import SubnetKind
from cdk_batch_mnp.model.reach.routes import default_target
from cdk_batch_mnp.model.routing import (
    AclEntry,
    NatGateway,
    NetworkAcl,
    Route,
    RouteTable,
    RouteTarget,
)
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, has_value
from cdk_batch_mnp.template.evaluation.stacks import Stacks
from cdk_batch_mnp.template.evaluation.values import Reference, ReferencedResource, referred

SUBNET = "AWS::EC2::Subnet"
VPC = "AWS::EC2::VPC"
_ROUTE_TABLE = "AWS::EC2::RouteTable"
_NAT = "AWS::EC2::NatGateway"
_ACL = "AWS::EC2::NetworkAcl"
_DEFAULT_ACL = "DefaultNetworkAcl"

_DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
_OTHER_TARGETS = (
    "CarrierGatewayId",
    "CoreNetworkArn",
    "EgressOnlyInternetGatewayId",
    "InstanceId",
    "LocalGatewayId",
    "NetworkInterfaceId",
    "TransitGatewayId",
    "VpcEndpointId",
    "VpcPeeringConnectionId",
)
_ALLOWED_BY_DEFAULT = tuple(
    AclEntry(number=100, allows=True, is_egress=is_egress) for is_egress in (False, True)
)

_Written: TypeAlias = tuple[Maybe[str], Maybe[RouteTarget], Value]
"""Destination and target of a route, and its NAT gateway as written."""


class Routing:
    """The route tables and network ACLs of the templates.

    Args:
        stacks: The stacks that declare them.
        handed_on: IDs of resources that a nested stack may add to.
    """

    def __init__(self, stacks: Stacks, handed_on: frozenset[str]) -> None:
        self._stacks = stacks
        self._handed_on = handed_on
        self._written: dict[str, list[Maybe[_Written]]] | None = None
        self._tables: dict[str, RouteTable] = {}
        self._table_of: dict[str, Maybe[str]] | None = None
        self._acl_of: dict[str, Maybe[str]] | None = None
        self._entries: dict[str, list[Maybe[AclEntry]]] | None = None

    def table_of(self, subnet: ReferencedResource) -> Maybe[RouteTable]:
        """Return the route table of a subnet; unknown if it is the VPC's main one.

        Routes may be added to the main table from anywhere.
        """
        id = self._table_id(subnet.id)
        if id is UNKNOWN:
            return UNKNOWN
        if id not in self._tables:
            routes = self._routes()[id]
            self._tables[id] = RouteTable(
                id=id,
                routes=tuple(UNKNOWN if each is UNKNOWN else self._route(each) for each in routes),
            )
        return self._tables[id]

    def acl_of(self, subnet: ReferencedResource) -> Maybe[NetworkAcl]:
        """Return the network ACL of a subnet: an associated one, or the VPC's default."""
        if self._acl_of is None:
            self._acl_of = self._associations("AWS::EC2::SubnetNetworkAclAssociation", _ACL)
            self._entries = self._find_entries()
        if subnet.id in self._acl_of:
            id = self._acl_of[subnet.id]
            inside: tuple[AclEntry, ...] = ()
        else:
            vpc = referred(subnet.known.raw("VpcId"), VPC)
            is_sure = (
                vpc is not UNKNOWN
                and "" not in self._acl_of
                and self._stacks.is_whole
                and subnet.id not in self._handed_on
            )
            id = f"{vpc.id}/{_DEFAULT_ACL}" if is_sure and vpc is not UNKNOWN else UNKNOWN
            inside = _ALLOWED_BY_DEFAULT
        if id is UNKNOWN:
            return UNKNOWN
        assert self._entries is not None  # noqa: S101 - for the type checker
        return NetworkAcl(
            id=id, entries=(*inside, *self._entries.get(id, ()), *self._entries.get("", ()))
        )

    def _table_id(self, subnet_id: str) -> Maybe[str]:
        if self._table_of is None:
            self._table_of = self._associations(
                "AWS::EC2::SubnetRouteTableAssociation", _ROUTE_TABLE
            )
        return self._table_of.get(subnet_id, UNKNOWN)

    def _associations(self, type: str, of: str) -> dict[str, Maybe[str]]:
        """Return the ID that each subnet is associated with; "" stands for an unknown subnet."""
        name = "NetworkAclId" if of == _ACL else "RouteTableId"
        found: dict[str, Maybe[str]] = {}
        for resource in self._stacks.of_type(type):
            written = resource.known.raw("SubnetId")
            subnet = referred(written, SUBNET)
            if subnet is UNKNOWN:
                if not isinstance(written, str):
                    found[""] = UNKNOWN
                continue
            other = referred(resource.known.raw(name), of)
            is_only_one = subnet.id not in found and resource.is_certain
            found[subnet.id] = other.id if other is not UNKNOWN and is_only_one else UNKNOWN
        return found

    def _routes(self) -> dict[str, list[Maybe[_Written]]]:
        if self._written is None:
            self._written = {each.id: [] for each in self._stacks.of_type(_ROUTE_TABLE)}
            is_complete = self._stacks.is_whole
            for resource in self._stacks.of_type("AWS::EC2::Route"):
                owner = resource.known.raw("RouteTableId")
                table = referred(owner, _ROUTE_TABLE)
                if table is UNKNOWN:
                    is_complete = is_complete and isinstance(owner, str)
                    continue
                self._written[table.id].append(
                    _written(resource.known) if resource.is_certain else UNKNOWN
                )
            if list(self._stacks.of_type("AWS::EC2::VPNGatewayRoutePropagation")):
                is_complete = False
            for id, routes in self._written.items():
                if not is_complete or id in self._handed_on:
                    routes.append(UNKNOWN)
        return self._written

    def _route(self, written: _Written) -> Route:
        destination, target, nat = written
        return Route(
            destination=destination,
            target=target,
            nat=self._nat(nat) if target == "nat" else None,
        )

    def _nat(self, value: Value) -> NatGateway:
        resource = referred(value, _NAT)
        if resource is UNKNOWN:
            return NatGateway(id=value if isinstance(value, str) else "")
        kind = resource.known.constant("ConnectivityType")
        subnet = referred(resource.known.raw("SubnetId"), SUBNET)
        return NatGateway(
            id=resource.id,
            is_public=UNKNOWN if kind is UNKNOWN else kind in (None, "PUBLIC"),
            subnet_id=UNKNOWN if subnet is UNKNOWN else subnet.id,
            reaches_internet=UNKNOWN if subnet is UNKNOWN else self._reaches_internet(subnet.id),
        )

    def _reaches_internet(self, subnet_id: str) -> Maybe[bool]:
        id = self._table_id(subnet_id)
        if id is UNKNOWN:
            return UNKNOWN
        # Without NAT gateways: one of them may be in a subnet that leads to itself.
        routes = tuple(
            UNKNOWN if each is UNKNOWN else Route(destination=each[0], target=each[1])
            for each in self._routes()[id]
        )
        target = default_target(RouteTable(id=id, routes=routes))
        if target == "internet":
            return True
        is_sure = target == "nat" or (target is None and UNKNOWN not in routes)
        return False if is_sure else UNKNOWN

    def _find_entries(self) -> dict[str, list[Maybe[AclEntry]]]:
        """Return the entries of each network ACL; "" has those of unknown ones."""
        found: dict[str, list[Maybe[AclEntry]]] = defaultdict(list)
        for resource in self._stacks.of_type("AWS::EC2::NetworkAclEntry"):
            owner = resource.known.raw("NetworkAclId")
            entry = _entry(resource.known) if resource.is_certain else UNKNOWN
            if (acl := referred(owner, _ACL)) is not UNKNOWN:
                found[acl.id].append(entry)
            elif (
                isinstance(owner, Reference)
                and owner.resource.type == VPC
                and owner.attribute == _DEFAULT_ACL
            ):
                found[f"{owner.resource.id}/{_DEFAULT_ACL}"].append(entry)
            elif not isinstance(owner, str):
                found[""].append(UNKNOWN)
        if not self._stacks.is_whole:
            found[""].append(UNKNOWN)
        for id in self._handed_on:
            found[id].append(UNKNOWN)
        return found


def kind_of(table: Maybe[RouteTable]) -> Maybe[SubnetKind]:
    """Return where the default route of a table leads; other routes may be another way out."""
    if table is UNKNOWN:
        return UNKNOWN
    target = default_target(table)
    if target is None:
        return UNKNOWN if table.routes else "isolated"
    if target is UNKNOWN:
        return UNKNOWN
    return "public" if target == "internet" else "private"


def _written(route: ApiStruct) -> Maybe[_Written]:
    named = [route.raw(member) for member in _DESTINATIONS if route.has(member)]
    if len(named) != 1:
        return UNKNOWN
    (destination,) = named
    return (
        destination if isinstance(destination, str) else UNKNOWN,
        _target(route),
        route.raw("NatGatewayId"),
    )


def _target(route: ApiStruct) -> Maybe[RouteTarget]:
    gateway = route.raw("GatewayId")
    if gateway is not None:
        if referred(gateway, "AWS::EC2::InternetGateway") is not UNKNOWN:
            return "internet"
        if referred(gateway, "AWS::EC2::VPNGateway") is not UNKNOWN:
            return "elsewhere"
        if isinstance(gateway, str):
            return "internet" if gateway.startswith("igw-") else "elsewhere"
        if isinstance(gateway, Reference) and gateway.attribute == "InternetGatewayId":
            return "internet"
        return UNKNOWN
    if has_value(route.raw("NatGatewayId")):
        return "nat"
    is_other = any(has_value(route.raw(target)) for target in _OTHER_TARGETS)
    return "elsewhere" if is_other else UNKNOWN


def _entry(shape: ApiStruct) -> AclEntry:
    ports = shape.shape("PortRange")
    known = ports if isinstance(ports, ApiStruct) else ApiStruct({})
    action, egress = shape.constant("RuleAction"), shape.boolean("Egress")
    number, protocol = shape.integer("RuleNumber"), shape.text("Protocol")
    ipv4, ipv6 = shape.text("CidrBlock"), shape.text("Ipv6CidrBlock")
    cidr = ipv6 if ipv4 is None else ipv4
    return AclEntry(
        number=UNKNOWN if number is None else number,
        allows=action == "ALLOW" if action in ("ALLOW", "DENY") else UNKNOWN,
        is_egress=False if egress is None else egress,
        protocol=UNKNOWN if protocol is None else protocol,
        cidr=UNKNOWN if cidr is None else cidr,
        from_port=UNKNOWN if ports is UNKNOWN else known.integer("From"),
        to_port=UNKNOWN if ports is UNKNOWN else known.integer("To"),
    )
