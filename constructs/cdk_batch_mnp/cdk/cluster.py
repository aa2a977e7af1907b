"""A complete platform for multi-node parallel jobs, in one construct."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import jsii
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_batch_mnp.cdk.environments.compute_environment import MnpComputeEnvironment
from cdk_batch_mnp.cdk.environments.job_queue import MnpJobQueue
from cdk_batch_mnp.cdk.environments.options import (
    ClusterOptions,
    ComputeEnvironmentOptions,
    JobQueueOptions,
)
from cdk_batch_mnp.cdk.jobs.job_definition import MnpJobDefinition
from cdk_batch_mnp.cdk.jobs.job_roles import share_roles_in
from cdk_batch_mnp.cdk.jobs.log_group import make_log_group
from cdk_batch_mnp.cdk.jobs.node_group import NodeGroup
from cdk_batch_mnp.cdk.jobs.options import JobOptions
from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError
from cdk_batch_mnp.cdk.jsii.checked import checked, checked_call, select
from cdk_batch_mnp.cdk.nodes.node_storage import with_volumes


@jsii.implements(ec2.IConnectable)
class MnpCluster(Construct):
    """A complete platform for multi-node parallel jobs on one instance type.

    It creates a cluster placement group, nodes in one Availability Zone, security groups, a launch
    template, a managed On-Demand compute environment with max vCPUs for ``max_nodes`` nodes, a job
    queue that cancels stuck jobs, and a log group. ``add_job`` adds job definitions that are
    checked against this cluster.

    Args:
        scope: Parent construct.
        id: Construct id within ``scope``.
        vpc: VPC of the nodes.
        instance_type: Instance type of all nodes.
        max_nodes: Maximum number of running nodes over all jobs, at least 1.
        enabled: Whether the queue accepts new jobs and the environment launches nodes for them.
            Running jobs continue. Default: ``True``.
        **options: See :class:`ClusterOptions`, which documents each option and its default.

    Raises:
        ArgumentError: As for :class:`MnpComputeEnvironment` and :class:`MnpJobQueue`; or
            ``log_retention`` or ``log_encryption_key`` is set together with ``log_group``.
    """

    @checked
    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        vpc: ec2.IVpc,
        instance_type: str | ec2.InstanceType,
        max_nodes: int,
        enabled: bool = True,
        **options: Unpack[ClusterOptions],
    ) -> None:
        log_group = options.get("log_group")
        retention, key = options.get("log_retention"), options.get("log_encryption_key")
        for name, value in (("log_retention", retention), ("log_encryption_key", key)):
            if log_group is not None and value is not None:
                raise ArgumentError(
                    f"{name} applies to the log group that is created; set it on your log_group, "
                    "or leave one of the two out"
                )
        super().__init__(scope, id)
        self.compute_environment = MnpComputeEnvironment(
            self,
            "ComputeEnvironment",
            vpc=vpc,
            instance_type=instance_type,
            max_nodes=max_nodes,
            enabled=enabled,
            **select(ComputeEnvironmentOptions, options),
        )
        self.job_queue = MnpJobQueue(
            self,
            "JobQueue",
            compute_environments=[self.compute_environment],
            enabled=enabled,
            **select(JobQueueOptions, options),
        )
        self.log_group = log_group or make_log_group(self, retention=retention, encryption_key=key)
        self.job_definitions: list[MnpJobDefinition] = []
        self._submitters: list[iam.IGrantable] = []
        share_roles_in(self)

    @property
    def connections(self) -> ec2.Connections:
        """The connections of the nodes and their tasks."""
        return self.compute_environment.connections

    @property
    def placement_group(self) -> ec2.IPlacementGroup | None:
        """The placement group of the nodes; ``None`` for a Capacity Block."""
        return self.compute_environment.placement_group

    @property
    def max_nodes(self) -> int:
        """The maximum number of running nodes."""
        return self.compute_environment.max_nodes

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
            ArgumentError: As for :class:`MnpJobDefinition`.
        """
        definition = MnpJobDefinition(
            self,
            id,
            node_groups=[
                with_volumes(group, self.compute_environment.volumes) for group in node_groups
            ],
            num_nodes=self.max_nodes if num_nodes is None else num_nodes,
            instance_type=self.compute_environment.instance_type,
            log_group=self.log_group,
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
