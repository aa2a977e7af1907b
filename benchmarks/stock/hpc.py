"""The platform of configs/hpc.toml, written by hand on the stock constructs.

As training.py, with one thread per core and the instance store volumes as a RAID 0 scratch file
system, which a script in the launch template creates.
"""

from __future__ import annotations

from pathlib import Path

from aws_cdk import App, CfnOutput, Duration, Size, Stack, Validations
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
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

INSTANCE_TYPE = "m6idn.32xlarge"
NODES = 16
VCPUS = 128
CORES = 64
EFA_DEVICES = 2
MEMORY_MIB = 497785
REPOSITORY = "arn:aws:ecr:us-east-2:123456789012:repository/lammps"
SCRATCH_PATH = "/scratch"


class MnpStack(Stack):
    """The environment, the queue and one job definition of one node group."""

    def __init__(self, scope: Construct, id: str, *, network: NetworkStack) -> None:
        super().__init__(scope, id, description="Cluster for multi-node parallel jobs")
        self._group = add_efa_security_group(self, network)
        environment = add_efa_environment(
            self,
            network,
            self._launch_template(),
            instance_type=INSTANCE_TYPE,
            max_vcpus=NODES * VCPUS,
            image_type=batch.EcsMachineImageType.ECS_AL2023,
        )
        add_job_queue(self, environment, stuck_after=Duration.hours(1))
        definition = self._job_definition()
        CfnOutput(self, "JobDefinitionMelt", value=definition.job_definition_arn)

    def _launch_template(self) -> ec2.LaunchTemplate:
        script = ec2.UserData.for_linux()
        script.add_commands(
            "set -euo pipefail",
            "echo ECS_AWSVPC_BLOCK_IMDS=true >> /etc/ecs/ecs.config",
            "dnf install -y mdadm",
            "disks=$(ls /dev/disk/by-id/nvme-Amazon_EC2_NVMe_Instance_Storage_* | grep -v _1$)",
            "mdadm --create /dev/md0 --level=0 --raid-devices=$(echo $disks | wc -w) $disks",
            "mkfs.xfs /dev/md0",
            f"mkdir -p {SCRATCH_PATH}",
            f"mount /dev/md0 {SCRATCH_PATH}",
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
                        200, encrypted=True, volume_type=ec2.EbsDeviceVolumeType.GP3
                    ),
                )
            ],
            user_data=user_data,
        )
        resource = template.node.default_child
        assert isinstance(resource, ec2.CfnLaunchTemplate)
        resource.add_property_override(
            "LaunchTemplateData.CpuOptions", {"CoreCount": CORES, "ThreadsPerCore": 1}
        )
        resource.add_property_override(
            "LaunchTemplateData.NetworkInterfaces",
            efa_interfaces(self._group.security_group_id, cards=EFA_DEVICES),
        )
        return template

    def _job_definition(self) -> batch.MultiNodeJobDefinition:
        log_group = logs.LogGroup(self, "LogGroup", retention=logs.RetentionDays.ONE_MONTH)
        linux = batch.LinuxParameters(
            self, "LinuxParameters", shared_memory_size=Size.mebibytes(65536)
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
            "Solvers",
            image=image,
            command=[
                *("mnp-launch", "--mode", "main", "--deadline", "30m", "--"),
                *("mpirun", "lmp", "-in", "in.melt", "-log", "none", "-var", "boxes", "Ref::boxes"),
                *("-var", "cells", "Ref::cells", "-var", "steps", "Ref::steps"),
            ],
            environment={"MNP_EXPECT": f"cpus={CORES} efa={EFA_DEVICES}"},
            cpu=CORES,
            memory=Size.mebibytes(MEMORY_MIB),
            job_role=add_job_role(self),
            execution_role=add_execution_role(self),
            secrets=add_launcher_secret(self),
            linux_parameters=linux,
            logging=ecs.LogDriver.aws_logs(log_group=log_group, stream_prefix="solvers"),
            ulimits=[
                batch.Ulimit(name=name, soft_limit=-1, hard_limit=-1)
                for name in (batch.UlimitName.STACK, batch.UlimitName.MEMLOCK)
            ],
            volumes=[
                batch.EcsVolume.host(
                    name="scratch",
                    container_path=SCRATCH_PATH,
                    host_path=SCRATCH_PATH,
                    readonly=False,
                )
            ],
        )
        return batch.MultiNodeJobDefinition(
            self,
            "Melt",
            instance_type=ec2.InstanceType(INSTANCE_TYPE),
            main_node=0,
            containers=[
                batch.MultiNodeContainer(start_node=0, end_node=NODES - 1, container=container)
            ],
            retry_attempts=2,
            retry_strategies=retry_strategies(),
            timeout=Duration.days(1),
            parameters={"boxes": "16", "cells": "60", "steps": "1000"},
            propagate_tags=True,
        )


def add_platform(app: App) -> None:
    """Add both stacks, with the name in the settings file of the context."""
    # By hand, too, an app for several platforms reads and checks what differs between them.
    name = load(Path(app.node.get_context("config"))).name
    MnpStack(app, f"{name}Mnp", network=NetworkStack(app, f"{name}Network", endpoints=True))
    Validations.of(app).add_plugins(AwsSolutionsChecks())


def main() -> None:
    """Synthesize the platform."""
    app = App()
    add_platform(app)
    app.synth()


if __name__ == "__main__":
    main()
