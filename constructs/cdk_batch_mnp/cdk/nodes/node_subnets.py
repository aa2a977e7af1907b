"""Choosing the nodes' subnets."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_ec2 as ec2


def choose_subnets(
    vpc: ec2.IVpc, selection: ec2.SubnetSelection | None, place: str, *, zone: str | None = None
) -> Sequence[ec2.ISubnet]:
    """Give the selected subnets, or the first private ones with a way out, in one zone.

    Without a selection, those in ``zone`` come first: what is reserved there is for no others.

    Raises:
        ValueError: There are none. The message begins with ``place``.
    """
    if selection is not None:
        chosen = _select(vpc, selection)
        if not chosen:
            raise ValueError(f"{place}: vpc_subnets selects no subnet of the VPC")
        return chosen
    private = vpc.private_subnets
    if not private:
        raise ValueError(
            f"{place}: the VPC has no private subnet with a way out, and containers of multi-node "
            "parallel jobs reach nothing from a public one; add such subnets, or choose isolated "
            "ones with vpc_subnets and give the VPC its endpoints"
        )
    if len(private) == 1:
        return private
    in_zone = [each for each in private if each.availability_zone == zone] if zone else []
    if in_zone:
        return in_zone
    first = private[0].availability_zone
    return [each for each in private if each is private[0] or each.availability_zone == first]


def _select(vpc: ec2.IVpc, selection: ec2.SubnetSelection) -> Sequence[ec2.ISubnet]:
    if selection.subnets is not None and selection.subnet_filters is None:
        # Choosing among them asks for the zones, which those imported by id do not tell.
        return selection.subnets
    return vpc.select_subnets(
        availability_zones=selection.availability_zones,
        one_per_az=selection.one_per_az,
        subnet_filters=selection.subnet_filters,
        subnet_group_name=selection.subnet_group_name,
        subnets=selection.subnets,
        subnet_type=selection.subnet_type,
    ).subnets
