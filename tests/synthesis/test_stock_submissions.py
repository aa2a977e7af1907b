"""The CDK's own tasks and targets that submit multi-node jobs are checked."""

from __future__ import annotations

import pytest
from aws_cdk import Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_stepfunctions as stepfunctions
from aws_cdk import aws_stepfunctions_tasks as tasks

from cdk_batch_mnp import MnpCluster, MnpJobDefinition
from tests.cdk.apps import add_cluster, add_job, errors_of, new_stack, warnings_of


@pytest.fixture(scope="module")
def submitting() -> tuple[Stack, MnpCluster, MnpJobDefinition]:
    stack = new_stack()
    cluster = add_cluster(stack)
    return stack, cluster, add_job(cluster)


def test_the_tasks_and_targets_of_the_cdk(
    submitting: tuple[Stack, MnpCluster, MnpJobDefinition],
) -> None:
    stack, cluster, definition = submitting
    queue = cluster.job_queue
    arns = [definition.job_definition_arn, definition.job_definition_arn_without_revision]
    states = [
        tasks.BatchSubmitJob(
            stack,
            f"Submit{number}",
            job_name="solve",
            job_definition_arn=arn,
            job_queue_arn=queue.job_queue_arn,
            array_size=3,
            attempts=10,
            container_overrides=tasks.BatchContainerOverrides(command=["solve"]),
            task_timeout=stepfunctions.Timeout.duration(Duration.hours(1)),
        )
        for number, arn in enumerate(arns)
    ]
    stepfunctions.StateMachine(
        stack,
        "Machine",
        definition_body=stepfunctions.DefinitionBody.from_chainable(states[0].next(states[1])),
    )
    right = tasks.BatchSubmitJob(
        stack,
        "Right",
        job_name="solve",
        job_definition_arn=definition.job_definition_arn,
        job_queue_arn=queue.job_queue_arn,
        container_overrides=None,
        attempts=2,
    )
    stepfunctions.StateMachine(
        stack, "RightMachine", definition_body=stepfunctions.DefinitionBody.from_chainable(right)
    )
    for name, size in (("Nightly", 3), ("Daily", None)):
        target = targets.BatchJob(
            queue.job_queue_arn,
            queue,
            definition.job_definition_arn,
            definition,
            size=size,
            attempts=2,
        )
        schedule = events.Schedule.rate(Duration.days(1))
        events.Rule(stack, name, schedule=schedule, targets=[target])
    reported = errors_of(stack)
    assert {each.path.removeprefix("Platform/") for each in reported} == {
        "Machine",
        "Nightly",
    }
    assert sorted(each.rule for each in reported if "Machine" in each.path) == [
        *["MNP702"] * 2,
        *["MNP703"] * 2,
    ]
    assert [each.rule for each in reported if "Nightly" in each.path] == ["MNP703"]
    assert warnings_of(stack) == []
