"""The platform of configs/demo.toml, written by hand on the CDK's own constructs.

What benchmarks/synth.py holds the reference app against: the same two stacks, the same resources,
the same cdk-nag pack. Ranges are closed and sizes are computed by hand, since the stock constructs
know neither open ranges nor instance sizes.
"""

from __future__ import annotations

from aws_cdk import (
    Acknowledgment,
    App,
    CfnOutput,
    Duration,
    Size,
    Stack,
    Validations,
)
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from cdk_nag import AwsSolutionsChecks
from constructs import Construct

IMAGE = "public.ecr.aws/docker/library/busybox:1.37"
STUCK_AFTER = Duration.hours(1)
NODES = 4
VCPUS = 4
MEMORY_MIB = 7494
INSTANCE_POLICY = "service-role/AmazonEC2ContainerServiceforEC2Role"


class NetworkStack(Stack):
    """One zone, with nodes behind a NAT gateway."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id, description="Network of multi-node parallel jobs")
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            ip_addresses=ec2.IpAddresses.cidr("10.0.0.0/16"),
            max_azs=1,
            nat_gateways=1,
            subnet_configuration=[
                ec2.SubnetConfiguration(
                    name="Public",
                    subnet_type=ec2.SubnetType.PUBLIC,
                    cidr_mask=24,
                    map_public_ip_on_launch=False,
                ),
                ec2.SubnetConfiguration(
                    name="Nodes", subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS, cidr_mask=20
                ),
            ],
            gateway_endpoints={
                "S3": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.S3)
            },
            flow_logs={"All": ec2.FlowLogOptions()},
        )


class MnpStack(Stack):
    """The environment, the queue and one job definition of two node groups."""

    def __init__(self, scope: Construct, id: str, *, vpc: ec2.IVpc) -> None:
        super().__init__(scope, id, description="Cluster for multi-node parallel jobs")
        group = ec2.SecurityGroup(
            self, "SecurityGroup", vpc=vpc, description="Nodes", allow_all_outbound=True
        )
        group.add_ingress_rule(group, ec2.Port.all_traffic(), "All traffic from the nodes")
        placement_group = ec2.PlacementGroup(
            self, "PlacementGroup", strategy=ec2.PlacementGroupStrategy.CLUSTER
        )
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
                        50, encrypted=True, volume_type=ec2.EbsDeviceVolumeType.GP3
                    ),
                )
            ],
        )
        self.instance_role = iam.Role(
            self,
            "InstanceRole",
            assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"),
            managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(INSTANCE_POLICY)],
        )
        environment = batch.ManagedEc2EcsComputeEnvironment(
            self,
            "Environment",
            vpc=vpc,
            vpc_subnets=ec2.SubnetSelection(subnet_group_name="Nodes"),
            instance_types=[ec2.InstanceType("c5.xlarge")],
            use_optimal_instance_classes=False,
            minv_cpus=0,
            maxv_cpus=NODES * VCPUS,
            allocation_strategy=batch.AllocationStrategy.BEST_FIT_PROGRESSIVE,
            images=[batch.EcsMachineImage(image_type=batch.EcsMachineImageType.ECS_AL2023)],
            instance_role=self.instance_role,
            launch_template=template,
            placement_group=placement_group,
            security_groups=[group],
            replace_compute_environment=False,
            update_to_latest_image_version=True,
        )
        queue = batch.JobQueue(
            self,
            "Queue",
            compute_environments=[
                batch.OrderedComputeEnvironment(compute_environment=environment, order=1)
            ],
            job_state_time_limit_actions=[
                batch.JobStateTimeLimitAction(
                    reason=reason,
                    state=batch.JobStateTimeLimitActionsState.RUNNABLE,
                    action=batch.JobStateTimeLimitActionsAction.CANCEL,
                    max_time=STUCK_AFTER,
                )
                for reason in (
                    batch.JobStateTimeLimitActionsReason.INSUFFICIENT_INSTANCE_CAPACITY,
                    batch.JobStateTimeLimitActionsReason.COMPUTE_ENVIRONMENT_MAX_RESOURCE,
                    batch.JobStateTimeLimitActionsReason.JOB_RESOURCE_REQUIREMENT,
                )
            ],
        )
        log_group = logs.LogGroup(self, "LogGroup", retention=logs.RetentionDays.ONE_MONTH)
        job_role = self._task_role("JobRole")
        self.execution_role = self._task_role("ExecutionRole")
        definition = batch.MultiNodeJobDefinition(
            self,
            "Hello",
            instance_type=ec2.InstanceType("c5.xlarge"),
            main_node=0,
            timeout=Duration.seconds(900),
            parameters={"greeting": "hello"},
            propagate_tags=True,
        )
        for name, node, command in (
            ("main", 0, "echo Ref::greeting from main node $AWS_BATCH_JOB_NODE_INDEX"),
            ("workers", 1, "echo Ref::greeting to $AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS"),
        ):
            definition.add_container(
                start_node=node,
                end_node=node,
                container=batch.EcsEc2ContainerDefinition(
                    self,
                    f"Hello{name}",
                    image=ecs.ContainerImage.from_registry(IMAGE),
                    command=["sh", "-c", command],
                    cpu=VCPUS,
                    memory=Size.mebibytes(MEMORY_MIB),
                    job_role=job_role,
                    execution_role=self.execution_role,
                    logging=ecs.LogDriver.aws_logs(log_group=log_group, stream_prefix=name),
                ),
            )
        CfnOutput(self, "JobQueue", value=queue.job_queue_arn)
        CfnOutput(self, "JobDefinitionHello", value=definition.job_definition_arn)

    def _task_role(self, id: str) -> iam.Role:
        return iam.Role(self, id, assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))


def main() -> None:
    """Synthesize both stacks."""
    app = App()
    network = NetworkStack(app, "StockNetwork")
    stack = MnpStack(app, "StockMnp", vpc=network.vpc)
    Validations.of(stack.instance_role).acknowledge(
        Acknowledgment(
            id="AwsSolutions::AwsSolutions-IAM4[Policy::"
            f"arn:<AWS::Partition>:iam::aws:policy/{INSTANCE_POLICY}]",
            reason="The policy that container instances need.",
        )
    )
    Validations.of(stack.execution_role).acknowledge(
        Acknowledgment(
            id="AwsSolutions::AwsSolutions-IAM5[Resource::*]",
            reason="ecr:GetAuthorizationToken takes no other resource.",
        )
    )
    Validations.of(app).add_plugins(AwsSolutionsChecks())
    app.synth()


if __name__ == "__main__":
    main()
