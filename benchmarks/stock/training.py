"""The platform of configs/training.toml, written by hand on the stock constructs.

As demo.py, with what a careful engineer adds for EFA and FSx for Lustre: the launch template's
interfaces through an escape hatch, since the stock construct has no argument for them, the rule
that allows outbound EFA traffic, multi-part user data that mounts the file system, and the devices
of the containers.
"""

from __future__ import annotations

from pathlib import Path

from aws_cdk import App, CfnOutput, Duration, Size, Stack, Validations
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_fsx as fsx
from aws_cdk import aws_logs as logs
from cdk_nag import AwsSolutionsChecks
from constructs import Construct

from benchmarks.stock.efa import add_efa_environment, add_efa_security_group, efa_interfaces
from benchmarks.stock.job_queue import add_job_queue
from benchmarks.stock.launcher import add_launcher_secret
from benchmarks.stock.network import NetworkStack
from benchmarks.stock.retries import retry_strategies
from benchmarks.stock.roles import add_execution_role, add_job_role
from stacks.settings import load

INSTANCE_TYPE = "p4d.24xlarge"
NODES = 8
VCPUS = 96
GPUS = 8
EFA_DEVICES = 4
MEMORY_MIB = 1120377
REPOSITORY = "arn:aws:ecr:us-east-2:123456789012:repository/pytorch"
MOUNT_PATH = "/fsx"
LUSTRE_PORTS = ((988, 988), (1018, 1023))


class MnpStack(Stack):
    """The file system, the environment, the queue and one job definition of one node group."""

    def __init__(self, scope: Construct, id: str, *, network: NetworkStack) -> None:
        super().__init__(scope, id, description="Cluster for multi-node parallel jobs")
        self._group = add_efa_security_group(self, network)
        file_system = self._file_system(network)
        environment = add_efa_environment(
            self,
            network,
            self._launch_template(file_system),
            instance_type=INSTANCE_TYPE,
            max_vcpus=NODES * VCPUS,
            image_type=batch.EcsMachineImageType.ECS_AL2023_NVIDIA,
        )
        add_job_queue(self, environment, stuck_after=Duration.hours(4))
        CfnOutput(self, "LustreFileSystem", value=file_system.file_system_id)
        definition = self._job_definition()
        CfnOutput(self, "JobDefinitionTrain", value=definition.job_definition_arn)

    def _file_system(self, network: NetworkStack) -> fsx.LustreFileSystem:
        group = ec2.SecurityGroup(
            self, "LustreSecurityGroup", vpc=network.vpc, description="The file system"
        )
        file_system = fsx.LustreFileSystem(
            self,
            "Lustre",
            vpc=network.vpc,
            vpc_subnet=network.subnets[0],
            security_group=group,
            storage_capacity_gib=4800,
            file_system_type_version=fsx.FileSystemTypeVersion.V_2_15,
            lustre_configuration=fsx.LustreConfiguration(
                deployment_type=fsx.LustreDeploymentType.PERSISTENT_2,
                per_unit_storage_throughput=250,
                data_compression_type=fsx.LustreDataCompressionType.LZ4,
            ),
        )
        # FSx does not create a file system unless its security group allows traffic between the
        # servers.
        for rule in group.node.find_all():
            if isinstance(rule, ec2.CfnSecurityGroupIngress):
                file_system.node.add_dependency(rule)
        for first, last in LUSTRE_PORTS:
            ports = ec2.Port.tcp_range(first, last)
            file_system.connections.allow_from(self._group, ports, "Lustre from the nodes")
            self._group.add_ingress_rule(group, ports, "Lustre from its file servers")
        return file_system

    def _launch_template(self, file_system: fsx.LustreFileSystem) -> ec2.LaunchTemplate:
        source = f"{file_system.dns_name}@tcp:/{file_system.mount_name}"
        script = ec2.UserData.for_linux()
        script.add_commands(
            "set -euo pipefail",
            "echo ECS_AWSVPC_BLOCK_IMDS=true >> /etc/ecs/ecs.config",
            "dnf install -y lustre-client",
            f"mkdir -p {MOUNT_PATH}",
            f"echo '{source} {MOUNT_PATH} lustre relatime,flock,_netdev 0 0' >> /etc/fstab",
            f"mount -t lustre -o relatime,flock {source} {MOUNT_PATH}",
        )
        user_data = ec2.MultipartUserData()
        user_data.add_part(ec2.MultipartBody.from_user_data(script))
        template = ec2.LaunchTemplate(
            self,
            "LaunchTemplate",
            http_endpoint=True,
            http_tokens=ec2.LaunchTemplateHttpTokens.REQUIRED,
            http_put_response_hop_limit=2,
            block_devices=[
                ec2.BlockDevice(
                    device_name="/dev/xvda",
                    volume=ec2.BlockDeviceVolume.ebs(
                        500, encrypted=True, volume_type=ec2.EbsDeviceVolumeType.GP3
                    ),
                )
            ],
            user_data=user_data,
        )
        resource = template.node.default_child
        assert isinstance(resource, ec2.CfnLaunchTemplate)
        resource.add_property_override(
            "LaunchTemplateData.NetworkInterfaces",
            efa_interfaces(self._group.security_group_id, cards=EFA_DEVICES),
        )
        return template

    def _job_definition(self) -> batch.MultiNodeJobDefinition:
        log_group = logs.LogGroup(self, "LogGroup", retention=logs.RetentionDays.ONE_MONTH)
        linux = batch.LinuxParameters(
            self, "LinuxParameters", shared_memory_size=Size.mebibytes(262144)
        )
        linux.add_devices(
            *(
                batch.Device(host_path=f"/dev/infiniband/uverbs{index}")
                for index in range(EFA_DEVICES)
            )
        )
        image = ecs.ContainerImage.from_ecr_repository(
            ecr.Repository.from_repository_arn(self, "Images", REPOSITORY), "1"
        )
        container = batch.EcsEc2ContainerDefinition(
            self,
            "Trainers",
            image=image,
            command=[
                *("mnp-launch", "--deadline", "60m", "--"),
                *("torchrun", "train.py", "--steps", "Ref::steps"),
                *("--checkpoints", "Ref::checkpoints"),
            ],
            environment={
                "NCCL_DEBUG": "INFO",
                "MNP_EXPECT": f"cpus={VCPUS} gpus={GPUS} efa={EFA_DEVICES}",
            },
            cpu=VCPUS,
            gpu=GPUS,
            memory=Size.mebibytes(MEMORY_MIB),
            job_role=add_job_role(self),
            execution_role=add_execution_role(self),
            secrets=add_launcher_secret(self),
            linux_parameters=linux,
            logging=ecs.LogDriver.aws_logs(log_group=log_group, stream_prefix="trainers"),
            ulimits=[
                batch.Ulimit(name=name, soft_limit=-1, hard_limit=-1)
                for name in (batch.UlimitName.STACK, batch.UlimitName.MEMLOCK)
            ],
            volumes=[
                batch.EcsVolume.host(
                    name="fsx", container_path=MOUNT_PATH, host_path=MOUNT_PATH, readonly=False
                )
            ],
        )
        return batch.MultiNodeJobDefinition(
            self,
            "Train",
            instance_type=ec2.InstanceType(INSTANCE_TYPE),
            main_node=0,
            containers=[
                batch.MultiNodeContainer(start_node=0, end_node=NODES - 1, container=container)
            ],
            retry_attempts=3,
            retry_strategies=retry_strategies(),
            timeout=Duration.days(3),
            parameters={"steps": "1000", "checkpoints": f"{MOUNT_PATH}/checkpoints"},
            propagate_tags=True,
        )


def add_platform(app: App) -> None:
    """Add both stacks, with the name in the settings file of the context."""
    # By hand, too, an app for several platforms reads and checks what differs between them.
    name = load(Path(app.node.get_context("config"))).name
    MnpStack(app, f"{name}Mnp", network=NetworkStack(app, f"{name}Network"))
    Validations.of(app).add_plugins(AwsSolutionsChecks())


def main() -> None:
    """Synthesize the platform."""
    app = App()
    add_platform(app)
    app.synth()


if __name__ == "__main__":
    main()
