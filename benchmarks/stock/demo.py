"""The platform of configs/demo.toml, written by hand on the stock constructs.

benchmarks/synth.py compares the reference app with it: the same two stacks, the same resources, the
same cdk-nag pack. Node ranges are closed and sizes are computed by hand, since the stock constructs
support neither open-ended ranges nor instance sizes.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from aws_cdk import App, CfnOutput, Duration, Size, Stack, Validations
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_logs as logs
from cdk_nag import AwsSolutionsChecks
from constructs import Construct

from benchmarks.stock.job_queue import add_job_queue
from benchmarks.stock.launcher import FOLDER, PROGRAM, add_launcher_secret, launcher_download
from benchmarks.stock.network import NetworkStack
from benchmarks.stock.roles import add_execution_role, add_instance_role, add_job_role
from stacks.settings import load

INSTANCE_TYPE = "c5.xlarge"
RING_SUM = Path("examples/ring_sum/ring_sum.py")
IMAGE = "public.ecr.aws/docker/library/python:3.13-slim"
NODES = 4
JOB_NODES = 2
VCPUS = 4
MEMORY_MIB = 7494


class MnpStack(Stack):
    """The environment, the queue and one job definition of one node group."""

    def __init__(self, scope: Construct, id: str, *, network: NetworkStack, folder: Path) -> None:
        super().__init__(scope, id, description="Cluster for multi-node parallel jobs")
        self._folder = folder
        add_job_queue(self, self._environment(network), stuck_after=Duration.hours(1))
        definition = self._job_definition()
        CfnOutput(self, "JobDefinitionRingSum", value=definition.job_definition_arn)

    def _environment(self, network: NetworkStack) -> batch.ManagedEc2EcsComputeEnvironment:
        group = ec2.SecurityGroup(
            self, "SecurityGroup", vpc=network.vpc, description="Nodes", allow_all_outbound=True
        )
        group.add_ingress_rule(group, ec2.Port.all_traffic(), "All traffic from the nodes")
        script = ec2.UserData.for_linux()
        instance_role = add_instance_role(self)
        script.add_commands(
            "set -euo pipefail",
            "echo ECS_AWSVPC_BLOCK_IMDS=true >> /etc/ecs/ecs.config",
            *launcher_download(self, instance_role, self._folder),
        )
        user_data = ec2.MultipartUserData()
        user_data.add_part(ec2.MultipartBody.from_user_data(script))
        template = ec2.LaunchTemplate(
            self,
            "LaunchTemplate",
            http_endpoint=True,
            http_tokens=ec2.LaunchTemplateHttpTokens.REQUIRED,
            http_put_response_hop_limit=2,
            user_data=user_data,
            block_devices=[
                ec2.BlockDevice(
                    device_name="/dev/xvda",
                    volume=ec2.BlockDeviceVolume.ebs(
                        50, encrypted=True, volume_type=ec2.EbsDeviceVolumeType.GP3
                    ),
                )
            ],
        )
        return batch.ManagedEc2EcsComputeEnvironment(
            self,
            "Environment",
            vpc=network.vpc,
            vpc_subnets=ec2.SubnetSelection(subnets=network.subnets),
            instance_types=[ec2.InstanceType(INSTANCE_TYPE)],
            use_optimal_instance_classes=False,
            minv_cpus=0,
            maxv_cpus=NODES * VCPUS,
            allocation_strategy=batch.AllocationStrategy.BEST_FIT_PROGRESSIVE,
            images=[batch.EcsMachineImage(image_type=batch.EcsMachineImageType.ECS_AL2023)],
            instance_role=instance_role,
            launch_template=template,
            placement_group=ec2.PlacementGroup(
                self, "PlacementGroup", strategy=ec2.PlacementGroupStrategy.CLUSTER
            ),
            security_groups=[group],
            replace_compute_environment=False,
            terminate_on_update=False,
            update_timeout=Duration.days(5),
            update_to_latest_image_version=True,
        )

    def _job_definition(self) -> batch.MultiNodeJobDefinition:
        log_group = logs.LogGroup(self, "LogGroup", retention=logs.RetentionDays.ONE_MONTH)
        container = batch.EcsEc2ContainerDefinition(
            self,
            "Ring",
            image=ecs.ContainerImage.from_registry(IMAGE),
            command=[PROGRAM, "--", "python3", "-c", RING_SUM.read_text(encoding="utf-8")],
            environment={"MNP_EXPECT": f"cpus={VCPUS}"},
            secrets=add_launcher_secret(self),
            volumes=[
                batch.EcsVolume.host(
                    name="launcher", container_path=FOLDER, host_path=FOLDER, readonly=True
                )
            ],
            cpu=VCPUS,
            memory=Size.mebibytes(MEMORY_MIB),
            job_role=add_job_role(self),
            execution_role=add_execution_role(self),
            logging=ecs.LogDriver.aws_logs(log_group=log_group, stream_prefix="ring"),
        )
        return batch.MultiNodeJobDefinition(
            self,
            "RingSum",
            instance_type=ec2.InstanceType(INSTANCE_TYPE),
            main_node=0,
            containers=[
                batch.MultiNodeContainer(start_node=0, end_node=JOB_NODES - 1, container=container)
            ],
            timeout=Duration.seconds(900),
            propagate_tags=True,
        )


def add_platform(app: App) -> None:
    """Add both stacks, with the name in the settings file of the context."""
    # By hand, too, an app for several platforms reads and checks what differs between them.
    name = load(Path(app.node.get_context("config"))).name
    network = NetworkStack(app, f"{name}Network")
    with tempfile.TemporaryDirectory() as folder:
        MnpStack(app, f"{name}Mnp", network=network, folder=Path(folder))
    Validations.of(app).add_plugins(AwsSolutionsChecks())


def main() -> None:
    """Synthesize the platform."""
    app = App()
    add_platform(app)
    app.synth()


if __name__ == "__main__":
    main()
