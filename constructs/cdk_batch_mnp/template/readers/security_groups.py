"""Read security groups, and the resources that add rules to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from cdk_batch_mnp.lazy.pattern import pattern
from cdk_batch_mnp.model.api_struct import ApiStruct, Value
from cdk_batch_mnp.model.network import SecurityGroup, SecurityGroupRule
from cdk_batch_mnp.model.presence import same_length
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe
from cdk_batch_mnp.template.evaluation.stack import NESTED_STACK
from cdk_batch_mnp.template.evaluation.stacks import Stacks
from cdk_batch_mnp.template.evaluation.values import Reference, ReferencedResource, referred

GROUP = "AWS::EC2::SecurityGroup"
VPC = "AWS::EC2::VPC"
INGRESS = "AWS::EC2::SecurityGroupIngress"
EGRESS = "AWS::EC2::SecurityGroupEgress"
EMPTIED_DEFAULT_GROUP = "Custom::VpcRestrictDefaultSG"
"""The CDK's custom resource that removes the rules of a VPC's default group."""

_WITH_INTERFACES = (
    "AWS::EC2::VPCEndpoint",
    "AWS::EC2::NetworkInterface",
    "AWS::EC2::Instance",
    "AWS::ElasticLoadBalancing::LoadBalancer",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::CloudFormation::Stack",
)
"""Resources whose interfaces may answer on port 443, or that may have such."""
_PREFIX_LIST = "AWS::EC2::PrefixList"
_WORD = pattern(r"[A-Za-z0-9]+")
_EVERYWHERE = ("0.0.0.0/0", "::/0")
_DEFAULT_GROUP = "DefaultSecurityGroup"

Rules = tuple[Maybe[SecurityGroupRule], ...]

_ALL_OUT: Rules = tuple(SecurityGroupRule(peer=each) for each in _EVERYWHERE)
"""Egress rules of a group that sets none."""


class SecurityGroups:
    """The security groups of the templates.

    Args:
        stacks: The stacks that declare them.
    """

    def __init__(self, stacks: Stacks) -> None:
        self._stacks = stacks
        self._found: dict[str, SecurityGroup] = {}
        self._separate: dict[str, dict[str, list[Maybe[SecurityGroupRule]]]] | None = None
        self._named: frozenset[str] | None = None
        """Logical IDs, and other words, in outputs and in resources that may be in a group."""
        self._anywhere: dict[str, list[Maybe[SecurityGroupRule]]] = {INGRESS: [], EGRESS: []}
        """Placeholders for rules whose group is unknown."""

    def of(self, value: Value) -> Maybe[SecurityGroup]:
        """Return the group of an ID or a reference."""
        if isinstance(value, str):
            return SecurityGroup(id=value)
        if not isinstance(value, Reference):
            return UNKNOWN
        resource = value.resource
        if resource.type == GROUP:
            return self._group(resource)
        if resource.type == VPC and value.attribute == _DEFAULT_GROUP:
            return self.default_of(resource)
        return UNKNOWN

    def listed(
        self, values: Maybe[tuple[Value, ...]] | None
    ) -> Maybe[tuple[Maybe[SecurityGroup], ...]] | None:
        """Return the groups of a list."""
        if values is None or values is UNKNOWN:
            return values
        return same_length(values, map(self.of, values))

    def default_of(self, vpc: ReferencedResource) -> SecurityGroup:
        """Return the default group of a VPC: allows all traffic from itself, unless restricted."""
        id = f"{vpc.id}/{_DEFAULT_GROUP}"
        if id not in self._found:
            emptied = self._is_emptied(vpc)
            itself: Rules = (SecurityGroupRule(peer=id),)
            self._found[id] = SecurityGroup(
                id=id,
                acknowledged=vpc.acknowledged,
                ingress=self._all(id, INGRESS, _unless(emptied, itself)),
                egress=self._all(id, EGRESS, _unless(emptied, _ALL_OUT)),
            )
        return self._found[id]

    def _is_emptied(self, vpc: ReferencedResource) -> Maybe[bool]:
        may_be = False
        for resource in self._stacks.of_type(EMPTIED_DEFAULT_GROUP):
            group = resource.known.raw("DefaultSecurityGroupId")
            if self._key(group) == f"{vpc.id}/{_DEFAULT_GROUP}":
                if resource.is_certain:
                    return True
                may_be = True
            elif self._key(group) is None:
                may_be = True
        return UNKNOWN if may_be else False

    def _group(self, resource: ReferencedResource) -> SecurityGroup:
        if resource.id not in self._found:
            properties = resource.properties
            if properties is UNKNOWN:
                self._found[resource.id] = SecurityGroup(id=resource.id)
                return self._found[resource.id]
            inside = self._rules(properties, "SecurityGroupIngress")
            egress: Maybe[Rules] = self._rules(properties, "SecurityGroupEgress")
            if egress == ():
                # Whether a separate resource replaces the default rule is not documented.
                separate = self._separately(resource.id, EGRESS)
                egress = (UNKNOWN,) if separate else _ALL_OUT
            self._found[resource.id] = SecurityGroup(
                id=resource.id,
                acknowledged=resource.acknowledged,
                ingress=self._all(resource.id, INGRESS, inside),
                egress=self._all(resource.id, EGRESS, egress),
                may_have_other_members=self._may_have_other_members(resource),
            )
        return self._found[resource.id]

    def _may_have_other_members(self, group: ReferencedResource) -> bool:
        """Return whether anything but nodes may be in a group, here or in another stack."""
        if self._named is None:
            outputs = (stack.outputs for stack in self._stacks.all)
            bodies = (each.body for each in self._stacks.of_type(*_WITH_INTERFACES))
            self._named = frozenset(
                word for text in (*outputs, *bodies) for word in _WORD.findall(str(text))
            )
        return not self._stacks.is_whole or group.logical_id in self._named

    def _rules(self, properties: ApiStruct, name: str) -> Maybe[Rules]:
        shapes = properties.shapes(name)
        if shapes is UNKNOWN:
            return UNKNOWN
        return tuple(
            rule
            for shape in shapes or ()
            for rule in ((UNKNOWN,) if shape is UNKNOWN else self._each_rule(shape, ""))
        )

    def _each_rule(self, shape: ApiStruct, path: str) -> Rules:
        """Return a rule, or one for each range of the prefix list that it is for."""
        protocol = shape.text("IpProtocol")
        rule = SecurityGroupRule(
            peer=self._peer(shape),
            protocol=UNKNOWN if protocol is None else protocol,
            from_port=shape.integer("FromPort"),
            to_port=shape.integer("ToPort"),
            path=path,
        )
        if rule.peer is UNKNOWN and (ranges := self._listed_ranges(shape)) is not None:
            return tuple(replace(rule, peer=each) for each in ranges)
        return (rule,)

    def _listed_ranges(self, shape: ApiStruct) -> list[str] | None:
        """Return the address ranges of a prefix list of the templates, if they are all known."""
        named = (shape.raw(name) for name in ("SourcePrefixListId", "DestinationPrefixListId"))
        prefix_list = next((each for each in named if each is not None), None)
        resource = referred(prefix_list, _PREFIX_LIST)
        entries = None if resource is UNKNOWN else resource.known.shapes("Entries")
        if not isinstance(entries, tuple) or resource is UNKNOWN or not resource.is_certain:
            return None
        ranges = [UNKNOWN if entry is UNKNOWN else entry.text("Cidr") for entry in entries]
        known = [each for each in ranges if isinstance(each, str)]
        return known if known and len(known) == len(ranges) else None

    def _peer(self, shape: ApiStruct) -> Maybe[str]:
        for name in (
            "CidrIp",
            "CidrIpv6",
            "SourcePrefixListId",
            "DestinationPrefixListId",
            "SourceSecurityGroupId",
            "DestinationSecurityGroupId",
        ):
            value = shape.raw(name)
            if value is not None:
                if isinstance(value, Reference) and value.attribute == "CidrBlock":
                    value = value.resource.known.raw("CidrBlock")
                key = self._key(value)
                return UNKNOWN if key is None else key
        return UNKNOWN

    def _key(self, value: Value) -> str | None:
        """Return what identifies a group or an address range, ``None`` if it is unknown."""
        if isinstance(value, str):
            return value
        if isinstance(value, Reference):
            resource = value.resource
            if resource.type == GROUP:
                return resource.id
            if resource.type == VPC and value.attribute == _DEFAULT_GROUP:
                return f"{resource.id}/{_DEFAULT_GROUP}"
        return None

    def _all(self, id: str, kind: str, inside: Maybe[Rules]) -> Maybe[Rules]:
        if inside is UNKNOWN:
            return UNKNOWN
        return (*inside, *self._separately(id, kind), *self._anywhere[kind])

    def _separately(self, id: str, kind: str) -> list[Maybe[SecurityGroupRule]]:
        """Return the rules that separate resources add to a group."""
        if self._separate is None:
            self._separate = {INGRESS: defaultdict(list), EGRESS: defaultdict(list)}
            self._find_separate(self._separate)
            self._find_passed_on(self._separate)
        return self._separate[kind].get(id, [])

    def _find_separate(
        self, separate: dict[str, dict[str, list[Maybe[SecurityGroupRule]]]]
    ) -> None:
        for kind in (INGRESS, EGRESS):
            for resource in self._stacks.of_type(kind):
                properties = resource.known
                group = properties.raw("GroupId")
                key = self._key(group)
                if key is not None:
                    separate[kind][key] += (
                        self._each_rule(properties, resource.id)
                        if resource.is_certain
                        else (UNKNOWN,)
                    )
                elif group is not None or resource.properties is UNKNOWN:
                    self._anywhere[kind].append(UNKNOWN)
        if not self._stacks.is_whole:
            for rules in self._anywhere.values():
                rules.append(UNKNOWN)

    def _find_passed_on(
        self, separate: dict[str, dict[str, list[Maybe[SecurityGroupRule]]]]
    ) -> None:
        """Nested stacks without a template may add rules to the groups in their parameters."""
        for resource in self._stacks.of_type(NESTED_STACK):
            if resource.logical_id in resource.stack.nested:
                continue
            for logical_id in self._mentioned(resource.known.raw("Parameters")):
                for kind in (INGRESS, EGRESS):
                    separate[kind][logical_id].append(UNKNOWN)

    def _mentioned(self, value: Value) -> Iterable[str]:
        if isinstance(value, dict):
            for parameter in value.values():
                for inner in parameter if isinstance(parameter, list) else [parameter]:
                    key = self._key(inner)
                    if key is not None and not isinstance(inner, str):
                        yield key


def _unless(emptied: Maybe[bool], rules: Rules) -> Maybe[Rules]:
    if emptied is UNKNOWN:
        return UNKNOWN
    return () if emptied else rules
