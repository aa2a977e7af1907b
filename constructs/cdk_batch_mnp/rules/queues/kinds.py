"""Rules about what kind of jobs a queue is for."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.compute_environment import ComputeEnvironment
from cdk_batch_mnp.model.job_queue import JobQueue
from cdk_batch_mnp.model.presence import fewest
from cdk_batch_mnp.model.property_path import PROPERTIES
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, has_value
from cdk_batch_mnp.rules import sources

_OF_COMPUTE_TYPES = {
    "EC2": "ECS",
    "SPOT": "ECS",
    "FARGATE": "ECS_FARGATE",
    "FARGATE_SPOT": "ECS_FARGATE",
    "ECS_MANAGED_INSTANCES": "ECS_MANAGED_INSTANCES",
}
"""Types of queues by the type of their compute resources, on Amazon ECS."""


@rule(
    JobQueue,
    "MNP209",
    "The type of a queue is that of its compute environments",
    severity=ERROR,
    why="The environments of a job queue are of one kind. AWS Batch rejects a jobQueueType of "
    "another kind, and service environments next to compute environments.",
    fix="Remove jobQueueType and serviceEnvironmentOrder, or use a queue of its own for each kind "
    "of job.",
    source=sources.api("CreateJobQueue"),
)
def queue_type(queue: JobQueue, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares jobQueueType with the type of each known compute environment.

    Silent about environments whose type or orchestration type is unknown.
    """
    if not fewest(queue.environments):
        return
    if queue.runs_service_jobs is True:
        yield Violation(
            resource=queue,
            property_path=PROPERTIES / "serviceEnvironmentOrder",
            message="the queue has both compute environments and service environments",
            actual="computeEnvironmentOrder and serviceEnvironmentOrder",
            expected="one of them",
        )
    if not has_value(queue.type):
        return
    for environment in queue.known_environments:
        fitting = _fitting(environment)
        if has_value(fitting) and fitting != queue.type:
            yield Violation(
                resource=queue,
                property_path=PROPERTIES / "jobQueueType",
                message=f"the queue has type {queue.type}, but its compute environment "
                f"{environment.id} needs a queue of type {fitting}",
                actual=queue.type,
                expected=f"{fitting}, or not set",
            )
            return


def _fitting(environment: ComputeEnvironment) -> Maybe[str] | None:
    """Return the type of queue that an environment needs; ``None`` for types that AWS added."""
    if environment.is_eks is UNKNOWN or environment.type is UNKNOWN:
        return UNKNOWN
    if environment.is_eks:
        return "EKS"
    return _OF_COMPUTE_TYPES.get(environment.type or "")


@rule(
    JobQueue,
    "MNP210",
    "Quota shares are for service jobs",
    severity=ERROR,
    why="AWS Batch supports quota management only for job queues that are connected to a "
    "SAGEMAKER_TRAINING service environment. A queue of compute environments, which multi-node "
    "parallel jobs need, cannot have quota shares.",
    fix="Use a scheduling policy with fairsharePolicy, or remove the policy and the quota shares.",
    source=sources.user_guide("quota-management"),
)
def quota_shares(queue: JobQueue, catalogue: Catalogue) -> Iterator[Violation]:
    """Reports a queue of compute environments with a quota share policy or a quota share.

    Looks at the scheduling policies and quota shares of the templates. Silent about others.
    """
    if not fewest(queue.environments):
        return
    if queue.has_quota_shares is True:
        yield Violation(
            resource=queue,
            property_path=PROPERTIES / "schedulingPolicyArn",
            message="the queue has quota shares, but runs jobs in compute environments",
            actual="quota shares",
            expected="a fair-share policy, or none",
        )
