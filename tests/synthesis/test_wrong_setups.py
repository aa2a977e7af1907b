"""Wrong setups that the stock constructs synthesize in silence, each refused with its rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from aws_cdk import Acknowledgment, Duration, Stack, Validations
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks as eks

from cdk_batch_mnp import MnpJobQueue, NodeGroup
from tests.cdk.apps import (
    INSTANCE_TYPE,
    add_cluster,
    add_definition,
    add_job,
    add_vpc,
    container,
    errors_of,
    import_vpc,
    new_stack,
    retry,
    warnings_of,
)

Setup = Callable[[Stack], object]


def queue_of(environment: Callable[[Stack], batch.IComputeEnvironment]) -> Setup:
    """A job that goes to a queue with an environment of the stock constructs."""

    def build(stack: Stack) -> None:
        add_definition(
            stack,
            job_queue=MnpJobQueue(stack, "Queue", compute_environments=[environment(stack)]),
        )

    return build


def stock(**changes: Any) -> Callable[[Stack], batch.IComputeEnvironment]:
    """An environment of the stock constructs, right but for the changes."""

    def build(stack: Stack) -> batch.IComputeEnvironment:
        vpc = changes.get("vpc") or import_vpc(stack)
        nodes = ec2.SecurityGroup(stack, "Nodes", vpc=vpc)
        nodes.connections.allow_internally(ec2.Port.all_traffic())
        right: dict[str, Any] = {
            "vpc": vpc,
            "security_groups": [nodes],
            "instance_types": [ec2.InstanceType(INSTANCE_TYPE)],
            "use_optimal_instance_classes": False,
            "maxv_cpus": 4 * 72,
            "placement_group": ec2.PlacementGroup(
                stack, "PlacementGroup", strategy=ec2.PlacementGroupStrategy.CLUSTER
            ),
        }
        made = batch.ManagedEc2EcsComputeEnvironment(stack, "Stock", **{**right, **changes})
        accepted = Acknowledgment(
            id="MNP::MNP606", reason="The stock construct has no switch for it."
        )
        Validations.of(made).acknowledge(accepted)
        return made

    return build


def fargate(stack: Stack) -> batch.IComputeEnvironment:
    return batch.FargateComputeEnvironment(stack, "Stock", vpc=import_vpc(stack))


def unmanaged(stack: Stack) -> batch.IComputeEnvironment:
    return batch.UnmanagedComputeEnvironment(stack, "Stock")


def on_eks(stack: Stack) -> batch.IComputeEnvironment:
    vpc = import_vpc(stack)
    cluster = eks.Cluster.from_cluster_attributes(stack, "Eks", cluster_name="eks", vpc=vpc)
    return batch.ManagedEc2EksComputeEnvironment(
        stack,
        "Stock",
        eks_cluster=cluster,
        kubernetes_namespace="hpc",
        vpc=vpc,
        instance_types=[ec2.InstanceType(INSTANCE_TYPE)],
        use_optimal_instance_classes=False,
        maxv_cpus=4 * 72,
    )


def in_subnets(kind: ec2.SubnetType) -> Setup:
    """A cluster in subnets of one kind, in one zone."""

    def build(stack: Stack) -> None:
        vpc = ec2.Vpc(
            stack,
            "Vpc",
            max_azs=1,
            nat_gateways=0,
            subnet_configuration=[ec2.SubnetConfiguration(name="Nodes", subnet_type=kind)],
        )
        add_job(add_cluster(stack, vpc=vpc, vpc_subnets=ec2.SubnetSelection(subnet_type=kind)))

    return build


def two_zones(stack: Stack) -> None:
    private = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)
    add_job(add_cluster(stack, vpc=add_vpc(stack, max_azs=2), vpc_subnets=private))


def stock_in_two_zones(stack: Stack) -> batch.IComputeEnvironment:
    return stock(vpc=add_vpc(stack, max_azs=2))(stack)


def stock_in_public_subnets(stack: Stack) -> batch.IComputeEnvironment:
    vpc = add_vpc(stack)
    public = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC)
    return stock(vpc=vpc, vpc_subnets=public)(stack)


def six_groups(stack: Stack) -> None:
    vpc = add_vpc(stack)
    groups = [ec2.SecurityGroup(stack, f"Group{n}", vpc=vpc) for n in range(6)]
    add_job(add_cluster(stack, vpc=vpc, security_groups=groups))


def stock_with_six_groups(stack: Stack) -> batch.IComputeEnvironment:
    vpc = add_vpc(stack)
    groups = [ec2.SecurityGroup(stack, f"Group{n}", vpc=vpc) for n in range(6)]
    return stock(vpc=vpc, security_groups=groups)(stack)


def spread(stack: Stack) -> None:
    group = ec2.PlacementGroup(stack, "PlacementGroup", strategy=ec2.PlacementGroupStrategy.SPREAD)
    add_job(add_cluster(stack, placement_group=group, max_nodes=8))


def ranges(*nodes: str, num_nodes: int = 4, **changes: Any) -> Setup:
    """A job of groups for these nodes."""

    def build(stack: Stack) -> None:
        groups = [NodeGroup(f"group{n}", each, container()) for n, each in enumerate(nodes)]
        add_definition(stack, node_groups=groups, num_nodes=num_nodes, **changes)

    return build


def definition(**changes: Any) -> Setup:
    return lambda stack: add_definition(stack, **changes)


def job(max_nodes: int = 4, **changes: Any) -> Setup:
    return lambda stack: add_job(add_cluster(stack, max_nodes=max_nodes), **changes)


def with_container(**changes: Any) -> Setup:
    return definition(node_groups=[NodeGroup("all", ":", container(**changes))])


def mixed_queue(stack: Stack) -> None:
    cluster = add_cluster(stack)
    spot = batch.ManagedEc2EcsComputeEnvironment(stack, "Spot", vpc=import_vpc(stack), spot=True)
    cluster.job_queue.add_compute_environment(spot, 2)
    add_job(cluster)


def four_environments(stack: Stack) -> None:
    cluster = add_cluster(stack)
    for order in (2, 3, 4):
        other = add_cluster(stack, f"Other{order}")
        cluster.job_queue.add_compute_environment(other.compute_environment, order)


def over_two_environments(stack: Stack) -> None:
    one, two = (
        add_cluster(stack, name, max_nodes=2).compute_environment for name in ("One", "Two")
    )
    queue = MnpJobQueue(stack, "Queue", compute_environments=[one, two])
    add_definition(stack, job_queue=queue)


ERRORS: dict[str, tuple[str, Setup]] = {
    "Spot": ("MNP101", queue_of(stock(spot=True))),
    "Fargate": ("MNP102", queue_of(fargate)),
    "UNMANAGED": ("MNP103", queue_of(unmanaged)),
    "EKS": ("MNP104", queue_of(on_eks)),
    "six security groups": ("MNP105", six_groups),
    "six security groups of a stock environment": ("MNP105", queue_of(stock_with_six_groups)),
    "max vCPUs for one node of four": ("MNP106", queue_of(stock(maxv_cpus=72))),
    "more nodes than the cluster": ("MNP106", job(max_nodes=3, num_nodes=4)),
    "a type that the environment cannot launch": (
        "MNP107",
        queue_of(stock(instance_types=[ec2.InstanceType("p4d.24xlarge")])),
    ),
    "four environments": ("MNP201", four_environments),
    "Spot beside On-Demand": ("MNP202", mixed_queue),
    "a job that only two environments hold": ("MNP205", over_two_environments),
    "six node groups": ("MNP301", ranges("0", "1", "2", "3", "4", "5:", num_nodes=8)),
    "no node group": ("MNP301", ranges()),
    "1001 nodes": ("MNP302", definition(num_nodes=1001)),
    "no node": ("MNP302", definition(num_nodes=0)),
    "main node 7 of 4": ("MNP303", definition(main_node=7)),
    "main node -1": ("MNP303", definition(main_node=-1)),
    "a gap in the ranges": ("MNP304", ranges("0", "2:")),
    "a gap at the end": ("MNP304", ranges("0:2")),
    "a range beyond the last node": ("MNP305", ranges("0:3", "4:7")),
    "ranges that overlap in part": ("MNP306", ranges("0:2", "2:4", num_nodes=5)),
    "the same range twice": ("MNP306", ranges(":", ":")),
    "attempts 11": ("MNP315", definition(retry_attempts=11)),
    "attempts 0": ("MNP315", definition(retry_attempts=0)),
    "six exit rules": (
        "MNP315",
        definition(
            retry_attempts=2,
            retry_strategies=[retry(on_exit_code=str(n)) for n in range(6)],
        ),
    ),
    "an exit rule without a condition": (
        "MNP315",
        definition(
            retry_attempts=2,
            retry_strategies=[retry()],
        ),
    ),
    "a timeout of 30 s": ("MNP317", definition(timeout=Duration.seconds(30))),
    "a name with a space": ("MNP318", definition(job_definition_name="a job")),
    "a reserved variable": ("MNP320", with_container(environment={"AWS_BATCH_JOB_ID": "1"})),
    "a scheduling priority of 10000": ("MNP323", definition(scheduling_priority=10_000)),
    "a definition of 30 KiB": ("MNP324", with_container(environment={"LONG": "x" * 30_000})),
    "a queue's priority of 1001": (
        "MNP206",
        lambda stack: add_cluster(stack, priority=1001),
    ),
    "a time limit of a minute": (
        "MNP203",
        lambda stack: add_cluster(stack, stuck_job_timeout=Duration.minutes(1)),
    ),
    "two zones under a cluster placement group": (
        "MNP402",
        two_zones,
    ),
    "two zones of a stock environment": ("MNP402", queue_of(stock_in_two_zones)),
    "isolated subnets without endpoints": ("MNP405", in_subnets(ec2.SubnetType.PRIVATE_ISOLATED)),
    "a spread placement group for eight nodes": ("MNP401", spread),
}
"""The rule that refuses it, and the setup."""

WARNINGS: dict[str, tuple[str, Setup]] = {
    "optimal beside the type": (
        "MNP109",
        queue_of(stock(use_optimal_instance_classes=True)),
    ),
    "the strategy BEST_FIT": (
        "MNP111",
        queue_of(stock(allocation_strategy=batch.AllocationStrategy.BEST_FIT)),
    ),
    "a launch template without a version": (
        "MNP112",
        lambda stack: queue_of(stock(launch_template=ec2.LaunchTemplate(stack, "Template")))(stack),
    ),
    "public subnets": ("MNP404", in_subnets(ec2.SubnetType.PUBLIC)),
    "public subnets of a stock environment": ("MNP404", queue_of(stock_in_public_subnets)),
    "no placement group": ("MNP401", queue_of(stock(placement_group=None))),
    "closed ranges": ("MNP309", ranges("0", "1:3")),
    "one node for ever": ("MNP319", ranges("0", num_nodes=1)),
    "a password in plain text": (
        "MNP321",
        with_container(environment={"DB_PASSWORD": "correct horse"}),
    ),
    "a privileged container": ("MNP603", with_container(privileged=True)),
    "IMDSv1": (
        "MNP601",
        lambda stack: add_cluster(
            stack,
            launch_template=ec2.LaunchTemplate(
                stack, "Template", http_tokens=ec2.LaunchTemplateHttpTokens.OPTIONAL
            ),
        ),
    ),
    "a volume that is not encrypted": (
        "MNP602",
        lambda stack: add_cluster(
            stack,
            launch_template=ec2.LaunchTemplate(
                stack,
                "Template",
                block_devices=[
                    ec2.BlockDevice(
                        device_name="/dev/xvda",
                        volume=ec2.BlockDeviceVolume.ebs(100, encrypted=False),
                    )
                ],
            ),
        ),
    ),
    "a fair-share queue without a priority": (
        "MNP326",
        lambda stack: add_job(
            add_cluster(stack, scheduling_policy=batch.FairshareSchedulingPolicy(stack, "Fair"))
        ),
    ),
}
"""As ERRORS, for what AWS takes and users would regret."""


@pytest.mark.parametrize(("rule", "setup"), ERRORS.values(), ids=ERRORS)
def test_a_wrong_setup_is_refused(rule: str, setup: Setup) -> None:
    stack = new_stack()
    setup(stack)
    assert {each.rule for each in errors_of(stack)} == {rule}


@pytest.mark.parametrize(("rule", "setup"), WARNINGS.values(), ids=WARNINGS)
def test_a_regrettable_setup_is_warned_of(rule: str, setup: Setup) -> None:
    stack = new_stack()
    setup(stack)
    assert rule in {each.rule for each in warnings_of(stack)}


def test_the_stock_environment_of_these_tests_is_right_but_for_its_changes() -> None:
    stack = new_stack()
    queue_of(stock())(stack)
    assert errors_of(stack) == []
    assert warnings_of(stack) == []
