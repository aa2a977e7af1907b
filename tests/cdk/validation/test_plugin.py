"""What a synthesis reports: all errors together, warnings, and no false alarm."""

from __future__ import annotations

from typing import Any

import pytest
from aws_cdk import App, Duration, Fn, Stack
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from aws_cdk.assertions import Template

from cdk_batch_mnp import MnpComputeEnvironment, MnpJobQueue, NodeGroup
from tests.cdk.apps import (
    INSTANCE_TYPE,
    add_cluster,
    add_definition,
    add_job,
    add_vpc,
    container,
    errors_of,
    exception_of,
    import_vpc,
    main_and_workers,
    new_stack,
    rules,
    warnings_of,
)


def test_the_exception_says_what_is_wrong_and_how_to_fix_it() -> None:
    stack = new_stack()
    add_job(add_cluster(stack), num_nodes=5)
    text = exception_of(stack)
    for expected in (
        "ERROR MNP106 ",
        "   at:       nodeProperties.numNodes\n",
        "cannot hold 5 x c5.18xlarge (360 vCPUs)\n",
        "   actual:   360 vCPUs\n",
        "   expected: at most 288 vCPUs\n",
        "   why:      ",
        "   Platform/Cluster/Solve/Resource (",
        "   Suggested fix: Set max vCPUs of Platform/Cluster/ComputeEnvironment to 360, ",
        "   Source: https://docs.aws.amazon.com/batch/",
        "   Acknowledge with 'MNP::MNP106'\n",
    ):
        assert expected in text


def test_errors_stop_a_snapshot_test_too() -> None:
    stack = new_stack()
    add_job(add_cluster(stack), num_nodes=5)
    with pytest.raises(RuntimeError, match="MNP106"):
        Template.from_stack(stack)


def test_all_errors_of_all_stacks_are_reported_together() -> None:
    app = App()
    one, two = new_stack("One", app), new_stack("Two", app)
    add_job(add_cluster(one), num_nodes=5, timeout=Duration.seconds(5))
    add_cluster(two, stuck_job_timeout=Duration.seconds(1))
    gap = [NodeGroup("main", "0", container()), NodeGroup("workers", "2:", container())]
    add_job(add_cluster(two, "Other"), node_groups=gap, retry_attempts=11)
    assert {(each.rule, each.path) for each in errors_of(one)} == {
        ("MNP106", "One/Cluster/Solve"),
        ("MNP317", "One/Cluster/Solve"),
        ("MNP203", "Two/Cluster/JobQueue"),
        ("MNP304", "Two/Other/Solve"),
        ("MNP315", "Two/Other/Solve"),
    }


def test_a_warning_stops_nothing_and_is_reported() -> None:
    stack = new_stack()
    add_cluster(stack, min_nodes=1)
    Template.from_stack(stack).resource_count_is("AWS::Batch::JobQueue", 1)
    assert [(each.rule, each.path) for each in warnings_of(stack)] == [
        ("MNP116", "Platform/Cluster/ComputeEnvironment")
    ]


def test_a_definition_that_was_removed_again_is_not_checked() -> None:
    stack = new_stack()
    cluster = add_cluster(stack)
    add_job(cluster, num_nodes=5)
    cluster.node.try_remove_child("Solve")
    # Another one may take its place.
    add_job(cluster, num_nodes=4)
    assert errors_of(stack) == []


def test_ids_with_slashes_are_checked_like_others() -> None:
    stack = new_stack()
    add_job(add_cluster(stack), "Solve/Large", num_nodes=5)
    assert rules(errors_of(stack)) == ["MNP106"]


def test_zones_of_which_the_list_is_not_known_are_unknown() -> None:
    stack = new_stack()
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Elsewhere",
        vpc_id=Fn.import_value("vpc"),
        availability_zones=Fn.split(",", Fn.import_value("zones")),
        private_subnet_ids=Fn.split(",", Fn.import_value("subnets")),
    )
    add_job(add_cluster(stack, vpc=vpc))
    assert errors_of(stack) == []
    assert warnings_of(stack) == []


def test_a_second_synthesis_checks_what_was_added_or_changed() -> None:
    stack = new_stack()
    cluster = add_cluster(stack)
    add_job(cluster)
    app = stack.node.root
    assert isinstance(app, App)
    app.synth()
    add_job(cluster, "TooLarge", num_nodes=5)
    with pytest.raises(RuntimeError, match="MNP106"):
        app.synth(force=True)


def test_what_was_wrong_and_is_fixed_passes_the_next_synthesis() -> None:
    stack = new_stack()
    cluster = add_cluster(stack)
    resource: Any = cluster.compute_environment.node.default_child
    resource.add_property_override("ComputeResources.MaxvCpus", 8)
    add_job(cluster)
    assert rules(errors_of(stack)) == ["MNP106"]
    resource.add_property_override("ComputeResources.MaxvCpus", 4 * 72)
    assert errors_of(stack) == []


def test_environments_that_are_added_to_a_queue_count() -> None:
    stack = new_stack()
    cluster = add_cluster(stack, max_nodes=2)
    vpc = import_vpc(stack)
    large = MnpComputeEnvironment(stack, "Large", vpc=vpc, instance_type=INSTANCE_TYPE, max_nodes=4)
    cluster.job_queue.add_compute_environment(large, 2)
    add_job(cluster, num_nodes=4)
    assert errors_of(stack) == []
    assert rules(warnings_of(stack)) == ["MNP207"]


def test_an_environment_without_a_queue_is_checked_too() -> None:
    stack = new_stack()
    vpc = add_vpc(stack)
    groups = [ec2.SecurityGroup(stack, f"Group{n}", vpc=vpc) for n in range(6)]
    MnpComputeEnvironment(
        stack,
        "Environment",
        vpc=vpc,
        instance_type=INSTANCE_TYPE,
        max_nodes=4,
        security_groups=groups,
    )
    assert rules(errors_of(stack)) == ["MNP105"]


def test_a_stock_environment_of_a_queue_of_this_library_is_checked() -> None:
    stack = new_stack()
    environment = batch.ManagedEc2EcsComputeEnvironment(
        stack,
        "Environment",
        vpc=import_vpc(stack),
        instance_types=[ec2.InstanceType(INSTANCE_TYPE)],
        maxv_cpus=4 * 72,
    )
    queue = MnpJobQueue(stack, "Queue", compute_environments=[environment])
    add_definition(stack, node_groups=main_and_workers(), job_queue=queue)
    found = warnings_of(stack)
    # The stock construct adds optimal, and neither a placement group, nor a rule among the nodes,
    # nor a launch template.
    assert {each.rule for each in found} == {"MNP109", "MNP401", "MNP406", "MNP606"}
    assert {each.path for each in found} == {"Platform/Environment"}


def test_a_stack_without_an_app_of_its_own_is_checked_as_well() -> None:
    stack = Stack()
    add_job(add_cluster(stack), num_nodes=5)
    with pytest.raises(RuntimeError, match="MNP106"):
        Template.from_stack(stack)
