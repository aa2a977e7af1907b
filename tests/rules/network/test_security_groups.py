"""What the nodes let through among themselves, and from others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cdk_batch_mnp.model.launch_template import NetworkInterface
from cdk_batch_mnp.model.network import SecurityGroupRule
from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.rules.setups import (
    environment,
    findings,
    ids,
    launch_template,
    security_group,
    subnet,
)

OWN = "Stack/Nodes"


def admitting(*rules: Any, **changes: Any) -> Any:
    """An environment whose one security group has these rules for incoming traffic."""
    return environment(security_groups=(security_group(ingress=rules, **changes),))


def rule(peer: Any = OWN, **changes: Any) -> SecurityGroupRule:
    return SecurityGroupRule(peer=peer, **changes)


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        pytest.param((), ["MNP406"], id="no rule"),
        pytest.param((rule("Stack/Other"),), ["MNP406"], id="another group alone"),
        pytest.param(
            (rule(protocol="tcp", from_port=22, to_port=22),), ["MNP406"], id="one port alone"
        ),
        pytest.param(
            (rule(protocol="tcp", from_port=1, to_port=1000),), ["MNP406"], id="1000 ports"
        ),
        pytest.param((rule(protocol="tcp", from_port=0, to_port=1000),), [], id="1001 ports"),
        pytest.param((rule(protocol="icmp"),), ["MNP406"], id="another protocol"),
        pytest.param((rule(),), [], id="all traffic from itself"),
        pytest.param((rule(protocol="tcp"),), [], id="all TCP from itself"),
        pytest.param((rule(protocol="TCP"),), [], id="TCP in capitals"),
        pytest.param((rule(protocol="6", from_port=0, to_port=65535),), [], id="by number"),
        pytest.param((rule("10.0.0.0/16"),), [], id="the VPC's addresses"),
        pytest.param((rule("2001:db8::/56"),), [], id="addresses of IPv6"),
        pytest.param((rule("pl-0123456789abcdef0"),), [], id="a prefix list"),
        pytest.param((UNKNOWN,), [], id="an unknown rule"),
        pytest.param((rule(UNKNOWN),), [], id="an unknown peer"),
        pytest.param((rule(protocol=UNKNOWN),), [], id="an unknown protocol"),
        pytest.param(
            (rule(protocol="tcp", from_port=UNKNOWN, to_port=22),), [], id="an unknown port"
        ),
    ],
)
def test_mnp406_self_reference(rules: tuple[Any, ...], expected: list[str]) -> None:
    assert ids(admitting(*rules)) == expected


@pytest.mark.parametrize(
    ("peer", "given", "expected"),
    [
        pytest.param("10.0.0.0/16", subnet(cidr="10.0.16.0/20"), [], id="those of the subnet"),
        pytest.param("10.0.16.9/32", subnet(cidr="10.0.16.0/20"), [], id="one of them"),
        pytest.param("10.9.0.0/16", subnet(cidr="10.0.16.0/20"), ["MNP406"], id="others"),
        pytest.param("10.9.0.0/16", subnet(cidr=UNKNOWN), [], id="of an unknown subnet"),
        pytest.param("127.0.0.1/32", subnet(cidr=UNKNOWN), ["MNP406"], id="of no other node"),
        pytest.param("pl-1", subnet(cidr="10.0.16.0/20"), [], id="of a prefix list"),
        pytest.param(
            "2001:db8::/56",
            subnet(cidr="10.0.16.0/20", has_ipv6=False),
            ["MNP406"],
            id="IPv6 without addresses",
        ),
        pytest.param(
            "2001:db8::/56", subnet(cidr="10.0.16.0/20", has_ipv6=True), [], id="IPv6 with them"
        ),
    ],
)
def test_mnp406_compares_addresses_with_those_of_the_subnets(
    peer: str, given: Any, expected: list[str]
) -> None:
    assert ids(replace(admitting(rule(peer)), subnets=(given,))) == expected


@pytest.mark.parametrize(
    ("egress", "expected"),
    [
        pytest.param((), ["MNP406", "MNP420"], id="nothing goes out"),
        pytest.param(
            (rule("0.0.0.0/0", protocol="tcp", from_port=443, to_port=443),),
            ["MNP406"],
            id="HTTPS alone",
        ),
        pytest.param(
            (rule("255.255.255.255/32", protocol="icmp", from_port=252, to_port=86),),
            ["MNP406", "MNP420"],
            id="as the CDK writes that nothing goes out",
        ),
        pytest.param((rule("Stack/Other"),), ["MNP406"], id="to another group alone"),
        pytest.param((rule("0.0.0.0/0"),), [], id="everywhere"),
        pytest.param((rule("10.0.0.0/16", protocol="tcp"),), [], id="to the VPC's addresses"),
        pytest.param((rule(),), ["MNP420"], id="to itself alone: no service is reached"),
        pytest.param((rule("Stack/Other"), UNKNOWN), [], id="an unknown rule"),
        pytest.param(UNKNOWN, [], id="unknown rules"),
    ],
)
def test_mnp406_nodes_open_connections_to_each_other(egress: Any, expected: list[str]) -> None:
    assert ids(environment(security_groups=(security_group(egress=egress),))) == expected


def test_mnp406_one_of_several_groups_is_enough() -> None:
    closed = security_group(id="Stack/Closed", ingress=())
    assert ids(environment(security_groups=(closed, security_group()))) == []
    crossed = security_group(id="Stack/Crossed", ingress=(rule("Stack/Closed"),))
    assert ids(environment(security_groups=(closed, crossed))) == []
    assert ids(environment(security_groups=(closed,))) == ["MNP406"]


@pytest.mark.parametrize(
    "groups",
    [
        pytest.param(UNKNOWN, id="an unknown list"),
        pytest.param((UNKNOWN,), id="an unknown group"),
        pytest.param((security_group(ingress=()), UNKNOWN), id="an unknown group among others"),
        pytest.param((security_group(ingress=UNKNOWN),), id="unknown rules"),
    ],
)
def test_mnp406_needs_to_know_all_rules(groups: Any) -> None:
    assert ids(environment(security_groups=groups)) == []


@pytest.mark.parametrize(
    ("peer", "expected"),
    [
        pytest.param("0.0.0.0/0", ["MNP407"]),
        pytest.param("::/0", ["MNP407"]),
        pytest.param("0:0:0:0:0:0:0:0/0", ["MNP407"]),
        ("10.0.0.0/8", []),
        ("Stack/Other", []),
        ("pl-0123456789abcdef0", []),
        (UNKNOWN, []),
    ],
)
def test_mnp407_open_ingress(peer: Any, expected: list[str]) -> None:
    one_port = rule(peer, protocol="tcp", from_port=22, to_port=22)
    assert ids(admitting(rule(), one_port)) == expected


@pytest.mark.parametrize("rules", [UNKNOWN, (rule(), UNKNOWN)], ids=["all", "one"])
def test_mnp407_leaves_unknown_rules_alone(rules: Any) -> None:
    assert ids(environment(security_groups=(security_group(ingress=rules),))) == []


def test_mnp407_says_where_the_rule_is_written() -> None:
    apart = rule("0.0.0.0/0", path="FromAnywhere: CidrIp")
    (finding,) = findings(admitting(rule(), apart))
    assert "(FromAnywhere: CidrIp)" in finding.message


CARRYING = (NetworkInterface(device_index=0, security_groups=("sg-1",)),)


@pytest.mark.parametrize(
    ("groups", "template", "expected"),
    [
        pytest.param(None, launch_template(), ["MNP415"], id="no list"),
        pytest.param((), launch_template(), ["MNP415"], id="an empty list"),
        pytest.param((UNKNOWN,), launch_template(), [], id="one group"),
        pytest.param(UNKNOWN, launch_template(), [], id="an unknown list"),
        pytest.param(
            None, launch_template(network_interfaces=CARRYING), [], id="at the interfaces"
        ),
        pytest.param(
            None, launch_template(security_groups=("sg-1",)), [], id="in the launch template"
        ),
        pytest.param(
            None, launch_template(security_groups=UNKNOWN), [], id="unknown in the template"
        ),
        pytest.param(None, UNKNOWN, [], id="an unknown template"),
    ],
)
def test_mnp415_no_security_groups(groups: Any, template: Any, expected: list[str]) -> None:
    assert ids(environment(security_groups=groups, launch_template=template)) == expected


EFA = NetworkInterface(device_index=0, interface_type="efa")


@pytest.mark.parametrize(
    ("interfaces", "expected"),
    [
        pytest.param((EFA,), ["MNP415"], id="an EFA without groups"),
        pytest.param((replace(EFA, security_groups=()),), ["MNP415"], id="with none in the list"),
        pytest.param((replace(EFA, security_groups=("sg-1",)),), [], id="with a group"),
        pytest.param((replace(EFA, security_groups=UNKNOWN),), [], id="perhaps with groups"),
        pytest.param((replace(EFA, interface_type=UNKNOWN),), [], id="perhaps no EFA"),
        pytest.param((replace(EFA, interface_type=None),), [], id="no EFA"),
        pytest.param((UNKNOWN,), [], id="an unknown interface"),
    ],
)
def test_mnp415_efa_interfaces_name_a_group(interfaces: Any, expected: list[str]) -> None:
    bare = environment(
        security_groups=None, launch_template=launch_template(network_interfaces=interfaces)
    )
    assert [rule_id for rule_id in ids(bare) if rule_id == "MNP415"] == expected


def test_mnp415_where_there_is_no_launch_template() -> None:
    bare = environment(security_groups=None, launch_template=None, launch_template_version=None)
    assert "MNP415" in ids(bare)
