"""Subnets, groups and VPCs are put together from the resources that they are spread over."""

from __future__ import annotations

import pytest

from cdk_batch_mnp.model.network import SecurityGroup, SecurityGroupRule, Subnet, Vpc
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
def test_the_default_route_tells_the_kind_of_a_subnet(more: str, kind: object) -> None:
    assert subnet(more).kind == kind


def test_a_subnet_without_a_table_of_its_own_may_be_of_any_kind() -> None:
    assert subnet(vpc=VPC.replace("SubnetRouteTableAssociation", "Nothing")).kind is UNKNOWN


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


def endpoint(id: str, service: str, vpc: str = "!Ref Vpc", more: str = "") -> str:
    return f"""
    {id}:
      Type: AWS::EC2::VPCEndpoint
      Properties: {{VpcId: {vpc}, ServiceName: {service}{more}}}
"""


def endpoints(*more: str) -> object:
    vpc = subnet("".join(more)).vpc
    assert isinstance(vpc, Vpc)
    return vpc.endpoints


ROUTED = ", RouteTableIds: [!Ref Table]"
INTERFACE = ", VpcEndpointType: Interface"
NAMELESS = f"{INTERFACE}, PrivateDnsEnabled: false"


def test_endpoints_are_known_by_their_short_names() -> None:
    assert endpoints() == frozenset()
    assert endpoints(
        endpoint("A", "!Sub 'com.amazonaws.${AWS::Region}.ecr.api'"),
        endpoint("B", "com.amazonaws.eu-west-1.s3", more=ROUTED),
        endpoint("C", "cn.com.amazonaws.cn-north-1.ecs"),
        endpoint("D", "com.amazonaws.eu-west-1.logs", "vpc-0123"),
    ) == frozenset({"ecr.api", "s3", "ecs"})


@pytest.mark.parametrize(
    ("more", "counts"),
    [
        pytest.param(ROUTED, True, id="a gateway with routes"),
        pytest.param(", RouteTableIds: !Ref Tables", True, id="a gateway with unknown routes"),
        pytest.param("", False, id="a gateway without routes"),
        pytest.param(
            ", VpcEndpointType: Gateway, RouteTableIds: []", False, id="a gateway with no routes"
        ),
        pytest.param(", VpcEndpointType: !Ref Kind", True, id="of an unknown type"),
        pytest.param(INTERFACE, True, id="an interface"),
        pytest.param(f"{INTERFACE}, PrivateDnsEnabled: true", True, id="with private names"),
        pytest.param(f"{INTERFACE}, PrivateDnsEnabled: !Ref Own", True, id="perhaps without"),
        pytest.param(NAMELESS, False, id="without private names"),
    ],
)
def test_an_endpoint_that_takes_nothing_counts_for_none(more: str, counts: bool) -> None:
    found = endpoints(endpoint("A", "com.amazonaws.eu-west-1.s3", more=more))
    assert found == (frozenset({"s3"}) if counts else frozenset())


def test_a_hosted_zone_may_provide_the_name_of_an_endpoint() -> None:
    zone = """
    Zone: {Type: "AWS::Route53::HostedZone"}
"""
    nameless = endpoint("A", "com.amazonaws.eu-west-1.ecs", more=NAMELESS)
    assert endpoints(nameless, zone) == frozenset({"ecs"})


@pytest.mark.parametrize(
    "unknown",
    [
        endpoint("A", "!ImportValue service"),
        endpoint("A", "!Sub 'com.amazonaws.eu-west-1.${AWS::StackName}'"),
        endpoint("A", "com.amazonaws.eu-west-1.s3", "!ImportValue vpc", ROUTED),
    ],
)
def test_an_endpoint_that_may_be_any_makes_them_all_unknown(unknown: str) -> None:
    assert endpoints(unknown) is UNKNOWN


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
EVERYWHERE = SecurityGroupRule(peer="0.0.0.0/0")


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
    assert group() == SecurityGroup(id="Group", ingress=(INLINE,), egress=(EVERYWHERE,))


@pytest.mark.parametrize("group_id", ["!Ref Group", "!GetAtt Group.GroupId"])
def test_rules_that_are_resources_of_their_own_are_added(group_id: str) -> None:
    separate = SecurityGroupRule(peer="Group", path="Rule")
    assert group(rule(group_id)).ingress == (INLINE, separate)


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
    assert found.egress == (EVERYWHERE,)


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
    assert [(each.id, each.zone) for each in found.known_subnets] == [
        ("Stack1/Subnet", "eu-west-1b")
    ]
