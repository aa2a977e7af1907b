"""An instance's interface and a task's have the groups and addresses that AWS gives them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cdk_batch_mnp.model.compute_environment import ComputeEnvironment
from cdk_batch_mnp.model.launch_template import LaunchTemplate, NetworkInterface
from cdk_batch_mnp.model.reach.interfaces import (
    instance_interface,
    may_use_proxy,
    task_interface,
)
from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.model.reach.parts import group, subnet

OWN, OTHER, DEFAULT = group("Own"), group("Other"), group("Default")


def card(*groups: Any, **changes: Any) -> NetworkInterface:
    named = tuple("sg-1" for _ in groups)
    return replace(NetworkInterface(security_groups=named, known_groups=groups), **changes)


def template(*interfaces: Any, **changes: Any) -> LaunchTemplate:
    return LaunchTemplate(id="Template", network_interfaces=interfaces, **changes)


def environment(**changes: Any) -> ComputeEnvironment:
    return ComputeEnvironment(id="Environment", **changes)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"security_groups": (OWN,)}, (OWN,), id="of the environment"),
        pytest.param({}, (DEFAULT,), id="the VPC's default"),
        pytest.param(
            {"launch_template": template(known_security_groups=(OTHER,))},
            (OTHER,),
            id="of the launch template",
        ),
        pytest.param(
            {
                "security_groups": (OWN,),
                "launch_template": template(known_security_groups=(OTHER,)),
            },
            (OWN,),
            id="of the environment before those of the template",
        ),
        pytest.param({"launch_template": template(card(OTHER))}, (OTHER,), id="of its interface"),
        pytest.param({"launch_template": template(card())}, (DEFAULT,), id="none on the interface"),
        pytest.param(
            {"launch_template": template(card(OTHER), card(OWN, interface_type="efa-only"))},
            (OTHER,),
            id="an interface without an address does not count",
        ),
        pytest.param(
            {"launch_template": template(card(OTHER), card(OWN))}, UNKNOWN, id="either of two"
        ),
        pytest.param({"launch_template": template(UNKNOWN)}, UNKNOWN, id="an unknown interface"),
        pytest.param({"launch_template": UNKNOWN}, UNKNOWN, id="an unknown template"),
        pytest.param({"has_template_overrides": True}, UNKNOWN, id="overrides"),
    ],
)
def test_the_groups_of_an_instance(changes: dict[str, Any], expected: Any) -> None:
    assert instance_interface(environment(**changes), subnet()).groups == expected


def test_the_groups_of_a_task_are_those_of_the_environment_or_the_default() -> None:
    with_card = environment(launch_template=template(card(OTHER)))
    assert task_interface(with_card, subnet()).groups == (DEFAULT,)
    assert task_interface(environment(security_groups=(OWN,)), subnet()).groups == (OWN,)
    assert task_interface(environment(), subnet(vpc=UNKNOWN)).groups is UNKNOWN


@pytest.mark.parametrize(
    ("interfaces", "mapped", "expected"),
    [
        pytest.param((), True, True, id="by its subnet"),
        pytest.param((), False, False, id="not by its subnet"),
        pytest.param((), UNKNOWN, UNKNOWN, id="perhaps by its subnet"),
        pytest.param((card(associate_public_ip_address=True),), False, True, id="by its interface"),
        pytest.param((card(associate_public_ip_address=False),), True, False, id="not by it"),
        pytest.param((card(associate_public_ip_address=UNKNOWN),), True, UNKNOWN, id="perhaps"),
        pytest.param((card(),), True, True, id="left to the subnet"),
        pytest.param((card(), card()), True, False, id="never with several interfaces"),
        pytest.param((card(), UNKNOWN), True, UNKNOWN, id="an unknown interface"),
    ],
)
def test_the_public_address_of_an_instance(interfaces: Any, mapped: Any, expected: Any) -> None:
    with_cards = environment(launch_template=template(*interfaces))
    there = subnet(maps_public_addresses=mapped)
    assert instance_interface(with_cards, there).has_public_address is expected
    assert task_interface(with_cards, there).has_public_address is False


@pytest.mark.parametrize(
    ("user_data", "expected"),
    [
        ("aws ec2 associate-address --allocation-id a", UNKNOWN),
        ("mkdir /scratch", False),
        (UNKNOWN, UNKNOWN),
    ],
)
def test_user_data_may_give_an_address_later(user_data: Any, expected: Any) -> None:
    with_data = environment(launch_template=template(user_data=user_data))
    assert instance_interface(with_data, subnet()).has_public_address is expected


def test_a_proxy_is_whatever_user_data_calls_one() -> None:
    assert not may_use_proxy(environment())
    assert not may_use_proxy(environment(launch_template=template()))
    assert not may_use_proxy(environment(launch_template=template(user_data="mkdir /scratch")))
    assert may_use_proxy(environment(launch_template=template(user_data="HTTP_PROXY=...")))
    assert may_use_proxy(environment(launch_template=template(user_data=UNKNOWN)))
    assert not may_use_proxy(environment(launch_template=UNKNOWN))
