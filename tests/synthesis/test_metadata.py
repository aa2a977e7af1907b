"""What only constructs know, in the Metadata of their resources, for every check of a template."""

from __future__ import annotations

from typing import Any

import pytest
from aws_cdk import App, Fn, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk.assertions import Template

from cdk_batch_mnp import CapacityReservation
from cdk_batch_mnp.template.asserting import assert_mnp_valid
from tests.cdk.apps import add_cluster, add_job, add_vpc, import_vpc, new_stack

ENVIRONMENT = "AWS::Batch::ComputeEnvironment"
SUBNET = "subnet-0123456789abcdef0"


def metadata_of(stack: Stack, kind: str) -> dict[str, Any]:
    """The facts of this library at the only resource of a type."""
    (resource,) = Template.from_stack(stack).find_resources(kind).values()
    found: dict[str, Any] = resource.get("Metadata", {}).get("cdk-batch-mnp", {})
    return found


def test_zone_and_kind_of_imported_subnets_are_written() -> None:
    stack = new_stack()
    add_cluster(stack)
    assert metadata_of(stack, ENVIRONMENT) == {
        "dedicated": True,
        "subnets": [{"id": SUBNET, "zone": "eu-west-1a", "kind": "private"}],
    }


def test_of_subnets_of_the_app_nothing_is_written() -> None:
    stack = new_stack()
    add_cluster(stack, vpc=add_vpc(stack))
    assert metadata_of(stack, ENVIRONMENT) == {"dedicated": True}


def test_of_subnets_that_are_imported_by_id_alone_nothing_is_written() -> None:
    stack = new_stack()
    alone = ec2.Subnet.from_subnet_id(stack, "Alone", "subnet-fedcba98765432100")
    add_cluster(stack, vpc_subnets=ec2.SubnetSelection(subnets=[alone]))
    assert metadata_of(stack, ENVIRONMENT) == {"dedicated": True}


def test_of_lists_that_only_deployment_knows_the_kind_is_not_written() -> None:
    stack = new_stack()
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Elsewhere",
        vpc_id=Fn.import_value("vpc"),
        availability_zones=Fn.split(",", Fn.import_value("zones")),
        private_subnet_ids=Fn.split(",", Fn.import_value("subnets")),
    )
    add_cluster(stack, vpc=vpc)
    assert metadata_of(stack, ENVIRONMENT) == {"dedicated": True}


def test_the_zone_of_a_reservation_is_written() -> None:
    stack = new_stack()
    reservation = CapacityReservation.from_id("cr-0123456789abcdef0", zone="eu-west-1a")
    add_cluster(stack, capacity_reservation=reservation)
    assert metadata_of(stack, "AWS::EC2::LaunchTemplate") == {
        "capacityReservation": {"id": "cr-0123456789abcdef0", "zone": "eu-west-1a"}
    }


def test_a_reservation_in_another_zone_than_imported_subnets_is_refused() -> None:
    stack = new_stack()
    reservation = CapacityReservation.from_id("cr-0123456789abcdef0", zone="eu-west-1b")
    add_cluster(stack, capacity_reservation=reservation)
    with pytest.raises(RuntimeError, match="MNP119"):
        Template.from_stack(stack)


def test_the_vcpus_of_a_type_that_no_catalogue_lists_are_written() -> None:
    stack = new_stack()
    add_cluster(stack, instance_type="x9.huge", vcpus_per_node=512)
    assert metadata_of(stack, ENVIRONMENT)["instanceTypes"] == {"x9.huge": {"vcpus": 512}}


def test_the_queue_of_a_job_is_written_and_no_other_is_checked() -> None:
    # The CDK's command sets this, so that resources carry the paths of their constructs.
    stack = new_stack(app=App(context={"aws:cdk:enable-path-metadata": True}))
    vpc = import_vpc(stack)
    add_cluster(stack, "Other", vpc=vpc, instance_type="p4d.24xlarge")
    cluster = add_cluster(stack, vpc=vpc)
    job = add_job(cluster)
    template = Template.from_stack(stack)
    assert metadata_of(stack, "AWS::Batch::JobDefinition") == {
        "jobQueue": "Platform/Cluster/JobQueue"
    }
    assert_mnp_valid(template.to_json())
    resource: Any = job.node.default_child
    resource.add_property_override("NodeProperties.NumNodes", 5)
    with pytest.raises(RuntimeError, match="MNP106"):
        stack.node.root.synth(force=True)  # type: ignore[attr-defined]
