"""The job queue of the stock platforms."""

from __future__ import annotations

from aws_cdk import CfnOutput, Duration
from aws_cdk import aws_batch as batch
from constructs import Construct


def add_job_queue(
    scope: Construct, environment: batch.IComputeEnvironment, *, stuck_after: Duration
) -> batch.JobQueue:
    """Create the queue, which cancels stuck jobs for every reason that the L2 supports."""
    queue = batch.JobQueue(
        scope,
        "Queue",
        compute_environments=[
            batch.OrderedComputeEnvironment(compute_environment=environment, order=1)
        ],
        job_state_time_limit_actions=[
            batch.JobStateTimeLimitAction(
                reason=reason,
                state=batch.JobStateTimeLimitActionsState.RUNNABLE,
                action=batch.JobStateTimeLimitActionsAction.CANCEL,
                max_time=stuck_after,
            )
            for reason in (
                batch.JobStateTimeLimitActionsReason.INSUFFICIENT_INSTANCE_CAPACITY,
                batch.JobStateTimeLimitActionsReason.COMPUTE_ENVIRONMENT_MAX_RESOURCE,
                batch.JobStateTimeLimitActionsReason.JOB_RESOURCE_REQUIREMENT,
            )
        ],
    )
    CfnOutput(scope, "JobQueue", value=queue.job_queue_arn)
    return queue
