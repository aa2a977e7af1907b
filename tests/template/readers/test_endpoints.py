"""Endpoints of VPCs are read with what takes traffic to them, and what stops it."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_batch_mnp.model.network import VpcEndpoint
from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.template.stacks import environment

VPC = """
    Vpc: {Type: "AWS::EC2::VPC", Properties: {CidrBlock: 10.0.0.0/16}}
    Subnet:
      Type: AWS::EC2::Subnet
      Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/26, AvailabilityZone: eu-west-1a}
    Table: {Type: "AWS::EC2::RouteTable", Properties: {VpcId: !Ref Vpc}}
"""


def endpoint(id: str, service: str, vpc: str = "!Ref Vpc", more: str = "") -> str:
    return f"""
    {id}:
      Type: AWS::EC2::VPCEndpoint
      Properties: {{VpcId: {vpc}, ServiceName: {service}{more}}}
"""


def endpoints(*more: str) -> Any:
    (subnet,) = environment(VPC + "".join(more), written="Subnets: [!Ref Subnet]").known_subnets
    assert subnet.vpc is not UNKNOWN
    return subnet.vpc.endpoints


def only(more: str, *others: str) -> VpcEndpoint:
    (found,) = endpoints(endpoint("A", "com.amazonaws.eu-west-1.ecs", more=more), *others)
    assert isinstance(found, VpcEndpoint)
    return found


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        ("com.amazonaws.eu-west-1.ecs-agent", "ecs-agent"),
        ("!Sub 'com.amazonaws.${AWS::Region}.ecr.api'", "ecr.api"),
        ("cn.com.amazonaws.cn-north-1.ecs", "ecs"),
        ("com.amazonaws.vpce.eu-west-1.vpce-svc-1", "eu-west-1.vpce-svc-1"),
        ("!Sub 'com.amazonaws.eu-west-1.${AWS::StackName}'", UNKNOWN),
        ("!ImportValue service", UNKNOWN),
        ("com.amazonaws.eu-west-1.ecs, ServiceRegion: us-east-1", UNKNOWN),
    ],
)
def test_a_service_has_a_short_name(service: str, expected: Any) -> None:
    (found,) = endpoints(endpoint("A", service))
    assert found.service == expected


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ("", "Gateway"),
        (", VpcEndpointType: Interface", "Interface"),
        (", VpcEndpointType: interface", "Interface"),
        (", VpcEndpointType: !Ref Kind", UNKNOWN),
    ],
)
def test_an_endpoint_is_a_gateway_by_default(more: str, kind: Any) -> None:
    assert only(more).kind == kind


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (", PrivateDnsEnabled: true", True),
        (", PrivateDnsEnabled: 'false'", False),
        (", PrivateDnsEnabled: !Ref Own", UNKNOWN),
        ("", UNKNOWN),
    ],
)
def test_private_dns_is_on_or_off_or_not_known(more: str, expected: Any) -> None:
    assert only(more).has_private_dns is expected


@pytest.mark.parametrize(
    "other",
    [
        """
    Zone: {Type: "AWS::Route53::HostedZone"}
""",
        """
    Profile: {Type: "AWS::Route53Profiles::ProfileAssociation"}
""",
    ],
)
def test_other_dns_records_may_lead_to_an_endpoint_without_private_dns(other: str) -> None:
    assert only(", PrivateDnsEnabled: false", other).has_private_dns is UNKNOWN
    assert only(", PrivateDnsEnabled: true", other).has_private_dns is True


def test_route_tables_are_those_of_the_list_if_all_are_known() -> None:
    assert only("").route_tables == frozenset()
    assert only(", RouteTableIds: [!Ref Table, rtb-1]").route_tables == frozenset(
        {"Table", "rtb-1"}
    )
    assert only(", RouteTableIds: [!Ref Table, !ImportValue table]").route_tables is UNKNOWN
    assert only(", RouteTableIds: !Ref Tables").route_tables is UNKNOWN


def test_an_endpoint_without_groups_has_the_default_one_of_its_vpc() -> None:
    found = only("").security_groups
    assert found is not UNKNOWN
    assert [each.id for each in found if each is not UNKNOWN] == ["Vpc/DefaultSecurityGroup"]
    given = only(", SecurityGroupIds: [sg-1, !Ref Group]").security_groups
    assert given is not UNKNOWN
    assert [each if each is UNKNOWN else each.id for each in given] == ["sg-1", UNKNOWN]


def test_subnets_and_policy_are_read() -> None:
    found = only(", SubnetIds: [!Ref Subnet], PolicyDocument: {Statement: []}")
    assert found.subnets is not UNKNOWN
    assert [subnet.cidr for subnet in found.subnets if subnet is not UNKNOWN] == ["10.0.0.0/26"]
    assert found.policy is not UNKNOWN
    assert found.policy is not None
    assert found.policy.allows("ecs:Poll") is False


def test_an_endpoint_whose_vpc_is_unknown_makes_those_of_all_unknown() -> None:
    assert endpoints(endpoint("A", "com.amazonaws.eu-west-1.s3", "!ImportValue vpc")) is UNKNOWN
    assert endpoints(endpoint("A", "com.amazonaws.eu-west-1.s3", "vpc-1")) == ()


def test_a_nested_stack_that_cannot_be_read_may_add_endpoints_to_a_vpc_that_it_gets() -> None:
    nested = """
    More:
      Type: AWS::CloudFormation::Stack
      Properties: {TemplateURL: "https://example.com/t", Parameters: {Network: !Ref Vpc}}
"""
    assert endpoints(nested) is UNKNOWN
    assert endpoints(nested.replace("!Ref Vpc", "!Ref Table")) == ()


IMPORTED = """
    Nodes:
      Type: AWS::EC2::SecurityGroup
      Properties: {{VpcId: {of_nodes}}}
    Endpoint:
      Type: AWS::EC2::VPCEndpoint
      Properties: {{ServiceName: com.amazonaws.eu-west-1.ecs, VpcId: {of_endpoint}}}
"""


@pytest.mark.parametrize(
    ("of_nodes", "of_endpoint", "is_same"),
    [
        ("vpc-1", "vpc-1", True),
        ("vpc-1", "vpc-2", False),
        ("!ImportValue vpc", "!ImportValue vpc", True),
        ("!ImportValue vpc", "!ImportValue other", False),
        ("!ImportValue vpc", "vpc-1", False),
        ("!If [Unknown, vpc-1, vpc-2]", "!If [Unknown, vpc-1, vpc-2]", False),
    ],
)
def test_endpoints_of_an_imported_vpc_are_those_of_the_groups(
    of_nodes: str, of_endpoint: str, is_same: bool
) -> None:
    text = IMPORTED.format(of_nodes=of_nodes, of_endpoint=of_endpoint)
    vpc = environment(text, written="SecurityGroupIds: [!Ref Nodes]").vpc
    known = () if vpc is UNKNOWN else vpc.known_endpoints
    assert [each.service for each in known] == (["ecs"] if is_same else [])
    assert vpc is UNKNOWN or vpc.endpoints is UNKNOWN


def test_a_subnet_of_an_imported_vpc_has_its_endpoints() -> None:
    text = IMPORTED.format(of_nodes="vpc-1", of_endpoint="vpc-1")
    text += "    Subnet: {Type: AWS::EC2::Subnet, Properties: {VpcId: vpc-1}}\n"
    (subnet,) = environment(text, written="Subnets: [!Ref Subnet]").known_subnets
    assert subnet.vpc is not UNKNOWN
    assert [each.id for each in subnet.vpc.endpoints_of("ecs")] == ["Endpoint"]
