"""Capacity that was reserved for the nodes beforehand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cdk_batch_mnp.cdk.jsii.argument_types import refuse_wrong_types
from cdk_batch_mnp.cdk.jsii.tokens import is_token

if TYPE_CHECKING:
    from aws_cdk import aws_ec2 as ec2

_RESERVATION_ID = re.compile(r"cr-[0-9a-f]{8,17}")


@dataclass(frozen=True, kw_only=True)
class CapacityReservation:
    """Reserved capacity that the nodes start in; made by one of the ``from_...`` methods.

    Attributes:
        reservation_id: Of the reservation.
        resource_group_arn: Of a resource group of reservations, in its place.
        zone: The reservation's Availability Zone. The nodes' subnets are chosen by it where none
            are given, and are held against it.
        placement_group: The cluster placement group that the reservation was made in. Nodes start
            in it.
        is_capacity_block: Whether it is a Capacity Block for ML.
        reserved_only: Whether no node starts outside of the reservations of a group.

    Source: EC2 API, LaunchTemplateCapacityReservationSpecificationRequest; EC2 User Guide, launch
    instances into an existing Capacity Reservation.
    """

    reservation_id: str | None = None
    resource_group_arn: str | None = None
    zone: str | None = None
    placement_group: ec2.IPlacementGroup | None = None
    is_capacity_block: bool = False
    reserved_only: bool = False

    def __post_init__(self) -> None:
        """Refuse what names no reservation."""
        refuse_wrong_types("CapacityReservation", CapacityReservation, vars(self))
        if (self.reservation_id is None) == (self.resource_group_arn is None):
            raise ValueError("a capacity reservation has either an id or a group's ARN")
        id, arn = self.reservation_id, self.resource_group_arn
        if id is not None and not is_token(id) and not _RESERVATION_ID.fullmatch(id):
            raise ValueError(
                f"{id!r} is no id of a capacity reservation, which begins with cr-; a Capacity "
                "Block has one too (CapacityReservationId)"
            )
        if arn is not None and not is_token(arn) and ":resource-groups:" not in arn:
            raise ValueError(f"{arn!r} is no ARN of a resource group")

    @classmethod
    def from_id(
        cls,
        reservation_id: str,
        *,
        zone: str | None = None,
        placement_group: ec2.IPlacementGroup | None = None,
    ) -> CapacityReservation:
        """Start the nodes in one On-Demand Capacity Reservation, and nowhere else.

        Args:
            reservation_id: ``cr-...``.
            zone: The reservation's Availability Zone, such as ``us-east-2a``.
            placement_group: The cluster placement group that it was made in, if any: EC2 gives its
                capacity to instances of that group alone. If it was made in none, capacity in the
                nodes' own placement group is not certain.

        Raises:
            ValueError: This is no such id.
        """
        return cls(reservation_id=reservation_id, zone=zone, placement_group=placement_group)

    @classmethod
    def from_reservation(
        cls,
        reservation: ec2.CfnCapacityReservation,
        *,
        placement_group: ec2.IPlacementGroup | None = None,
    ) -> CapacityReservation:
        """Start the nodes in a reservation of this app; its zone is read from it.

        Args:
            reservation: The reservation.
            placement_group: The cluster placement group that it is made in, if any.
        """
        zone = reservation.availability_zone
        return cls(
            reservation_id=reservation.ref,
            zone=None if zone is None or is_token(zone) else zone,
            placement_group=placement_group,
        )

    @classmethod
    def from_resource_group(
        cls,
        resource_group_arn: str,
        *,
        placement_group: ec2.IPlacementGroup | None = None,
        reserved_only: bool = False,
    ) -> CapacityReservation:
        """Start the nodes in any matching On-Demand Capacity Reservation of a resource group.

        Args:
            resource_group_arn: Of the group.
            placement_group: The cluster placement group that its reservations were made in, if any.
            reserved_only: Whether nodes wait for reserved capacity; otherwise those that find none
                left run On-Demand beside it.

        Raises:
            ValueError: This is no such ARN.

        Source: EC2 User Guide, launch instances into Capacity Reservations in a group.
        """
        return cls(
            resource_group_arn=resource_group_arn,
            placement_group=placement_group,
            reserved_only=reserved_only,
        )

    @classmethod
    def from_capacity_block(
        cls, reservation_id: str, *, zone: str | None = None
    ) -> CapacityReservation:
        """Start the nodes in a Capacity Block for ML, while it lasts.

        A Capacity Block's instances are close together by themselves, so no placement group is
        made. Jobs wait until the block begins; EC2 ends its instances from 30 minutes before its
        end.

        Batch's documents do not agree: its page on launch templates says that their market options
        are ignored, with Spot in mind; AWS's own samples for Batch set the market type, as here,
        and start in Capacity Blocks. Try a small job before you buy a large block.

        Args:
            reservation_id: ``cr-...``, which DescribeCapacityBlocks tells.
            zone: The block's Availability Zone.

        Raises:
            ValueError: This is no such id.

        Source: EC2 User Guide, launch instances using Capacity Blocks.
        """
        return cls(reservation_id=reservation_id, zone=zone, is_capacity_block=True)

    @property
    def facts(self) -> Mapping[str, object]:
        """What the checks of a template know of the reservation: its zone, by its id."""
        id = self.reservation_id
        if self.zone is None or is_token(self.zone) or id is None or is_token(id):
            return {}
        return {"capacityReservation": {"id": id, "zone": self.zone}}

    def launch_template_data(self) -> dict[str, Any]:
        """The members of a launch template, in the spelling of the CDK."""
        if self.reservation_id is not None:
            specification: dict[str, Any] = {
                "capacityReservationTarget": {"capacityReservationId": self.reservation_id}
            }
        else:
            specification = {
                "capacityReservationTarget": {
                    "capacityReservationResourceGroupArn": self.resource_group_arn
                }
            }
        if self.reserved_only:
            specification["capacityReservationPreference"] = "capacity-reservations-only"
        data: dict[str, Any] = {"capacityReservationSpecification": specification}
        if self.is_capacity_block:
            data["instanceMarketOptions"] = {"marketType": "capacity-block"}
        return data


@dataclass(frozen=True, kw_only=True)
class CapacityPlan:
    """What a reservation, or none, means for the placement of nodes.

    Attributes:
        zone: Where the subnets should be, if that is said.
        placement_group: The user's, or the one that the reservation was made in.
        makes_group: Whether a cluster placement group has to be made.
    """

    zone: str | None = None
    placement_group: ec2.IPlacementGroup | None = None
    makes_group: bool


def plan_capacity(
    reservation: CapacityReservation | None,
    placement_group: ec2.IPlacementGroup | None,
    launch_template: ec2.ILaunchTemplate | None,
) -> CapacityPlan:
    """Work out where nodes start.

    Raises:
        ValueError: A reservation is given beside a launch template, or beside another placement
            group than it has.
    """
    if reservation is None:
        return CapacityPlan(placement_group=placement_group, makes_group=placement_group is None)
    if launch_template is not None:
        raise ValueError(
            "capacity_reservation is for the launch template that is made; target it in the "
            "launch_template that you give, or leave one of the two out"
        )
    own = reservation.placement_group
    if own is not None and placement_group is not None and own is not placement_group:
        raise ValueError(
            "placement_group is not the group that the capacity_reservation was made in, and EC2 "
            "gives its capacity to instances of that group alone; leave placement_group out"
        )
    group = own or placement_group
    return CapacityPlan(
        zone=reservation.zone,
        placement_group=group,
        makes_group=group is None and not reservation.is_capacity_block,
    )
