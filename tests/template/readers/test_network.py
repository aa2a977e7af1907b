"""Subnets, groups and VPCs are put together from the resources that they are spread over."""

from __future__ import annotations

import pytest

from cdk_batch_mnp.model.network import SecurityGroup, SecurityGroupRule, Subnet
from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.template.stacks import environment, setup

VPC = """
    Vpc: {Type: "AWS::EC2::VPC", Properties: {CidrBlock: 10.0.0.0/16}}
    Gateway: {Type: "AWS::EC2::InternetGateway"}
    Subnet:
      Type: AWS::EC2::Subnet
      Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/26, AvailabilityZone: eu-west-1a}
    Table: {Type: "AWS::EC2::RouteTable", Properties: {VpcId: !Ref Vpc}}
    Association:
      Type: AWS::EC2::SubnetRouteTableAssociation
      Properties: {SubnetId: !Ref Subnet, RouteTableId: !Ref Table}
"""


def subnet(more: str = "", vpc: str = VPC) -> Subnet:
    found = environment(vpc + more, written="Subnets: [!Ref Subnet]").subnets
    assert found is not UNKNOWN
    (one,) = found
    assert one is not UNKNOWN
    return one


def route(target: str, destination: str = "DestinationCidrBlock: 0.0.0.0/0") -> str:
    return f"""
    Route:
      Type: AWS::EC2::Route
      Properties: {{RouteTableId: !Ref Table, {destination}, {target}}}
"""


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        pytest.param("", "isolated", id="no route"),
        pytest.param(route("GatewayId: !Ref Gateway"), "public", id="internet gateway"),
        pytest.param(route("GatewayId: igw-1"), "public", id="internet gateway by id"),
        pytest.param(route("GatewayId: vgw-1"), "private", id="virtual private gateway"),
        pytest.param(route("NatGatewayId: nat-1"), "private", id="NAT"),
        pytest.param(route("TransitGatewayId: tgw-1"), "private", id="transit gateway"),
        pytest.param(route("GatewayId: !ImportValue gateway"), UNKNOWN, id="unknown gateway"),
        pytest.param(
            route("TransitGatewayId: tgw-1", "DestinationCidrBlock: 10.0.0.0/8"),
            UNKNOWN,
            id="a way to somewhere",
        ),
        pytest.param(
            route("EgressOnlyInternetGatewayId: e", "DestinationIpv6CidrBlock: '::/0'"),
            UNKNOWN,
            id="a way out by IPv6",
        ),
        pytest.param(
            """
    Elsewhere:
      Type: AWS::EC2::Route
      Properties: {RouteTableId: !ImportValue table, NatGatewayId: nat-1}
""",
            UNKNOWN,
            id="a route of an unknown table",
        ),
        pytest.param(
            """
    Again:
      Type: AWS::EC2::SubnetRouteTableAssociation
      Properties: {SubnetId: !Ref Subnet, RouteTableId: !ImportValue table}
""",
            UNKNOWN,
            id="two tables",
        ),
    ],
)
def test_the_kind_of_a_subnet_follows_from_its_default_route(more: str, kind: object) -> None:
    assert subnet(more).kind == kind


def test_a_subnet_without_a_table_of_its_own_has_no_route_out() -> None:
    assert subnet(vpc=VPC.replace("SubnetRouteTableAssociation", "Nothing")).kind == "isolated"


def test_a_subnet_says_what_its_instances_get() -> None:
    plain = subnet()
    assert (plain.cidr, plain.has_ipv6, plain.maps_public_addresses) == (
        "10.0.0.0/26",
        False,
        False,
    )
    wider = subnet(
        vpc=VPC.replace(
            "10.0.0.0/26",
            "10.0.0.0/26, MapPublicIpOnLaunch: 'true', AssignIpv6AddressOnCreation: true",
        )
    )
    assert (wider.has_ipv6, wider.maps_public_addresses) == (True, True)
    unknown = subnet(
        vpc=VPC.replace("10.0.0.0/26", "!ImportValue block, MapPublicIpOnLaunch: !ImportValue maps")
    )
    assert (unknown.cidr, unknown.maps_public_addresses) == (UNKNOWN, UNKNOWN)


def test_ipv6_may_be_added_to_a_subnet_by_another_resource() -> None:
    added = """
    Block: {Type: "AWS::EC2::SubnetCidrBlock", Properties: {SubnetId: !Ref Subnet}}
"""
    assert subnet(added).has_ipv6 is UNKNOWN


def test_a_vpc_has_dns_support_and_no_hostnames_by_default() -> None:
    vpc = subnet().vpc
    assert vpc is not UNKNOWN
    assert (vpc.has_dns_support, vpc.has_dns_hostnames, vpc.has_own_dns) == (True, False, False)
    changed = VPC.replace(
        "{CidrBlock: 10.0.0.0/16}", "{EnableDnsSupport: false, EnableDnsHostnames: 'true'}"
    )
    options = """
    Options:
      Type: AWS::EC2::VPCDHCPOptionsAssociation
      Properties: {VpcId: !Ref Vpc, DhcpOptionsId: dopt-1}
"""
    vpc = subnet(options, changed).vpc
    assert vpc is not UNKNOWN
    assert (vpc.has_dns_support, vpc.has_dns_hostnames, vpc.has_own_dns) == (False, True, True)


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("eu-west-1a", "eu-west-1a"),
        ("!Select [1, !GetAZs '']", "zone 1 of the Region"),
        ("!Select [1, !GetAZs {Ref: AWS::Region}]", "zone 1 of the Region"),
        ("!Sub '${AWS::Region}b'", "zone b of the Region"),
        ("!ImportValue zone", UNKNOWN),
        ("!GetAtt Subnet.AvailabilityZone", UNKNOWN),
    ],
)
def test_a_zone_is_identified_by_its_name_or_its_index_in_the_region(
    zone: str, expected: object
) -> None:
    assert subnet(vpc=VPC.replace("eu-west-1a", zone)).zone == expected


def test_zones_that_are_named_in_different_ways_may_be_the_same() -> None:
    other = """
    Other:
      Type: AWS::EC2::Subnet
      Properties: {VpcId: !Ref Vpc, AvailabilityZone: !Select [0, !GetAZs ""]}
"""
    subnets = environment(VPC + other, written="Subnets: [!Ref Subnet, !Ref Other]").subnets
    assert subnets is not UNKNOWN
    assert [each.zone for each in subnets if each is not UNKNOWN] == [UNKNOWN, UNKNOWN]


def test_addresses_are_those_of_the_block_without_those_that_aws_keeps() -> None:
    assert subnet().addresses == 64 - 5
    assert subnet(vpc=VPC.replace("10.0.0.0/26", "!ImportValue block")).addresses is UNKNOWN
    assert subnet(vpc=VPC.replace("CidrBlock: 10.0.0.0/26", "Ipv4NetmaskLength: 24")).addresses == (
        256 - 5
    )


GROUP = """
    Vpc: {Type: "AWS::EC2::VPC"}
    Group:
      Type: AWS::EC2::SecurityGroup
      Properties:
        GroupDescription: nodes
        SecurityGroupIngress:
          - {IpProtocol: tcp, FromPort: 22, ToPort: "22", CidrIp: 10.0.0.0/8}
"""
INLINE = SecurityGroupRule(peer="10.0.0.0/8", protocol="tcp", from_port=22, to_port=22)
EVERYWHERE = (SecurityGroupRule(peer="0.0.0.0/0"), SecurityGroupRule(peer="::/0"))


def group(more: str = "", written: str = "!Ref Group") -> SecurityGroup:
    found = environment(GROUP + more, written=f"SecurityGroupIds: [{written}]").security_groups
    assert isinstance(found, tuple)
    (one,) = found
    assert one is not UNKNOWN
    return one


def rule(group_id: str, *, kind: str = "Ingress", peer: str = "SourceSecurityGroupId") -> str:
    return f"""
    Rule:
      Type: AWS::EC2::SecurityGroup{kind}
      Properties: {{GroupId: {group_id}, IpProtocol: "-1", {peer}: !GetAtt Group.GroupId}}
"""


def test_a_group_has_the_rules_of_its_own_and_lets_everything_out() -> None:
    assert group() == SecurityGroup(
        id="Group", ingress=(INLINE,), egress=EVERYWHERE, may_have_other_members=False
    )


@pytest.mark.parametrize(
    "more",
    [
        """
    Endpoint:
      Type: AWS::EC2::VPCEndpoint
      Properties: {SecurityGroupIds: [!GetAtt Group.GroupId]}
""",
        """
    More:
      Type: AWS::CloudFormation::Stack
      Properties: {TemplateURL: "https://example.com/t", Parameters: {Group: !Ref Group}}
""",
    ],
)
def test_a_group_may_have_members_that_are_no_nodes(more: str) -> None:
    assert group(more).may_have_other_members is True


@pytest.mark.parametrize("group_id", ["!Ref Group", "!GetAtt Group.GroupId"])
def test_rules_that_are_resources_of_their_own_are_added(group_id: str) -> None:
    separate = SecurityGroupRule(peer="Group", path="Rule")
    assert group(rule(group_id)).ingress == (INLINE, separate)


def test_a_rule_for_the_block_of_the_vpc_is_one_for_its_addresses() -> None:
    written = """
    Network: {Type: "AWS::EC2::VPC", Properties: {CidrBlock: 10.3.0.0/16}}
    Rule:
      Type: AWS::EC2::SecurityGroupIngress
      Properties: {GroupId: !Ref Group, IpProtocol: "-1", CidrIp: !GetAtt Network.CidrBlock}
"""
    assert group(written).ingress == (INLINE, SecurityGroupRule(peer="10.3.0.0/16", path="Rule"))


def test_a_rule_of_an_unknown_group_may_belong_to_any() -> None:
    assert group(rule("!ImportValue group")).ingress == (INLINE, UNKNOWN)
    assert group(rule("sg-0123")).ingress == (INLINE,)


def test_whether_separate_egress_replaces_the_default_is_not_known() -> None:
    found = group(rule("!Ref Group", kind="Egress", peer="DestinationSecurityGroupId"))
    assert found.egress == (UNKNOWN, SecurityGroupRule(peer="Group", path="Rule"))


DEFAULT = "!GetAtt Vpc.DefaultSecurityGroup"


def test_the_default_group_of_a_vpc_admits_itself() -> None:
    found = group(written=DEFAULT)
    assert found.ingress == (SecurityGroupRule(peer="Vpc/DefaultSecurityGroup"),)
    assert found.egress == EVERYWHERE


def test_the_default_group_is_empty_where_the_cdk_empties_it() -> None:
    emptied = f"""
    Emptied:
      Type: Custom::VpcRestrictDefaultSG
      Properties: {{DefaultSecurityGroupId: {DEFAULT}}}
"""
    found = group(emptied, written=DEFAULT)
    assert (found.ingress, found.egress) == ((), ())


def test_exports_of_a_known_stack_are_followed() -> None:
    network = """
        Resources:
          Subnet: {Type: "AWS::EC2::Subnet", Properties: {AvailabilityZone: eu-west-1b}}
        Outputs:
          Subnet: {Value: !Ref Subnet, Export: {Name: network:subnet}}
    """
    batch = """
        Resources:
          Environment:
            Type: AWS::Batch::ComputeEnvironment
            Properties:
              ComputeResources: {Subnets: [!ImportValue "network:subnet"]}
    """
    (found,) = setup(batch, network).compute_environments
    assert [(known.id, known.zone) for known in found.known_subnets] == [
        ("Stack1/Subnet", "eu-west-1b")
    ]
