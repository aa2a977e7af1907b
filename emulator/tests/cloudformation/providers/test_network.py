"""The reference networks come about whole, and leave nothing behind."""

from __future__ import annotations

from typing import Any

import pytest

from embedded import DeployedStack, EmbeddedAws
from templates import network

TAGS = [{"Key": "Name", "Value": "nodes"}]


def way_out() -> dict[str, Any]:
    """A network with a NAT gateway, endpoints and flow logs."""
    return {
        **network(),
        "Gateway": {"Type": "AWS::EC2::InternetGateway"},
        "Attachment": {
            "Type": "AWS::EC2::VPCGatewayAttachment",
            "Properties": {"VpcId": {"Ref": "Vpc"}, "InternetGatewayId": {"Ref": "Gateway"}},
        },
        "Address": {"Type": "AWS::EC2::EIP", "Properties": {"Domain": "vpc"}},
        "Nat": {
            "Type": "AWS::EC2::NatGateway",
            "Properties": {
                "SubnetId": {"Ref": "Subnet"},
                "AllocationId": {"Fn::GetAtt": ["Address", "AllocationId"]},
            },
            "DependsOn": "Attachment",
        },
        "Routes": {
            "Type": "AWS::EC2::RouteTable",
            "Properties": {"VpcId": {"Ref": "Vpc"}, "Tags": TAGS},
        },
        "Association": {
            "Type": "AWS::EC2::SubnetRouteTableAssociation",
            "Properties": {"SubnetId": {"Ref": "Subnet"}, "RouteTableId": {"Ref": "Routes"}},
        },
        "Route": {
            "Type": "AWS::EC2::Route",
            "Properties": {
                "RouteTableId": {"Ref": "Routes"},
                "DestinationCidrBlock": "0.0.0.0/0",
                "NatGatewayId": {"Ref": "Nat"},
            },
        },
        "S3": {
            "Type": "AWS::EC2::VPCEndpoint",
            "Properties": {
                "VpcId": {"Ref": "Vpc"},
                "VpcEndpointType": "Gateway",
                "ServiceName": {"Fn::Sub": "com.amazonaws.${AWS::Region}.s3"},
                "RouteTableIds": [{"Ref": "Routes"}],
            },
        },
        "Ecs": {
            "Type": "AWS::EC2::VPCEndpoint",
            "Properties": {
                "VpcId": {"Ref": "Vpc"},
                "VpcEndpointType": "Interface",
                "ServiceName": {"Fn::Sub": "com.amazonaws.${AWS::Region}.ecs"},
                "SubnetIds": [{"Ref": "Subnet"}],
                "SecurityGroupIds": [{"Ref": "Group"}],
                "PrivateDnsEnabled": True,
            },
        },
        "LogGroup": {"Type": "AWS::Logs::LogGroup"},
        "LogRole": {
            "Type": "AWS::IAM::Role",
            "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}},
        },
        "FlowLog": {
            "Type": "AWS::EC2::FlowLog",
            "Properties": {
                "ResourceId": {"Ref": "Vpc"},
                "ResourceType": "VPC",
                "TrafficType": "ALL",
                "LogDestinationType": "cloud-watch-logs",
                "LogGroupName": {"Ref": "LogGroup"},
                "DeliverLogsPermissionArn": {"Fn::GetAtt": ["LogRole", "Arn"]},
            },
        },
    }


@pytest.fixture
def stack(aws: EmbeddedAws) -> DeployedStack:
    deployed = aws.deploy(way_out())
    assert deployed.failures == {}
    return deployed


def test_the_network_matches_its_template(aws: EmbeddedAws, stack: DeployedStack) -> None:
    ec2, ids = aws.client("ec2"), stack.resources
    own = [{"Name": "vpc-id", "Values": [ids["Vpc"]]}]
    (table,) = ec2.describe_route_tables(RouteTableIds=[ids["Routes"]])["RouteTables"]
    ways = {each.get("DestinationCidrBlock"): each.get("NatGatewayId") for each in table["Routes"]}
    assert ways["0.0.0.0/0"] == ids["Nat"]
    assert {each["SubnetId"] for each in table["Associations"]} == {ids["Subnet"]}
    assert {"Key": "Name", "Value": "nodes"} in table["Tags"]
    endpoints = {
        endpoint["VpcEndpointId"]: endpoint
        for endpoint in ec2.describe_vpc_endpoints(Filters=own)["VpcEndpoints"]
    }
    assert set(endpoints) == {ids["S3"], ids["Ecs"]}
    assert endpoints[ids["S3"]]["RouteTableIds"] == [ids["Routes"]]
    assert endpoints[ids["Ecs"]]["SubnetIds"] == [ids["Subnet"]]
    assert endpoints[ids["Ecs"]]["PrivateDnsEnabled"] is True
    (flow_log,) = ec2.describe_flow_logs(FlowLogIds=[ids["FlowLog"]])["FlowLogs"]
    assert (flow_log["ResourceId"], flow_log["LogGroupName"]) == (ids["Vpc"], ids["LogGroup"])


def test_deleting_the_network_leaves_nothing(aws: EmbeddedAws, stack: DeployedStack) -> None:
    ec2, ids = aws.client("ec2"), stack.resources
    stack.delete()
    assert stack.failures == {}
    assert stack.status == "DELETE_COMPLETE"
    own = [{"Name": "vpc-id", "Values": [ids["Vpc"]]}]
    assert ec2.describe_vpcs(Filters=own)["Vpcs"] == []
    endpoints = ec2.describe_vpc_endpoints(Filters=own)["VpcEndpoints"]
    assert {each["State"] for each in endpoints} == {"deleted"}
    assert ec2.describe_security_groups(Filters=own)["SecurityGroups"] == []
    assert (
        ec2.describe_flow_logs(Filters=[{"Name": "resource-id", "Values": [ids["Vpc"]]}])[
            "FlowLogs"
        ]
        == []
    )
    addresses = [each["PublicIp"] for each in ec2.describe_addresses()["Addresses"]]
    assert ids["Address"] not in addresses


def rules(aws: EmbeddedAws, group: str) -> dict[str, list[dict[str, Any]]]:
    (found,) = aws.client("ec2").describe_security_groups(GroupIds=[group])["SecurityGroups"]
    return {"in": found["IpPermissions"], "out": found["IpPermissionsEgress"]}


def test_a_group_that_names_its_ways_out_has_no_others(aws: EmbeddedAws) -> None:
    resources = network()
    https = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.0.0.0/16"}
    resources["Group"]["Properties"] |= {
        "SecurityGroupEgress": [https],
        "SecurityGroupIngress": [https | {"Description": "from the VPC"}],
    }
    stack = aws.deploy(resources)
    found = rules(aws, stack.resources["Group"])
    assert [each["IpRanges"] for each in found["out"]] == [[{"CidrIp": "10.0.0.0/16"}]]
    assert found["in"][0]["IpRanges"] == [{"CidrIp": "10.0.0.0/16", "Description": "from the VPC"}]
    resources["Group"]["Properties"]["SecurityGroupIngress"] = []
    stack.update(resources)
    assert rules(aws, stack.resources["Group"])["in"] == []


def test_a_group_admits_itself_until_the_rules_are_gone(aws: EmbeddedAws) -> None:
    itself = {"GroupId": {"Ref": "Group"}, "IpProtocol": "-1"}
    both = {
        "In": {
            "Type": "AWS::EC2::SecurityGroupIngress",
            "Properties": itself | {"SourceSecurityGroupId": {"Ref": "Group"}},
        },
        "Out": {
            "Type": "AWS::EC2::SecurityGroupEgress",
            "Properties": itself | {"DestinationSecurityGroupId": {"Ref": "Group"}},
        },
    }
    stack = aws.deploy(network() | both)
    assert stack.failures == {}
    group = stack.resources["Group"]
    for direction in ("in", "out"):
        admitted = [
            pair["GroupId"]
            for rule in rules(aws, group)[direction]
            for pair in rule["UserIdGroupPairs"]
        ]
        assert admitted == [group]
    stack.update(network())
    after = rules(aws, group)
    assert after["in"] == []
    assert [each["UserIdGroupPairs"] for each in after["out"]] == [[]]


def test_settings_and_tags_change_without_a_new_network(aws: EmbeddedAws) -> None:
    resources = network()
    stack = aws.deploy(resources)
    before = stack.resources
    resources["Vpc"]["Properties"] |= {"EnableDnsHostnames": True, "Tags": TAGS}
    resources["Subnet"]["Properties"]["MapPublicIpOnLaunch"] = True
    stack.update(resources)
    assert stack.resources == before
    ec2 = aws.client("ec2")
    hostnames = ec2.describe_vpc_attribute(VpcId=before["Vpc"], Attribute="enableDnsHostnames")
    assert hostnames["EnableDnsHostnames"] == {"Value": True}
    (subnet,) = ec2.describe_subnets(SubnetIds=[before["Subnet"]])["Subnets"]
    assert subnet["MapPublicIpOnLaunch"] is True
    (vpc,) = ec2.describe_vpcs(VpcIds=[before["Vpc"]])["Vpcs"]
    assert {"Key": "Name", "Value": "nodes"} in vpc["Tags"]
