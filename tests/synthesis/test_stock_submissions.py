"""The CDK's own tasks and targets that submit multi-node jobs are checked."""

from __future__ import annotations

import pytest
from aws_cdk import Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_stepfunctions as stepfunctions
from aws_cdk import aws_stepfunctions_tasks as tasks
from aws_cdk.assertions import Template

from cdk_batch_mnp import MnpCluster, MnpJobDefinition
from cdk_batch_mnp.template.checking import check_template
from tests.cdk.apps import add_cluster, add_job, new_stack


@pytest.fixture(scope="module")
def submitting() -> tuple[Stack, MnpCluster, MnpJobDefinition]:
    stack = new_stack()
    cluster = add_cluster(stack)
    return stack, cluster, add_job(cluster)


def broken(stack: Stack) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for finding in check_template(Template.from_stack(stack).to_json()).findings:
        found.setdefault(finding.resource_id, []).append(finding.rule.id)
    return found


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
    # A logical ID ends with eight digits of a hash.
    of_each = ["MNP702", "MNP703"]
    assert {id[:-8]: sorted(rules) for id, rules in broken(stack).items()} == {
        "Machine": sorted(of_each * 2),
        "Nightly": ["MNP703"],
    }
