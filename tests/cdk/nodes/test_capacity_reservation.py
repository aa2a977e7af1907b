"""Nodes that start in reserved capacity."""

from __future__ import annotations

from typing import Any

import pytest
from aws_cdk import CfnParameter, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk.assertions import Template

from cdk_batch_mnp import CapacityReservation
from tests.cdk.apps import add_cluster, add_job, add_vpc, errors_of, new_stack, rules, warnings_of

ID = "cr-0123456789abcdef0"
GROUP_ARN = "arn:aws:resource-groups:eu-west-1:123456789012:group/solvers"


def launch_template_data(stack: Stack) -> dict[str, Any]:
    (template,) = Template.from_stack(stack).find_resources("AWS::EC2::LaunchTemplate").values()
    return dict(template["Properties"]["LaunchTemplateData"])


def compute_resources(stack: Stack) -> dict[str, Any]:
    (environment,) = (
        Template.from_stack(stack).find_resources("AWS::Batch::ComputeEnvironment").values()
    )
    return dict(environment["Properties"]["ComputeResources"])


def test_nodes_start_in_one_reservation() -> None:
    stack = new_stack()
    reservation = CapacityReservation.from_id(ID, zone="eu-west-1a")
    add_job(add_cluster(stack, capacity_reservation=reservation))
    data = launch_template_data(stack)
    assert data["CapacityReservationSpecification"] == {
        "CapacityReservationTarget": {"CapacityReservationId": ID}
    }
    assert "InstanceMarketOptions" not in data
    assert "PlacementGroup" in compute_resources(stack)
    assert errors_of(stack) == []


@pytest.mark.parametrize("reserved_only", [False, True])
def test_nodes_start_in_a_group_of_reservations(reserved_only: bool) -> None:
    stack = new_stack()
    reservation = CapacityReservation.from_resource_group(GROUP_ARN, reserved_only=reserved_only)
    add_job(add_cluster(stack, capacity_reservation=reservation))
    specification = launch_template_data(stack)["CapacityReservationSpecification"]
    assert specification["CapacityReservationTarget"] == {
        "CapacityReservationResourceGroupArn": GROUP_ARN
    }
    preference = specification.get("CapacityReservationPreference")
    assert preference == ("capacity-reservations-only" if reserved_only else None)
    assert errors_of(stack) == []


def test_a_capacity_block_has_its_market_type_and_no_placement_group() -> None:
    stack = new_stack()
    block = CapacityReservation.from_capacity_block(ID, zone="eu-west-1a")
    cluster = add_cluster(stack, instance_type="p5.48xlarge", capacity_reservation=block)
    add_job(cluster)
    data = launch_template_data(stack)
    assert data["InstanceMarketOptions"] == {"MarketType": "capacity-block"}
    assert data["CapacityReservationSpecification"]["CapacityReservationTarget"] == {
        "CapacityReservationId": ID
    }
    assert "PlacementGroup" not in compute_resources(stack)
    assert Template.from_stack(stack).find_resources("AWS::EC2::PlacementGroup") == {}
    assert cluster.placement_group is None
    assert "MNP401" not in rules(warnings_of(stack))
    assert errors_of(stack) == []


def test_a_capacity_block_takes_the_placement_group_of_the_user() -> None:
    stack = new_stack()
    group = ec2.PlacementGroup.from_placement_group_name(stack, "Group", "mine")
    block = CapacityReservation.from_capacity_block(ID)
    add_cluster(
        stack,
        instance_type="p5.48xlarge",
        capacity_reservation=block,
        placement_group=group,
    )
    assert compute_resources(stack)["PlacementGroup"] == "mine"


def test_nodes_start_in_the_placement_group_of_their_reservation() -> None:
    stack = new_stack()
    group = ec2.PlacementGroup.from_placement_group_name(stack, "Group", "reserved")
    reservation = CapacityReservation.from_id(ID, placement_group=group)
    add_cluster(stack, capacity_reservation=reservation)
    assert compute_resources(stack)["PlacementGroup"] == "reserved"
    other = ec2.PlacementGroup.from_placement_group_name(stack, "Other", "other")
    with pytest.raises(
        ValueError, match="not the group that the capacity_reservation was created in"
    ):
        add_cluster(stack, "Second", capacity_reservation=reservation, placement_group=other)


def add_reservation(stack: Stack, zone: str) -> ec2.CfnCapacityReservation:
    return ec2.CfnCapacityReservation(
        stack,
        "Reservation",
        availability_zone=zone,
        instance_count=4,
        instance_platform="Linux/UNIX",
        instance_type="c5n.18xlarge",
    )


def test_the_zone_of_a_reservation_of_the_app_is_known() -> None:
    stack = new_stack()
    made = CapacityReservation.from_reservation(add_reservation(stack, "eu-west-1a"))
    add_job(add_cluster(stack, capacity_reservation=made))
    ((id, _),) = Template.from_stack(stack).find_resources("AWS::EC2::CapacityReservation").items()
    assert launch_template_data(stack)["CapacityReservationSpecification"] == {
        "CapacityReservationTarget": {"CapacityReservationId": {"Ref": id}}
    }
    assert made.zone == "eu-west-1a"
    assert errors_of(stack) == []


def test_a_reservation_in_another_zone_than_the_subnets_is_one_clear_finding() -> None:
    for made_here in (True, False):
        stack = new_stack()
        reservation = (
            CapacityReservation.from_reservation(add_reservation(stack, "eu-west-1b"))
            if made_here
            else CapacityReservation.from_id(ID, zone="eu-west-1b")
        )
        add_job(add_cluster(stack, capacity_reservation=reservation))
        (error,) = errors_of(stack)
        assert error.rule == "MNP119"
        assert "is in eu-west-1b, but the subnets are in eu-west-1a" in error.text


def test_the_zone_is_read_from_your_own_launch_template_too() -> None:
    stack = new_stack()
    template = ec2.LaunchTemplate(stack, "Template", require_imdsv2=True)
    resource = template.node.default_child
    assert isinstance(resource, ec2.CfnLaunchTemplate)
    resource.launch_template_data = ec2.CfnLaunchTemplate.LaunchTemplateDataProperty(
        capacity_reservation_specification=(
            ec2.CfnLaunchTemplate.CapacityReservationSpecificationProperty(
                capacity_reservation_target=(
                    ec2.CfnLaunchTemplate.CapacityReservationTargetProperty(
                        capacity_reservation_id=add_reservation(stack, "eu-west-1b").ref
                    )
                )
            )
        )
    )
    add_job(add_cluster(stack, launch_template=template))
    assert rules(errors_of(stack)) == ["MNP119"]


def test_subnets_are_chosen_by_the_zone_of_the_reservation() -> None:
    stack = new_stack()
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Two",
        vpc_id="vpc-0123456789abcdef0",
        availability_zones=["eu-west-1a", "eu-west-1b"],
        private_subnet_ids=["subnet-aaaaaaaa", "subnet-bbbbbbbb"],
    )
    reservation = CapacityReservation.from_id(ID, zone="eu-west-1b")
    add_job(add_cluster(stack, vpc=vpc, capacity_reservation=reservation))
    assert compute_resources(stack)["Subnets"] == ["subnet-bbbbbbbb"]
    assert errors_of(stack) == []


def test_a_zone_that_only_deployment_knows_causes_no_finding() -> None:
    stack = new_stack()
    reservation = CapacityReservation.from_id(ID, zone="eu-west-1b")
    add_job(add_cluster(stack, vpc=add_vpc(stack), capacity_reservation=reservation))
    assert errors_of(stack) == []


@pytest.mark.parametrize("id", ["cb-0123456789abcdef0", "cr-", "0123456789abcdef0", "cr-XYZ", ""])
def test_what_is_not_the_id_of_a_reservation_is_refused(id: str) -> None:
    with pytest.raises(ValueError, match="is not a Capacity Reservation ID"):
        CapacityReservation.from_id(id)
    with pytest.raises(ValueError, match="is not a Capacity Reservation ID"):
        CapacityReservation.from_capacity_block(id)


def test_what_is_not_a_resource_group_is_refused() -> None:
    with pytest.raises(ValueError, match="is not the ARN of a resource group"):
        CapacityReservation.from_resource_group(f"arn:aws:ec2:eu-west-1:123456789012:cr/{ID}")
    with pytest.raises(ValueError, match="either reservation_id or resource_group_arn"):
        CapacityReservation(reservation_id=ID, resource_group_arn=GROUP_ARN)


def test_an_id_that_only_the_deployment_knows_is_taken() -> None:
    stack = new_stack()
    given = CfnParameter(stack, "Given", default="none").value_as_string
    add_cluster(stack, capacity_reservation=CapacityReservation.from_id(given))
    specification = launch_template_data(stack)["CapacityReservationSpecification"]
    assert specification["CapacityReservationTarget"] == {"CapacityReservationId": {"Ref": "Given"}}
    assert errors_of(stack) == []
