"""Placement, subnets, and what the nodes reach."""

from __future__ import annotations

from typing import Any

from tests.corpus.changes import CONTAINER, LEFT_OUT, RESOURCES, SECOND, TASK, Table, ref


def _policy(*actions: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": "*", "Action": list(actions), "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


NETWORK: Table = {
    "MNP401": (
        ("no group", "cluster", {f"{RESOURCES}.PlacementGroup": LEFT_OUT}),
        ("a spread", "isolated", {"Placement.Strategy": "spread"}),
        (
            "a partition",
            "efa",
            {"Placement.Strategy": "partition", "Placement.PartitionCount": 2},
        ),
    ),
    "MNP402": (
        (
            "two zones",
            "cluster",
            {f"{RESOURCES}.Subnets": [ref("NodeSubnet"), ref("OtherSubnet")]},
        ),
        (
            "two zones by name",
            "isolated",
            {
                "Other": {
                    "Type": "AWS::EC2::Subnet",
                    "Properties": {
                        "VpcId": ref("Vpc"),
                        "CidrBlock": "10.1.1.0/24",
                        "AvailabilityZone": "us-east-2a",
                    },
                },
                "OtherAssociation": {
                    "Type": "AWS::EC2::SubnetRouteTableAssociation",
                    "Properties": {"SubnetId": ref("Other"), "RouteTableId": ref("Table")},
                },
                f"{RESOURCES}.Subnets": [ref("Subnet"), ref("Other")],
            },
        ),
    ),
    "MNP403": (
        (
            "burstable",
            "cluster",
            {
                f"{RESOURCES}.InstanceTypes": ["t3.2xlarge"],
                f"{CONTAINER}.InstanceType": "t3.2xlarge",
                f"{SECOND}.Container.InstanceType": "t3.2xlarge",
                f"{CONTAINER}.ResourceRequirements": [
                    {"Type": "VCPU", "Value": "8"},
                    {"Type": "MEMORY", "Value": "20000"},
                ],
                f"{SECOND}.Container.ResourceRequirements": [
                    {"Type": "VCPU", "Value": "8"},
                    {"Type": "MEMORY", "Value": "20000"},
                ],
            },
        ),
    ),
    "MNP404": (
        (
            "a public subnet",
            "cluster",
            {
                f"{RESOURCES}.Subnets": [ref("PublicSubnet")],
                "PublicSubnet.MapPublicIpOnLaunch": True,
            },
        ),
        (
            "a route to the internet gateway",
            "cluster",
            {
                "NodeRoute.NatGatewayId": LEFT_OUT,
                "NodeRoute.GatewayId": ref("InternetGateway"),
                "NodeSubnet.MapPublicIpOnLaunch": "true",
            },
        ),
    ),
    "MNP405": (
        (
            "a subnet without a route table",
            "cluster",
            {"NodeAssociation": {"Type": "AWS::CloudFormation::WaitConditionHandle"}},
        ),
        (
            "a way out for IPv6, which the subnet has not",
            "cluster",
            {
                "EgressOnly": {
                    "Type": "AWS::EC2::EgressOnlyInternetGateway",
                    "Properties": {"VpcId": ref("Vpc")},
                },
                "NodeRoute.DestinationCidrBlock": LEFT_OUT,
                "NodeRoute.DestinationIpv6CidrBlock": "::/0",
                "NodeRoute.NatGatewayId": LEFT_OUT,
                "NodeRoute.EgressOnlyInternetGatewayId": ref("EgressOnly"),
            },
        ),
        (
            "no way out",
            "cluster",
            {"NodeRoute": {"Type": "AWS::CloudFormation::WaitConditionHandle"}},
        ),
        ("no agent endpoint", "isolated", {"EcsAgent.ServiceName": "com.amazonaws.us-east-2.sqs"}),
    ),
    "MNP412": (("a small subnet", "isolated", {"Subnet.CidrBlock": "10.1.0.0/28"}),),
    "MNP420": (
        (
            "an endpoint without its type",
            "isolated",
            {"EcsAgent.VpcEndpointType": LEFT_OUT},
        ),
        (
            "a private NAT gateway",
            "cluster",
            {"Nat.ConnectivityType": "private", "Nat.AllocationId": LEFT_OUT},
        ),
        (
            "an internet gateway that is not attached",
            "cluster",
            {
                "Attachment": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
                "PublicRoute": {
                    "Type": "AWS::EC2::Route",
                    "Properties": {
                        "RouteTableId": ref("PublicTable"),
                        "DestinationCidrBlock": "0.0.0.0/0",
                        "GatewayId": ref("InternetGateway"),
                    },
                },
            },
        ),
        (
            "a network ACL that stops the NAT gateway",
            "cluster",
            {
                "Acl": {"Type": "AWS::EC2::NetworkAcl", "Properties": {"VpcId": ref("Vpc")}},
                "AclAssociation": {
                    "Type": "AWS::EC2::SubnetNetworkAclAssociation",
                    "Properties": {"SubnetId": ref("PublicSubnet"), "NetworkAclId": ref("Acl")},
                },
            },
        ),
        (
            "a public subnet without public addresses",
            "cluster",
            {f"{RESOURCES}.Subnets": [ref("PublicSubnet")]},
        ),
        (
            "no egress but to the nodes",
            "isolated",
            {
                "Group.SecurityGroupEgress": [
                    {
                        "IpProtocol": "tcp",
                        "FromPort": 1024,
                        "ToPort": 65535,
                        "CidrIp": "10.1.0.0/24",
                    },
                    {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "0.0.0.0/0"},
                ],
            },
        ),
        (
            "endpoints in the default group",
            "isolated",
            {f"{each}.SecurityGroupIds": LEFT_OUT for each in ("Ecs", "EcsAgent", "EcsTelemetry")},
        ),
        (
            "a policy without the agent",
            "isolated",
            {"EcsAgent.PolicyDocument": _policy("ecs:StartTelemetrySession")},
        ),
        (
            "a network ACL without entries",
            "cluster",
            {
                "Acl": {"Type": "AWS::EC2::NetworkAcl", "Properties": {"VpcId": ref("Vpc")}},
                "AclAssociation": {
                    "Type": "AWS::EC2::SubnetNetworkAclAssociation",
                    "Properties": {"SubnetId": ref("NodeSubnet"), "NetworkAclId": ref("Acl")},
                },
            },
        ),
        (
            "a NAT gateway without a way out",
            "cluster",
            {"PublicRoute": {"Type": "AWS::CloudFormation::WaitConditionHandle"}},
        ),
    ),
    "MNP421": (
        ("no image", "isolated", {"EcrDkr.ServiceName": "com.amazonaws.us-east-2.ec2"}),
        ("no layers", "isolated", {"S3.RouteTableIds": LEFT_OUT}),
        ("no logs", "isolated", {"Logs.PrivateDnsEnabled": False}),
        (
            "a registry on the internet",
            "isolated",
            {f"{TASK}.Containers.1.Image": "quay.io/prometheus/node-exporter:v1"},
        ),
        (
            "a public registry of the container that matters",
            "isolated",
            {f"{TASK}.Containers.0.Image": "docker.io/library/busybox:stable"},
        ),
    ),
    "MNP422": (
        ("no hostnames", "isolated", {"Vpc.EnableDnsHostnames": LEFT_OUT}),
        ("no support", "cluster", {"Vpc.EnableDnsSupport": "false"}),
    ),
}
