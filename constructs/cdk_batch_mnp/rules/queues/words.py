"""Rules about words and names in job queues."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, Submission, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.job_queue import JobQueue
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.words import disabled, missing, violations


@rule(
    JobQueue,
    "MNP220",
    "Enumerated values of a job queue are valid",
    severity=ERROR,
    why="AWS Batch rejects other values.",
    fix="Correct the value. The state is ENABLED if it is not set.",
    source=sources.api("CreateJobQueue"),
)
def queue_words(queue: JobQueue, catalogue: Catalogue) -> Iterator[Violation]:
    """Checks known states and types of queues, in any case, and words of the scheduling policy."""
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
    why="CloudFormation rejects or ignores a property that the resource does not have.",
    fix="Correct the name, or move the property to where it belongs.",
    source="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
    "aws-resource-batch-jobqueue.html",
)
def queue_names(queue: JobQueue, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares names of the queue and its scheduling policy, at any depth, with the schemas.

    An error if one letter makes the difference to a documented name, or if the property certainly
    belongs elsewhere. Otherwise a warning: the name may be newer than this version. So is another
    case, which CloudFormation may accept.
    """
    yield from violations(queue, queue.words, names=True)


@rule(
    JobQueue,
    "MNP223",
    "A job queue has the properties that AWS Batch requires",
    severity=ERROR,
    why="AWS Batch rejects a queue without one of them.",
    fix="Set the property.",
    source=sources.api("CreateJobQueue"),
)
def queue_requirements(queue: JobQueue, catalogue: Catalogue) -> Iterator[Violation]:
    """Looks for the priority, and for order and computeEnvironment of each environment.

    Also checks the identifier of each share of its scheduling policy. MNP201 reports a queue
    without environments. Silent about what a condition may set.
    """
    yield from missing(queue, queue.words)
