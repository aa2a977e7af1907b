"""Reading VPCs, subnets, security groups, placement groups and launch templates of the CDK."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from cdk_batch_mnp.cdk.tokens import is_token, known
from cdk_batch_mnp.model.launch_template import LaunchTemplate
from cdk_batch_mnp.model.network import (
    PlacementGroup,
    SecurityGroup,
    Subnet,
    SubnetKind,
    Vpc,
)
from cdk_batch_mnp.model.shape import Shape
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe

_SERVICE = re.compile(r"com\.amazonaws\.[^.]*\.(.+)")


def read_subnets(vpc: ec2.IVpc, subnets: Sequence[ec2.ISubnet]) -> tuple[Subnet, ...]:
    """Model the subnets of a selection."""
    kinds: dict[int, SubnetKind] = {}
    for kind, those in (
        ("public", vpc.public_subnets),
        ("private", vpc.private_subnets),
        ("isolated", vpc.isolated_subnets),
    ):
        kinds.update({id(each): kind for each in those})  # type: ignore[dict-item]
    found = [kinds.get(id(each), UNKNOWN) for each in subnets]
    # Only isolated subnets depend on endpoints, and looking for them visits every construct.
    in_vpc = Vpc(id=vpc.node.path, endpoints=_endpoints(vpc) if "isolated" in found else UNKNOWN)
    return tuple(
        Subnet(id=each.node.path, zone=_zone(each), kind=kind, vpc=in_vpc)
        for each, kind in zip(subnets, found, strict=True)
    )


def _zone(subnet: ec2.ISubnet) -> Maybe[str]:
    zone = subnet.availability_zone
    if not is_token(zone):
        return zone
    resolved = Stack.of(subnet).resolve(zone)
    # «The n-th zone of the Region» is not a name, but different n are different zones.
    match resolved:
        case {"Fn::Select": [index, {"Fn::GetAZs": _}]}:
            return f"zone {index} of the Region"
    return UNKNOWN


def _endpoints(vpc: ec2.IVpc) -> Maybe[frozenset[str]]:
    if not isinstance(vpc, ec2.Vpc):
        return UNKNOWN
    stack = Stack.of(vpc)
    found = set()
    for construct in stack.node.find_all():
        if isinstance(construct, ec2.CfnVPCEndpoint):
            name = stack.resolve(construct.service_name)
            match name:
                case {"Fn::Join": ["", [*parts]]}:
                    name = "".join(each if isinstance(each, str) else "-" for each in parts)
            match = _SERVICE.fullmatch(name) if isinstance(name, str) else None
            if match is None:
                return UNKNOWN
            found.add(match[1])
    return frozenset(found)


def read_security_group(group: ec2.ISecurityGroup) -> SecurityGroup:
    """Model a security group of the user's; its rules may be added to anywhere."""
    return SecurityGroup(id=group.node.path)


def read_placement_group(group: ec2.IPlacementGroup) -> PlacementGroup:
    """Model a placement group of the user's, as far as it says what it is."""
    strategy, level = group.strategy, group.spread_level
    return PlacementGroup(
        id=group.node.path,
        strategy=strategy.value.lower() if strategy is not None else UNKNOWN,
        partition_count=group.partitions,
        spread_level=level.value.lower() if level is not None else None,
    )


def read_launch_template(template: ec2.ILaunchTemplate) -> Maybe[LaunchTemplate]:
    """Model a launch template of the user's, if it is made in this app."""
    child = template.node.default_child if isinstance(template, Construct) else None
    if not isinstance(child, ec2.CfnLaunchTemplate):
        return UNKNOWN
    data: Any = Stack.of(child).resolve(child.launch_template_data)
    return LaunchTemplate.read(Shape(known(data)), id=template.node.path, user_data=_script(data))  # type: ignore[arg-type]


def _script(data: dict[str, Any]) -> Maybe[str]:
    match data.get("userData", data.get("UserData")):
        case {"Fn::Base64": str(script)}:
            return script
    return UNKNOWN
