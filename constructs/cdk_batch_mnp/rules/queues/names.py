"""Rules about names of job queues and their scheduling policies."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.job_queue import JobQueue
from cdk_batch_mnp.model.property_path import PROPERTIES
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.names import invalid_name


@rule(
    JobQueue,
    "MNP211",
    "The names of a job queue and of its scheduling policy are valid",
    severity=ERROR,
    why="AWS Batch rejects the name.",
    fix="Use up to 128 letters, digits, hyphens and underscores, or remove the name, which "
    "CloudFormation then generates.",
    source=sources.api("CreateJobQueue"),
)
def queue_name(queue: JobQueue, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares both names, as far as they are known."""
    yield from invalid_name(queue, PROPERTIES / "jobQueueName", queue.name, "job queue")
    path = PROPERTIES / "schedulingPolicyArn"
    yield from invalid_name(queue, path, queue.policy_name, "scheduling policy")
