"""Keyword options of compute environments and job definitions on Amazon EKS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypedDict

from aws_cdk import Duration, Size
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk.interfaces.aws_batch import IConsumableResourceRef

from cdk_batch_mnp.cdk.nodes.capacity_reservation import CapacityReservation

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms


class EksComputeEnvironmentOptions(TypedDict, total=False):
    """Options of :class:`MnpEksComputeEnvironment`.

    Source: Batch API, CreateComputeEnvironment; Batch User Guide, getting started with AWS Batch on
    Amazon EKS.
    """

    vpc_subnets: ec2.SubnetSelection | None
    """Subnets of the nodes, all in one Availability Zone.

    Default: the first private subnets with egress of the VPC, in one zone; with a
    ``capacity_reservation`` in a known zone, those in that zone.
    """

    security_groups: Sequence[ec2.ISecurityGroup] | None
    """One to five security groups of the nodes.

    Nodes have to reach the control plane of the cluster and each other. Default: the security group
    that Amazon EKS created for the cluster; required if ``cluster`` is an ARN or a name.
    """

    placement_group: ec2.IPlacementGroup | None
    """Placement group of the nodes, with strategy ``cluster``.

    Default: the placement group of the ``capacity_reservation``, none for a Capacity Block,
    otherwise a new cluster placement group.
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

    image_type: str | None
    """Batch image type, such as ``EKS_AL2023``.

    Default: ``EKS_AL2023_NVIDIA`` for NVIDIA GPUs, otherwise ``EKS_AL2023``.
    """

    kubernetes_version: str | None
    """Kubernetes version of the nodes, such as ``1.33``.

    Default: the latest version that AWS Batch supports, which must not be newer than the cluster.
    """

    root_volume_size: Size | None
    """Size of the root volume, 30 to 65536 GiB, in the launch template that is created.

    Default: ``Size.gibibytes(100)``.
    """

    root_volume_type: ec2.EbsDeviceVolumeType | None
    """Type of the root volume in the launch template that is created: gp3, gp2, io1 or io2.

    Default: ``ec2.EbsDeviceVolumeType.GP3``.
    """

    root_volume_iops: int | None
    """IOPS of the root volume: 3000 to 80000 for gp3, 100 to 64000 for io1, 100 to 256000 for io2.

    At most 500 per GiB for gp3, 50 for io1 and 1000 for io2; not for gp2. Required for io1 and io2.
    Default: 3000 for gp3.
    """

    root_volume_throughput: int | None
    """Throughput of a gp3 root volume, 125 to 2000 MiB/s, at most 0.25 MiB/s per IOPS.

    Default: 125 MiB/s.
    """

    root_volume_encryption_key: kms.IKey | None
    """KMS key of the root volume in the launch template that is created.

    If the app creates the key, the service-linked role of EC2 Auto Scaling is allowed to use it.
    The policy of an imported key must allow that already, or no node launches. Default: the
    account's default key for EBS.
    """

    scale_down_delay: Duration | None
    """How long a node runs (and costs) after its last job, 20 to 10080 minutes (a week).

    The next job then starts without waiting for instances to launch. ``Duration.minutes(0)``
    removes a delay that was set before. Default: none; Batch terminates idle nodes within minutes.
    """

    min_nodes: int
    """Number of nodes that run (and cost) without jobs, 0 to ``max_nodes``. Default: 0."""

    vcpus_per_node: int | None
    """vCPUs of an instance type that is not in the catalogue. Default: from the catalogue."""

    capacity_reservation: CapacityReservation | None
    """Reserved capacity for the nodes, set in the launch template that is created.

    Default: On-Demand capacity without a reservation.
    """

    update_timeout: Duration | None
    """How long running jobs continue during an infrastructure update, 1 to 7200 minutes.

    Default: 7200 minutes (five days), the longest that Batch accepts.
    """

    compute_environment_name: str | None
    """Physical name, which prevents updates that replace the environment. Default: generated."""


class EksJobDefinitionOptions(TypedDict, total=False):
    """Options of :class:`MnpEksJobDefinition`.

    A pod has no job role, execution role and log group: see :class:`EksPod`.

    Source: Batch API, RegisterJobDefinition.
    """

    main_node: int
    """Index of the main node. The job ends when the main node exits. Default: 0."""

    timeout: Duration | None
    """Timeout of an attempt of the whole job, at least 60 seconds. Default: no timeout."""

    retry_attempts: int | None
    """Number of attempts, 1 to 10. Default: 1."""

    retry_strategies: Sequence[batch.RetryStrategy]
    """Up to five conditions that decide whether a failed job is retried; the first match applies.

    They only take effect with ``retry_attempts``. Default: every failure is retried.
    """

    parameters: Mapping[str, str | float] | None
    """Default values of the ``Ref::name`` placeholders in commands; numbers become strings.

    Default: none.
    """

    scheduling_priority: int | None
    """Priority among jobs with the same share identifier in a fair-share queue, 0 to 9999.

    Default: 0.
    """

    consumable_resources: Mapping[IConsumableResourceRef, int] | None
    """Consumable resources of the whole job, such as ``batch.ConsumableResource``, and quantities.

    Each quantity is at least 1. Batch starts the job only when all are available. Default: none.
    """

    job_definition_name: str | None
    """Physical name. Default: generated."""

    skip_deregister_on_update: bool
    """Whether earlier revisions stay active when the definition is updated.

    Default: ``False``; an update deregisters the earlier revision, and jobs that were submitted
    with it continue.
    """

    tags: Mapping[str, str] | None
    """Tags of the definition, in addition to those of ``Tags.of``. Default: none."""

    instance_type: str | ec2.InstanceType | None
    """The instance type of all nodes.

    Default: that of the environments of ``job_queue``, if it is known and the same; otherwise any.
    """

    job_queue: batch.IJobQueue | None
    """The queue that jobs are submitted to. The definition is checked against this queue only.

    Default: the definition is checked against every queue of the app, and at least one must be able
    to run the job.
    """
