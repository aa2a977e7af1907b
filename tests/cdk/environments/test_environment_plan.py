"""MnpCluster: arguments that are wrong are refused where they are given."""

from __future__ import annotations

from typing import Any

import pytest
from aws_cdk import Size
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk.assertions import Template
from syrupy.assertion import SnapshotAssertion

from cdk_batch_mnp import CapacityReservation
from tests.cdk.apps import (
    add_cluster,
    add_vpc,
    errors_of,
    new_stack,
)


@pytest.mark.parametrize(
    "changes",
    [
        {"max_nodes": 0},
        {"max_nodes": -3},
        {"min_nodes": -1},
        {"min_nodes": 5},
        {"security_groups": []},
        {"instance_type": "C5N.18XLARGE"},
        {"instance_type": "q"},
        {"vcpus_per_node": 0},
        {"root_volume_size": Size.gibibytes(29)},
        {"root_volume_size": Size.gibibytes(65537)},
    ],
    ids="-".join,
)
def test_bad_arguments_are_refused_with_the_path_of_the_construct(
    changes: dict[str, Any], snapshot: SnapshotAssertion
) -> None:
    with pytest.raises(ValueError, match=r"^Platform/Cluster/ComputeEnvironment: ") as refused:
        add_cluster(new_stack(), **changes)
    assert str(refused.value) == snapshot


OF_WHAT_IS_CREATED: dict[str, dict[str, Any]] = {
    "launch_template": {
        "can_containers_access_instance_role": True,
        "capacity_reservation": CapacityReservation.from_id("cr-0123456789abcdef0"),
        "root_volume_encryption_key": "{key}",
        "root_volume_size": Size.gibibytes(50),
        "scratch_path": "/scratch",
        "threads_per_core": 1,
        "user_data": ec2.UserData.for_linux(),
    },
    "log_group": {
        "log_encryption_key": "{key}",
        "log_retention": logs.RetentionDays.ONE_DAY,
    },
    "security_groups": {"allow_all_outbound": False},
}
"""Arguments for what a cluster creates, by the argument that passes something else in its place."""


@pytest.mark.parametrize(
    ("passed", "argument"),
    [(passed, argument) for passed, others in OF_WHAT_IS_CREATED.items() for argument in others],
)
def test_an_argument_for_what_is_not_created_is_refused(
    passed: str, argument: str, snapshot: SnapshotAssertion
) -> None:
    stack = new_stack()
    vpc = add_vpc(stack)
    ours: dict[str, object] = {
        "launch_template": ec2.LaunchTemplate(stack, "Template"),
        "log_group": logs.LogGroup(stack, "Logs"),
        "security_groups": [ec2.SecurityGroup(stack, "Group", vpc=vpc)],
    }
    value = OF_WHAT_IS_CREATED[passed][argument]
    if value == "{key}":
        value = kms.Key(stack, "Key")
    with pytest.raises(ValueError, match=argument) as refused:
        add_cluster(stack, vpc=vpc, **{passed: ours[passed], argument: value})
    assert str(refused.value) == snapshot


def test_a_number_of_nodes_that_only_deployment_knows_is_refused() -> None:
    from aws_cdk import CfnParameter

    stack = new_stack()
    nodes = CfnParameter(stack, "Nodes", type="Number").value_as_number
    with pytest.raises(ValueError, match="max_nodes is known only at deployment"):
        add_cluster(stack, max_nodes=nodes)


def test_an_instance_type_that_only_deployment_knows_needs_its_vcpus() -> None:
    from aws_cdk import CfnParameter

    stack = new_stack()
    name = CfnParameter(stack, "Type").value_as_string
    for instance_type in (name, ec2.InstanceType(name)):
        with pytest.raises(
            ValueError, match=r"ComputeEnvironment: instance_type is known only at deployment"
        ):
            add_cluster(
                stack, f"Cluster{type(instance_type).__name__}", instance_type=instance_type
            )
    add_cluster(stack, "Sized", instance_type=name, vcpus_per_node=36)
    assert errors_of(stack) == []
    (environment,) = (
        Template.from_stack(stack).find_resources("AWS::Batch::ComputeEnvironment").values()
    )
    resources = environment["Properties"]["ComputeResources"]
    assert resources["InstanceTypes"] == [{"Ref": "Type"}]
    assert resources["MaxvCpus"] == 4 * 36


def test_a_vpc_without_private_subnets_is_refused_with_the_way_out() -> None:
    stack = new_stack()
    vpc = add_vpc(stack, nat_gateways=0)
    with pytest.raises(ValueError, match=r"no private subnet with egress.*vpc_subnets"):
        add_cluster(stack, vpc=vpc)
