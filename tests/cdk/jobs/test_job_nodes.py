"""The instance type and the hardware that a job takes from its queue, also in another stack."""

from __future__ import annotations

import pytest
from aws_cdk import App, CfnParameter, Stack
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2

from cdk_batch_mnp import ArgumentError, MnpComputeEnvironment, MnpJobQueue
from tests.cdk.apps import (
    add_cluster,
    add_definition,
    errors_of,
    first_container,
    import_vpc,
    new_stack,
)


def test_a_definition_in_another_stack_takes_the_type_of_the_queue() -> None:
    app = App()
    cluster = add_cluster(Stack(app, "Platform"), instance_type="c5n.18xlarge")
    users = Stack(app, "Users")
    add_definition(users, instance_type=None, job_queue=cluster.job_queue)
    assert errors_of(users) == []
    written = first_container(users)
    assert written["InstanceType"] == "c5n.18xlarge"
    amounts = {
        requirement["Type"]: requirement["Value"] for requirement in written["ResourceRequirements"]
    }
    assert amounts["VCPU"] == "72"
    assert "/dev/infiniband" in str(written)


def test_another_type_of_the_definition_is_kept() -> None:
    stack = new_stack()
    cluster = add_cluster(stack)
    add_definition(stack, instance_type="c5.9xlarge", job_queue=cluster.job_queue)
    assert {each.rule for each in errors_of(stack)} == {"MNP107"}


def queue_of(stack: Stack, *environments: batch.IComputeEnvironment) -> MnpJobQueue:
    return MnpJobQueue(stack, "Queue", compute_environments=environments)


def environment(stack: Stack, instance_type: str) -> MnpComputeEnvironment:
    id = f"Of{instance_type}".replace(".", "")
    vpc = import_vpc(stack, f"Vpc{id}")
    return MnpComputeEnvironment(stack, id, vpc=vpc, instance_type=instance_type, max_nodes=4)


def test_a_queue_of_the_cdk_has_the_nodes_of_its_environments() -> None:
    stack = new_stack()
    ordered = batch.OrderedComputeEnvironment(
        compute_environment=environment(stack, "c5n.18xlarge"), order=1
    )
    queue = batch.JobQueue(stack, "Queue", compute_environments=[ordered])
    add_definition(stack, instance_type=None, job_queue=queue)
    assert errors_of(stack) == []
    written = first_container(stack)
    assert written["InstanceType"] == "c5n.18xlarge"
    assert "/dev/infiniband" in str(written)


def assert_type_is_needed(stack: Stack, queue: batch.IJobQueue) -> None:
    with pytest.raises(ArgumentError, match="the size of the instance type is unknown"):
        add_definition(stack, instance_type=None, job_queue=queue)


def test_a_queue_of_two_types_determines_none() -> None:
    stack = new_stack()
    queue = queue_of(stack, environment(stack, "c5.18xlarge"), environment(stack, "c5n.18xlarge"))
    assert queue.instance_type is None
    assert_type_is_needed(stack, queue)


def test_an_environment_of_another_construct_determines_no_type() -> None:
    stack = new_stack()
    arn = "arn:aws:batch:eu-west-1:123456789012:compute-environment/other"
    other = batch.ManagedEc2EcsComputeEnvironment.from_managed_ec2_ecs_compute_environment_arn(
        stack, "Other", arn
    )
    queue = queue_of(stack, environment(stack, "c5.18xlarge"), other)
    assert_type_is_needed(stack, queue)


def test_a_type_that_is_known_only_at_deployment_determines_none() -> None:
    stack = new_stack()
    name = CfnParameter(stack, "Type").value_as_string
    cluster = add_cluster(stack, instance_type=name, vcpus_per_node=8)
    assert cluster.job_queue.instance_type is None


def test_efa_without_a_type_is_an_error() -> None:
    with pytest.raises(ArgumentError, match="efa is True, but the instance type is unknown"):
        add_definition(new_stack(), instance_type=None, efa=True)


def test_the_cdks_instance_types_are_accepted() -> None:
    stack = new_stack()
    add_definition(stack, instance_type=ec2.InstanceType("c5.18xlarge"))
    assert first_container(stack)["InstanceType"] == "c5.18xlarge"
