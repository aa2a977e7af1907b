"""Read route tables, NAT gateways and network ACLs, and which subnets they belong to."""

from __future__ import annotations

from collections import defaultdict
from typing import TypeAlias

from cdk_batch_mnp.lazy.pattern import pattern
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
_ROUTE = "AWS::EC2::Route"
_GATEWAY = "AWS::EC2::InternetGateway"
_PROPAGATING = ("AWS::EC2::VPNGatewayRoutePropagation", "AWS::EC2::RouteServerPropagation")
"""Resources that let a gateway or a route server add routes to route tables."""
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

_WORD = pattern(r"[A-Za-z0-9]+")
_CUSTOM = "AWS::CloudFormation::CustomResource"
_HARMLESS = ("Custom::VpcRestrictDefaultSG",)
"""Custom resources of the CDK that change no routes."""

_Written: TypeAlias = tuple[Maybe[str], Maybe[RouteTarget], Value, Value]
"""Destination and target of a route, and its NAT and internet gateway as written."""


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
        self._attached: dict[str, Maybe[str]] | None = None
        self._words: frozenset[str] | None = None

    def table_of(self, subnet: ReferencedResource) -> Maybe[RouteTable]:
        """Return the route table of a subnet; the main one of its VPC if it has no other."""
        id = self._table_id(subnet.id)
        if id is UNKNOWN:
            return self._main_table(subnet)
        if id not in self._tables:
            routes = self._routes()[id]
            vpc = self._stacks.resources[id].known.raw("VpcId")
            self._tables[id] = RouteTable(
                id=id,
                routes=tuple(
                    UNKNOWN if route is UNKNOWN else self._route(route, vpc) for route in routes
                ),
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

    def _main_table(self, subnet: ReferencedResource) -> Maybe[RouteTable]:
        """Return the main route table that a subnet without an association uses.

        It has only the local route as long as nothing changes it. The templates must have other
        tables of the VPC: without any, its routes are probably made elsewhere.
        """
        vpc = referred(subnet.known.raw("VpcId"), VPC)
        self._table_id(subnet.id)
        assert self._table_of is not None  # noqa: S101 - for the type checker
        is_sure = (
            vpc is not UNKNOWN
            and subnet.is_certain
            and subnet.id not in self._table_of
            and "" not in self._table_of
            and self._stacks.is_whole
            and not self._may_change(subnet, vpc)
        )
        if not is_sure or vpc is UNKNOWN:
            return UNKNOWN
        return RouteTable(id=f"the main route table of {vpc.id}", is_main=True)

    def _may_change(self, subnet: ReferencedResource, vpc: ReferencedResource) -> bool:
        """Return whether anything else may associate a route table, or add to the main one."""
        if not {subnet.id, vpc.id}.isdisjoint(self._handed_on):
            return True
        owners = [each.known.raw("RouteTableId") for each in self._stacks.of_type(_ROUTE)]
        if any(referred(owner, _ROUTE_TABLE) is UNKNOWN for owner in owners):
            return True
        tables = self._stacks.of_type(_ROUTE_TABLE)
        if not any(referred(table.known.raw("VpcId"), VPC) == vpc for table in tables):
            return True
        return not {subnet.logical_id, vpc.logical_id}.isdisjoint(self._given_away)

    @property
    def _given_away(self) -> frozenset[str]:
        """The words in outputs, and in resources that may change others."""
        if self._words is None:
            written = [str(stack.outputs) for stack in self._stacks.all]
            written += [
                str(resource.body)
                for resource in self._stacks.resources.values()
                if resource.type == _CUSTOM
                or (not resource.type.startswith("AWS::") and resource.type not in _HARMLESS)
            ]
            self._words = frozenset(word for text in written for word in _WORD.findall(text))
        return self._words

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
            for resource in self._stacks.of_type(_ROUTE):
                owner = resource.known.raw("RouteTableId")
                table = referred(owner, _ROUTE_TABLE)
                if table is UNKNOWN:
                    is_complete = is_complete and isinstance(owner, str)
                    continue
                self._written[table.id].append(
                    _written(resource.known) if resource.is_certain else UNKNOWN
                )
            propagated = self._propagated()
            for logical_id, routes in self._written.items():
                if (
                    not is_complete
                    or logical_id in self._handed_on
                    or not propagated.isdisjoint({logical_id, ""})
                ):
                    routes.append(UNKNOWN)
        return self._written

    def _propagated(self) -> set[str]:
        """Return the IDs of the tables that gateways add routes to; "" stands for unknown ones."""
        found: set[str] = set()
        for resource in self._stacks.of_type(*_PROPAGATING):
            listed = resource.known.items("RouteTableIds")
            one = resource.known.raw("RouteTableId")
            for written in (UNKNOWN,) if listed is UNKNOWN else (*(listed or ()), one):
                table = referred(written, _ROUTE_TABLE)
                if table is not UNKNOWN:
                    found.add(table.id)
                elif written is not None and not isinstance(written, str):
                    found.add("")
        return found

    def _route(self, written: _Written, vpc: Value) -> Route:
        destination, target, nat, gateway = written
        return Route(
            destination=destination,
            target=target,
            nat=self._nat(nat) if target == "nat" else None,
            unattached=self._unattached(gateway, vpc) if target == "internet" else "",
        )

    def _unattached(self, gateway: Value, vpc: Value) -> str:
        """Return the ID of an internet gateway that is certainly not attached to a VPC."""
        resource, own = referred(gateway, _GATEWAY), referred(vpc, VPC)
        if resource is UNKNOWN or own is UNKNOWN:
            return ""
        if self._attached is None:
            self._attached = {}
            for attachment in self._stacks.of_type("AWS::EC2::VPCGatewayAttachment"):
                to = referred(attachment.known.raw("VpcId"), VPC)
                attached = attachment.known.raw("InternetGatewayId")
                if (one := referred(attached, _GATEWAY)) is not UNKNOWN:
                    self._attached[one.id] = UNKNOWN if to is UNKNOWN else to.id
                elif attached is not None and not isinstance(attached, str):
                    self._attached[""] = UNKNOWN
        is_sure = self._stacks.is_whole and "" not in self._attached
        if not is_sure or resource.id in self._handed_on:
            return ""
        to_vpc = self._attached.get(resource.id, "")
        if to_vpc in (own.id, UNKNOWN) or resource.logical_id in self._given_away:
            return ""
        return resource.id

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
            reaches_internet=UNKNOWN if subnet is UNKNOWN else self._reaches_internet(subnet),
            acl=UNKNOWN if subnet is UNKNOWN else self.acl_of(subnet),
        )

    def _reaches_internet(self, subnet: ReferencedResource) -> Maybe[bool]:
        id = self._table_id(subnet.id)
        if id is UNKNOWN:
            return UNKNOWN if self._main_table(subnet) is UNKNOWN else False
        # Without NAT gateways: one of them may be in a subnet that leads to itself.
        routes = tuple(
            UNKNOWN if route is UNKNOWN else Route(destination=route[0], target=route[1])
            for route in self._routes()[id]
        )
        target = default_target(RouteTable(id=id, routes=routes))
        if target == "internet":
            vpc = self._stacks.resources[id].known.raw("VpcId")
            gateways = [each[3] for each in self._routes()[id] if each is not UNKNOWN]
            is_lost = any(self._unattached(gateway, vpc) for gateway in gateways)
            return not is_lost
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
        for logical_id in self._handed_on:
            found[logical_id].append(UNKNOWN)
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
        route.raw("GatewayId"),
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
