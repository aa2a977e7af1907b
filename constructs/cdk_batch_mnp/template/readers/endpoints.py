"""Read the endpoints of VPCs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from cdk_batch_mnp.lazy.pattern import pattern
from cdk_batch_mnp.model.api_struct import ApiStruct, Value
from cdk_batch_mnp.model.endpoint_policy import EndpointPolicy
from cdk_batch_mnp.model.network import Subnet, VpcEndpoint
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe
from cdk_batch_mnp.template.evaluation.stack import TemplateResource
from cdk_batch_mnp.template.evaluation.stacks import Stacks
from cdk_batch_mnp.template.evaluation.values import (
    PartialText,
    ReferencedResource,
    referred,
)
from cdk_batch_mnp.template.readers.policies import read_policy
from cdk_batch_mnp.template.readers.security_groups import VPC, SecurityGroups
from cdk_batch_mnp.template.readers.texts import Texts

_SERVICE = pattern(r"(?:.*\.)?com\.amazonaws\.[^.]*\.(.+)")
_UNKNOWN_PART = "\0"
_SAME = frozenset({"Ref", "Fn::ImportValue", "Fn::GetAtt"})
"""Functions that return the same VPC wherever a stack calls them."""
_KINDS = {
    kind.lower(): kind for kind in ("Gateway", "Interface", "GatewayLoadBalancer", "Resource")
}


class Endpoints:
    """The VPC endpoints of the templates.

    Args:
        stacks: The stacks that declare them.
        groups: The security groups of the same stacks.
        subnet_of: Returns the subnet of a reference, without its VPC.
        handed_on: IDs of resources that a nested stack may add to.
    """

    def __init__(
        self,
        stacks: Stacks,
        groups: SecurityGroups,
        subnet_of: Callable[[Value], Maybe[Subnet]],
        handed_on: frozenset[str],
    ) -> None:
        self._stacks = stacks
        self._texts = Texts(stacks)
        self._handed_on = handed_on
        self._groups = groups
        self._subnet_of = subnet_of
        self._found: dict[str, list[VpcEndpoint]] | None = None
        self._may_be_of_any = False

    def of(self, vpc: ReferencedResource) -> Maybe[tuple[VpcEndpoint, ...]]:
        """Return the endpoints of a VPC; unknown if there may be others."""
        found = self.known_in(vpc.id)
        is_complete = self._stacks.is_whole and vpc.id not in self._handed_on
        return UNKNOWN if self._may_be_of_any or not is_complete else found

    def known_in(self, key: str) -> tuple[VpcEndpoint, ...]:
        """Return the known endpoints of a VPC, by :func:`vpc_key`."""
        if self._found is None:
            self._found = self._find()
        return tuple(self._found.get(key, ()))

    def _find(self) -> dict[str, list[VpcEndpoint]]:
        """Return the endpoints of each VPC, by its key."""
        found: dict[str, list[VpcEndpoint]] = {}
        may_have_other_names = self._may_have_other_names
        for resource in self._stacks.of_type("AWS::EC2::VPCEndpoint"):
            owner = resource.known.raw("VpcId")
            vpc = referred(owner, VPC)
            key = vpc_key(resource)
            self._may_be_of_any = self._may_be_of_any or (
                vpc is UNKNOWN and not isinstance(owner, str)
            )
            if key is not None:
                found.setdefault(key, []).append(
                    self._endpoint(resource, vpc, may_have_other_names=may_have_other_names)
                )
        return found

    def _endpoint(
        self,
        resource: TemplateResource,
        vpc: Maybe[ReferencedResource],
        *,
        may_have_other_names: bool,
    ) -> VpcEndpoint:
        properties = resource.known
        service = _service(properties)
        kind = _kind(properties)
        private_dns = properties.boolean("PrivateDnsEnabled")
        if private_dns is None or (private_dns is False and may_have_other_names):
            private_dns = UNKNOWN
        subnets = properties.items("SubnetIds")
        listed = self._groups.listed(properties.items("SecurityGroupIds"))
        if listed in (None, ()):
            listed = (UNKNOWN if vpc is UNKNOWN else self._groups.default_of(vpc),)
        return VpcEndpoint(
            id=resource.id,
            acknowledged=resource.acknowledged,
            service=service,
            kind=kind,
            is_certain=resource.is_certain,
            has_private_dns=private_dns,
            ip_address_type=properties.text("IpAddressType"),
            subnets=UNKNOWN
            if subnets is UNKNOWN
            else tuple(self._subnet_of(subnet) for subnet in subnets or ()),
            security_groups=UNKNOWN if listed is None else listed,
            route_tables=UNKNOWN if resource.id in self._handed_on else _route_tables(properties),
            policy=self._policy(properties.raw("PolicyDocument"), resource.id),
        )

    def _policy(self, document: Value, id: str) -> EndpointPolicy | None:
        return None if document is None else EndpointPolicy(read_policy(document, self._texts, id))

    @property
    def _may_have_other_names(self) -> bool:
        """Whether a hosted zone, here or in another stack, may resolve names to endpoints."""
        return any(
            resource.type.startswith("AWS::Route53") for resource in self._stacks.resources.values()
        ) or any("DnsEntries" in str(stack.outputs) for stack in self._stacks.all)


def vpc_key(resource: TemplateResource) -> str | None:
    """Return what identifies the VPC that a resource names with ``VpcId``.

    It is the ID of a VPC of the templates or a literal one. The same parameter or import means the
    same VPC in the whole stack.
    """
    vpc = referred(value := resource.known.raw("VpcId"), VPC)
    if vpc is not UNKNOWN:
        return vpc.id
    if isinstance(value, str):
        return value
    properties = resource.body.get("Properties")
    written = properties.get("VpcId") if isinstance(properties, Mapping) else None
    if not isinstance(written, Mapping) or not _SAME.issuperset(written):
        return None
    return f"{resource.stack.name} {json.dumps(written, sort_keys=True, default=str)}"


def _kind(endpoint: ApiStruct) -> Maybe[str]:
    kind = endpoint.text("VpcEndpointType")
    if kind is None:
        return "Gateway"
    return UNKNOWN if kind is UNKNOWN else _KINDS.get(kind.lower(), kind)


def _route_tables(endpoint: ApiStruct) -> Maybe[frozenset[str]]:
    written = endpoint.items("RouteTableIds")
    if written is UNKNOWN:
        return UNKNOWN
    found: set[str] = set()
    for reference in written or ():
        table = referred(reference, "AWS::EC2::RouteTable")
        if table is not UNKNOWN:
            found.add(table.id)
        elif isinstance(reference, str):
            found.add(reference)
        else:
            return UNKNOWN
    return frozenset(found)


def _service(endpoint: ApiStruct) -> Maybe[str]:
    if endpoint.has("ServiceRegion"):
        return UNKNOWN  # It may be the service of another Region.
    name = endpoint.raw("ServiceName")
    if isinstance(name, PartialText):
        name = name.filled(_UNKNOWN_PART)
    if not isinstance(name, str):
        return UNKNOWN
    match = _SERVICE.fullmatch(name)
    if match is None:
        return UNKNOWN if _UNKNOWN_PART in name else name
    return UNKNOWN if _UNKNOWN_PART in match[1] else match[1]
