"""A cluster that is created elsewhere, to which jobs can be added."""

from __future__ import annotations

from collections.abc import Sequence

import jsii
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from cdk_batch_mnp.cdk.cluster_jobs import ClusterJobs
from cdk_batch_mnp.cdk.environments.imported_environment import (
    ImportedComputeEnvironment,
    ImportedNodes,
)
from cdk_batch_mnp.cdk.environments.imported_queue import ImportedJobQueue
from cdk_batch_mnp.cdk.jobs.log_group import make_log_group
from cdk_batch_mnp.cdk.jobs.volumes import HostVolume


@jsii.implements(ec2.IConnectable, iam.IGrantable)
class ImportedCluster(ClusterJobs):
    """A cluster that is created elsewhere. See ``MnpCluster.from_cluster_attributes``."""

    job_queue: ImportedJobQueue
    compute_environment: ImportedComputeEnvironment

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        job_queue_arn: str,
        environment_arn: str,
        nodes: ImportedNodes,
        security_groups: Sequence[ec2.ISecurityGroup] = (),
        volumes: Sequence[HostVolume] = (),
        log_group: logs.ILogGroup | None = None,
    ) -> None:
        super().__init__(scope, id)
        self.compute_environment = ImportedComputeEnvironment(
            self,
            "ComputeEnvironment",
            arn=environment_arn,
            nodes=nodes,
            security_groups=security_groups,
            volumes=volumes,
        )
        self.job_queue = ImportedJobQueue(
            self, "JobQueue", arn=job_queue_arn, environments=[self.compute_environment]
        )
        self.log_group = log_group or make_log_group(self)
        self._prepare_jobs()

    @property
    def connections(self) -> ec2.Connections:
        """The connections of the ``security_groups`` that were stated; without them, none."""
        return self.compute_environment.connections
