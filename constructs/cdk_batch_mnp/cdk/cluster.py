"""A complete platform for multi-node parallel jobs, in one construct."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import jsii
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from cdk_batch_mnp.cdk.cluster_jobs import ClusterJobs
from cdk_batch_mnp.cdk.environments.compute_environment import MnpComputeEnvironment
from cdk_batch_mnp.cdk.environments.imported_environment import ImportedNodes
from cdk_batch_mnp.cdk.environments.job_queue import MnpJobQueue
from cdk_batch_mnp.cdk.environments.options import (
    ClusterOptions,
    ComputeEnvironmentOptions,
    JobQueueOptions,
)
from cdk_batch_mnp.cdk.imported_cluster import ImportedCluster
from cdk_batch_mnp.cdk.jobs.log_group import make_log_group
from cdk_batch_mnp.cdk.jobs.volumes import HostVolume
from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError
from cdk_batch_mnp.cdk.jsii.checked import checked, select
from cdk_batch_mnp.cdk.nodes.node_hardware import name_of_type


@jsii.implements(ec2.IConnectable, iam.IGrantable)
class MnpCluster(ClusterJobs):
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
        ArgumentError: :class:`MnpComputeEnvironment` or :class:`MnpJobQueue` raises it; or
            ``log_retention`` or ``log_encryption_key`` is set together with ``log_group``.
    """

    job_queue: MnpJobQueue
    compute_environment: MnpComputeEnvironment

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
        self._prepare_jobs()

    @property
    def connections(self) -> ec2.Connections:
        """The connections of the nodes and their tasks."""
        return self.compute_environment.connections

    @property
    def placement_group(self) -> ec2.IPlacementGroup | None:
        """The placement group of the nodes; ``None`` for a Capacity Block."""
        return self.compute_environment.placement_group

    @property
    def launch_template(self) -> ec2.ILaunchTemplate:
        """The launch template of the nodes: the one that is created, or yours."""
        return self.compute_environment.launch_template

    @classmethod
    @checked
    def from_cluster_attributes(
        cls,
        scope: Construct,
        id: str,
        *,
        job_queue_arn: str,
        compute_environment_arn: str,
        instance_type: str | ec2.InstanceType,
        max_nodes: int,
        vcpus_per_node: int | None = None,
        efa: bool | None = None,
        threads_per_core: int | None = None,
        security_groups: Sequence[ec2.ISecurityGroup] = (),
        volumes: Sequence[HostVolume] = (),
        log_group: logs.ILogGroup | None = None,
    ) -> ImportedCluster:
        """Return a cluster that is created elsewhere, such as in another app.

        ``add_job`` adds definitions to it that are checked against what is stated here.

        Args:
            scope: Parent construct.
            id: Construct id within ``scope``.
            job_queue_arn: The ARN of the queue.
            compute_environment_arn: The ARN of its only compute environment.
            instance_type: Instance type of all nodes.
            max_nodes: Maximum number of running nodes, at least 1.
            vcpus_per_node: vCPUs of an instance type that is not in the catalogue. Default: from
                the catalogue.
            efa: Whether nodes have all EFA interfaces of the type. Default: unknown; containers get
                no EFA devices.
            threads_per_core: 1 if nodes run one thread per core. Default: that of the type.
            security_groups: Security groups of the nodes and their tasks. Default: unknown; the
                file systems of volumes get no rules.
            volumes: Volumes of the nodes' file systems, which jobs mount. Default: none.
            log_group: Log group of the jobs that are added. Default: a new log group.

        Raises:
            ArgumentError: An ARN is not of this kind, ``max_nodes`` is less than 1,
                ``vcpus_per_node`` contradicts the catalogue, or the instance type does not support
                EFA or one thread per core as stated.
        """
        return ImportedCluster(
            scope,
            id,
            job_queue_arn=job_queue_arn,
            environment_arn=compute_environment_arn,
            nodes=ImportedNodes(
                instance_type=name_of_type(instance_type),
                vcpus_per_node=vcpus_per_node,
                max_nodes=max_nodes,
                efa=efa,
                threads_per_core=threads_per_core,
            ),
            security_groups=security_groups,
            volumes=volumes,
            log_group=log_group,
        )
