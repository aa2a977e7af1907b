"""Metrics of job queues: alarms and graphs on what AWS Batch publishes for a queue."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk.assertions import Template

from cdk_batch_mnp import ArgumentError, MnpComputeEnvironment, MnpJobQueue
from cdk_batch_mnp.cdk.environments.queue_metrics import QueueMetrics
from tests.cdk.apps import add_vpc, new_stack
from tests.cdk.environments.imports import QUEUE

COUNTS = [
    "JobsSubmitted",
    "JobsMovedToPending",
    "JobsMovedToRunnable",
    "JobsMovedToStarting",
    "JobsMovedToRunning",
    "JobsMovedToSucceeded",
    "JobsMovedToFailed",
    "JobsCancelled",
    "JobsTerminated",
    "JobsRetried",
]
DURATIONS = [
    "JobSubmittedToRunnableDuration",
    "JobSubmittedToFirstStartingDuration",
    "JobAttemptRunnableToStartingDuration",
    "JobAttemptStartingToRunningDuration",
    "JobAttemptExecutionDuration",
    "JobAttemptDuration",
]
"""Metrics of compute jobs in the User Guide. Those of service jobs are not for these queues."""


def _queue(stack: Stack) -> MnpJobQueue:
    environment = MnpComputeEnvironment(
        stack, "Environment", vpc=add_vpc(stack), instance_type="c5n.18xlarge", max_nodes=2
    )
    return MnpJobQueue(stack, "Queue", compute_environments=[environment])


def _add_alarm(stack: Stack, metric: cloudwatch.Metric) -> None:
    metric.create_alarm(stack, "Alarm", threshold=1, evaluation_periods=1)


def _alarm(stack: Stack) -> dict[str, Any]:
    (alarm,) = Template.from_stack(stack).find_resources("AWS::CloudWatch::Alarm").values()
    return dict(alarm["Properties"])


def test_an_alarm_on_failed_jobs_of_a_queue() -> None:
    stack = new_stack()
    _add_alarm(stack, _queue(stack).metric_jobs_moved_to_failed())
    alarm = _alarm(stack)
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/Batch", "JobsMovedToFailed")
    assert (alarm["Statistic"], alarm["Period"]) == ("Sum", 300)
    (dimension,) = alarm["Dimensions"]
    assert dimension["Name"] == "JobQueueName"
    # The name of a queue is the last part of its ARN, which Ref and GetAtt return.
    assert "Fn::Select" in dimension["Value"]
    assert "JobQueueArn" in json.dumps(dimension["Value"])


def test_each_metric_of_the_user_guide_has_a_method() -> None:
    queue = MnpJobQueue.from_job_queue_arn(new_stack(), "Imported", QUEUE)
    methods = [name for name in vars(QueueMetrics) if name.startswith("metric_")]
    metrics = [getattr(queue, method)() for method in methods]
    statistics = {metric.metric_name: metric.statistic for metric in metrics}
    assert statistics == dict.fromkeys(COUNTS, "Sum") | dict.fromkeys(DURATIONS, "Average")
    for method, metric in zip(methods, metrics, strict=True):
        assert method.replace("_", "") == f"metric{metric.metric_name}".lower()


def test_options_of_a_metric() -> None:
    stack = new_stack()
    queue = MnpJobQueue.from_job_queue_arn(stack, "Imported", QUEUE)
    metric = queue.metric_job_attempt_duration(
        statistic="p90", period=Duration.hours(1), label="Attempts", color="#d62728"
    )
    assert (metric.label, metric.color) == ("Attempts", "#d62728")
    _add_alarm(stack, metric)
    alarm = _alarm(stack)
    text = json.dumps(alarm)
    assert '"p90"' in text
    assert "3600" in text
    assert '{"Name": "JobQueueName", "Value": "solvers"}' in text


def test_a_metric_by_its_name() -> None:
    queue = MnpJobQueue.from_job_queue_arn(new_stack(), "Imported", QUEUE)
    metric = queue.metric("JobsMovedToScheduled")
    assert (metric.metric_name, metric.statistic) == ("JobsMovedToScheduled", "Sum")


def test_a_metric_of_an_imported_queue_has_the_region_and_account_of_the_queue() -> None:
    queue = MnpJobQueue.from_job_queue_arn(new_stack(), "Imported", QUEUE)
    metric = queue.metric_jobs_retried()
    _, _, _, region, account, _ = QUEUE.split(":")
    assert (metric.region, metric.account) == (region, account)


@pytest.mark.parametrize(
    ("options", "argument"),
    [({"period": 300}, "period"), ({"statisic": "Sum"}, "statistic")],
    ids=["wrong type", "misspelt"],
)
def test_wrong_options_are_refused(options: dict[str, Any], argument: str) -> None:
    queue = MnpJobQueue.from_job_queue_arn(new_stack(), "Imported", QUEUE)
    with pytest.raises(ArgumentError, match=f"metric_jobs_retried: .*{argument}"):
        queue.metric_jobs_retried(**options)
