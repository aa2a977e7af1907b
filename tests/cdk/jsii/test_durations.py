"""Durations: in the units of the API, and unknown if they are resolved at deployment."""

from __future__ import annotations

import pytest
from aws_cdk import CfnParameter, Duration, Stack
from aws_cdk.assertions import Template

from tests.cdk.apps import (
    add_cluster,
    add_job,
    errors_of,
    new_stack,
    properties_of,
    warnings_of,
)


@pytest.fixture
def stack() -> Stack:
    return new_stack()


@pytest.fixture
def amount(stack: Stack) -> float:
    """Return an amount of time that is resolved at deployment."""
    return CfnParameter(stack, "Amount", type="Number").value_as_number


def test_durations_that_are_resolved_at_deployment_are_neither_right_nor_wrong(
    stack: Stack, amount: float
) -> None:
    cluster = add_cluster(
        stack,
        stuck_job_timeout=Duration.seconds(amount),
        update_timeout=Duration.minutes(amount),
    )
    add_job(cluster, timeout=Duration.seconds(amount))
    assert errors_of(stack) == []
    assert warnings_of(stack) == []
    template = Template.from_stack(stack)
    definition = properties_of(template, "AWS::Batch::JobDefinition")
    assert definition["Timeout"] == {"AttemptDurationSeconds": {"Ref": "Amount"}}
    queue = properties_of(template, "AWS::Batch::JobQueue")
    limits = [action["MaxTimeSeconds"] for action in queue["JobStateTimeLimitActions"]]
    assert limits
    assert limits == [{"Ref": "Amount"}] * len(limits)
    environment = properties_of(template, "AWS::Batch::ComputeEnvironment")
    assert environment["UpdatePolicy"]["JobExecutionTimeoutMinutes"] == {"Ref": "Amount"}


def test_a_duration_that_only_deployment_knows_must_be_in_the_unit_of_the_api(
    stack: Stack, amount: float
) -> None:
    with pytest.raises(
        ValueError,
        match=r"^Platform/A/ComputeEnvironment: update_timeout is known only at deployment, but "
        r"must be a whole number of minutes; use Duration.minutes\(\.\.\.\)$",
    ):
        add_cluster(stack, "A", update_timeout=Duration.seconds(amount))
    with pytest.raises(ValueError, match=r"^Platform/B/JobQueue: stuck_job_timeout is known only"):
        add_cluster(stack, "B", stuck_job_timeout=Duration.hours(amount))
    with pytest.raises(ValueError, match=r"^Platform/C/Solve: timeout is known only at deployment"):
        add_job(add_cluster(stack, "C"), timeout=Duration.minutes(amount))


def test_parts_of_a_second_are_refused(stack: Stack) -> None:
    with pytest.raises(
        ValueError,
        match=r"^Platform/Cluster/Solve: timeout is .*1500.*, but must be a whole number of",
    ):
        add_job(add_cluster(stack), timeout=Duration.millis(1500))
