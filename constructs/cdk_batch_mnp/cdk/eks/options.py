"""Keyword options of compute environments and job definitions on Amazon EKS."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam

from cdk_batch_mnp.cdk.environments.options import NodesOptions
from cdk_batch_mnp.cdk.jobs.options import DefinitionOptions


class EksComputeEnvironmentOptions(NodesOptions, total=False):
    """Options of :class:`MnpEksComputeEnvironment`.

    Source: Batch API, CreateComputeEnvironment; Batch User Guide, getting started with AWS Batch on
    Amazon EKS.
    """

    security_groups: Sequence[ec2.ISecurityGroup] | None
    """One to five security groups of the nodes.

    Nodes have to reach the control plane of the cluster and each other. Default: the security group
    that Amazon EKS created for the cluster; required if ``cluster`` is an ARN or a name.
    """

    launch_template: ec2.ILaunchTemplate | None
    """Launch template of the nodes, which is not changed.

    AWS Batch adds the user data that joins the cluster. Default: a new template with IMDSv2 only
    and an encrypted gp3 root volume.
    """

    instance_role: iam.IRole | None
    """Role of the instances, which needs an access entry of the cluster.

    Default: a new role with ``AmazonEKSWorkerNodePolicy``, ``AmazonEKS_CNI_Policy`` and
    ``AmazonEC2ContainerRegistryReadOnly``.
    """

    image_type: batch.EksMachineImageType | str | None
    """Batch image type: the CDK's enum or, for newer types, a string.

    Default: ``EKS_AL2023_NVIDIA`` for NVIDIA GPUs, otherwise ``EKS_AL2023``.
    """

    kubernetes_version: str | None
    """Kubernetes version of the nodes, such as ``1.33``.

    Default: the latest version that AWS Batch supports, which must not be newer than the cluster.
    """


class EksJobDefinitionOptions(DefinitionOptions, total=False):
    """Options of :class:`MnpEksJobDefinition`.

    A pod has no job role, execution role and log group: see :class:`EksPod`.

    Source: Batch API, RegisterJobDefinition.
    """

    retry_attempts: int | None
    """Number of attempts, 1 to 10. Default: 1."""

    retry_strategies: Sequence[batch.RetryStrategy]
    """Up to five conditions that decide whether a failed job is retried; the first match applies.

    They only take effect with ``retry_attempts``. Default: every failure is retried.
    """

    instance_type: str | ec2.InstanceType | None
    """The instance type of all nodes.

    Default: that of the environments of ``job_queue``, if it is known and the same; otherwise any.
    """

    job_queue: batch.IJobQueue | None
    """The queue that jobs are submitted to. The definition is checked against this queue only.

    Default: the definition is checked against every queue of the app, and at least one must be able
    to run the job.
    """
