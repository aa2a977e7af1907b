"""Apps of the CDK's own constructs for AWS Batch, whose templates break no rule."""

from __future__ import annotations

from typing import Any

from aws_cdk import Duration, Size, Stack
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam

IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/solver:1"
TYPE = "c5n.18xlarge"
REASON = batch.JobStateTimeLimitActionsReason.INSUFFICIENT_INSTANCE_CAPACITY


def network(stack: Stack) -> ec2.Vpc:
    return ec2.Vpc(stack, "Vpc", max_azs=1, nat_gateways=1)


def environment(
    stack: Stack, vpc: ec2.IVpc, **changes: Any
) -> batch.ManagedEc2EcsComputeEnvironment:
    """Return a valid environment, made with the stock L2."""
    group = ec2.SecurityGroup(stack, "Nodes", vpc=vpc)
    group.add_ingress_rule(group, ec2.Port.all_traffic())
    arguments: dict[str, Any] = {
        "vpc": vpc,
        "vpc_subnets": ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS),
        "security_groups": [group],
        "instance_types": [ec2.InstanceType(TYPE)],
        "use_optimal_instance_classes": False,
        "allocation_strategy": batch.AllocationStrategy.BEST_FIT_PROGRESSIVE,
        "maxv_cpus": 288,
        "placement_group": ec2.PlacementGroup(
            stack, "Placement", strategy=ec2.PlacementGroupStrategy.CLUSTER
        ),
        **changes,
    }
    made = batch.ManagedEc2EcsComputeEnvironment(stack, "Environment", **arguments)
    if "launch_template" not in arguments:
        accept_instance_role(made.node.default_child)
    return made


def accept_instance_role(resource: Any) -> None:
    """Acknowledge MNP606, for which the stock L2 has no property."""
    reason = "Only images of this account run here."
    resource.add_metadata("cdk-batch-mnp", {"acknowledged": {"MNP606": reason}})


def queue(stack: Stack, of: batch.IComputeEnvironment) -> batch.JobQueue:
    return batch.JobQueue(
        stack,
        "Queue",
        compute_environments=[batch.OrderedComputeEnvironment(compute_environment=of, order=1)],
        job_state_time_limit_actions=[
            batch.JobStateTimeLimitAction(max_time=Duration.hours(1), reason=REASON)
        ],
    )


def container(stack: Stack, id: str, **changes: Any) -> batch.EcsEc2ContainerDefinition:
    arguments: dict[str, Any] = {
        "image": ecs.ContainerImage.from_registry(IMAGE),
        "cpu": 72,
        "memory": Size.gibibytes(128),
        "job_role": iam.Role(
            stack, f"{id}Role", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com")
        ),
        **changes,
    }
    return batch.EcsEc2ContainerDefinition(stack, id, **arguments)


def job(stack: Stack, *, end: int = 3, **changes: Any) -> batch.MultiNodeJobDefinition:
    """Return a definition with a closed range, which is all that the stock L2 supports."""
    definition = batch.MultiNodeJobDefinition(
        stack,
        "Job",
        instance_type=ec2.InstanceType(TYPE),
        timeout=Duration.hours(4),
        containers=[
            batch.MultiNodeContainer(
                start_node=0, end_node=end, container=container(stack, "Container", **changes)
            )
        ],
    )
    resource = definition.node.default_child
    assert isinstance(resource, batch.CfnJobDefinition)
    resource.add_metadata("cdk-batch-mnp", {"acknowledged": {"MNP309": "one size is enough"}})
    return definition


def stock(stack: Stack) -> None:
    queue(stack, environment(stack, network(stack)))
    job(stack)


def stock_with_launch_template(stack: Stack) -> None:
    template = ec2.LaunchTemplate(
        stack,
        "Template",
        require_imdsv2=True,
        http_put_response_hop_limit=2,
        block_devices=[
            ec2.BlockDevice(
                device_name="/dev/xvda", volume=ec2.BlockDeviceVolume.ebs(100, encrypted=True)
            )
        ],
        user_data=_multipart(),
    )
    made = environment(stack, network(stack), launch_template=template)
    resource = made.node.default_child
    assert isinstance(resource, batch.CfnComputeEnvironment)
    # The L2 drops the version.
    resource.add_property_override(
        "ComputeResources.LaunchTemplate.Version", template.latest_version_number
    )
    queue(stack, made)
    job(stack)


def _multipart() -> ec2.UserData:
    data = ec2.MultipartUserData()
    commands = ec2.UserData.for_linux()
    commands.add_commands(
        "mkdir -p /scratch", "echo ECS_AWSVPC_BLOCK_IMDS=true >> /etc/ecs/ecs.config"
    )
    data.add_user_data_part(commands)
    return data


def stock_imported_vpc(stack: Stack) -> None:
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Vpc",
        vpc_id="vpc-0123456789abcdef0",
        availability_zones=["eu-west-1a"],
        private_subnet_ids=["subnet-0123456789abcdef0"],
    )
    queue(stack, environment(stack, vpc))
    job(stack)


def stock_imported_queue(stack: Stack) -> None:
    batch.JobQueue.from_job_queue_arn(
        stack, "Queue", "arn:aws:batch:eu-west-1:123456789012:job-queue/there"
    )
    job(stack)


def stock_beside_fargate_and_spot(stack: Stack) -> None:
    vpc = network(stack)
    queue(stack, environment(stack, vpc))
    job(stack)
    batch.JobQueue(
        stack,
        "Short",
        compute_environments=[
            batch.OrderedComputeEnvironment(
                compute_environment=batch.FargateComputeEnvironment(stack, "Fargate", vpc=vpc),
                order=1,
            )
        ],
    )
    batch.JobQueue(
        stack,
        "Cheap",
        compute_environments=[
            batch.OrderedComputeEnvironment(
                compute_environment=batch.ManagedEc2EcsComputeEnvironment(
                    stack, "Spot", vpc=vpc, spot=True
                ),
                order=1,
            )
        ],
    )


def stock_single_node(stack: Stack) -> None:
    vpc = ec2.Vpc(stack, "Vpc", max_azs=3)
    made = batch.ManagedEc2EcsComputeEnvironment(stack, "Environment", vpc=vpc, spot=True)
    batch.JobQueue(
        stack,
        "Queue",
        compute_environments=[batch.OrderedComputeEnvironment(compute_environment=made, order=1)],
    )
    batch.EcsJobDefinition(
        stack, "Job", container=container(stack, "Container", cpu=1, memory=Size.mebibytes(512))
    )


def stock_fargate(stack: Stack) -> None:
    vpc = ec2.Vpc(stack, "Vpc", max_azs=2)
    made = batch.FargateComputeEnvironment(stack, "Environment", vpc=vpc)
    batch.JobQueue(
        stack,
        "Queue",
        compute_environments=[batch.OrderedComputeEnvironment(compute_environment=made, order=1)],
    )
    batch.EcsJobDefinition(
        stack,
        "Job",
        container=batch.EcsFargateContainerDefinition(
            stack,
            "Container",
            image=ecs.ContainerImage.from_registry(IMAGE),
            cpu=1,
            memory=Size.gibibytes(2),
        ),
    )
