"""Rules about words and names in job queues."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, Submission, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.job_queue import JobQueue
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.words import disabled, violations


@rule(
    JobQueue,
    "MNP220",
    "The state of a job queue is valid",
    severity=ERROR,
    why="AWS Batch accepts only ENABLED and DISABLED.",
    fix="Set state to ENABLED, or remove it: that is the default.",
    source=sources.api("CreateJobQueue"),
)
def queue_words(queue: JobQueue, catalogue: Catalogue) -> Iterator[Violation]:
    """Checks that a known state is ENABLED or DISABLED, in any case."""
    yield from violations(queue, queue.words, names=False)


@rule(
    Submission,
    "MNP221",
    "The job queue is enabled",
    severity=ERROR,
    why="AWS Batch rejects jobs that are submitted to a queue that is DISABLED.",
    fix="Set state to ENABLED, or remove it: that is the default.",
    source=sources.api("CreateJobQueue"),
)
def queue_enabled(submission: Submission, catalogue: Catalogue) -> Iterator[Violation]:
    """Reports the state DISABLED. Silent if the state is unknown."""
    yield from disabled(submission.queue, submission.queue.state, "job queue")


@rule(
    JobQueue,
    "MNP222",
    "A job queue has only documented properties",
    severity=ERROR,
    why="CloudFormation rejects a property that the resource does not have.",
    fix="Correct the name, or move the property to where it belongs.",
    source="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
    "aws-resource-batch-jobqueue.html",
)
def queue_names(queue: JobQueue, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares the names of properties with those of the CloudFormation schema.

    A name that resembles none is a warning: it may be newer than this version.
    """
    yield from violations(queue, queue.words, names=True)
