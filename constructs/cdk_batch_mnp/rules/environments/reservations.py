"""Rules about reserved capacity."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, WARNING, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.compute_environment import (
    COMPUTE_RESOURCES,
    LAUNCH_TEMPLATE,
    ComputeEnvironment,
)
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, has_value
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.environments.listed_types import has_instances

_ZONE_NAME = r"[a-z]{2}(-[a-z0-9]+)+-[0-9]+[a-z]"
"""A zone's name such as ``eu-west-1a``, but not its ID or a label such as ``the first zone``."""

CAPACITY_BLOCK = "capacity-block"


def _is_name(zone: Maybe[str]) -> bool:
    return has_value(zone) and re.fullmatch(_ZONE_NAME, zone) is not None


@rule(
    ComputeEnvironment,
    "MNP119",
    "The capacity reservation is in the Availability Zone of the subnets",
    severity=ERROR,
    why="A Capacity Reservation or Capacity Block is in one Availability Zone. EC2 rejects an "
    "instance that targets it from a subnet in another zone: no node starts, and you pay for the "
    "reservation.",
    fix="Use a subnet in the reservation's Availability Zone, or reserve capacity in the subnet's.",
    source=sources.ec2("capacity-reservations-launch"),
)
def reservation_zone(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares the zone names of the launch template's reservation and of the subnets.

    Silent if any of the names is unknown. If only some of the subnets are in another zone, it
    is a warning: instances fail only there.
    """
    template = environment.launch_template
    if not has_instances(environment) or not has_value(template):
        return
    reservation = template.capacity_reservation
    if not has_value(reservation) or not _is_name(reservation.zone):
        return
    if environment.subnets is UNKNOWN:
        return
    zones = {UNKNOWN if subnet is UNKNOWN else subnet.zone for subnet in environment.subnets}
    if not all(map(_is_name, zones)):
        return
    others = sorted({str(zone) for zone in zones} - {str(reservation.zone)})
    if others:
        yield Violation(
            resource=environment,
            property_path=COMPUTE_RESOURCES / "subnets",
            message=f"the reservation of {template.id} is in {reservation.zone}, but "
            f"{'a subnet is' if len(others) < len(zones) else 'the subnets are'} in "
            f"{', '.join(others)}",
            actual=", ".join(others),
            expected=str(reservation.zone),
            severity=ERROR if len(others) == len(zones) else WARNING,
        )


@rule(
    ComputeEnvironment,
    "MNP120",
    "A launch template for a Capacity Block targets it",
    severity=WARNING,
    why="With market type capacity-block, EC2 launches instances into the Capacity Block that the "
    "launch targets, and rejects a launch that targets none. If AWS Batch ignores the market type, "
    "as its page on launch templates states, nodes run On-Demand while the block is idle.",
    fix="Set the Capacity Block's reservation as the launch template's capacity reservation "
    "target, or remove the market type.",
    source=sources.ec2("capacity-blocks-launch"),
)
def unnamed_capacity_block(
    environment: ComputeEnvironment, catalogue: Catalogue
) -> Iterator[Violation]:
    """Reports market type capacity-block in a launch template without a reservation target."""
    template = environment.launch_template
    if not has_instances(environment) or not has_value(template):
        return
    if template.market_type != CAPACITY_BLOCK:
        return
    reservation = template.capacity_reservation
    if reservation is UNKNOWN:
        return
    if reservation is None or (
        reservation.reservation_id is None and reservation.resource_group_arn is None
    ):
        yield Violation(
            resource=environment,
            property_path=LAUNCH_TEMPLATE,
            message=f"{template.id} is for a Capacity Block, but targets none",
            actual="no capacity reservation target",
            expected="a reservation ID, or the ARN of a group of reservations",
        )
