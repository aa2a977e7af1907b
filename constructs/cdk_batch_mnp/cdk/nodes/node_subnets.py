"""Choose the nodes' subnets, and record facts about imported ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2

from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError
from cdk_batch_mnp.cdk.jsii.proxies import read
from cdk_batch_mnp.cdk.jsii.tokens import is_list_token, is_token
from cdk_batch_mnp.cdk.jsii.unchanging import path_of, subnet_id_of


def choose_subnets(
    vpc: ec2.IVpc, selection: ec2.SubnetSelection | None, *, zone: str | None = None
) -> Sequence[ec2.ISubnet]:
    """Return the selected subnets, or the first private ones with egress, in one zone.

    Without a selection, subnets in ``zone`` are preferred: reserved capacity is in that zone.

    Raises:
        ArgumentError: No subnet is found.
    """
    if selection is not None:
        chosen = _select(vpc, selection)
        if not chosen:
            raise ArgumentError("vpc_subnets selects no subnet of the VPC")
        return chosen
    private: Sequence[ec2.ISubnet] = read(vpc, "private_subnets")
    if not private:
        raise ArgumentError(
            "the VPC has no private subnet with egress, and containers of multi-node parallel jobs "
            "have no internet access in a public one; add such subnets, or select isolated ones "
            "with vpc_subnets and add VPC endpoints"
        )
    if len(private) == 1:
        return private
    in_zone = [subnet for subnet in private if subnet.availability_zone == zone] if zone else []
    if in_zone:
        return in_zone
    first = private[0].availability_zone
    return [
        subnet for subnet in private if subnet is private[0] or subnet.availability_zone == first
    ]


def _select(vpc: ec2.IVpc, selection: ec2.SubnetSelection) -> Sequence[ec2.ISubnet]:
    if selection.subnets is not None and selection.subnet_filters is None:
        # select_subnets reads the zones, which subnets imported by ID do not have.
        return selection.subnets
    return vpc.select_subnets(
        availability_zones=selection.availability_zones,
        one_per_az=selection.one_per_az,
        subnet_filters=selection.subnet_filters,
        subnet_group_name=selection.subnet_group_name,
        subnets=selection.subnets,
        subnet_type=selection.subnet_type,
    ).subnets


def subnet_facts(
    vpc: ec2.IVpc, subnets: Sequence[ec2.ISubnet], *, are_selected: bool
) -> Mapping[str, object]:
    """Return facts about imported subnets that a template does not show.

    For a VPC that the app creates, the templates show everything.

    Args:
        vpc: The VPC.
        subnets: The subnets that :func:`choose_subnets` has chosen.
        are_selected: Whether the user has selected them; otherwise, they are private.
    """
    if isinstance(vpc, ec2.Vpc):
        return {}
    kinds = _kinds(vpc, subnets) if are_selected else ["private"] * len(subnets)
    facts = []
    for known_kind, subnet in zip(kinds, subnets, strict=True):
        id, zone = subnet_id_of(subnet), _zone(subnet)
        if not is_list_token(id) and (zone or known_kind):
            known = {"id": id, "zone": zone, "kind": known_kind}
            facts.append({name: each for name, each in known.items() if each})
    return {"subnets": facts} if facts else {}


def _kinds(vpc: ec2.IVpc, subnets: Sequence[ec2.ISubnet]) -> Sequence[str | None]:
    # By path, since a construct that Node has created is a new Python object on each access.
    paths = [path_of(each) for each in subnets]
    kinds: dict[str, str] = {}
    for kind in ("private", "isolated", "public"):
        # Each list is a call to Node, and most nodes are in private subnets.
        if not kinds.keys() >= set(paths):
            kinds.update({path_of(each): kind for each in read(vpc, f"{kind}_subnets")})
    return [kinds.get(path) for path in paths]


def _zone(subnet: ec2.ISubnet) -> object:
    try:
        zone = read(subnet, "availability_zone")
    except RuntimeError:
        # A subnet imported by its ID has no zone.
        return None
    if not is_token(zone):
        return zone
    if is_list_token(zone):
        return None
    resolved = Stack.of(subnet).resolve(zone)
    match resolved:
        case {"Fn::Select": [_, {"Fn::GetAZs": _}]}:
            return resolved
    return None
