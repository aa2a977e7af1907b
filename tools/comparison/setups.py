"""The same setups, right and wrong, on the stock L2s of aws_batch and on our constructs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aws_cdk import Duration, Size, Stack
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs

from cdk_batch_mnp import MnpCluster, NodeContainer, NodeGroup

IMAGE = "public.ecr.aws/docker/library/python:3.13-slim"
COMMAND = ["python3", "/opt/solve.py"]
INSTANCE_TYPE = "c5.xlarge"
NODES = 4
VCPUS = 4
MEMORY_MIB = 7000

Options = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Setup:
    """A setup, as the differences to the one that works.

    Attributes:
        title: What is set up, for the table.
        vpc: Arguments of the VPC, for both.
        environment: Arguments of the stock environment, or a function that returns them.
        definition: Arguments of the stock job definition.
        container: Arguments of its containers.
        ranges: First and last node of each stock container.
        cluster: Arguments of our cluster, or a function that returns them.
        job: Arguments of our job.
        node_container: Arguments of its containers.
        nodes: The ranges of our node groups.
    """

    title: str
    vpc: Options = field(default_factory=dict)
    environment: Options | Callable[[Stack, ec2.Vpc], Options] = field(default_factory=dict)
    definition: Options = field(default_factory=dict)
    container: Options = field(default_factory=dict)
    ranges: Sequence[tuple[int, int | None]] = ((0, NODES - 1),)
    cluster: Options | Callable[[Stack, ec2.Vpc], Options] = field(default_factory=dict)
    job: Options = field(default_factory=dict)
    node_container: Options = field(default_factory=dict)
    nodes: Sequence[str] = (":",)


def _options(
    options: Options | Callable[[Stack, ec2.Vpc], Options], stack: Stack, vpc: ec2.Vpc
) -> Options:
    return options(stack, vpc) if callable(options) else options


def _vpc(stack: Stack, setup: Setup) -> ec2.Vpc:
    return ec2.Vpc(stack, "Vpc", **{"max_azs": 1, **setup.vpc})


def add_stock(stack: Stack, setup: Setup) -> None:
    """Add the setup on the stock constructs."""
    vpc = _vpc(stack, setup)
    environment: dict[str, Any] = {
        "instance_types": [ec2.InstanceType(INSTANCE_TYPE)],
        "use_optimal_instance_classes": False,
        "maxv_cpus": NODES * VCPUS,
        "placement_group": ec2.PlacementGroup(
            stack, "PlacementGroup", strategy=ec2.PlacementGroupStrategy.CLUSTER
        ),
        **_options(setup.environment, stack, vpc),
    }
    batch.JobQueue(
        stack,
        "Queue",
        compute_environments=[
            batch.OrderedComputeEnvironment(
                order=1,
                compute_environment=batch.ManagedEc2EcsComputeEnvironment(
                    stack, "Environment", vpc=vpc, **environment
                ),
            )
        ],
    )
    definition = batch.MultiNodeJobDefinition(
        stack,
        "Job",
        **{
            "instance_type": ec2.InstanceType(INSTANCE_TYPE),
            "timeout": Duration.hours(1),
            **setup.definition,
        },
    )
    for start, end in setup.ranges:
        container: dict[str, Any] = {
            "image": ecs.ContainerImage.from_registry(IMAGE),
            "command": COMMAND,
            "cpu": VCPUS,
            "memory": Size.mebibytes(MEMORY_MIB),
            **setup.container,
        }
        definition.add_container(
            start_node=start,
            end_node=end,  # type: ignore[arg-type] # a setup leaves it out
            container=batch.EcsEc2ContainerDefinition(stack, f"Container{start}", **container),
        )


def add_ours(stack: Stack, setup: Setup) -> None:
    """Add the setup on our constructs."""
    vpc = _vpc(stack, setup)
    cluster = MnpCluster(
        stack,
        "Cluster",
        vpc=vpc,
        **{
            "instance_type": INSTANCE_TYPE,
            "max_nodes": NODES,
            **_options(setup.cluster, stack, vpc),
        },
    )
    container = NodeContainer(**{"image": IMAGE, "command": COMMAND, **setup.node_container})
    groups = [
        NodeGroup(f"group{index}", nodes, container) for index, nodes in enumerate(setup.nodes)
    ]
    cluster.add_job("Job", node_groups=groups, **{"timeout": Duration.hours(1), **setup.job})


def _plain_script(stack: Stack, vpc: ec2.Vpc) -> Options:
    script = ec2.UserData.for_linux()
    script.add_commands("echo vm.swappiness=0 >> /etc/sysctl.conf")
    return {"launch_template": ec2.LaunchTemplate(stack, "LaunchTemplate", user_data=script)}


def _closed_group(stack: Stack, vpc: ec2.Vpc) -> Options:
    group = ec2.SecurityGroup(stack, "Closed", vpc=vpc, allow_all_outbound=False)
    return {"security_groups": [group]}


def _six_groups(stack: Stack, vpc: ec2.Vpc) -> Options:
    return {
        "security_groups": [
            ec2.SecurityGroup(stack, f"Group{index}", vpc=vpc) for index in range(6)
        ]
    }


ISOLATED: Options = {
    "subnet_configuration": [
        ec2.SubnetConfiguration(name="Nodes", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
    ]
}
_IN_ISOLATED = {"vpc_subnets": ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)}

RIGHT = Setup(title="Four nodes in one node group, on a cluster with room for them")

WRONG = (
    Setup(title="Spot Instances", environment={"spot": True}, cluster={"spot": True}),
    Setup(
        title="A job with more nodes than max vCPUs hold",
        ranges=((0, 7),),
        job={"num_nodes": 8},
    ),
    Setup(
        title="A job with an instance type that the environment does not launch",
        definition={"instance_type": ec2.InstanceType("c5n.18xlarge")},
        job={"instance_type": "c5n.18xlarge"},
    ),
    Setup(
        title="Instance types of two architectures",
        environment={
            "instance_types": [ec2.InstanceType(INSTANCE_TYPE), ec2.InstanceType("c7g.xlarge")]
        },
        cluster={"instance_type": ["c5.xlarge", "c7g.xlarge"]},
    ),
    Setup(
        title="Containers with all the memory of the instance, which leaves none for the ECS agent",
        container={"memory": Size.gibibytes(8)},
        node_container={"memory": Size.gibibytes(8)},
    ),
    Setup(
        title="More vCPUs in a container than the instance has",
        container={"cpu": 2 * VCPUS},
        node_container={"vcpus": 2 * VCPUS},
    ),
    Setup(title="A node that no node group covers", ranges=((0, 0), (2, 3)), nodes=("0", "2:")),
    Setup(
        title="Node groups that overlap without one inside the other",
        ranges=((0, 2), (1, 3)),
        nodes=("0:2", "1:3"),
    ),
    Setup(
        title="A main node that the job does not have",
        definition={"main_node": NODES},
        job={"main_node": NODES},
    ),
    Setup(
        title="A timeout below 60 seconds",
        definition={"timeout": Duration.seconds(30)},
        job={"timeout": Duration.seconds(30)},
    ),
    Setup(
        title="Eleven attempts",
        definition={"retry_attempts": 11},
        job={"retry_attempts": 11},
    ),
    Setup(
        title="A variable with the prefix that AWS Batch reserves",
        container={"environment": {"AWS_BATCH_JOB_NUM_NODES": "4"}},
        node_container={"environment": {"AWS_BATCH_JOB_NUM_NODES": "4"}},
    ),
    Setup(
        title="Isolated subnets without VPC endpoints",
        vpc=ISOLATED,
        environment=_IN_ISOLATED,
        cluster=_IN_ISOLATED,
    ),
    Setup(
        title="Subnets in two Availability Zones with a cluster placement group",
        vpc={"max_azs": 2},
        cluster=lambda _, vpc: {"vpc_subnets": ec2.SubnetSelection(subnets=vpc.private_subnets)},
    ),
    Setup(
        title="A security group that allows no outbound traffic",
        environment=_closed_group,
        cluster=_closed_group,
    ),
    Setup(title="Six security groups", environment=_six_groups, cluster=_six_groups),
    Setup(
        title="A launch template with a plain script as user data",
        environment=_plain_script,
        cluster=_plain_script,
    ),
)

OPEN_ENDED = Setup(
    title="An open-ended node range, so that a submission can change the number of nodes",
    ranges=((0, None),),
)
