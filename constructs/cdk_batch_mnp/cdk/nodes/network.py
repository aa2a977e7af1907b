"""Reading VPCs, subnets, security groups, placement groups and launch templates of the CDK."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from cdk_batch_mnp.cdk.jsii.l1_properties import referenced_construct, written
from cdk_batch_mnp.cdk.jsii.tokens import is_list_token, is_token, known
from cdk_batch_mnp.cdk.nodes.security_groups import read_default_group
from cdk_batch_mnp.model.launch_template import LaunchTemplate
from cdk_batch_mnp.model.network import (
    PlacementGroup,
    SecurityGroup,
    Subnet,
    SubnetKind,
    Vpc,
)
from cdk_batch_mnp.model.shape import ApiStruct
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, has_value

_KINDS: Sequence[tuple[SubnetKind, Callable[[ec2.IVpc], Sequence[ec2.ISubnet]]]] = (
    ("private", lambda vpc: vpc.private_subnets),
    ("isolated", lambda vpc: vpc.isolated_subnets),
    ("public", lambda vpc: vpc.public_subnets),
)
_SERVICE = re.compile(r"com\.amazonaws\.[^.]*\.(.+)")


def read_subnets(
    vpc: ec2.IVpc, subnets: Sequence[ec2.ISubnet], *, with_default_group: bool = False
) -> tuple[Subnet, ...]:
    """Model the subnets of a selection.

    Args:
        vpc: Of the subnets.
        subnets: The selection.
        with_default_group: Whether to read the VPC's default security group too, which takes a
            while.
    """
    # By path: what Node has made is another object in Python each time that it is asked for.
    paths = [each.node.path for each in subnets]
    kinds: dict[str, SubnetKind] = {}
    for kind, those in _KINDS:
        # Each question is a round trip to Node, and most nodes are in private subnets.
        if not kinds.keys() >= set(paths):
            kinds.update({each.node.path: kind for each in those(vpc)})
    found = [kinds.get(each, UNKNOWN) for each in paths]
    # Only isolated subnets depend on endpoints, and looking for them visits every construct.
    endpoints = _endpoints(vpc) if "isolated" in found else UNKNOWN
    in_vpc = Vpc(
        id=vpc.node.path,
        endpoints=endpoints,
        default_security_group=read_default_group(vpc)
        if with_default_group and isinstance(vpc, ec2.Vpc)
        else UNKNOWN,
    )
    return tuple(
        Subnet(id=path, zone=_zone(each), kind=kind, vpc=in_vpc)
        for path, each, kind in zip(paths, subnets, found, strict=True)
    )


def read_subnet_ids(
    ids: object, *, with_default_group: bool = False
) -> Maybe[tuple[Maybe[Subnet], ...]]:
    """Model the subnets that ids stand for, those of a VPC of this app as far as they are known."""
    if not isinstance(ids, list):
        return UNKNOWN
    return tuple(_read_subnet_id(each, with_default_group) for each in ids)


def _read_subnet_id(id: object, with_default_group: bool) -> Maybe[Subnet]:
    resource = referenced_construct(id)
    subnet = resource.node.scope if resource is not None else None
    if not isinstance(subnet, ec2.Subnet):
        return UNKNOWN
    vpc = subnet.node.scope
    if not isinstance(vpc, ec2.Vpc):
        return Subnet(id=subnet.node.path, zone=_zone(subnet))
    return read_subnets(vpc, [subnet], with_default_group=with_default_group)[0]


def _zone(subnet: ec2.ISubnet) -> Maybe[str]:
    try:
        zone = subnet.availability_zone
    except RuntimeError:
        # Imported by its id alone: the CDK refuses to tell.
        return UNKNOWN
    if not is_token(zone):
        return zone
    if is_list_token(zone):
        # One of a list that only deployment tells: there is nothing to resolve by itself.
        return UNKNOWN
    resolved = Stack.of(subnet).resolve(zone)
    # «The n-th zone of the Region» is not a name, but different n are different zones.
    match resolved:
        case {"Fn::Select": [index, {"Fn::GetAZs": _}]}:
            return f"zone {index} of the Region"
    return UNKNOWN


def _endpoints(vpc: ec2.IVpc) -> Maybe[frozenset[str]]:
    if not isinstance(vpc, ec2.Vpc):
        return UNKNOWN
    found = set()
    for construct in vpc.node.root.node.find_all():
        if not isinstance(construct, ec2.CfnVPCEndpoint):
            continue
        properties = Stack.of(construct).resolve(written(construct))
        if construct.vpc_id != vpc.vpc_id:
            match properties["vpcId"]:
                case str() | {"Ref": _}:
                    continue
            # An import may well be of this VPC.
            return UNKNOWN
        name = properties["serviceName"]
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


def read_placement_group(name: object) -> Maybe[PlacementGroup]:
    """Model the placement group that a name stands for, if it is made in this app."""
    resource = referenced_construct(name)
    if not isinstance(resource, ec2.CfnPlacementGroup):
        return UNKNOWN
    properties = ApiStruct(known(Stack.of(resource).resolve(written(resource))))
    return PlacementGroup(
        id=_path(resource),
        strategy=properties.text("strategy"),
        partition_count=properties.integer("partitionCount"),
        spread_level=properties.text("spreadLevel"),
    )


def read_launch_template(template: object) -> Maybe[LaunchTemplate]:
    """Model a launch template of the user's, if it is made in this app."""
    resource = template.node.default_child if isinstance(template, Construct) else None
    if isinstance(template, ec2.CfnLaunchTemplate):
        resource = template
    if not isinstance(resource, ec2.CfnLaunchTemplate):
        return UNKNOWN
    properties = written(resource)
    zone = _zone_of_reservation(properties.get("launchTemplateData"))
    data = Stack.of(resource).resolve(properties).get("launchTemplateData")
    read = LaunchTemplate.read(ApiStruct(known(data)), id=_path(resource), user_data=_script(data))
    reservation = read.capacity_reservation
    if zone is None or not has_value(reservation):
        return read
    return replace(read, capacity_reservation=replace(reservation, zone=zone))


def _path(resource: Construct) -> str:
    """The path of the construct that a user made, which may be the one around the L1."""
    return resource.node.path.removesuffix("/Resource")


def _zone_of_reservation(data: object) -> str | None:
    """The zone of the reservation of this app that a launch template targets."""
    match data:
        case {
            "capacityReservationSpecification": {
                "capacityReservationTarget": {"capacityReservationId": id}
            }
        }:
            reservation = referenced_construct(id)
            if isinstance(reservation, ec2.CfnCapacityReservation):
                zone = reservation.availability_zone
                return None if zone is None or is_token(zone) else zone
    return None


def _script(data: object) -> Maybe[str]:
    match data:
        case {"userData": {"Fn::Base64": str(script)}}:
            return script
    return UNKNOWN
