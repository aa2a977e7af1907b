"""Read VPCs, subnets and placement groups, with their routes, associations and endpoints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from ipaddress import ip_network
from typing import get_args

from cdk_batch_mnp.model.api_struct import ApiStruct, Value, as_integer
from cdk_batch_mnp.model.network import PlacementGroup, Subnet, SubnetKind, Vpc
from cdk_batch_mnp.model.presence import same_length
from cdk_batch_mnp.model.schema.enumerations import WORDS
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe
from cdk_batch_mnp.model.word_faults import as_meant, group_faults
from cdk_batch_mnp.model.words import recognized
from cdk_batch_mnp.template.evaluation.stacks import Stacks
from cdk_batch_mnp.template.evaluation.values import (
    PartialText,
    Pseudo,
    Reference,
    Zone,
    referred,
)
from cdk_batch_mnp.template.readers.endpoints import Endpoints, vpc_key
from cdk_batch_mnp.template.readers.handed_on import handed_on
from cdk_batch_mnp.template.readers.routing import SUBNET, Routing, kind_of
from cdk_batch_mnp.template.readers.security_groups import GROUP, VPC, SecurityGroups

PLACEMENT_GROUP = "AWS::EC2::PlacementGroup"

KEPT_BY_AWS = 5
"""Addresses that AWS reserves in every subnet."""

_KINDS: tuple[SubnetKind, ...] = get_args(SubnetKind)
_IPV6 = ("Ipv6CidrBlock", "Ipv6IpamPoolId", "AssignIpv6AddressOnCreation", "Ipv6Native")


class Network:
    """The networks of the templates.

    Args:
        stacks: The stacks that declare them.
        groups: The security groups of the same stacks.

    Attributes:
        handed_on: IDs of resources that a nested stack that cannot be read may add to.
    """

    def __init__(self, stacks: Stacks, groups: SecurityGroups) -> None:
        self._stacks = stacks
        self._groups = groups
        self._vpcs: dict[str, Vpc] = {}
        self._subnets: dict[str, Subnet] = {}
        self.handed_on = handed_on(stacks)
        self._routing = Routing(stacks, self.handed_on)
        self._endpoints = Endpoints(stacks, groups, self.bare_subnet, self.handed_on)
        self._has_own_dns: dict[str, bool] | None = None

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
        return same_length(values or (), found)

    def placement_group(self, value: Value) -> Maybe[PlacementGroup] | None:
        """Return the placement group of a name or a reference."""
        if value is None:
            return None
        if isinstance(value, str):
            return PlacementGroup(id=value) if value else UNKNOWN
        resource = referred(value, PLACEMENT_GROUP)
        if resource is UNKNOWN or resource.properties is UNKNOWN:
            return UNKNOWN
        words = tuple(group_faults(resource.known))
        properties = as_meant(resource.known, words)
        return PlacementGroup(
            id=resource.id,
            acknowledged=resource.acknowledged,
            strategy=properties.text("Strategy"),
            partition_count=properties.integer("PartitionCount"),
            spread_level=recognized(properties.text("SpreadLevel"), WORDS["SpreadLevel"]),
            words=words,
        )

    def vpc(self, value: Value) -> Maybe[Vpc]:
        """Return the VPC of an ID or a reference."""
        if isinstance(value, str):
            return Vpc(id=value)
        resource = referred(value, VPC)
        if resource is UNKNOWN:
            return UNKNOWN
        if resource.id not in self._vpcs:
            properties = resource.known
            self._vpcs[resource.id] = Vpc(
                id=resource.id,
                acknowledged=resource.acknowledged,
                endpoints=self._endpoints.of(resource),
                default_security_group=self._groups.default_of(resource),
                has_dns_support=_default(properties.boolean("EnableDnsSupport"), True),
                has_dns_hostnames=_default(properties.boolean("EnableDnsHostnames"), False),
                has_own_dns=self._may_have_own_dns(resource.id),
            )
        return self._vpcs[resource.id]

    def _may_have_own_dns(self, vpc_id: str) -> Maybe[bool]:
        """Return whether DHCP options may set DNS servers other than that of Amazon."""
        if self._has_own_dns is None:
            self._has_own_dns = {}
            for resource in self._stacks.of_type("AWS::EC2::VPCDHCPOptionsAssociation"):
                vpc = referred(resource.known.raw("VpcId"), VPC)
                self._has_own_dns["" if vpc is UNKNOWN else vpc.id] = True
        if not self._stacks.is_whole or "" in self._has_own_dns:
            return UNKNOWN
        return self._has_own_dns.get(vpc_id, False)

    def _subnet(self, value: Value) -> Maybe[Subnet]:
        bare = self.bare_subnet(value)
        resource = referred(value, SUBNET)
        if bare is UNKNOWN or resource is UNKNOWN:
            return bare
        return replace(bare, vpc=self._vpc_of(resource.id))

    def vpc_of_groups(self, values: Maybe[tuple[Value, ...]] | None) -> Maybe[Vpc]:
        """Return the VPC of the first known group in a list of security groups."""
        for value in () if values is UNKNOWN or values is None else values:
            if isinstance(value, Reference) and value.resource.type == GROUP:
                return self._vpc_of(value.resource.id)
        return UNKNOWN

    def _vpc_of(self, id: str) -> Maybe[Vpc]:
        """Return the VPC of a resource: one of the templates, or what is known of another one."""
        resource = self._stacks.resources[id]
        vpc = self.vpc(resource.known.raw("VpcId"))
        if vpc is not UNKNOWN and vpc.endpoints is not UNKNOWN:
            return vpc
        key = vpc_key(resource)
        if key is None:
            return vpc
        found = self._endpoints.known_in(key)
        if vpc is UNKNOWN:
            unnamed = Vpc(id="the VPC", some_endpoints=found, is_identified=False)
            return unnamed if found else UNKNOWN
        return replace(vpc, some_endpoints=found)

    def bare_subnet(self, value: Value) -> Maybe[Subnet]:
        """Return the subnet of an ID or a reference, without its VPC."""
        if isinstance(value, str):
            return Subnet(id=value)
        resource = referred(value, SUBNET)
        if resource is UNKNOWN:
            return UNKNOWN
        if resource.id not in self._subnets:
            properties = resource.known
            table = self._routing.table_of(resource)
            cidr = properties.text("CidrBlock")
            self._subnets[resource.id] = Subnet(
                id=resource.id,
                acknowledged=resource.acknowledged,
                zone=_zone(properties),
                kind=kind_of(table),
                addresses=_addresses(properties),
                cidr=UNKNOWN if cidr is None else cidr,
                has_ipv6=self._may_have_ipv6(properties),
                maps_public_addresses=_default(properties.boolean("MapPublicIpOnLaunch"), False),
                routes=table,
                acl=self._routing.acl_of(resource),
            )
        return self._subnets[resource.id]

    def _may_have_ipv6(self, subnet: ApiStruct) -> Maybe[bool]:
        if any(subnet.raw(name) not in (None, False, "false") for name in _IPV6):
            return True
        is_added = any(self._stacks.of_type("AWS::EC2::SubnetCidrBlock"))
        return UNKNOWN if is_added or not self._stacks.is_whole else False


def _default(value: Maybe[bool] | None, default: bool) -> Maybe[bool]:
    return default if value is None else value


def _with_facts(subnet: Maybe[Subnet], facts: ApiStruct, position: int) -> Subnet:
    if subnet is UNKNOWN:
        subnet = Subnet(id=f"subnet {position}")
    kind = next((each for each in _KINDS if each == facts.raw("Kind")), UNKNOWN)
    return replace(subnet, zone=_zone(facts), kind=kind)


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
