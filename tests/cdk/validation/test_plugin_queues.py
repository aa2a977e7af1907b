"""The queues against which a definition is checked: those that may take it."""

from __future__ import annotations

import pytest
from aws_cdk import App, Environment, Stack, Stage
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from aws_cdk.assertions import Template

from tests.cdk.apps import (
    INSTANCE_TYPE,
    add_cluster,
    add_definition,
    add_job,
    errors_of,
    import_vpc,
    new_stack,
    rules,
    warnings_of,
)


def test_a_definition_may_be_in_another_stack_than_its_queue() -> None:
    app = App()
    cluster = add_cluster(new_stack("Cluster", app))
    jobs = new_stack("Jobs", app)
    add_definition(jobs)
    assert errors_of(jobs) == []
    assert warnings_of(jobs) == []
    assert cluster.max_nodes == 4


def test_a_definition_that_no_queue_of_the_app_takes_is_wrong_in_any_stack() -> None:
    app = App()
    add_cluster(new_stack("Clusters", app), "Small", max_nodes=2)
    add_cluster(new_stack("Other", app), "Gpus", instance_type="p4d.24xlarge")
    jobs = new_stack("Jobs", app)
    add_definition(jobs)
    (error,) = errors_of(jobs)
    assert (error.rule, error.path) == ("MNP106", "Jobs/Solve")
    assert "queue Other/Gpus/JobQueue cannot take it" in error.text


def test_one_queue_that_takes_the_definition_is_enough() -> None:
    stack = new_stack()
    add_cluster(stack, "Gpus", instance_type="p4d.24xlarge")
    add_cluster(stack, "Small", max_nodes=1)
    add_cluster(stack, "Right")
    add_definition(stack)
    assert errors_of(stack) == []


def test_a_job_of_a_cluster_is_checked_against_that_cluster_only() -> None:
    stack = new_stack()
    add_cluster(stack, "Large", max_nodes=100)
    add_job(add_cluster(stack, "Small"), num_nodes=8)
    assert [(each.rule, each.path) for each in errors_of(stack)] == [
        ("MNP106", "Platform/Small/Solve")
    ]


def test_an_imported_queue_causes_no_finding() -> None:
    stack = new_stack()
    add_cluster(stack, "Other", instance_type="p4d.24xlarge")
    elsewhere = batch.JobQueue.from_job_queue_arn(
        stack, "Elsewhere", "arn:aws:batch:eu-west-1:123456789012:job-queue/hpc"
    )
    add_definition(stack, job_queue=elsewhere)
    assert errors_of(stack) == []


def test_stages_are_apart() -> None:
    app = App()
    small, large = Stage(app, "Test"), Stage(app, "Production")
    add_cluster(Stack(small, "Platform"), max_nodes=2)
    in_test = Stack(small, "Jobs")
    add_definition(in_test)
    in_production = Stack(large, "Platform")
    add_cluster(in_production, max_nodes=8)
    add_definition(in_production)
    Template.from_stack(in_production)
    assert [each.path for each in errors_of(in_test)] == ["Test/Jobs/Solve"]


OHIO = Environment(account="123456789012", region="us-east-2")
IRELAND = Environment(account="123456789012", region="eu-west-1")


@pytest.mark.parametrize(
    ("cluster", "jobs", "expected"),
    [
        pytest.param(OHIO, OHIO, ["MNP107"], id="one Region"),
        pytest.param(OHIO, IRELAND, [], id="another Region"),
        pytest.param(
            OHIO,
            Environment(account="210987654321", region=OHIO.region),
            [],
            id="another account",
        ),
        pytest.param(OHIO, None, ["MNP107"], id="where the job goes is not known"),
        pytest.param(None, IRELAND, ["MNP107"], id="where the queue is is not known"),
        pytest.param(
            OHIO, Environment(region=IRELAND.region), [], id="a Region without its account"
        ),
    ],
)
def test_a_definition_is_checked_against_queues_of_its_account_and_region(
    cluster: Environment | None, jobs: Environment | None, expected: list[str]
) -> None:
    app = App()
    add_cluster(Stack(app, "Clusters", env=cluster), instance_type="p4d.24xlarge")
    definitions = Stack(app, "Jobs", env=jobs)
    add_definition(definitions)
    assert rules(errors_of(definitions)) == expected


def test_each_region_of_an_app_has_its_own_queues() -> None:
    app = App()
    add_cluster(Stack(app, "Ohio", env=OHIO), max_nodes=2)
    add_cluster(Stack(app, "Ireland", env=IRELAND))
    in_ohio = Stack(app, "JobsInOhio", env=OHIO)
    add_definition(in_ohio)
    add_definition(Stack(app, "JobsInIreland", env=IRELAND))
    assert [(each.rule, each.path) for each in errors_of(in_ohio)] == [
        ("MNP106", "JobsInOhio/Solve")
    ]


def test_a_cluster_that_was_removed_again_takes_no_job() -> None:
    stack = new_stack()
    add_cluster(stack, "Large", max_nodes=8)
    add_cluster(stack, "Small", max_nodes=2)
    add_definition(stack)
    stack.node.try_remove_child("Large")
    (error,) = errors_of(stack)
    assert (error.rule, error.path) == ("MNP106", "Platform/Solve")
    assert "Large" not in error.text


def test_a_stock_queue_of_the_app_may_take_a_definition() -> None:
    stack = new_stack()
    vpc = import_vpc(stack)
    add_cluster(stack, "Other", instance_type="p4d.24xlarge")
    environment = batch.ManagedEc2EcsComputeEnvironment(
        stack,
        "Environment",
        vpc=vpc,
        instance_types=[ec2.InstanceType(INSTANCE_TYPE)],
        maxv_cpus=4 * 72,
    )
    batch.JobQueue(
        stack,
        "Queue",
        compute_environments=[
            batch.OrderedComputeEnvironment(compute_environment=environment, order=1)
        ],
    )
    add_definition(stack)
    assert errors_of(stack) == []


def test_a_queue_of_which_nothing_is_known_may_take_the_definition() -> None:
    stack = new_stack()
    add_cluster(stack, "Other", instance_type="p4d.24xlarge")
    batch.CfnJobQueue(
        stack,
        "Queue",
        priority=1,
        compute_environment_order=[
            {
                "order": 1,
                "computeEnvironment": "arn:aws:batch:eu-west-1:123456789012:compute-environment/x",
            }
        ],
    )
    add_definition(stack)
    assert errors_of(stack) == []


def test_a_definition_is_checked_against_the_stock_queue_that_it_names() -> None:
    stack = new_stack()
    environment = batch.ManagedEc2EcsComputeEnvironment(
        stack, "Environment", vpc=import_vpc(stack), spot=True
    )
    queue = batch.JobQueue(
        stack,
        "Queue",
        compute_environments=[
            batch.OrderedComputeEnvironment(compute_environment=environment, order=1)
        ],
    )
    add_definition(stack, job_queue=queue)
    assert {(each.rule, each.path) for each in errors_of(stack)} >= {("MNP101", "Platform/Solve")}
