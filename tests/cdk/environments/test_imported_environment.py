"""Imported environments: queues of the app and of the CDK take them, and know their nodes."""

from __future__ import annotations

from aws_cdk import App, Environment, Fn, Stack
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from aws_cdk.assertions import Template

from cdk_batch_mnp import MnpJobQueue
from tests.cdk.apps import add_definition, errors_of, import_vpc, new_stack, rules
from tests.cdk.environments.imports import ENVIRONMENT, import_environment


def test_a_queue_of_this_app_knows_its_imported_environments() -> None:
    stack = new_stack()
    nodes = import_environment(stack, instance_type="c5.18xlarge", max_nodes=3)
    queue = MnpJobQueue(stack, "Queue", compute_environments=[nodes])
    assert queue.instance_type == "c5.18xlarge"
    add_definition(stack, instance_type=None, job_queue=queue)
    (error,) = errors_of(stack)
    assert (error.rule, error.path) == ("MNP106", "Platform/Solve")


def test_an_environment_whose_arn_is_an_export_is_known_too() -> None:
    stack = new_stack()
    nodes = import_environment(
        stack,
        compute_environment_arn=Fn.import_value("NodesArn"),
        instance_type="c5.18xlarge",
        max_nodes=3,
    )
    assert nodes.compute_environment_name
    add_definition(stack, job_queue=MnpJobQueue(stack, "Queue", compute_environments=[nodes]))
    assert rules(errors_of(stack)) == ["MNP106"]


def test_stock_constructs_take_imported_environments() -> None:
    stack = Stack(App(), "Stock", env=Environment(account="123456789012", region="eu-west-1"))
    nodes = import_environment(stack, instance_type="c5.18xlarge")
    assert (nodes.enabled, nodes.service_role) == (True, None)
    assert nodes.compute_environment_ref.compute_environment_arn == ENVIRONMENT
    batch.JobQueue(
        stack,
        "Queue",
        compute_environments=[batch.OrderedComputeEnvironment(compute_environment=nodes, order=1)],
    )
    vpc = import_vpc(stack)
    nodes.connections.add_security_group(ec2.SecurityGroup(stack, "Group", vpc=vpc))
    Template.from_stack(stack).has_resource_properties(
        "AWS::Batch::JobQueue",
        {"ComputeEnvironmentOrder": [{"ComputeEnvironment": ENVIRONMENT, "Order": 1}]},
    )
