"""Write the valid templates of the corpus that the CDK synthesizes.

    python -m tests.corpus.synthesize

Run it after a change to a construct. It needs Node; the tests only read what it wrote.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aws_cdk import App, Duration, Stack
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs

from cdk_batch_mnp import Launcher, LauncherDelivery, MnpCluster, NodeContainer, NodeGroup
from tests.corpus import stock_apps
from tests.corpus.stock_apps import IMAGE, accept_instance_role, network

HERE = Path(__file__).parent
FLAGS = {
    "aws:cdk:enable-path-metadata": True,
    "@aws-cdk/aws-ec2:restrictDefaultSecurityGroup": True,
    "@aws-cdk/core:checkSecretUsage": True,
}

Build = Callable[[Stack], None]


def no_batch(stack: Stack) -> None:
    vpc = ec2.Vpc(stack, "Vpc")
    bucket = s3.Bucket(stack, "Bucket")
    sqs.Queue(stack, "Messages")
    function = lambda_.Function(
        stack,
        "Function",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): pass"),
        vpc=vpc,
    )
    bucket.grant_read(function)


def _cluster(stack: Stack, instance_type: str, **changes: Any) -> MnpCluster:
    cluster = MnpCluster(
        stack, "Cluster", vpc=network(stack), instance_type=instance_type, max_nodes=8, **changes
    )
    cluster.add_job(
        "Job",
        num_nodes=4,
        timeout=Duration.hours(12),
        node_groups=[
            NodeGroup(
                "nodes",
                nodes=":",
                container=NodeContainer(image=IMAGE, command=["mpirun", "solver"]),
            )
        ],
    )
    return cluster


def cluster_hpc(stack: Stack) -> None:
    _cluster(stack, "hpc6a.48xlarge")


def cluster_gpu(stack: Stack) -> None:
    _cluster(stack, "g5.48xlarge")


def cluster_groups(stack: Stack) -> None:
    cluster = _cluster(stack, "c6i.32xlarge")
    cluster.add_job(
        "Coupled",
        timeout=Duration.hours(2),
        node_groups=[
            NodeGroup("main", nodes="0", container=NodeContainer(image=IMAGE, command=["lead"])),
            NodeGroup("work", nodes="1:", container=NodeContainer(image=IMAGE, command=["work"])),
        ],
    )


def cluster_launcher(stack: Stack) -> None:
    cluster = _cluster(stack, "c6i.32xlarge")
    both = [
        NodeGroup("main", "0", NodeContainer(image=IMAGE, command=["mpirun", "solver"])),
        NodeGroup("work", "1:", NodeContainer(image=IMAGE, command=["mpirun", "solver"])),
    ]
    for name, delivery in (
        ("InImage", LauncherDelivery.in_image()),
        ("InitContainer", LauncherDelivery.from_init_container("launcher:1")),
    ):
        cluster.add_job(
            name,
            timeout=Duration.hours(2),
            node_groups=both,
            launcher=Launcher(mode="main", delivery=delivery),
            retry_attempts=2,
        )


def plain_l1(stack: Stack) -> None:
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))
    made = batch.CfnComputeEnvironment(
        stack,
        "Environment",
        type="MANAGED",
        replace_compute_environment=False,
        compute_resources=batch.CfnComputeEnvironment.ComputeResourcesProperty(
            type="EC2",
            allocation_strategy="BEST_FIT_PROGRESSIVE",
            maxv_cpus=384,
            minv_cpus=0,
            instance_types=["hpc6a.48xlarge"],
            subnets=["subnet-0123456789abcdef0"],
            security_group_ids=["sg-0123456789abcdef0"],
            placement_group="nodes",
            instance_role="ecsInstanceRole",
        ),
    )
    accept_instance_role(made)
    batch.CfnJobQueue(
        stack,
        "Queue",
        priority=1,
        compute_environment_order=[
            batch.CfnJobQueue.ComputeEnvironmentOrderProperty(
                compute_environment=made.attr_compute_environment_arn, order=1
            )
        ],
        job_state_time_limit_actions=[
            batch.CfnJobQueue.JobStateTimeLimitActionProperty(
                action="CANCEL",
                max_time_seconds=7200,
                reason="CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY",
                state="RUNNABLE",
            )
        ],
    )
    batch.CfnJobDefinition(
        stack,
        "Job",
        type="multinode",
        timeout=batch.CfnJobDefinition.TimeoutProperty(attempt_duration_seconds=7200),
        node_properties=batch.CfnJobDefinition.NodePropertiesProperty(
            main_node=0,
            num_nodes=4,
            node_range_properties=[
                batch.CfnJobDefinition.NodeRangePropertyProperty(
                    target_nodes="0:",
                    container=batch.CfnJobDefinition.ContainerPropertiesProperty(
                        image=IMAGE,
                        instance_type="hpc6a.48xlarge",
                        job_role_arn=role.role_arn,
                        resource_requirements=[
                            batch.CfnJobDefinition.ResourceRequirementProperty(
                                type="VCPU", value="96"
                            ),
                            batch.CfnJobDefinition.ResourceRequirementProperty(
                                type="MEMORY", value="350000"
                            ),
                        ],
                    ),
                )
            ],
        ),
    )


RIGHT: dict[str, Build] = {
    "cdk_stock": stock_apps.stock,
    "cdk_stock_with_launch_template": stock_apps.stock_with_launch_template,
    "cdk_stock_imported_vpc": stock_apps.stock_imported_vpc,
    "cdk_stock_imported_queue": stock_apps.stock_imported_queue,
    "cdk_stock_beside_fargate_and_spot": stock_apps.stock_beside_fargate_and_spot,
    "cdk_stock_single_node": stock_apps.stock_single_node,
    "cdk_stock_fargate": stock_apps.stock_fargate,
    "cdk_no_batch": no_batch,
    "cdk_cluster_hpc": cluster_hpc,
    "cdk_cluster_gpu": cluster_gpu,
    "cdk_cluster_groups": cluster_groups,
    "cdk_cluster_launcher": cluster_launcher,
    "cdk_plain_l1": plain_l1,
}


def main() -> None:
    """Write all templates."""
    for name, build in RIGHT.items():
        app = App(context=FLAGS, analytics_reporting=False)
        stack = Stack(app, "Corpus")
        build(stack)
        template = app.synth().get_stack_by_name("Corpus").template
        path = HERE / "right" / f"{name}.template.json"
        path.write_text(json.dumps(template, indent=1) + "\n")


if __name__ == "__main__":
    main()
