"""Keyword options of the constructs that make nodes and queues, each documented once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypedDict

from aws_cdk import Duration, Size
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs

from cdk_batch_mnp.cdk.nodes.capacity_reservation import CapacityReservation
from cdk_batch_mnp.cdk.nodes.lustre import LustreMount

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms


class ComputeEnvironmentOptions(TypedDict, total=False):
    """Options of the nodes, for :class:`MnpComputeEnvironment` and :class:`MnpCluster`.

    Source: Batch API, CreateComputeEnvironment and UpdatePolicy; EC2 API,
    RequestLaunchTemplateData.
    """

    vpc_subnets: ec2.SubnetSelection | None
    """Subnets of the nodes, all in one Availability Zone.

    Default: the VPC's first private subnets with egress, in one zone. With a
    ``capacity_reservation`` whose zone is known, those in that zone.
    """

    security_groups: Sequence[ec2.ISecurityGroup] | None
    """One to five security groups of the nodes and, without EFA, of their tasks.

    With EFA each must allow all traffic from and to itself. Default: a new group that admits only
    itself.
    """

    default_security_group: ec2.ISecurityGroup | None
    """The VPC's default security group, which the tasks of EFA nodes use.

    It must allow all traffic from itself, and the egress that containers need; no rule is added to
    it. Default: the default group of a VPC of this app, which gets rules from and to itself where
    the CDK removes them. For an imported VPC the group is unknown, and a warning says so.
    """

    allow_all_outbound: bool
    """Whether the security group that is created allows all egress.

    With ``False``, nodes reach each other, the file systems of ``lustre`` and of the jobs' EFS
    volumes; add rules for the endpoints of ECS, ECR, CloudWatch Logs and S3 with
    ``node_connections.allow_to(...)``, or no node can take a job. Default: ``True``.
    """

    placement_group: ec2.IPlacementGroup | None
    """Placement group of the nodes, with the strategy ``cluster``.

    Default: a new cluster placement group. With a ``capacity_reservation``, the group the
    reservation was created in; a Capacity Block needs none.
    """

    launch_template: ec2.ILaunchTemplate | None
    """Launch template to use as it is; no template is created then.

    If it has network interfaces, leave ``security_groups`` out: Batch accepts none in the
    environment beside them. Otherwise the groups of an ``ec2.LaunchTemplate`` are set in the
    environment, because Batch ignores those of the template. Default: a new template with IMDSv2
    only, an encrypted gp3 root volume and the interfaces for EFA.
    """

    efa: bool | None
    """Whether nodes have Elastic Fabric Adapters.

    ``True`` with an imported ``launch_template`` states that it has all EFA interfaces of the
    type. Default: EFA if the instance type is known to support it, or if ``launch_template`` has
    EFA interfaces.
    """

    threads_per_core: int | None
    """Threads on each core; 1 turns simultaneous multithreading off.

    A node then registers as many vCPUs as it has cores. Max vCPUs stay nodes x the type's default
    vCPUs, which is what Batch scales by (not verified in an account). Default: the instance type's
    own number.
    """

    instance_role: iam.IRole | None
    """Role of the instances, with the permissions of the ECS agent.

    Default: a new role with the managed policy ``AmazonEC2ContainerServiceforEC2Role``.
    """

    can_containers_access_instance_role: bool
    """Whether containers can reach the instance metadata service, and so use the instance role.

    The instance role can pull every image, write to every log group and deregister instances. The
    launch template's user data sets ``ECS_AWSVPC_BLOCK_IMDS`` for the ECS agent, which covers
    images based on Amazon Linux. Default: ``False``; containers have only their job role.
    """

    image_type: batch.EcsMachineImageType | str | None
    """Batch image type, as the CDK's enum or, for newer ones, as Batch's string.

    Default: ``ECS_AL2023_NVIDIA`` for NVIDIA GPUs, ``ECS_AL2023`` for other known instance types,
    Batch's choice for unknown ones.
    """

    machine_image: ec2.IMachineImage | str | None
    """Image of the nodes, or its AMI id. Its root device must be ``/dev/xvda``.

    Default: the latest image that Batch selects. For Trainium and Inferentia2, the ECS-optimized
    image with the Neuron driver.
    """

    root_volume_size: Size | None
    """Size of the root volume of the launch template that is created, 30 to 65536 GiB.

    Default: ``Size.gibibytes(100)``.
    """

    root_volume_encryption_key: kms.IKey | None
    """KMS key of the root volume of the launch template that is created.

    A key of this app lets the service-linked role of EC2 Auto Scaling use it; the policy of an
    imported key must allow that already, or no node starts. Default: the account's default key for
    EBS.
    """

    min_nodes: int
    """Number of nodes that run, and cost, even without jobs, 0 to ``max_nodes``. Default: 0."""

    vcpus_per_node: int | None
    """vCPUs of an instance type that this library does not know. Default: from the catalogue."""

    capacity_reservation: CapacityReservation | None
    """Reserved capacity that the nodes start in, set in the launch template that is created.

    Default: On-Demand capacity without a reservation.
    """

    lustre: Sequence[LustreMount]
    """FSx for Lustre file systems that each node mounts before it takes jobs. Default: none."""

    scratch_path: str | None
    """Path at which each node mounts its instance store disks as one file system.

    Default: the disks are not mounted.
    """

    user_data: ec2.UserData | None
    """Script that instances run at their first start, after the mounts.

    MIME multi-part, a shell script that begins with ``#!``, or ``#cloud-config``. Default: none.
    """

    update_timeout: Duration | None
    """How long running jobs continue while the infrastructure is updated, 1 to 7200 minutes.

    Default: 7200 minutes (five days), the longest that Batch accepts, so that a deployment does
    not end a long job. Batch's own default is 30 minutes.
    """

    compute_environment_name: str | None
    """Physical name; it prevents updates that replace the environment. Default: generated."""


class JobQueueOptions(TypedDict, total=False):
    """Options of the queue, for :class:`MnpJobQueue` and :class:`MnpCluster`.

    Source: Batch API, CreateJobQueue and JobStateTimeLimitAction.
    """

    priority: int
    """Priority among queues that share a compute environment; higher goes first. Default: 1."""

    stuck_job_timeout: Duration | None
    """How long a job may be stuck at the head of the queue, 600 to 86400 seconds.

    Batch then cancels it, for each reason that Batch documents. ``Duration.seconds(0)`` never
    cancels. Default: one hour.
    """

    scheduling_policy: batch.ISchedulingPolicy | None
    """Fair-share scheduling policy. Default: jobs start in the order of their submission."""

    job_queue_name: str | None
    """Physical name of the queue. Default: generated."""


class ClusterOptions(ComputeEnvironmentOptions, JobQueueOptions, total=False):
    """All options of :class:`MnpCluster`."""

    log_group: logs.ILogGroup | None
    """Log group of all jobs of the cluster. Default: a new one."""

    log_retention: logs.RetentionDays | None
    """Retention of the log group that is created. Default: one month."""

    log_encryption_key: kms.IKey | None
    """KMS key of the log group that is created.

    A key of this app lets CloudWatch Logs use it; the policy of an imported key must allow
    ``logs.<region>.amazonaws.com``. Default: encryption with a key of CloudWatch Logs.
    """
