"""The job queue, with time limits for jobs that are stuck at its head."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import jsii
from aws_cdk import Acknowledgment, Validations
from aws_cdk import aws_batch as batch
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_batch_mnp.cdk.environments.imported_environment import facts_of
from cdk_batch_mnp.cdk.environments.imported_queue import ImportedJobQueue
from cdk_batch_mnp.cdk.environments.known_nodes import QueueNodes
from cdk_batch_mnp.cdk.environments.options import JobQueueOptions
from cdk_batch_mnp.cdk.environments.queue_grants import QueueGrants
from cdk_batch_mnp.cdk.environments.queue_metrics import QueueMetrics
from cdk_batch_mnp.cdk.grants import reject_as_grantee
from cdk_batch_mnp.cdk.jsii.checked import checked
from cdk_batch_mnp.cdk.jsii.durations import seconds_of
from cdk_batch_mnp.cdk.jsii.unchanging import node_of, path_of
from cdk_batch_mnp.cdk.validation.registration import stage_state
from cdk_batch_mnp.model.stuck_reasons import STUCK_REASONS

DEFAULT_STUCK_JOB_TIMEOUT_SECONDS = 3600


@jsii.implements(iam.IGrantable)
class MnpJobQueue(QueueNodes, QueueGrants, QueueMetrics, batch.JobQueue):
    """A job queue for multi-node parallel jobs: a ``JobQueue`` that cancels stuck jobs.

    A job at the head of the queue that Batch cannot start would block all jobs behind it. It is
    cancelled after ``stuck_job_timeout``, for every reason that Batch documents.

    Args:
        scope: Parent construct.
        id: Construct id within ``scope``.
        compute_environments: One to three, tried in this order. Prefer a single one: if the first
            has no capacity, a job waits there even if a later one has capacity.
        enabled: Whether the queue accepts new jobs. ``False`` also acknowledges MNP221.
            Default: ``True``.
        **options: See :class:`JobQueueOptions`, which documents each option and its default.

    Raises:
        ArgumentError: An argument is unknown or of the wrong type, or ``stuck_job_timeout`` is not
            a whole number of seconds.

    Source: Batch API, CreateJobQueue and JobStateTimeLimitAction.
    """

    @checked
    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        compute_environments: Sequence[batch.IComputeEnvironment],
        enabled: bool = True,
        **options: Unpack[JobQueueOptions],
    ) -> None:
        timeout = options.get("stuck_job_timeout")
        seconds = (
            DEFAULT_STUCK_JOB_TIMEOUT_SECONDS
            if timeout is None
            else seconds_of("stuck_job_timeout", timeout)
        )
        priority = options.get("priority", 1)
        scheduling_policy = options.get("scheduling_policy")
        super().__init__(
            scope,
            id,
            compute_environments=[
                batch.OrderedComputeEnvironment(compute_environment=environment, order=order)
                for order, environment in enumerate(compute_environments, start=1)
            ],
            priority=priority,
            scheduling_policy=scheduling_policy,
            job_queue_name=options.get("job_queue_name"),
            enabled=enabled,
        )
        resource = node_of(self).default_child
        assert isinstance(resource, batch.CfnJobQueue)  # noqa: S101 - for the type checker
        actions: list[dict[str, Any]] = [
            {"reason": reason, "state": "RUNNABLE", "maxTimeSeconds": seconds, "action": "CANCEL"}
            for reason in (STUCK_REASONS if seconds else ())
        ]
        if actions:
            # The L2 raises at the first limit that is out of range; the rules report all.
            resource.job_state_time_limit_actions = list[Any](actions)
        self._environments = list(compute_environments)
        if not enabled:
            acknowledgment = Acknowledgment(id="MNP::MNP221", reason="enabled is False.")
            Validations.of(self).acknowledge(acknowledgment)
        facts = {"dedicated": True, **facts_of(self._environments)}
        stage_state(scope).add(self, path_of(self), resource, facts)

    @classmethod
    @checked
    def from_job_queue_arn(cls, scope: Construct, id: str, job_queue_arn: str) -> ImportedJobQueue:
        """Return a queue that is created elsewhere. Its compute environments are unknown.

        Args:
            scope: Parent construct.
            id: Construct id within ``scope``.
            job_queue_arn: The ARN of the queue.

        Raises:
            ArgumentError: It is not the ARN of a job queue.
        """
        return ImportedJobQueue(scope, id, arn=job_queue_arn)

    @classmethod
    @checked
    def from_job_queue_attributes(
        cls,
        scope: Construct,
        id: str,
        *,
        job_queue_arn: str,
        compute_environments: Sequence[batch.IComputeEnvironment],
    ) -> ImportedJobQueue:
        """Return a queue that is created elsewhere, with its compute environments.

        Definitions with this ``job_queue`` take the instance type and the EFA devices of the
        environments, and are checked against them as far as their attributes go.

        Args:
            scope: Parent construct.
            id: Construct id within ``scope``.
            job_queue_arn: The ARN of the queue.
            compute_environments: All environments of the queue in their order, from
                ``MnpComputeEnvironment.from_compute_environment_attributes``.

        Raises:
            ArgumentError: It is not the ARN of a job queue.
        """
        return ImportedJobQueue(scope, id, arn=job_queue_arn, environments=compute_environments)

    @property
    def grant_principal(self) -> iam.IPrincipal:
        """Raise an error: a queue has no permissions.

        Raises:
            ArgumentError: Always.
        """
        reject_as_grantee(self, "a job definition, or to its job_role")

    @property
    def _queue_arn(self) -> str:
        return self.job_queue_arn
