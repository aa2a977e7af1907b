"""Read VPCs, subnets and placement groups, with their routes, associations and endpoints."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from ipaddress import ip_network
from typing import get_args

from cdk_batch_mnp.model.api_struct import ApiStruct, Value, as_integer
from cdk_batch_mnp.model.network import PlacementGroup, Subnet, SubnetKind, Vpc
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, has_value
from cdk_batch_mnp.template.evaluation.stacks import Stacks
from cdk_batch_mnp.template.evaluation.values import (
    PartialText,
    Pseudo,
    Reference,
    ReferencedResource,
    Zone,
    referred,
)
from cdk_batch_mnp.template.readers.security_groups import VPC, SecurityGroups

SUBNET = "AWS::EC2::Subnet"
PLACEMENT_GROUP = "AWS::EC2::PlacementGroup"
ROUTE_TABLE = "AWS::EC2::RouteTable"

KEPT_BY_AWS = 5
"""Addresses that AWS reserves in every subnet."""

_SERVICE = re.compile(r"(?:.*\.)?com\.amazonaws\.[^.]*\.(.+)")
_GATEWAY_SERVICES = ("s3", "dynamodb")
_UNKNOWN_PART = "\0"
_ANY_VPC = ""
_KINDS: tuple[SubnetKind, ...] = get_args(SubnetKind)
_ALL_ADDRESSES = "0.0.0.0/0"
_DESTINATIONS = (
    "DestinationCidrBlock",
    "DestinationIpv6CidrBlock",
    "DestinationPrefixListId",
)
_OUTBOUND_TARGETS = (
    "CarrierGatewayId",
    "CoreNetworkArn",
    "EgressOnlyInternetGatewayId",
    "InstanceId",
    "LocalGatewayId",
    "NatGatewayId",
    "NetworkInterfaceId",
    "TransitGatewayId",
    "VpcEndpointId",
    "VpcPeeringConnectionId",
)


class Network:
    """The networks of the templates.

    Args:
        stacks: The stacks that declare them.
        groups: The security groups of the same stacks.
    """

    def __init__(self, stacks: Stacks, groups: SecurityGroups) -> None:
        self._stacks = stacks
        self._groups = groups
        self._vpcs: dict[str, Vpc] = {}
        self._subnets: dict[str, Subnet] = {}
        self._kinds: dict[str, Maybe[SubnetKind]] | None = None
        self._endpoints: dict[str, Maybe[frozenset[str]]] | None = None

    def subnets(
        self,
        values: Maybe[tuple[Value, ...]] | None,
        facts: Sequence[ApiStruct | None] = (),
    ) -> Maybe[tuple[Maybe[Subnet], ...]]:
        """Return the subnets of a list.

        Args:
            values: The list.
            facts: Facts about each subnet from the Metadata of its environment.
        """
        if values is UNKNOWN:
            return UNKNOWN
        found = [self._subnet(value) for value in values or ()]
        if len(facts) == len(found):
            found = [
                subnet if known is None else _with_facts(subnet, known, position)
                for position, (subnet, known) in enumerate(zip(found, facts, strict=True))
            ]
        forms = {_form(each.zone) for each in found if each is not UNKNOWN}
        if len(forms - {None}) > 1:
            # The first zone of the Region may be the zone that another subnet names.
            found = [each if each is UNKNOWN else replace(each, zone=UNKNOWN) for each in found]
        return tuple(found)

    def placement_group(self, value: Value) -> Maybe[PlacementGroup] | None:
        """Return the placement group of a name or a reference."""
        if value is None:
            return None
        if isinstance(value, str):
            return PlacementGroup(id=value) if value else UNKNOWN
        resource = referred(value, PLACEMENT_GROUP)
        if resource is UNKNOWN or resource.properties is UNKNOWN:
            return UNKNOWN
        properties = resource.known
        return PlacementGroup(
            id=resource.id,
            acknowledged=resource.acknowledged,
            strategy=properties.text("Strategy"),
            partition_count=properties.integer("PartitionCount"),
            spread_level=properties.text("SpreadLevel"),
        )

    def vpc(self, value: Value) -> Maybe[Vpc]:
        """Return the VPC of an ID or a reference."""
        if isinstance(value, str):
            return Vpc(id=value)
        resource = referred(value, VPC)
        if resource is UNKNOWN:
            return UNKNOWN
        if resource.id not in self._vpcs:
            self._vpcs[resource.id] = Vpc(
                id=resource.id,
                acknowledged=resource.acknowledged,
                endpoints=self._endpoints_of(resource),
                default_security_group=self._groups.default_of(resource),
            )
        return self._vpcs[resource.id]

    def _subnet(self, value: Value) -> Maybe[Subnet]:
        if isinstance(value, str):
            return Subnet(id=value)
        resource = referred(value, SUBNET)
        if resource is UNKNOWN:
            return UNKNOWN
        if resource.id not in self._subnets:
            properties = resource.known
            self._subnets[resource.id] = Subnet(
                id=resource.id,
                acknowledged=resource.acknowledged,
                zone=_zone(properties),
                kind=self._kind(resource),
                vpc=self.vpc(properties.raw("VpcId")),
                addresses=_addresses(properties),
            )
        return self._subnets[resource.id]

    def _kind(self, subnet: ReferencedResource) -> Maybe[SubnetKind]:
        if self._kinds is None:
            self._kinds = self._find_kinds()
        return self._kinds.get(subnet.id, UNKNOWN)

    def _find_kinds(self) -> dict[str, Maybe[SubnetKind]]:
        """Return where the default route of each subnet leads.

        Subnets without an associated route table are left out: routes may be added to the VPC's
        main table from anywhere.
        """
        tables: dict[str, Maybe[SubnetKind]] = {
            resource.id: "isolated" for resource in self._stacks.of_type(ROUTE_TABLE)
        }
        is_complete = self._stacks.is_whole
        for route in self._stacks.of_type("AWS::EC2::Route"):
            table = referred(route.known.raw("RouteTableId"), ROUTE_TABLE)
            if table is UNKNOWN:
                is_complete = is_complete and isinstance(route.known.raw("RouteTableId"), str)
                continue
            leads = _leads(route.known) if route.is_certain else UNKNOWN
            before = tables.get(table.id, UNKNOWN)
            # A known default route takes precedence over routes to other destinations.
            tables[table.id] = leads if leads is not UNKNOWN or before == "isolated" else before
        if list(self._stacks.of_type("AWS::EC2::VPNGatewayRoutePropagation")):
            is_complete = False
        if not is_complete:
            tables = {id: UNKNOWN if kind == "isolated" else kind for id, kind in tables.items()}
        kinds: dict[str, Maybe[SubnetKind]] = {}
        for resource in self._stacks.of_type("AWS::EC2::SubnetRouteTableAssociation"):
            subnet = referred(resource.known.raw("SubnetId"), SUBNET)
            table = referred(resource.known.raw("RouteTableId"), ROUTE_TABLE)
            if subnet is UNKNOWN:
                continue
            kind = UNKNOWN if table is UNKNOWN else tables.get(table.id, UNKNOWN)
            is_only_one = subnet.id not in kinds and resource.is_certain
            kinds[subnet.id] = kind if is_only_one else UNKNOWN
        return kinds

    def _endpoints_of(self, vpc: ReferencedResource) -> Maybe[frozenset[str]]:
        if self._endpoints is None:
            self._endpoints = self._find_endpoints()
        if _ANY_VPC in self._endpoints or not self._stacks.is_whole:
            return UNKNOWN
        return self._endpoints.get(vpc.id, frozenset())

    def _find_endpoints(self) -> dict[str, Maybe[frozenset[str]]]:
        """Return the endpoints of each VPC by its ID, and those whose VPC is unknown."""
        services: dict[str, Maybe[frozenset[str]]] = {}
        for resource in self._stacks.of_type("AWS::EC2::VPCEndpoint"):
            owner = resource.known.raw("VpcId")
            if isinstance(owner, str):
                continue
            if self._is_unused(resource.known):
                continue
            vpc = referred(owner, VPC)
            id = _ANY_VPC if vpc is UNKNOWN else vpc.id
            before = services.get(id, frozenset())
            service = (
                _service(resource.known.raw("ServiceName")) if resource.is_certain else UNKNOWN
            )
            services[id] = (
                UNKNOWN if service is UNKNOWN or before is UNKNOWN else before | {service}
            )
        return services

    def _is_unused(self, endpoint: ApiStruct) -> bool:
        """Return whether an endpoint gets no traffic: it has no routes, or no private DNS."""
        type = endpoint.raw("VpcEndpointType")
        if type in (None, "Gateway"):
            is_of_gateway = _service(endpoint.raw("ServiceName")) in _GATEWAY_SERVICES
            return is_of_gateway and endpoint.raw("RouteTableIds") in (None, [])
        is_nameless = endpoint.boolean("PrivateDnsEnabled") is False
        return type == "Interface" and is_nameless and not self._may_have_endpoint_names

    @property
    def _may_have_endpoint_names(self) -> bool:
        """Whether a hosted zone, here or in another stack, may resolve the endpoints' names."""
        return any(
            resource.type.startswith("AWS::Route53") for resource in self._stacks.resources.values()
        ) or any("DnsEntries" in str(stack.outputs) for stack in self._stacks.all)


def _with_facts(subnet: Maybe[Subnet], facts: ApiStruct, position: int) -> Subnet:
    if subnet is UNKNOWN:
        subnet = Subnet(id=f"subnet {position}")
    kind = next((each for each in _KINDS if each == facts.raw("Kind")), UNKNOWN)
    return replace(subnet, zone=_zone(facts), kind=kind)


def _service(name: Value) -> Maybe[str]:
    if isinstance(name, PartialText):
        name = name.filled(_UNKNOWN_PART)
    if not isinstance(name, str):
        return UNKNOWN
    match = _SERVICE.fullmatch(name)
    if match is None:
        return UNKNOWN if _UNKNOWN_PART in name else name
    return UNKNOWN if _UNKNOWN_PART in match[1] else match[1]


def _leads(route: ApiStruct) -> Maybe[SubnetKind]:
    """Return where a default route leads; other destinations may be another way out."""
    named = [route.raw(member) for member in _DESTINATIONS if route.has(member)]
    if named != [_ALL_ADDRESSES]:
        return UNKNOWN
    gateway = route.raw("GatewayId")
    if gateway is not None:
        if referred(gateway, "AWS::EC2::InternetGateway") is not UNKNOWN:
            return "public"
        if referred(gateway, "AWS::EC2::VPNGateway") is not UNKNOWN:
            return "private"
        if isinstance(gateway, str):
            return "public" if gateway.startswith("igw-") else "private"
        if isinstance(gateway, Reference) and gateway.attribute == "InternetGatewayId":
            return "public"
        return UNKNOWN
    return (
        "private" if any(has_value(route.raw(target)) for target in _OUTBOUND_TARGETS) else UNKNOWN
    )


def _zone(subnet: ApiStruct, *, follow: bool = True) -> Maybe[str]:
    value = subnet.raw("AvailabilityZone")
    if value is None:
        value = subnet.raw("AvailabilityZoneId")
    match value:
        case str() if value:
            return value
        case Zone(region=region, index=index):
            return f"zone {index} of {region}"
        case PartialText(parts=(Pseudo(name="AWS::Region"), str(letter))):
            return f"zone {letter} of the Region"
        case Reference(resource=other, attribute="AvailabilityZone") if follow:
            return _zone(other.known, follow=False)
    return UNKNOWN


def _form(zone: Maybe[str]) -> str | None:
    """Return how a zone is named; only zones named in the same way can be compared."""
    if zone is UNKNOWN:
        return None
    if not zone.startswith("zone "):
        return "name"
    _, which, _ = zone.split(" ", 2)
    return "index" if which.isdigit() else "letter"


def _addresses(subnet: ApiStruct) -> Maybe[int]:
    block = subnet.raw("CidrBlock")
    if isinstance(block, str):
        try:
            network = ip_network(block.strip(), strict=False)
        except ValueError:
            return UNKNOWN
        length = network.prefixlen if network.version == 4 else 0
    else:
        given = subnet.raw("Ipv4NetmaskLength")
        read = UNKNOWN if given is None else as_integer(given)
        if block is not None or read is UNKNOWN:
            return UNKNOWN
        length = read
    # The subnet sizes that EC2 accepts.
    return 2 ** (32 - length) - KEPT_BY_AWS if 16 <= length <= 28 else UNKNOWN
