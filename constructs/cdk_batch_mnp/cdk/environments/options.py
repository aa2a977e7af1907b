"""Keyword options of compute environments, job queues and clusters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypedDict

from aws_cdk import Duration, Size
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs

from cdk_batch_mnp.cdk.jobs.log_group import LogGroupOptions
from cdk_batch_mnp.cdk.nodes.capacity_reservation import CapacityReservation
from cdk_batch_mnp.cdk.nodes.lustre import LustreMount

if TYPE_CHECKING:
    from aws_cdk import aws_ecs as ecs
    from aws_cdk import aws_kms as kms


class NodesOptions(TypedDict, total=False):
    """Options of the nodes of environments on Amazon ECS and on Amazon EKS."""

    vpc_subnets: ec2.SubnetSelection | None
    """Subnets of the nodes, all in one Availability Zone.

    Default: the first private subnets with egress of the VPC, in one zone; with a
    ``capacity_reservation`` in a known zone, those in that zone.
    """

    placement_group: ec2.IPlacementGroup | None
    """Placement group of the nodes, with strategy ``cluster``.

    Default: the placement group of the ``capacity_reservation``, none for a Capacity Block,
    otherwise a new cluster placement group.
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

    Default: 7200 minutes (five days), the longest that Batch accepts, so a deployment does not
    terminate long jobs. The default of Batch is 30 minutes.
    """

    compute_environment_name: str | None
    """Physical name, which prevents updates that replace the environment. Default: generated."""


class ComputeEnvironmentOptions(NodesOptions, total=False):
    """Options of the nodes, for :class:`MnpComputeEnvironment` and :class:`MnpCluster`.

    Source: Batch API, CreateComputeEnvironment and UpdatePolicy; EC2 API,
    RequestLaunchTemplateData.
    """

    security_groups: Sequence[ec2.ISecurityGroup] | None
    """One to five security groups of the nodes and, without EFA, of their tasks.

    With EFA, each must allow all traffic from and to itself. Default: a new group that allows
    ingress only from itself.
    """

    default_security_group: ec2.ISecurityGroup | None
    """The VPC's default security group, which the tasks of EFA nodes use.

    It must allow all traffic from itself, and the egress that containers need; no rules are added
    to it. Default: if the app creates the VPC, its default group, with rules from and to itself if
    the CDK restricts the group. For an imported VPC, the group is unknown, which causes a warning.
    """

    allow_all_outbound: bool
    """Whether the security group that is created allows all outbound traffic.

    With ``False``, nodes can only reach each other, the file systems of ``lustre`` and those of the
    jobs' EFS volumes. Add rules for ECS, ECR, CloudWatch Logs and S3 with
    ``node_connections.allow_to(...)``, or no node can run a job. Default: ``True``.
    """

    launch_template: ec2.ILaunchTemplate | None
    """Launch template of the nodes, which is not changed.

    If it has network interfaces, do not set ``security_groups``: Batch rejects groups in both
    places. Otherwise the security groups of an ``ec2.LaunchTemplate`` are set in the environment,
    because Batch ignores those of the template. Default: a new template with IMDSv2 only, an
    encrypted gp3 root volume and EFA interfaces.
    """

    efa: bool | None
    """Whether nodes have Elastic Fabric Adapters.

    ``True`` with an imported ``launch_template`` states that it has all EFA interfaces of the
    type. Default: EFA if the instance type is known to support it, or if ``launch_template`` has
    EFA interfaces.
    """

    threads_per_core: int | None
    """Threads per core; 1 disables hyper-threading.

    A node then registers as many vCPUs as it has cores. Max vCPUs stay at the number of nodes x the
    default vCPUs of the type, by which Batch scales (not verified in an account). Default: the
    default of the instance type.
    """

    instance_role: iam.IRole | None
    """Role of the instances, with the permissions that the ECS agent needs.

    Default: a new role with the managed policy ``AmazonEC2ContainerServiceforEC2Role``.
    """

    can_containers_access_instance_role: bool
    """Whether containers can reach the instance metadata service, and with it the instance role.

    The instance role can pull every image, write to every log group and deregister instances. The
    launch template's user data sets ``ECS_AWSVPC_BLOCK_IMDS`` for the ECS agent, which works on
    images based on Amazon Linux. Default: ``False``; containers have only the permissions of their
    job role.
    """

    image_type: batch.EcsMachineImageType | str | None
    """Batch image type: the CDK's enum or, for newer types, a string.

    Default: ``ECS_AL2023_NVIDIA`` for NVIDIA GPUs, ``ECS_AL2023`` for other known instance types;
    for unknown types, Batch chooses.
    """

    machine_image: ec2.IMachineImage | str | None
    """Machine image of the nodes, or an AMI ID. The root device must be ``/dev/xvda``.

    Default: the latest AMI that Batch selects; for Trainium and Inferentia2, the ECS-optimized
    Neuron AMI.
    """

    container_insights: ecs.ContainerInsights | None
    """Container Insights of the ECS cluster of the environment, which CloudWatch bills for.

    Batch cannot go back to no setting: if you remove it later, the setting is ``DISABLED``.
    Default: not set, and Batch leaves the ECS cluster as it is.
    """

    lustre: Sequence[LustreMount]
    """FSx for Lustre file systems that each node mounts before it runs jobs. Default: none."""

    scratch_path: str | None
    """Path where each node mounts its instance store volumes as one file system.

    Default: not mounted.
    """

    user_data: ec2.UserData | None
    """User data that instances run at their first boot, after mounting file systems.

    MIME multi-part, a shell script that begins with ``#!``, or ``#cloud-config``. Default: none.
    """


class JobQueueOptions(TypedDict, total=False):
    """Options of the queue, for :class:`MnpJobQueue` and :class:`MnpCluster`.

    Source: Batch API, CreateJobQueue and JobStateTimeLimitAction.
    """

    priority: int
    """Priority among queues that share a compute environment; higher goes first. Default: 1."""

    stuck_job_timeout: Duration | None
    """How long a job may be stuck at the head of the queue, 600 to 86400 seconds.

    Batch then cancels it, for every reason that Batch documents. With ``Duration.seconds(0)``, jobs
    are never cancelled. Default: one hour.
    """

    scheduling_policy: batch.ISchedulingPolicy | None
    """Fair-share scheduling policy. Default: none; jobs are scheduled first-in, first-out."""

    job_queue_name: str | None
    """Physical name of the queue. Default: generated."""


class ClusterOptions(ComputeEnvironmentOptions, JobQueueOptions, LogGroupOptions, total=False):
    """All options of :class:`MnpCluster`."""

    log_group: logs.ILogGroup | None
    """Log group of all jobs of the cluster. Default: a new log group."""

    log_retention: logs.RetentionDays | None
    """Retention of the log group that is created. Default: one month."""
