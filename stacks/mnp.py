"""The cluster and its job definitions."""

from __future__ import annotations

from aws_cdk import CfnOutput, Duration, Environment, Stack
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from cdk_batch_mnp import MnpCluster, NodeContainer, NodeGroup, Ulimit
from stacks.settings import JobSettings, NodeGroupSettings, PlatformSettings


class MnpStack(Stack):
    """A cluster for multi-node parallel jobs with the job definitions of the settings.

    Args:
        scope: The app.
        id: Of the stack.
        settings: The platform's settings.
        vpc: The VPC of the nodes.
        vpc_subnets: The nodes' subnets, all in one zone.
        env: Account and Region.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: PlatformSettings,
        vpc: ec2.IVpc,
        vpc_subnets: ec2.SubnetSelection,
        env: Environment | None = None,
    ) -> None:
        super().__init__(scope, id, env=env, description="Cluster for multi-node parallel jobs")
        cluster = settings.cluster
        self.cluster = MnpCluster(
            self,
            "Cluster",
            vpc=vpc,
            vpc_subnets=vpc_subnets,
            instance_type=cluster.instance_type,
            max_nodes=cluster.max_nodes,
            root_volume_size_gib=cluster.root_volume_size_gib,
            stuck_job_timeout=Duration.seconds(cluster.stuck_job_timeout_seconds),
        )
        CfnOutput(self, "JobQueue", value=self.cluster.job_queue.job_queue_arn)
        for job in settings.jobs:
            self._add_job(job)

    def _add_job(self, job: JobSettings) -> None:
        definition = self.cluster.add_job(
            job.name,
            node_groups=[_node_group(each) for each in job.node_groups],
            num_nodes=job.num_nodes,
            main_node=job.main_node,
            timeout=Duration.seconds(job.timeout_seconds),
            retry_attempts=job.retry_attempts,
            parameters=job.parameters,
        )
        CfnOutput(self, f"JobDefinition{job.name}", value=definition.job_definition_arn)


def _node_group(group: NodeGroupSettings) -> NodeGroup:
    return NodeGroup(
        group.name,
        group.nodes,
        NodeContainer(
            image=group.image,
            command=group.command,
            environment=group.environment,
            vcpus=group.vcpus,
            memory_mib=group.memory_mib,
            gpus=group.gpus,
            shared_memory_mib=group.shared_memory_mib,
            ulimits=[
                Ulimit(name=each.name, soft_limit=each.soft_limit, hard_limit=each.hard_limit)
                for each in group.ulimits
            ],
        ),
    )
