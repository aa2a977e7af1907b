"""Launch templates, placement groups and security groups of instances."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cdk_batch_mnp_emulator.cloudformation.providers.api_resource import (
    ApiResource,
    ReplacedOnChange,
)
from cdk_batch_mnp_emulator.cloudformation.providers.ec2_resource import Ec2Resource
from cdk_batch_mnp_emulator.cloudformation.resource import (
    Context,
    Properties,
    Provided,
    Provider,
    changed,
    without,
)

_PORTS = ("IpProtocol", "FromPort", "ToPort")


class LaunchTemplate(ApiResource):
    """Provides AWS::EC2::LaunchTemplate; an update creates the next version."""

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Create the next version, if the data has changed."""
        if not changed(old, new) & {"LaunchTemplateData", "VersionDescription"}:
            return provided
        answer = context.call(
            self.service,
            "CreateLaunchTemplateVersion",
            **self.named(provided),
            **without(new, "LaunchTemplateName", "TagSpecifications"),
        )["LaunchTemplateVersion"]
        known = {"DefaultVersionNumber": 1, "LatestVersionNumber": answer["VersionNumber"]}
        return self.provided(context, {self.id: provided.physical_id, **known}, new)


class PlacementGroup(Ec2Resource):
    """Provides AWS::EC2::PlacementGroup."""

    def request(self, context: Context, properties: Properties) -> dict[str, Any]:
        """Return the arguments of the create call, with a generated name."""
        return super().request(context, properties) | {"GroupName": context.name}

    def provided(
        self, context: Context, known: Mapping[str, Any], properties: Properties
    ) -> Provided:
        """Return the group."""
        own = {name: known[name] for name in ("GroupName", "GroupId")}
        return Provided(known["GroupName"], own)


class SecurityGroup(Ec2Resource):
    """Provides AWS::EC2::SecurityGroup with its inline rules."""

    def request(self, context: Context, properties: Properties) -> dict[str, Any]:
        """Return the arguments of the create call, with a generated name by default."""
        own = {key: properties[key] for key in ("GroupName", "Tags", "VpcId") if key in properties}
        return super().request(context, {**own, "Description": properties["GroupDescription"]})

    def modify(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> None:
        """Update the rules. A group with egress rules has no default egress rule."""
        everywhere = {"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}
        if "SecurityGroupEgress" in new and "SecurityGroupEgress" not in old:
            _revoke(context, "Egress", provided.physical_id, [everywhere])
        for direction in ("Ingress", "Egress"):
            name = f"SecurityGroup{direction}"
            before, after = old.get(name, []), new.get(name, [])
            _revoke(context, direction, provided.physical_id, _only_in(before, after))
            _authorize(context, direction, provided.physical_id, _only_in(after, before))
        if "SecurityGroupEgress" in old and "SecurityGroupEgress" not in new:
            _authorize(context, "Egress", provided.physical_id, [everywhere])


@dataclass(frozen=True)
class SecurityGroupRule(ReplacedOnChange):
    """Provides AWS::EC2::SecurityGroupIngress and AWS::EC2::SecurityGroupEgress."""

    direction: str

    def create(self, context: Context, properties: Properties) -> Provided:
        """Add the rule to its group."""
        rule = without(properties, "GroupId")
        ids = _authorize(context, self.direction, properties["GroupId"], [rule])
        return Provided(ids[0] if ids else context.name, {"Id": ids[0] if ids else context.name})

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Remove the rule from its group."""
        rule = without(properties, "GroupId")
        _revoke(context, self.direction, properties["GroupId"], [rule])


PROVIDERS: dict[str, Provider] = {
    "AWS::EC2::LaunchTemplate": LaunchTemplate(
        service="ec2",
        create_call="CreateLaunchTemplate",
        delete_call="DeleteLaunchTemplate",
        answer="LaunchTemplate",
        id="LaunchTemplateId",
        name="LaunchTemplateName",
        attributes={
            "LaunchTemplateId": "LaunchTemplateId",
            "DefaultVersionNumber": "{DefaultVersionNumber}",
            "LatestVersionNumber": "{LatestVersionNumber}",
        },
        create_only=frozenset({"LaunchTemplateName"}),
    ),
    "AWS::EC2::PlacementGroup": PlacementGroup(
        create_call="CreatePlacementGroup",
        delete_call="DeletePlacementGroup",
        answer="PlacementGroup",
        id="GroupName",
        tagged_as="placement-group",
    ),
    "AWS::EC2::SecurityGroup": SecurityGroup(
        create_call="CreateSecurityGroup",
        delete_call="DeleteSecurityGroup",
        id="GroupId",
        name="GroupName",
        shown=("VpcId",),
        tagged_as="security-group",
        in_place=frozenset({"SecurityGroupEgress", "SecurityGroupIngress"}),
    ),
    "AWS::EC2::SecurityGroupEgress": SecurityGroupRule("Egress"),
    "AWS::EC2::SecurityGroupIngress": SecurityGroupRule("Ingress"),
}


def _only_in(rules: Iterable[Properties], others: Iterable[Properties]) -> list[Properties]:
    known = list(others)
    return [each for each in rules if each not in known]


def _authorize(context: Context, direction: str, group: str, rules: list[Properties]) -> list[str]:
    if not rules:
        return []
    answer = context.call(
        "ec2",
        f"AuthorizeSecurityGroup{direction}",
        GroupId=group,
        IpPermissions=[_permission(each) for each in rules],
    )
    return [each["SecurityGroupRuleId"] for each in answer.get("SecurityGroupRules", [])]


def _revoke(context: Context, direction: str, group: str, rules: list[Properties]) -> None:
    if rules:
        context.call(
            "ec2",
            f"RevokeSecurityGroup{direction}",
            GroupId=group,
            IpPermissions=[_permission(each) for each in rules],
        )


def _permission(rule: Properties) -> dict[str, Any]:
    permission = {key: rule[key] for key in _PORTS if key in rule}
    described = {"Description": rule["Description"]} if "Description" in rule else {}
    for name, api_list, api_name in (
        ("CidrIp", "IpRanges", "CidrIp"),
        ("CidrIpv6", "Ipv6Ranges", "CidrIpv6"),
        ("SourcePrefixListId", "PrefixListIds", "PrefixListId"),
        ("DestinationPrefixListId", "PrefixListIds", "PrefixListId"),
        ("SourceSecurityGroupId", "UserIdGroupPairs", "GroupId"),
        ("DestinationSecurityGroupId", "UserIdGroupPairs", "GroupId"),
    ):
        if name in rule:
            permission[api_list] = [{api_name: rule[name]} | described]
    return permission
