"""Capacity that is reserved where the nodes are."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_batch_mnp.model.compute_environment import ComputeEnvironment
from cdk_batch_mnp.model.launch_template import CapacityReservationSpecification as Specification
from cdk_batch_mnp.model.network import PlacementGroup, Subnet
from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.rules.setups import environment, findings, ids, launch_template, subnet

ZONE = "eu-west-1a"
FIRST = "zone 0 of the Region"


def reserved(zone: Any, *zones: Any) -> ComputeEnvironment:
    """An environment with a reservation in one zone, and a subnet in each of the others."""
    reservation = Specification(reservation_id="cr-0123456789abcdef0", zone=zone)
    return environment(
        launch_template=launch_template(capacity_reservation=reservation),
        subnets=tuple(subnet(id=f"Stack/{each}", zone=each) for each in zones),
        # Not a cluster group, which would be in one zone only.
        placement_group=PlacementGroup(id="Stack/PlacementGroup", strategy=UNKNOWN),
    )


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        pytest.param(reserved("eu-west-1b", ZONE), ["MNP119"], id="another zone"),
        pytest.param(reserved("eu-west-1c", ZONE, "eu-west-1b"), ["MNP119"], id="two others"),
        pytest.param(reserved("us-west-2-lax-1a", "us-west-2a"), ["MNP119"], id="a local zone"),
        pytest.param(reserved(ZONE, ZONE), [], id="the same zone"),
        pytest.param(reserved(ZONE, ZONE, ZONE), [], id="two subnets of the same zone"),
        pytest.param(reserved(UNKNOWN, ZONE), [], id="the reservation's zone is unknown"),
        pytest.param(reserved("eu-west-1b", UNKNOWN), [], id="the subnet's zone is unknown"),
        pytest.param(reserved("eu-west-1b", ZONE, UNKNOWN), [], id="one of the subnets' is"),
        pytest.param(reserved("eu-west-1b", FIRST), [], id="the first zone may be this one"),
        pytest.param(reserved("euw1-az2", ZONE), [], id="a zone's id may be of this one"),
        pytest.param(reserved(ZONE, "euw1-az2"), [], id="a subnet's zone by its id"),
        pytest.param(reserved("eu-west-1b"), [], id="no subnet"),
    ],
)
def test_mnp119_a_reservation_is_in_the_zone_of_the_subnets(
    changed: ComputeEnvironment, expected: list[str]
) -> None:
    assert ids(changed) == expected


def test_mnp119_leaves_alone_what_cannot_be_seen() -> None:
    unseen: tuple[dict[str, Any], ...] = (
        {"subnets": UNKNOWN},
        {"subnets": (UNKNOWN, Subnet(id="Stack/Private", zone=ZONE))},
        {"launch_template": UNKNOWN},
        {"launch_template": launch_template(capacity_reservation=UNKNOWN)},
        {"launch_template": launch_template(capacity_reservation=Specification())},
        {"launch_template": launch_template(capacity_reservation=None)},
    )
    for changes in unseen:
        right = {"launch_template": reserved("eu-west-1b").launch_template}
        assert "MNP119" not in ids(environment(**{**right, **changes})), changes


def test_mnp119_says_both_zones() -> None:
    (finding,) = findings(reserved("eu-west-1b", ZONE))
    assert finding.severity == "error"
    assert (finding.actual, finding.expected) == (ZONE, "eu-west-1b")


def test_mnp119_warns_of_a_subnet_beside_a_right_one() -> None:
    (finding,) = findings(reserved(ZONE, ZONE, "eu-west-1b"))
    assert finding.severity == "warning"
    assert (finding.actual, finding.expected) == ("eu-west-1b", ZONE)


BLOCK = Specification(reservation_id="cr-0123456789abcdef0")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, ["MNP120"], id="no reservation"),
        pytest.param(
            {"capacity_reservation": Specification(preference="open")},
            ["MNP120"],
            id="a preference alone",
        ),
        pytest.param({"capacity_reservation": BLOCK}, [], id="by its id"),
        pytest.param(
            {"capacity_reservation": Specification(resource_group_arn="arn:group")},
            [],
            id="in a group",
        ),
        pytest.param(
            {"capacity_reservation": Specification(reservation_id=UNKNOWN)},
            [],
            id="by an unknown id",
        ),
        pytest.param({"capacity_reservation": UNKNOWN}, [], id="unknown"),
        pytest.param({"market_type": UNKNOWN}, [], id="an unknown market type"),
        pytest.param({"market_type": None}, [], id="On-Demand"),
    ],
)
def test_mnp120_a_capacity_block_is_named(changes: dict[str, Any], expected: list[str]) -> None:
    template = launch_template(**{"market_type": "capacity-block", **changes})
    assert ids(environment(launch_template=template)) == expected


def test_mnp120_leaves_unseen_templates_alone() -> None:
    assert ids(environment(launch_template=UNKNOWN)) == []
