"""A job queue that is created elsewhere, with what is said about its environments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import jsii
from aws_cdk import Resource
from aws_cdk import aws_batch as batch
from constructs import Construct

from cdk_batch_mnp.cdk.environments.imported_environment import facts_of
from cdk_batch_mnp.cdk.environments.known_nodes import QueueNodes
from cdk_batch_mnp.cdk.environments.queue_grants import QueueGrants
from cdk_batch_mnp.cdk.environments.queue_metrics import QueueMetrics
from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError
from cdk_batch_mnp.cdk.jsii.arns import arn_of, name_in
from cdk_batch_mnp.cdk.jsii.unchanging import path_of

if TYPE_CHECKING:
    from aws_cdk.interfaces.aws_batch import IComputeEnvironmentRef, JobQueueReference


@jsii.implements(batch.IJobQueue)
class ImportedJobQueue(QueueNodes, QueueGrants, QueueMetrics, Resource):
    """A job queue that is created elsewhere. See the ``from_`` methods that return it."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        arn: str,
        environments: Sequence[batch.IComputeEnvironment] = (),
    ) -> None:
        super().__init__(scope, id, environment_from_arn=arn_of("job_queue_arn", arn))
        self._arn = arn
        self._environments = list(environments)

    @property
    def facts(self) -> Mapping[str, Any]:
        """What the checks of templates need to know; nothing without environments."""
        return facts_of(self._environments)

    @property
    def job_queue_arn(self) -> str:
        """The ARN of the queue."""
        return self._arn

    @property
    def job_queue_name(self) -> str:
        """The name of the queue."""
        return name_in(self._arn)

    @property
    def job_queue_ref(self) -> JobQueueReference:
        """The reference to this queue."""
        from aws_cdk.interfaces.aws_batch import JobQueueReference

        return JobQueueReference(job_queue_arn=self._arn)

    @property
    def compute_environments(self) -> list[batch.OrderedComputeEnvironment]:
        """The environments that were stated, in this order."""
        return [
            batch.OrderedComputeEnvironment(compute_environment=environment, order=order)
            for order, environment in enumerate(self._environments, start=1)
        ]

    @property
    def priority(self) -> int:
        """1, the default: the priority of an imported queue is unknown."""
        return 1

    @property
    def enabled(self) -> bool:
        """``True``: an imported queue is assumed to accept jobs."""
        return True

    @property
    def scheduling_policy(self) -> batch.ISchedulingPolicy | None:
        """``None``: it is unknown."""
        return None

    def add_compute_environment(
        self, compute_environment: IComputeEnvironmentRef, order: float
    ) -> None:
        """Raise an error: an imported queue cannot be changed.

        Raises:
            ArgumentError: Always.
        """
        raise ArgumentError(
            f"{compute_environment.node.path} (order {order:g}) cannot be added to an imported "
            "queue; state it in compute_environments of from_job_queue_attributes",
            path=path_of(self),
        )

    @property
    def _queue_arn(self) -> str:
        return self._arn
