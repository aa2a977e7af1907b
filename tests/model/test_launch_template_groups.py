"""The groups of a launch template's interfaces, and launch templates for single types."""

from __future__ import annotations

import pytest

from cdk_batch_mnp.model.api_struct import ApiStruct
from cdk_batch_mnp.model.compute_environment import ComputeEnvironment
from cdk_batch_mnp.model.launch_template import LaunchTemplate, NetworkInterface
from cdk_batch_mnp.model.network import SecurityGroup, SecurityGroupRule
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe

GROUP = SecurityGroup(id="Nodes", ingress=(), egress=())


def group_of(value: object) -> Maybe[SecurityGroup]:
    """Know one group by its id."""
    return GROUP if value == "sg-1" else UNKNOWN


def interface(**members: object) -> NetworkInterface:
    """The one interface of a launch template."""
    template = LaunchTemplate.read(
        ApiStruct({"networkInterfaces": [members]}), id="Template", security_group_of=group_of
    )
    assert template.network_interfaces is not UNKNOWN
    (only,) = template.network_interfaces
    assert only is not UNKNOWN
    return only


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        pytest.param({"groups": ["sg-1", "sg-2"]}, (GROUP, UNKNOWN), id="CloudFormation's word"),
        pytest.param({"securityGroupId": ["sg-1"]}, (GROUP,), id="the API's word"),
        pytest.param({"groups": UNKNOWN}, UNKNOWN, id="an unknown list"),
        pytest.param({}, (), id="none"),
    ],
)
def test_an_interface_shows_its_groups(members: dict[str, object], expected: object) -> None:
    assert interface(**members).known_groups == expected


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        pytest.param(None, False, id="no template"),
        pytest.param({"launchTemplateId": "lt-1"}, False, id="one for all types"),
        pytest.param({"launchTemplateId": "lt-1", "overrides": []}, False, id="an empty list"),
        pytest.param({"overrides": [{"launchTemplateId": "lt-2"}]}, True, id="one for a type"),
        pytest.param({"overrides": UNKNOWN}, UNKNOWN, id="an unknown list"),
        pytest.param(UNKNOWN, UNKNOWN, id="an unknown template"),
    ],
)
def test_types_may_have_launch_templates_of_their_own(template: object, expected: object) -> None:
    read = ComputeEnvironment.read(
        ApiStruct({"computeResources": {"launchTemplate": template}}),
        id="Environment",
        launch_template=UNKNOWN,
        placement_group=None,
        subnets=(),
        security_groups=None,
    )
    assert read.has_template_overrides is expected


@pytest.mark.parametrize(
    ("peer", "expected"),
    [
        ("10.0.0.0/16", True),
        ("::/0", True),
        ("pl-0a1b2c", True),
        ("sg-0a1b2c", False),
        ("Stack/Nodes", False),
        (UNKNOWN, UNKNOWN),
    ],
)
def test_a_rules_peer_is_addresses_or_a_group(peer: Maybe[str], expected: object) -> None:
    assert SecurityGroupRule(peer=peer).is_for_addresses is expected
