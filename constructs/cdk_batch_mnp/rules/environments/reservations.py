"""Rules about capacity that is reserved for the nodes."""

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

_ZONE_NAME = re.compile(r"[a-z]{2}(-[a-z0-9]+)+-[0-9]+[a-z]")
"""The names of zones, ``eu-west-1a``, and not their ids nor a label such as «the first zone»."""

CAPACITY_BLOCK = "capacity-block"


def _is_name(zone: Maybe[str]) -> bool:
    return has_value(zone) and _ZONE_NAME.fullmatch(zone) is not None


@rule(
    ComputeEnvironment,
    "MNP119",
    "A reservation is in the zone of the subnets",
    severity=ERROR,
    why="A reservation or Capacity Block lies in one Availability Zone, and an instance that is to "
    "run in it is refused in a subnet of any other: no node starts, and the reservation is paid "
    "for.",
    fix="Give the environment a subnet in the reservation's zone, or reserve in the subnet's.",
    source=sources.ec2("capacity-reservations-launch"),
)
def reservation_zone(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares the zone of the launch template's reservation with those of the subnets, by name.

    It is silent if the name of any of them is unknown. Where some subnets are in the reservation's
    zone and others are not, it is a warning: nodes are refused in the others alone.
    """
    template = environment.launch_template
    if not has_instances(environment) or not has_value(template):
        return
    reservation = template.capacity_reservation
    if not has_value(reservation) or not _is_name(reservation.zone):
        return
    if environment.subnets is UNKNOWN:
        return
    zones = {UNKNOWN if each is UNKNOWN else each.zone for each in environment.subnets}
    if not all(map(_is_name, zones)):
        return
    others = sorted({str(each) for each in zones} - {str(reservation.zone)})
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
    "A launch template for a Capacity Block names it",
    severity=WARNING,
    why="With the market type capacity-block, EC2 starts instances in the Capacity Block that the "
    "launch names, and refuses a launch that names none. Where Batch leaves the market type out, "
    "as its page on launch templates says, nodes run On-Demand and the block stands idle.",
    fix="Name the Capacity Block's reservation as the launch template's capacity reservation "
    "target, or remove the market type.",
    source=sources.ec2("capacity-blocks-launch"),
)
def unnamed_capacity_block(
    environment: ComputeEnvironment, catalogue: Catalogue
) -> Iterator[Violation]:
    """Looks for the market type capacity-block in a launch template without a reservation."""
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
            message=f"{template.id} is for a Capacity Block, but names none",
            actual="no capacity reservation target",
            expected="the id of a reservation, or the ARN of a group of them",
        )
