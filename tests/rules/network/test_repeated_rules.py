"""Rules of security groups that two resources create."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cdk_batch_mnp.model.launch_template import NetworkInterface
from cdk_batch_mnp.model.network import SecurityGroupRule, Vpc
from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.rules.setups import environment, findings, ids, launch_template, security_group, subnet

ITSELF = SecurityGroupRule(peer="Stack/Nodes")
LICENSES = SecurityGroupRule(
    peer="10.0.0.9/32", protocol="tcp", from_port=27000, to_port=27000, path="One/Licenses"
)
AGAIN = replace(LICENSES, path="Other/Licenses")


def with_rules(*rules: Any, **changes: Any) -> Any:
    group = security_group(ingress=(ITSELF, *rules), **changes)
    return environment(security_groups=(group,))


def test_mnp428_two_resources_create_one_rule() -> None:
    assert ids(with_rules(LICENSES, AGAIN)) == ["MNP428"]
    (finding,) = findings(with_rules(LICENSES, AGAIN))
    assert finding.severity == "error"
    assert "One/Licenses and Other/Licenses create the same ingress rule" in finding.message


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(replace(AGAIN, peer="10.0.0.8/32"), id="another peer"),
        pytest.param(replace(AGAIN, protocol="udp"), id="another protocol"),
        pytest.param(replace(AGAIN, to_port=27001), id="other ports"),
        pytest.param(replace(AGAIN, to_port=UNKNOWN), id="an unknown port"),
        pytest.param(replace(AGAIN, peer=UNKNOWN), id="an unknown peer"),
        pytest.param(UNKNOWN, id="an unknown rule"),
        pytest.param(LICENSES, id="a range of the same resource"),
        pytest.param(replace(AGAIN, path=""), id="a rule inside the group"),
    ],
)
def test_mnp428_different_or_unknown_rules(other: Any) -> None:
    assert ids(with_rules(LICENSES, other)) == []


def test_mnp428_ingress_and_egress_are_different() -> None:
    everywhere = SecurityGroupRule(peer="0.0.0.0/0")
    assert ids(with_rules(LICENSES, egress=(everywhere, AGAIN))) == []
    assert ids(with_rules(egress=(everywhere, LICENSES, AGAIN))) == ["MNP428"]


def test_mnp428_the_default_group_of_the_vpc() -> None:
    default = security_group(id="Vpc/Default", ingress=(LICENSES, AGAIN), egress=UNKNOWN)
    vpc = Vpc(id="Stack/Vpc", endpoints=(), default_security_group=default)
    assert ids(environment(subnets=(subnet(vpc=vpc),))) == ["MNP428"]


def test_mnp428_the_groups_of_interfaces() -> None:
    group = security_group(id="Stack/Efa", ingress=(LICENSES, AGAIN))
    interface = NetworkInterface(security_groups=("sg-1",), known_groups=(group, UNKNOWN))
    template = launch_template(network_interfaces=(interface,))
    found = ids(environment(launch_template=template, security_groups=None))
    assert "MNP428" in found
