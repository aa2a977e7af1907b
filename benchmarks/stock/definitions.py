"""Many job definitions in four stacks, by hand: python benchmarks/stock/definitions.py 200."""

from __future__ import annotations

import sys

from aws_cdk import App, Duration, Size, Stack
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_logs as logs

STACKS = 4
IMAGE = "public.ecr.aws/docker/library/busybox:1.37"
INSTANCE_TYPE = "c5.xlarge"


def add_definition(stack: Stack, index: int, log_group: logs.ILogGroup) -> None:
    """Add a definition, with the roles that the stock constructs create by themselves."""
    container = batch.EcsEc2ContainerDefinition(
        stack,
        f"Container{index}",
        image=ecs.ContainerImage.from_registry(IMAGE),
        command=["echo", str(index)],
        cpu=4,
        memory=Size.mebibytes(7494),
        logging=ecs.LogDriver.aws_logs(log_group=log_group, stream_prefix="all"),
    )
    batch.MultiNodeJobDefinition(
        stack,
        f"Job{index}",
        instance_type=ec2.InstanceType(INSTANCE_TYPE),
        timeout=Duration.hours(1),
        containers=[batch.MultiNodeContainer(start_node=0, end_node=3, container=container)],
    )


def main() -> None:
    """Synthesize the app."""
    app = App()
    stacks = []
    for index in range(STACKS):
        stack = Stack(app, f"Definitions{index}")
        environment = batch.ManagedEc2EcsComputeEnvironment(
            stack,
            "Environment",
            vpc=ec2.Vpc(stack, "Vpc", max_azs=1),
            instance_types=[ec2.InstanceType(INSTANCE_TYPE)],
            use_optimal_instance_classes=False,
            maxv_cpus=16,
        )
        batch.JobQueue(
            stack,
            "Queue",
            compute_environments=[
                batch.OrderedComputeEnvironment(compute_environment=environment, order=1)
            ],
        )
        stacks.append((stack, logs.LogGroup(stack, "LogGroup")))
    for index in range(int(sys.argv[1])):
        stack, log_group = stacks[index % STACKS]
        add_definition(stack, index, log_group)
    app.synth()


if __name__ == "__main__":
    main()
