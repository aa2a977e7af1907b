"""Capacity Reservations and Capacity Blocks for the nodes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError
from cdk_batch_mnp.cdk.jsii.checked import checked_fields
from cdk_batch_mnp.cdk.jsii.tokens import is_token
from cdk_batch_mnp.lazy.dataclass import dataclass

if TYPE_CHECKING:
    from aws_cdk import aws_ec2 as ec2

_RESERVATION_ID = r"cr-[0-9a-f]{8,17}"


@checked_fields()
@dataclass(frozen=True, kw_only=True)
class CapacityReservation:
    """Reserved capacity that the nodes start in. Create one with a ``from_...`` method.

    Attributes:
        reservation_id: ID of the reservation. Default: any reservation of the group.
        resource_group_arn: ARN of a resource group of reservations, instead of an id. Default: the
            one reservation of the id.
        zone: Availability Zone of the reservation. The nodes' subnets are chosen in it, or checked
            against it if ``vpc_subnets`` is set. Default: unknown; no subnet is chosen by it.
        placement_group: Cluster placement group that the reservation was created in. Nodes launch
            into it. Default: the cluster's own placement group.
        is_capacity_block: Whether it is a Capacity Block for ML. Default: ``False``, an On-Demand
            Capacity Reservation.
        reserved_only: Whether nodes start only in reservations of the group. Default: ``False``;
            when no reserved capacity is left, nodes start On-Demand.

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
        """Check that exactly one well-formed ID or ARN is set."""
        if (self.reservation_id is None) == (self.resource_group_arn is None):
            raise ArgumentError("set either reservation_id or resource_group_arn")
        id, arn = self.reservation_id, self.resource_group_arn
        if id is not None and not is_token(id) and not re.fullmatch(_RESERVATION_ID, id):
            raise ArgumentError(
                f"{id!r} is not a Capacity Reservation ID, which begins with cr-; a "
                "Capacity Block has one too (CapacityReservationId)"
            )
        if arn is not None and not is_token(arn) and ":resource-groups:" not in arn:
            raise ArgumentError(f"{arn!r} is not the ARN of a resource group")

    @classmethod
    def from_id(
        cls,
        reservation_id: str,
        *,
        zone: str | None = None,
        placement_group: ec2.IPlacementGroup | None = None,
    ) -> CapacityReservation:
        """Launch the nodes only into one On-Demand Capacity Reservation.

        Args:
            reservation_id: ``cr-...``.
            zone: The reservation's Availability Zone, such as ``us-east-2a``. Default: unknown.
            placement_group: The cluster placement group that it was created in, if any: EC2
                reserves the capacity for instances of that group. Default: the nodes' own placement
                group, in which there may be no reserved capacity.

        Raises:
            ArgumentError: The ID is not in this format.
        """
        return cls(reservation_id=reservation_id, zone=zone, placement_group=placement_group)

    @classmethod
    def from_reservation(
        cls,
        reservation: ec2.CfnCapacityReservation,
        *,
        placement_group: ec2.IPlacementGroup | None = None,
    ) -> CapacityReservation:
        """Launch the nodes only into a reservation that the app creates, in its zone.

        Args:
            reservation: The reservation.
            placement_group: The cluster placement group that it is created in, if any. Default:
                the nodes' own placement group.
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
        """Launch the nodes into any matching On-Demand Capacity Reservation of a resource group.

        Args:
            resource_group_arn: ARN of the group.
            placement_group: The cluster placement group that its reservations were created in, if
                any. Default: the nodes' own placement group.
            reserved_only: Whether nodes wait for reserved capacity. Default: ``False``; when no
                reserved capacity is left, nodes start On-Demand.

        Raises:
            ArgumentError: The ARN is not that of a resource group.

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
        """Launch the nodes only into a Capacity Block for ML.

        EC2 places the instances of a Capacity Block close together, so no placement group is
        created. Jobs wait until the block starts. EC2 starts terminating the instances 30 minutes
        before the block ends.

        The AWS documentation is contradictory: the Batch User Guide says that market options of
        launch templates are ignored, with regard to Spot; AWS's samples for Batch set the market
        type, as this method does, and launch into Capacity Blocks. Try a small block before you buy
        a large one.

        Args:
            reservation_id: ``cr-...``, as DescribeCapacityBlocks returns it.
            zone: Availability Zone of the block. Default: unknown.

        Raises:
            ArgumentError: The ID is not in this format.

        Source: EC2 User Guide, launch instances using Capacity Blocks.
        """
        return cls(reservation_id=reservation_id, zone=zone, is_capacity_block=True)

    @property
    def facts(self) -> Mapping[str, object]:
        """The zone of the reservation by its ID, for checks of the template."""
        id = self.reservation_id
        if self.zone is None or is_token(self.zone) or id is None or is_token(id):
            return {}
        return {"capacityReservation": {"id": id, "zone": self.zone}}

    def launch_template_data(self) -> dict[str, Any]:
        """Return the members of a launch template, in the CDK's spelling."""
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
    """Where nodes launch, with or without a reservation.

    Attributes:
        zone: Zone of the subnets, if the reservation determines it.
        placement_group: The user's, or the one that the reservation was created in.
        makes_group: Whether a cluster placement group has to be created.
    """

    zone: str | None = None
    placement_group: ec2.IPlacementGroup | None = None
    makes_group: bool


def plan_capacity(
    reservation: CapacityReservation | None,
    placement_group: ec2.IPlacementGroup | None,
    launch_template: ec2.ILaunchTemplate | None,
) -> CapacityPlan:
    """Decide where nodes launch.

    Raises:
        ArgumentError: A reservation is combined with a launch template, or with a placement group
            other than its own.
    """
    if reservation is None:
        return CapacityPlan(placement_group=placement_group, makes_group=placement_group is None)
    if launch_template is not None:
        raise ArgumentError(
            "capacity_reservation applies to the launch template that is created; target it in "
            "your launch_template, or leave one of the two out"
        )
    own = reservation.placement_group
    if own is not None and placement_group is not None and own is not placement_group:
        raise ArgumentError(
            "placement_group is not the group that the capacity_reservation was created in, and "
            "EC2 reserves its capacity for instances of that group; leave placement_group out"
        )
    group = own or placement_group
    return CapacityPlan(
        zone=reservation.zone,
        placement_group=group,
        makes_group=group is None and not reservation.is_capacity_block,
    )
