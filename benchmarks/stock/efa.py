"""What the platforms that are written by hand add for EFA."""

from __future__ import annotations

from typing import Any

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from benchmarks.stock.network import NetworkStack


def add_efa_security_group(scope: Construct, network: NetworkStack) -> ec2.SecurityGroup:
    """Make the security group of the nodes, with the rules that EFA needs in both directions."""
    group = ec2.SecurityGroup(
        scope, "SecurityGroup", vpc=network.vpc, description="Nodes", allow_all_outbound=True
    )
    group.add_ingress_rule(group, ec2.Port.all_traffic(), "All traffic from the nodes")
    # The stock group drops egress rules if it allows all outbound traffic.
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
