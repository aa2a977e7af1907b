"""Route tables and network ACLs belong to subnets; NAT gateways are in some."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_batch_mnp.model.network import Subnet
from cdk_batch_mnp.model.routing import AclEntry, NatGateway, Route, RouteTable
from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.template.stacks import environment, setup

VPC = """
    Vpc: {Type: "AWS::EC2::VPC", Properties: {CidrBlock: 10.0.0.0/16}}
    Gateway: {Type: "AWS::EC2::InternetGateway"}
    Attachment:
      Type: AWS::EC2::VPCGatewayAttachment
      Properties: {VpcId: !Ref Vpc, InternetGatewayId: !Ref Gateway}
    Subnet: {Type: "AWS::EC2::Subnet", Properties: {VpcId: !Ref Vpc}}
    Public: {Type: "AWS::EC2::Subnet", Properties: {VpcId: !Ref Vpc}}
    Table: {Type: "AWS::EC2::RouteTable", Properties: {VpcId: !Ref Vpc}}
    PublicTable: {Type: "AWS::EC2::RouteTable", Properties: {VpcId: !Ref Vpc}}
    Association:
      Type: AWS::EC2::SubnetRouteTableAssociation
      Properties: {SubnetId: !Ref Subnet, RouteTableId: !Ref Table}
    PublicAssociation:
      Type: AWS::EC2::SubnetRouteTableAssociation
      Properties: {SubnetId: !Ref Public, RouteTableId: !Ref PublicTable}
"""


def subnet(more: str = "") -> Subnet:
    (found,) = environment(VPC + more, written="Subnets: [!Ref Subnet]").known_subnets
    return found


def route(
    target: str, to: str = "DestinationCidrBlock: 0.0.0.0/0", table: str = "Table", id: str = "R"
) -> str:
    return f"""
    {id}:
      Type: AWS::EC2::Route
      Properties: {{RouteTableId: !Ref {table}, {to}, {target}}}
"""


def routes(more: str) -> Any:
    table = subnet(more).routes
    assert isinstance(table, RouteTable)
    return table.routes


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (route("GatewayId: !Ref Gateway"), Route(destination="0.0.0.0/0", target="internet")),
        (route("TransitGatewayId: tgw-1"), Route(destination="0.0.0.0/0", target="elsewhere")),
        (route("VpcEndpointId: vpce-1"), Route(destination="0.0.0.0/0", target="elsewhere")),
        (
            route("EgressOnlyInternetGatewayId: e", "DestinationIpv6CidrBlock: '::/0'"),
            Route(destination="::/0", target="elsewhere"),
        ),
        (
            route("NetworkInterfaceId: eni-1", "DestinationPrefixListId: pl-1"),
            Route(destination="pl-1", target="elsewhere"),
        ),
        (
            route("NatGatewayId: nat-1"),
            Route(destination="0.0.0.0/0", target="nat", nat=NatGateway(id="nat-1")),
        ),
        (
            route("GatewayId: !ImportValue gateway"),
            Route(destination="0.0.0.0/0", target=UNKNOWN),
        ),
        (route("NatGatewayId: n", "DestinationCidrBlock: a, DestinationIpv6CidrBlock: b"), UNKNOWN),
    ],
)
def test_a_route_has_a_destination_and_a_kind_of_target(written: str, expected: Any) -> None:
    assert routes(written) == (expected,)


def nat(more: str) -> NatGateway:
    (found,) = routes(route("NatGatewayId: !Ref Nat") + more)
    assert found.nat is not None
    return NatGateway(**{each: getattr(found.nat, each) for each in ("id", *_FACTS)})


_FACTS = ("is_public", "subnet_id", "reaches_internet")


def gateway(where: str, more: str = "") -> str:
    return f"""
    Nat: {{Type: "AWS::EC2::NatGateway", Properties: {{SubnetId: {where}{more}}}}}
"""


OUT = route("GatewayId: !Ref Gateway", table="PublicTable", id="Out")


@pytest.mark.parametrize(
    ("more", "facts"),
    [
        pytest.param(gateway("!Ref Public") + OUT, (True, "Public", True), id="in a public subnet"),
        pytest.param(gateway("!Ref Public"), (True, "Public", False), id="in an isolated one"),
        pytest.param(gateway("!Ref Subnet"), (True, "Subnet", False), id="in its own"),
        pytest.param(
            gateway("!Ref Public")
            + route("TransitGatewayId: tgw-1", table="PublicTable", id="Out"),
            (True, "Public", UNKNOWN),
            id="behind a transit gateway",
        ),
        pytest.param(
            gateway("!Ref Public", ", ConnectivityType: private") + OUT,
            (False, "Public", True),
            id="a private one",
        ),
        pytest.param(
            gateway("!ImportValue subnet"), (True, UNKNOWN, UNKNOWN), id="in an unknown subnet"
        ),
    ],
)
def test_a_nat_gateway_reaches_what_its_subnet_does(more: str, facts: Any) -> None:
    found = nat(more)
    assert (found.is_public, found.subnet_id, found.reaches_internet) == facts


def test_a_nested_stack_that_cannot_be_read_may_add_routes_to_a_table_that_it_gets() -> None:
    nested = """
    More:
      Type: AWS::CloudFormation::Stack
      Properties:
        TemplateURL: https://example.com/t
        Parameters: {Tables: !Join [",", [!Ref Table, !Ref PublicTable]]}
"""
    assert routes(nested) == (UNKNOWN,)
    assert routes("") == ()


UNASSOCIATED = VPC.partition("    Association:")[0]
CUSTOM = """
    Custom:
      Type: Custom::Routes
      Properties: {ServiceToken: "arn:aws:lambda:::f", Target: !Join ["", ["rtb of ", !Ref Vpc]]}
"""


def unassociated(more: str = "", output: str = "") -> Any:
    given = f"{UNASSOCIATED}{more}"
    whole = f"""
Resources:
{given}
    Environment:
      Type: AWS::Batch::ComputeEnvironment
      Properties: {{Type: MANAGED, ComputeResources: {{Type: EC2, Subnets: [!Ref Subnet]}}}}
{output}
"""
    (found,) = setup(whole).compute_environments
    return found.known_subnets[0].routes


def test_a_subnet_without_a_table_uses_the_main_one_which_is_empty() -> None:
    table = unassociated()
    assert table == RouteTable(id="the main route table of Vpc", is_main=True)


@pytest.mark.parametrize(
    ("more", "output"),
    [
        pytest.param(route("NatGatewayId: n").replace("!Ref Table", "rtb-1"), "", id="a literal"),
        pytest.param(
            route("NatGatewayId: n").replace("!Ref Table", "!ImportValue t"), "", id="unknown"
        ),
        pytest.param(CUSTOM, "", id="a custom resource"),
        pytest.param(
            """
    Another:
      Type: AWS::EC2::SubnetRouteTableAssociation
      Properties: {SubnetId: !ImportValue subnet, RouteTableId: !Ref Table}
""",
            "",
            id="an association of an unknown subnet",
        ),
        pytest.param("", "\nOutputs: {It: {Value: !Ref Subnet}}", id="a subnet in the outputs"),
        pytest.param("", "\nOutputs: {It: {Value: !Ref Vpc}}", id="a VPC in the outputs"),
    ],
)
def test_other_routes_of_the_main_table_are_possible(more: str, output: str) -> None:
    assert unassociated(more, output) is UNKNOWN


def test_a_vpc_without_any_table_has_its_routes_elsewhere() -> None:
    assert unassociated() is not UNKNOWN
    without = UNASSOCIATED.partition("    Table:")[0]
    (found,) = environment(without, written="Subnets: [!Ref Subnet]").known_subnets
    assert found.routes is UNKNOWN


@pytest.mark.parametrize(
    ("tables", "expected"),
    [("[!Ref Table]", (UNKNOWN,)), ("[!Ref PublicTable]", ()), ("!ImportValue t", (UNKNOWN,))],
)
def test_a_gateway_propagates_routes_to_the_tables_that_are_listed(
    tables: str, expected: Any
) -> None:
    propagation = f"""
    Propagation:
      Type: AWS::EC2::VPNGatewayRoutePropagation
      Properties: {{VpnGatewayId: vgw-1, RouteTableIds: {tables}}}
"""
    assert routes(propagation) == expected


@pytest.mark.parametrize(
    ("vpc", "gateway_id", "expected"),
    [
        ("!Ref Vpc", "!Ref Gateway", ""),
        ("!Ref Vpc", "!ImportValue gateway", ""),
        ("!ImportValue vpc", "!Ref Gateway", ""),
        ("!Ref Other", "!Ref Gateway", "Gateway"),
        ("!Ref Vpc", "igw-1", "Gateway"),
    ],
)
def test_an_internet_gateway_is_attached_to_the_vpc(
    vpc: str, gateway_id: str, expected: str
) -> None:
    attachment = f"Properties: {{VpcId: {vpc}, InternetGatewayId: {gateway_id}}}"
    text = VPC.replace("Properties: {VpcId: !Ref Vpc, InternetGatewayId: !Ref Gateway}", attachment)
    text += "    Other: {Type: 'AWS::EC2::VPC'}\n" + route("GatewayId: !Ref Gateway")
    text += nat_route_of_another_subnet()
    found, other = environment(text, written="Subnets: [!Ref Subnet, !Ref Public]").known_subnets
    assert isinstance(found.routes, RouteTable)
    (way,) = found.routes.routes
    assert way is not UNKNOWN
    assert way.unattached == expected
    assert isinstance(other.routes, RouteTable)
    (way,) = other.routes.routes
    assert way is not UNKNOWN
    assert way.nat is not None
    assert way.nat.reaches_internet is (not expected)


def nat_route_of_another_subnet() -> str:
    nat = "    Nat: {Type: 'AWS::EC2::NatGateway', Properties: {SubnetId: !Ref Subnet}}\n"
    return nat + route("NatGatewayId: !Ref Nat", table="PublicTable", id="Second")


ACL = """
    Acl: {Type: "AWS::EC2::NetworkAcl", Properties: {VpcId: !Ref Vpc}}
    AclAssociation:
      Type: AWS::EC2::SubnetNetworkAclAssociation
      Properties: {SubnetId: !Ref Subnet, NetworkAclId: !Ref Acl}
"""


def entry(acl: str, more: str = "") -> str:
    return f"""
    Entry:
      Type: AWS::EC2::NetworkAclEntry
      Properties:
        NetworkAclId: {acl}
        RuleNumber: 90
        Protocol: 6
        RuleAction: deny
        Egress: "true"
        CidrBlock: 10.0.0.0/8
        PortRange: {{From: 22, To: "22"}}
{more}
"""


DENIED = AclEntry(
    number=90,
    allows=False,
    is_egress=True,
    protocol="6",
    cidr="10.0.0.0/8",
    from_port=22,
    to_port=22,
)


def acl(more: str = "") -> Any:
    found = subnet(more).acl
    assert found is not UNKNOWN
    return found


def test_a_subnet_without_an_acl_has_the_default_one_which_allows_everything() -> None:
    found = acl()
    assert found.id == "Vpc/DefaultNetworkAcl"
    assert {(each.is_egress, each.allows, each.cidr) for each in found.entries} == {
        (True, True, "0.0.0.0/0"),
        (False, True, "0.0.0.0/0"),
    }
    assert acl(entry("!GetAtt Vpc.DefaultNetworkAcl")).entries[-1] == DENIED


def test_an_acl_of_its_own_has_its_entries_alone() -> None:
    assert acl(ACL).entries == ()
    assert acl(ACL + entry("!Ref Acl")).entries == (DENIED,)
    assert acl(ACL + entry("!GetAtt Acl.NetworkAclId")).entries == (DENIED,)


def test_an_entry_of_an_unknown_acl_may_be_of_any() -> None:
    assert acl(ACL + entry("!ImportValue acl")).entries == (UNKNOWN,)
    assert acl(ACL + entry("acl-1")).entries == ()


@pytest.mark.parametrize("what", ["SubnetId: !Ref Subnet", "NetworkAclId: !Ref Acl"])
def test_an_association_with_something_unknown_makes_the_acl_unknown(what: str) -> None:
    name = what.partition(":")[0]
    unknown = ACL.replace(what, f"{name}: !ImportValue it")
    assert subnet(unknown).acl is UNKNOWN
