"""The job queue, and what ends a job that is stuck at its head."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from aws_cdk import Duration
from aws_cdk import aws_batch as batch
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_batch_mnp.cdk.environments.compute_environment import MnpComputeEnvironment
from cdk_batch_mnp.cdk.jsii.argument_types import construct_path, refuse_wrong_types
from cdk_batch_mnp.cdk.jsii.durations import seconds_of
from cdk_batch_mnp.cdk.nodes.node_hardware import NodeHardware
from cdk_batch_mnp.cdk.nodes.security_groups import allow_to
from cdk_batch_mnp.cdk.validation.registration import stage_state
from cdk_batch_mnp.rules.queues.job_queue import STUCK_REASONS

if TYPE_CHECKING:
    from aws_cdk import aws_efs as efs

DEFAULT_STUCK_JOB_TIMEOUT_SECONDS = 3600


class MnpJobQueue(batch.JobQueue):
    """A job queue for multi-node parallel jobs: a stock ``JobQueue`` that lets no job block it.

    A job that Batch has found no way to start is cancelled after a time, for each of the reasons
    that Batch documents; otherwise it would keep all that come after it waiting, forever.

    Args:
        scope: The construct around this one.
        id: Of the construct in it.
        compute_environments: One to three, tried in this order. One is best: if the first has no
            capacity, the job waits there though a later one may have room.
        priority: Among queues that share an environment, the higher goes first.
        stuck_job_timeout: How long a job may be stuck before it is cancelled, 600 to 86400 seconds;
            an hour if left out. ``Duration.seconds(0)`` leaves stuck jobs where they are.
        scheduling_policy: A fair-share policy, if jobs are to share the queue by it.
        job_queue_name: A fixed name.
        enabled: Whether the queue takes new jobs.

    Source: Batch API, CreateJobQueue and JobStateTimeLimitAction.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        compute_environments: Sequence[batch.IComputeEnvironment],
        priority: int = 1,
        stuck_job_timeout: Duration | None = None,
        scheduling_policy: batch.ISchedulingPolicy | None = None,
        job_queue_name: str | None = None,
        enabled: bool = True,
    ) -> None:
        place = construct_path(scope, id)
        refuse_wrong_types(place, MnpJobQueue.__init__, locals())
        seconds = (
            DEFAULT_STUCK_JOB_TIMEOUT_SECONDS
            if stuck_job_timeout is None
            else seconds_of(place, "stuck_job_timeout", stuck_job_timeout)
        )
        super().__init__(
            scope,
            id,
            compute_environments=[
                batch.OrderedComputeEnvironment(compute_environment=each, order=order)
                for order, each in enumerate(compute_environments, start=1)
            ],
            priority=priority,
            scheduling_policy=scheduling_policy,
            job_queue_name=job_queue_name,
            enabled=enabled,
        )
        resource = self.node.default_child
        assert isinstance(resource, batch.CfnJobQueue)  # noqa: S101 - for the type checker
        actions: list[dict[str, Any]] = [
            {"reason": reason, "state": "RUNNABLE", "maxTimeSeconds": seconds, "action": "CANCEL"}
            for reason in (STUCK_REASONS if seconds else ())
        ]
        if actions:
            # The L2 refuses limits in its own words and without the others' findings: the rules
            # tell them all.
            resource.job_state_time_limit_actions = list[Any](actions)
        self._environments = list(compute_environments)
        stage_state(self).add(self, place, resource, {"dedicated": True})

    def hardware_of(self, instance_type: str) -> NodeHardware | None:
        """What containers find on nodes of a type, if all of the queue's environments agree on it.

        Those of other constructs are not known, nor those that were added later.
        """
        found = {
            each.hardware
            if isinstance(each, MnpComputeEnvironment) and each.instance_type == instance_type
            else None
            for each in self._environments
        }
        return found.pop() if len(found) == 1 else None

    def allow_nodes_to(self, file_system: efs.IFileSystem) -> None:
        """Let the nodes of its environments in at a file system's port.

        Environments of other constructs are left as they are.
        """
        port = file_system.connections.default_port
        for each in self._environments:
            if isinstance(each, MnpComputeEnvironment) and port is not None:
                # ECS mounts on the instance, not through the task's own interface.
                allow_to(each.node_connections, file_system, [port], "EFS from the nodes of jobs")

    def grant_submit(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow to submit to this queue; each job definition has to allow it for itself too."""
        return iam.Grant.add_to_principal(
            grantee=grantee, actions=["batch:SubmitJob"], resource_arns=[self.job_queue_arn]
        )
