"""EFA for the stock platforms."""

from __future__ import annotations

from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from benchmarks.stock.network import NetworkStack
from benchmarks.stock.roles import add_instance_role


def add_efa_security_group(scope: Construct, network: NetworkStack) -> ec2.SecurityGroup:
    """Create the nodes' security group, with the rules that EFA needs in both directions."""
    group = ec2.SecurityGroup(
        scope, "SecurityGroup", vpc=network.vpc, description="Nodes", allow_all_outbound=True
    )
    group.add_ingress_rule(group, ec2.Port.all_traffic(), "All traffic from the nodes")
    # The L2 ignores egress rules if it allows all outbound traffic.
    ec2.CfnSecurityGroupEgress(
        scope,
        "ToNodes",
        group_id=group.security_group_id,
        ip_protocol="-1",
        destination_security_group_id=group.security_group_id,
        description="EFA traffic to the nodes",
    )
    return group


def efa_interfaces(group_id: str, *, cards: int) -> list[dict[str, Any]]:
    """Return an ordinary interface, and an EFA-only interface on each network card."""
    places = [(0, 0, "interface"), (0, 1, "efa-only")]
    places += [(card, 0, "efa-only") for card in range(1, cards)]
    return [
        {
            "NetworkCardIndex": card,
            "DeviceIndex": device,
            "InterfaceType": kind,
            "Groups": [group_id],
            "DeleteOnTermination": True,
        }
        for card, device, kind in places
    ]


def add_efa_environment(
    scope: Construct,
    network: NetworkStack,
    template: ec2.LaunchTemplate,
    *,
    instance_type: str,
    max_vcpus: int,
    image_type: batch.EcsMachineImageType,
) -> batch.ManagedEc2EcsComputeEnvironment:
    """Create the compute environment of nodes whose launch template has network interfaces."""
    return batch.ManagedEc2EcsComputeEnvironment(
        scope,
        "Environment",
        vpc=network.vpc,
        vpc_subnets=ec2.SubnetSelection(subnets=network.subnets),
        instance_types=[ec2.InstanceType(instance_type)],
        use_optimal_instance_classes=False,
        minv_cpus=0,
        maxv_cpus=max_vcpus,
        allocation_strategy=batch.AllocationStrategy.BEST_FIT_PROGRESSIVE,
        images=[batch.EcsMachineImage(image_type=image_type)],
        instance_role=add_instance_role(scope),
        launch_template=template,
        placement_group=ec2.PlacementGroup(
            scope, "PlacementGroup", strategy=ec2.PlacementGroupStrategy.CLUSTER
        ),
        # The group is set on the launch template's interfaces; Batch rejects groups in both places.
        security_groups=[],
        replace_compute_environment=False,
        terminate_on_update=False,
        update_timeout=Duration.days(5),
        update_to_latest_image_version=True,
    )
