"""Choosing the nodes' subnets."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_ec2 as ec2

from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError


def choose_subnets(
    vpc: ec2.IVpc, selection: ec2.SubnetSelection | None, *, zone: str | None = None
) -> Sequence[ec2.ISubnet]:
    """Return the selected subnets, or the first private ones with egress, in one zone.

    Without a selection, subnets in ``zone`` are preferred: reserved capacity is in that zone.

    Raises:
        ArgumentError: There are none.
    """
    if selection is not None:
        chosen = _select(vpc, selection)
        if not chosen:
            raise ArgumentError("vpc_subnets selects no subnet of the VPC")
        return chosen
    private = vpc.private_subnets
    if not private:
        raise ArgumentError(
            "the VPC has no private subnet with egress, and containers of multi-node parallel jobs "
            "reach nothing from a public one; add such subnets, or select isolated ones with "
            "vpc_subnets and add VPC endpoints"
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
        # select_subnets reads the zones, which subnets imported by id do not have.
        return selection.subnets
    return vpc.select_subnets(
        availability_zones=selection.availability_zones,
        one_per_az=selection.one_per_az,
        subnet_filters=selection.subnet_filters,
        subnet_group_name=selection.subnet_group_name,
        subnets=selection.subnets,
        subnet_type=selection.subnet_type,
    ).subnets
