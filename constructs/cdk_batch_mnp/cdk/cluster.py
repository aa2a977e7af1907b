"""The whole platform for multi-node parallel jobs of one instance type, in one construct."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import jsii
from aws_cdk import Duration
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from cdk_batch_mnp.cdk.environments.compute_environment import MnpComputeEnvironment
from cdk_batch_mnp.cdk.environments.job_queue import MnpJobQueue
from cdk_batch_mnp.cdk.jobs.job_definition import MnpJobDefinition
from cdk_batch_mnp.cdk.jobs.log_group import make_log_group
from cdk_batch_mnp.cdk.jobs.node_group import NodeGroup
from cdk_batch_mnp.cdk.jsii.argument_types import construct_path, refuse_wrong_types
from cdk_batch_mnp.cdk.nodes.capacity_reservation import CapacityReservation
from cdk_batch_mnp.cdk.nodes.lustre import LustreMount
from cdk_batch_mnp.cdk.nodes.node_storage import with_volumes
from cdk_batch_mnp.model.job_definition import EvaluateOnExit

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms


@jsii.implements(ec2.IConnectable)
class MnpCluster(Construct):
    """Everything that multi-node parallel jobs of one instance type need, wired to fit.

    A cluster placement group, nodes in one Availability Zone, security groups, a launch template, a
    managed On-Demand compute environment whose max vCPUs hold ``max_nodes`` nodes, a job queue that
    cancels stuck jobs, and a log group. ``add_job`` adds job definitions that are checked against
    this cluster.

    Args:
        scope: The construct around this one.
        id: Of the construct in it.
        vpc: The VPC of the nodes.
        instance_type: The one type of the nodes.
        max_nodes: How many nodes run at once, over all jobs.
        vpc_subnets: As for :class:`MnpComputeEnvironment`, and so are all others up to
            ``compute_environment_name``.
        enabled: Whether the queue takes new jobs and the environment starts nodes for them; running
            jobs go on.
        priority: As for :class:`MnpJobQueue`, and so are ``stuck_job_timeout``,
            ``scheduling_policy`` and ``job_queue_name``.
        log_group: Where all jobs of the cluster log; one is made if left out.
        log_retention: Of the log group that is made; a month if left out.
        log_encryption_key: KMS key of the log group that is made; CloudWatch Logs uses a key of
            its own if left out. The policy of an imported key has to let
            ``logs.<region>.amazonaws.com`` use it.

    Raises:
        ValueError: As :class:`MnpComputeEnvironment`; or ``log_retention`` or
            ``log_encryption_key`` is given beside ``log_group``.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        vpc: ec2.IVpc,
        instance_type: str | ec2.InstanceType,
        max_nodes: int,
        vpc_subnets: ec2.SubnetSelection | None = None,
        security_groups: Sequence[ec2.ISecurityGroup] | None = None,
        default_security_group: ec2.ISecurityGroup | None = None,
        allow_all_outbound: bool = True,
        placement_group: ec2.IPlacementGroup | None = None,
        launch_template: ec2.ILaunchTemplate | None = None,
        efa: bool | None = None,
        threads_per_core: int | None = None,
        instance_role: iam.IRole | None = None,
        can_containers_access_instance_role: bool = False,
        image_type: str | None = None,
        machine_image: ec2.IMachineImage | str | None = None,
        root_volume_size_gib: int | None = None,
        root_volume_encryption_key: kms.IKey | None = None,
        min_nodes: int = 0,
        vcpus_per_node: int | None = None,
        capacity_reservation: CapacityReservation | None = None,
        lustre: Sequence[LustreMount] = (),
        scratch_path: str | None = None,
        user_data: ec2.UserData | None = None,
        update_timeout: Duration | None = None,
        compute_environment_name: str | None = None,
        job_queue_name: str | None = None,
        enabled: bool = True,
        priority: int = 1,
        stuck_job_timeout: Duration | None = None,
        scheduling_policy: batch.ISchedulingPolicy | None = None,
        log_group: logs.ILogGroup | None = None,
        log_retention: logs.RetentionDays | None = None,
        log_encryption_key: kms.IKey | None = None,
    ) -> None:
        place = construct_path(scope, id)
        refuse_wrong_types(place, MnpCluster.__init__, locals())
        for name, value in (
            ("log_retention", log_retention),
            ("log_encryption_key", log_encryption_key),
        ):
            if log_group is not None and value is not None:
                raise ValueError(
                    f"{place}: {name} is for the log group that is made; set it "
                    "in the log_group that you give, or leave one of the two out"
                )
        super().__init__(scope, id)
        self.compute_environment = MnpComputeEnvironment(
            self,
            "ComputeEnvironment",
            vpc=vpc,
            instance_type=instance_type,
            max_nodes=max_nodes,
            vpc_subnets=vpc_subnets,
            security_groups=security_groups,
            default_security_group=default_security_group,
            allow_all_outbound=allow_all_outbound,
            placement_group=placement_group,
            launch_template=launch_template,
            efa=efa,
            threads_per_core=threads_per_core,
            instance_role=instance_role,
            can_containers_access_instance_role=can_containers_access_instance_role,
            image_type=image_type,
            machine_image=machine_image,
            root_volume_size_gib=root_volume_size_gib,
            root_volume_encryption_key=root_volume_encryption_key,
            min_nodes=min_nodes,
            vcpus_per_node=vcpus_per_node,
            capacity_reservation=capacity_reservation,
            lustre=lustre,
            scratch_path=scratch_path,
            user_data=user_data,
            update_timeout=update_timeout,
            compute_environment_name=compute_environment_name,
            enabled=enabled,
        )
        self.job_queue = MnpJobQueue(
            self,
            "JobQueue",
            compute_environments=[self.compute_environment],
            priority=priority,
            stuck_job_timeout=stuck_job_timeout,
            scheduling_policy=scheduling_policy,
            job_queue_name=job_queue_name,
            enabled=enabled,
        )
        self.log_group = log_group or make_log_group(
            self, retention=log_retention, encryption_key=log_encryption_key
        )
        self.job_definitions: list[MnpJobDefinition] = []
        self._submitters: list[iam.IGrantable] = []

    @property
    def connections(self) -> ec2.Connections:
        """The connections of the nodes and their tasks, as of :class:`MnpComputeEnvironment`."""
        return self.compute_environment.connections

    @property
    def placement_group(self) -> ec2.IPlacementGroup | None:
        """The placement group that keeps the nodes close together; a Capacity Block needs none."""
        return self.compute_environment.placement_group

    @property
    def max_nodes(self) -> int:
        """How many nodes run at once."""
        return self.compute_environment.max_nodes

    def add_job(
        self,
        id: str,
        *,
        node_groups: Sequence[NodeGroup],
        num_nodes: int | None = None,
        main_node: int = 0,
        efa: bool | None = None,
        timeout: Duration | None = None,
        retry_attempts: int | None = None,
        evaluate_on_exit: Sequence[EvaluateOnExit] = (),
        parameters: Mapping[str, str | float] | None = None,
        scheduling_priority: int | None = None,
        job_role: iam.IRole | None = None,
        execution_role: iam.IRole | None = None,
        job_definition_name: str | None = None,
        propagate_tags: bool = True,
        tags: Mapping[str, str] | None = None,
    ) -> MnpJobDefinition:
        """Add a job definition whose nodes are instances of this cluster.

        Args:
            id: Of the definition in the cluster.
            node_groups: As for :class:`MnpJobDefinition`, and so are all others. Containers see
                what the cluster's nodes mount (``lustre``, ``scratch_path``) at the same paths,
                unless they say ``node_volumes=False``.
            num_nodes: How many nodes a job has; all of the cluster's if left out.
            main_node: Index of the node that leads the job.
            efa: Whether containers get the nodes' EFA devices; as the cluster has them if left out.
            timeout: How long an attempt may run.
            retry_attempts: How often the job is tried.
            evaluate_on_exit: Rules that decide whether a failed job is tried again.
            parameters: Default values of placeholders.
            scheduling_priority: Among the jobs of one share.
            job_role: What the containers may do.
            execution_role: What starts the containers.
            job_definition_name: A fixed name.
            propagate_tags: Whether the tasks get the definition's tags.
            tags: Of the definition, beside those that ``Tags.of`` adds.

        Raises:
            ValueError: As :class:`MnpJobDefinition`.
        """
        refuse_wrong_types(construct_path(self, id), MnpCluster.add_job, locals())
        definition = MnpJobDefinition(
            self,
            id,
            node_groups=[
                with_volumes(each, self.compute_environment.volumes) for each in node_groups
            ],
            num_nodes=self.max_nodes if num_nodes is None else num_nodes,
            main_node=main_node,
            instance_type=self.compute_environment.instance_type,
            efa=efa,
            timeout=timeout,
            retry_attempts=retry_attempts,
            evaluate_on_exit=evaluate_on_exit,
            parameters=parameters,
            scheduling_priority=scheduling_priority,
            job_role=job_role,
            execution_role=execution_role,
            log_group=self.log_group,
            job_queue=self.job_queue,
            tags=tags,
            job_definition_name=job_definition_name,
            propagate_tags=propagate_tags,
        )
        self.job_definitions.append(definition)
        for grantee in self._submitters:
            definition.grant_submit(grantee)
        return definition

    def grant_submit(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow to submit jobs of every definition of the cluster to its queue.

        Definitions that are added later are meant too.
        """
        self._submitters.append(grantee)
        grant = self.job_queue.grant_submit(grantee)
        for definition in self.job_definitions:
            definition.grant_submit(grantee)
        return grant
