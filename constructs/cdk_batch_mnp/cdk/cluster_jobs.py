"""The jobs of a cluster, created here or imported, and who may submit, watch and end them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Unpack

from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from cdk_batch_mnp.cdk.environments.compute_environment import MnpComputeEnvironment
from cdk_batch_mnp.cdk.environments.imported_environment import ImportedComputeEnvironment
from cdk_batch_mnp.cdk.environments.imported_queue import ImportedJobQueue
from cdk_batch_mnp.cdk.environments.job_queue import MnpJobQueue
from cdk_batch_mnp.cdk.grants import (
    READ_DEFINITIONS,
    READ_ENVIRONMENTS,
    READ_QUEUES,
    grant_reading,
    reject_as_grantee,
)
from cdk_batch_mnp.cdk.jobs.job_definition import MnpJobDefinition
from cdk_batch_mnp.cdk.jobs.job_roles import share_roles_in
from cdk_batch_mnp.cdk.jobs.node_group import NodeGroup
from cdk_batch_mnp.cdk.jobs.options import JobOptions
from cdk_batch_mnp.cdk.jsii.checked import checked, checked_call
from cdk_batch_mnp.cdk.nodes.node_storage import with_volumes


class ClusterJobs(Construct):
    """A construct with a queue, its compute environment and job definitions."""

    job_queue: MnpJobQueue | ImportedJobQueue
    """The queue of the cluster."""

    compute_environment: MnpComputeEnvironment | ImportedComputeEnvironment
    """The compute environment of the queue."""

    log_group: logs.ILogGroup
    """Log group of the jobs that do not set another."""

    job_definitions: list[MnpJobDefinition]
    """The definitions that ``add_job`` added."""

    def _prepare_jobs(self) -> None:
        self.job_definitions = []
        self._submitters: list[iam.IGrantable] = []
        share_roles_in(self, self.log_group)

    @property
    def max_nodes(self) -> int:
        """The maximum number of running nodes."""
        return self.compute_environment.max_nodes or 0

    @checked
    def add_job(
        self,
        id: str,
        *,
        node_groups: Sequence[NodeGroup],
        num_nodes: int | None = None,
        **options: Unpack[JobOptions],
    ) -> MnpJobDefinition:
        """Add a job definition that runs on the nodes of this cluster.

        Args:
            id: Construct id of the definition within the cluster.
            node_groups: One to five node groups that together cover every node. Containers mount
                the file systems of the nodes (``lustre``, ``scratch_path``) at the same paths,
                unless they set ``node_volumes=False``.
            num_nodes: Number of nodes of the job. Default: ``max_nodes`` of the cluster.
            **options: See :class:`JobOptions`, which documents each option and its default.

        Raises:
            ArgumentError: :class:`MnpJobDefinition` raises it.
        """
        options["log_group"] = options.get("log_group") or self.log_group
        definition = MnpJobDefinition(
            self,
            id,
            node_groups=[
                with_volumes(group, self.compute_environment.volumes) for group in node_groups
            ],
            num_nodes=self.max_nodes if num_nodes is None else num_nodes,
            instance_type=self.compute_environment.instance_type,
            job_queue=self.job_queue,
            **options,
        )
        self.job_definitions.append(definition)
        for grantee in self._submitters:
            definition.grant_submit(grantee)
        return definition

    @checked_call
    def grant_submit(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow submissions to the queue with every definition of the cluster.

        This includes definitions that are added after the call.
        """
        self._submitters.append(grantee)
        grant = self.job_queue.grant_submit(grantee)
        for definition in self.job_definitions:
            definition.grant_submit(grantee)
        return grant

    @checked_call
    def grant_terminate(
        self, grantee: iam.IGrantable, *, job_tags: Mapping[str, str] | None = None
    ) -> iam.Grant:
        """Allow to cancel and terminate jobs.

        IAM does not know the queue of a job, so this allows to end every job of the account in the
        Region, unless ``job_tags`` limits it.

        Args:
            grantee: Who may end jobs.
            job_tags: Only jobs that were submitted with these tags. Default: all jobs.

        Source: Service Authorization Reference, AWS Batch.
        """
        return self.job_queue.grant_terminate(grantee, job_tags=job_tags)

    @checked_call
    def grant_describe(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow to list and describe jobs, definitions, queues and environments.

        IAM cannot limit these actions to a cluster. To let the grantee read logs too, use
        ``log_group.grant_read``.

        Source: Service Authorization Reference, AWS Batch.
        """
        return grant_reading(
            grantee,
            *READ_QUEUES,
            *READ_DEFINITIONS,
            *READ_ENVIRONMENTS,
            queue_arn=self.job_queue.job_queue_arn,
        )

    @property
    def grant_principal(self) -> iam.IPrincipal:
        """Raise an error: a cluster has no permissions.

        Raises:
            ArgumentError: Always.
        """
        reject_as_grantee(self, "a definition that add_job returns, or to its job_role")
