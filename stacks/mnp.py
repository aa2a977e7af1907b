"""The cluster and its job definitions."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import CfnOutput, Duration, Environment, Size, Stack
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from cdk_batch_mnp import (
    CapacityReservation,
    Launcher,
    LauncherDelivery,
    LustreMount,
    MnpCluster,
    NodeContainer,
    NodeGroup,
)
from stacks.settings import (
    ClusterSettings,
    JobSettings,
    LauncherSettings,
    LustreSettings,
    NodeGroupSettings,
    PlatformSettings,
)

_DELIVERIES = {
    "image": LauncherDelivery.in_image,
    "nodes": LauncherDelivery.from_nodes,
    "init_container": LauncherDelivery.from_init_container,
}


class MnpStack(Stack):
    """A cluster for multi-node parallel jobs with the job definitions of the settings.

    Args:
        scope: The app.
        id: Construct id of the stack.
        settings: The platform's settings.
        vpc: The VPC of the nodes.
        subnets: The nodes' subnets, all in one zone.
        env: Account and Region.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: PlatformSettings,
        vpc: ec2.IVpc,
        subnets: Sequence[ec2.ISubnet],
        env: Environment | None = None,
    ) -> None:
        super().__init__(scope, id, env=env, description="Cluster for multi-node parallel jobs")
        cluster, storage = settings.cluster, settings.storage
        self.cluster = MnpCluster(
            self,
            "Cluster",
            vpc=vpc,
            vpc_subnets=ec2.SubnetSelection(subnets=subnets),
            instance_type=cluster.instance_type,
            max_nodes=cluster.max_nodes,
            root_volume_size=Size.gibibytes(cluster.root_volume_size_gib),
            efa=cluster.efa,
            threads_per_core=cluster.threads_per_core,
            capacity_reservation=_reservation(settings),
            lustre=[self._lustre(storage.lustre, vpc, subnets[0])] if storage.lustre else (),
            scratch_path=storage.scratch_path,
            stuck_job_timeout=_stuck_job_timeout(cluster),
        )
        CfnOutput(self, "JobQueue", value=self.cluster.job_queue.job_queue_arn)
        for job in settings.jobs:
            self._add_job(job)

    def _lustre(self, settings: LustreSettings, vpc: ec2.IVpc, subnet: ec2.ISubnet) -> LustreMount:
        # Imported only here: the module is large, and most platforms do not need it.
        from aws_cdk import aws_fsx as fsx

        group = ec2.SecurityGroup(
            self,
            "LustreSecurityGroup",
            vpc=vpc,
            description="Traffic of the file servers and the nodes",
        )
        file_system = fsx.LustreFileSystem(
            self,
            "Lustre",
            vpc=vpc,
            vpc_subnet=subnet,
            security_group=group,
            storage_capacity_gib=settings.size_gib,
            # The version of the client in Amazon Linux 2023.
            file_system_type_version=fsx.FileSystemTypeVersion.V_2_15,
            lustre_configuration=fsx.LustreConfiguration(
                deployment_type=fsx.LustreDeploymentType.PERSISTENT_2,
                per_unit_storage_throughput=settings.throughput,
                data_compression_type=fsx.LustreDataCompressionType.LZ4,
            ),
        )
        # FSx does not create a file system unless its security group allows traffic between the
        # servers.
        for rule in group.node.find_all():
            if isinstance(rule, ec2.CfnSecurityGroupIngress):
                file_system.node.add_dependency(rule)
        CfnOutput(self, "LustreFileSystem", value=file_system.file_system_id)
        return LustreMount(file_system=file_system, path=settings.path)

    def _add_job(self, job: JobSettings) -> None:
        definition = self.cluster.add_job(
            job.name,
            node_groups=[_node_group(group) for group in job.node_groups],
            num_nodes=job.num_nodes,
            main_node=job.main_node,
            launcher=_launcher(job.launcher),
            timeout=Duration.seconds(job.timeout_seconds),
            retry_attempts=job.retry_attempts,
            parameters=job.parameters,
        )
        # With the latest active revision, also after an update that has failed.
        arn = definition.job_definition_arn_without_revision
        CfnOutput(self, f"JobDefinition{job.name}", value=arn)


def _reservation(settings: PlatformSettings) -> CapacityReservation | None:
    cluster, zone = settings.cluster, settings.network.availability_zone
    if cluster.capacity_reservation_id is None:
        return None
    if cluster.capacity_block:
        return CapacityReservation.from_capacity_block(cluster.capacity_reservation_id, zone=zone)
    return CapacityReservation.from_id(cluster.capacity_reservation_id, zone=zone)


def _stuck_job_timeout(cluster: ClusterSettings) -> Duration | None:
    # The construct has the same default, and a Duration is two messages to Node.
    if "stuck_job_timeout_seconds" not in cluster.model_fields_set:
        return None
    return Duration.seconds(cluster.stuck_job_timeout_seconds)


def _launcher(settings: LauncherSettings | None) -> Launcher | None:
    if settings is None:
        return None
    seconds = settings.deadline_seconds
    return Launcher(
        mode=settings.mode,
        procs_per_node=settings.procs_per_node,
        deadline=None if seconds is None else Duration.seconds(seconds),
        preflight=settings.preflight,
        delivery=_DELIVERIES[settings.delivery](),
    )


def _node_group(group: NodeGroupSettings) -> NodeGroup:
    return NodeGroup(
        group.name,
        group.nodes,
        NodeContainer(
            image=group.image,
            command=_command(group),
            environment=group.environment,
            vcpus=group.vcpus,
            memory=_mebibytes(group.memory_mib),
            gpus=group.gpus,
            shared_memory_size=_mebibytes(group.shared_memory_mib),
            ulimits=[
                batch.Ulimit(
                    name=batch.UlimitName[limit.name.upper()],
                    soft_limit=limit.soft_limit,
                    hard_limit=limit.hard_limit,
                )
                for limit in group.ulimits
            ],
        ),
    )


def _command(group: NodeGroupSettings) -> list[str] | None:
    return ["python3", "-c", group.program] if group.program else group.command


def _mebibytes(amount: int | None) -> Size | None:
    return None if amount is None else Size.mebibytes(amount)
