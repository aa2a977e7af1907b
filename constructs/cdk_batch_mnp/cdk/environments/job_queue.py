"""The job queue, with time limits for jobs that are stuck at its head."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Unpack

from aws_cdk import Acknowledgment, Validations
from aws_cdk import aws_batch as batch
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_batch_mnp.cdk.environments.compute_environment import MnpComputeEnvironment
from cdk_batch_mnp.cdk.environments.options import JobQueueOptions
from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError
from cdk_batch_mnp.cdk.jsii.checked import checked
from cdk_batch_mnp.cdk.jsii.durations import seconds_of
from cdk_batch_mnp.cdk.jsii.unchanging import node_of, path_of
from cdk_batch_mnp.cdk.nodes.node_hardware import NodeHardware
from cdk_batch_mnp.cdk.nodes.security_groups import allow_to
from cdk_batch_mnp.cdk.validation.registration import stage_state
from cdk_batch_mnp.model.stuck_reasons import STUCK_REASONS

if TYPE_CHECKING:
    from aws_cdk import aws_efs as efs

DEFAULT_STUCK_JOB_TIMEOUT_SECONDS = 3600


class MnpJobQueue(batch.JobQueue):
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
        stage_state(scope).add(self, path_of(self), resource, {"dedicated": True})

    def hardware_of(self, instance_type: str) -> NodeHardware | None:
        """Return the hardware of nodes of a type, if all environments of the queue agree.

        Environments of other constructs, and those added later, are unknown.
        """
        found = {
            environment.hardware
            if isinstance(environment, MnpComputeEnvironment)
            and environment.instance_type == instance_type
            else None
            for environment in self._environments
        }
        return found.pop() if len(found) == 1 else None

    def allow_nodes_to(self, file_system: efs.IFileSystem) -> None:
        """Allow the nodes of the queue's environments to connect to a file system.

        Environments of other constructs are not changed.
        """
        port = file_system.connections.default_port
        for environment in self._environments:
            if isinstance(environment, MnpComputeEnvironment) and port is not None:
                # ECS mounts on the instance, not through the network interface of the task.
                allow_to(
                    environment.node_connections, file_system, [port], "EFS from the nodes of jobs"
                )

    def install_launcher(self) -> None:
        """Have each node download ``mnp-launch`` before it accepts jobs.

        Environments that are added later are not changed.

        Raises:
            ArgumentError: An environment is not an :class:`MnpComputeEnvironment`, or has a launch
                template of the user.
        """
        for environment in self._environments:
            if not isinstance(environment, MnpComputeEnvironment):
                raise ArgumentError(
                    "the launcher is delivered from the nodes, but an environment of the queue is "
                    "not an MnpComputeEnvironment, whose user data this library does not write; "
                    "choose another delivery"
                )
            environment.install_launcher()

    def grant_submit(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow submissions to this queue; grant them on the job definition too."""
        return iam.Grant.add_to_principal(
            grantee=grantee, actions=["batch:SubmitJob"], resource_arns=[self.job_queue_arn]
        )
