"""Network interfaces of nodes with EFA, and the groups that they carry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk.assertions import Template

from tests.cdk.apps import (
    add_cluster,
    add_job,
    add_vpc,
    errors_of,
    first_container,
    new_stack,
    properties_of,
    warnings_of,
)

ONE_CARD = "c5n.18xlarge"


def launch_template_of(stack: Stack) -> Mapping[str, Any]:
    properties = properties_of(Template.from_stack(stack), "AWS::EC2::LaunchTemplate")
    data: Mapping[str, Any] = properties["LaunchTemplateData"]
    return data


def compute_resources_of(stack: Stack) -> Mapping[str, Any]:
    properties = properties_of(Template.from_stack(stack), "AWS::Batch::ComputeEnvironment")
    resources: Mapping[str, Any] = properties["ComputeResources"]
    return resources


def interfaces_of(stack: Stack) -> list[tuple[int, int, str]]:
    """Card, device and type of each interface of the only launch template."""
    return [
        (interface["NetworkCardIndex"], interface["DeviceIndex"], interface["InterfaceType"])
        for interface in launch_template_of(stack).get("NetworkInterfaces", [])
    ]


def devices_of(properties: Mapping[str, Any]) -> list[str]:
    """The paths of a container's devices."""
    linux = properties.get("LinuxParameters", {})
    return [each["HostPath"] for each in linux.get("Devices", [])]


@pytest.mark.parametrize(
    ("instance_type", "expected"),
    [
        pytest.param(ONE_CARD, [(0, 0, "efa")], id="one card"),
        pytest.param(
            "p4d.24xlarge",
            [(0, 0, "interface"), (0, 1, "efa-only"), *((n, 0, "efa-only") for n in range(1, 4))],
            id="many cards",
        ),
        pytest.param(
            "p6-b300.48xlarge",
            [(0, 0, "interface"), *((n, 0, "efa-only") for n in range(1, 17))],
            id="a first card without EFA",
        ),
        pytest.param(
            "p5.48xlarge",
            [(0, 0, "efa"), *((n, 0, "efa-only") for n in range(1, 32))],
            id="a first card with room for two",
        ),
        pytest.param("c5.18xlarge", [], id="a type without EFA"),
    ],
)
def test_nodes_start_with_every_efa_and_containers_get_a_device_for_each(
    instance_type: str, expected: list[tuple[int, int, str]]
) -> None:
    stack = new_stack()
    add_job(add_cluster(stack, vpc=add_vpc(stack), instance_type=instance_type))
    assert interfaces_of(stack) == expected
    number = sum(kind != "interface" for _, _, kind in expected)
    assert devices_of(first_container(stack)) == [
        f"/dev/infiniband/uverbs{index}" for index in range(number)
    ]
    assert errors_of(stack) == []
    assert warnings_of(stack) == []


def test_the_interfaces_carry_the_groups_and_the_environment_none() -> None:
    stack = new_stack()
    add_cluster(stack, instance_type="p4d.24xlarge")
    (group,) = Template.from_stack(stack).find_resources("AWS::EC2::SecurityGroup")
    for interface in launch_template_of(stack)["NetworkInterfaces"]:
        assert interface["Groups"] == [{"Fn::GetAtt": [group, "GroupId"]}]
        assert interface["DeleteOnTermination"] is True
        # EC2 refuses the member, whatever its value, beside several interfaces.
        assert "AssociatePublicIpAddress" not in interface
        assert "SubnetId" not in interface
    assert "SecurityGroupIds" not in compute_resources_of(stack)


def test_a_single_interface_asks_for_no_public_address() -> None:
    stack = new_stack()
    add_cluster(stack, instance_type=ONE_CARD)
    (interface,) = launch_template_of(stack)["NetworkInterfaces"]
    assert interface["AssociatePublicIpAddress"] is False


def test_the_nodes_group_lets_all_traffic_from_and_to_itself_through() -> None:
    stack = new_stack()
    add_cluster(stack, instance_type=ONE_CARD)
    template = Template.from_stack(stack)
    (group,) = template.find_resources("AWS::EC2::SecurityGroup")
    id = {"Fn::GetAtt": [group, "GroupId"]}
    template.has_resource_properties(
        "AWS::EC2::SecurityGroupIngress",
        {"GroupId": id, "SourceSecurityGroupId": id, "IpProtocol": "-1"},
    )
    template.has_resource_properties(
        "AWS::EC2::SecurityGroupEgress",
        {"GroupId": id, "DestinationSecurityGroupId": id, "IpProtocol": "-1"},
    )


def test_efa_can_be_left_off() -> None:
    stack = new_stack()
    add_job(add_cluster(stack, instance_type=ONE_CARD, efa=False))
    assert interfaces_of(stack) == []
    assert len(compute_resources_of(stack)["SecurityGroupIds"]) == 1
    properties = first_container(stack)
    assert "LinuxParameters" not in properties
    assert "Ulimits" not in properties


@pytest.mark.parametrize(
    ("instance_type", "message"),
    [
        pytest.param("c5.18xlarge", "c5.18xlarge does not support EFA", id="no EFA"),
        pytest.param("c99.large", "c99.large is not known to support EFA", id="not known"),
    ],
)
def test_efa_on_a_type_without_is_refused(instance_type: str, message: str) -> None:
    vcpus = 4 if instance_type == "c99.large" else None
    with pytest.raises(ValueError, match=f"^Platform/Cluster/.*: efa is True, but {message}"):
        add_cluster(new_stack(), instance_type=instance_type, efa=True, vcpus_per_node=vcpus)


def test_groups_of_the_user_are_at_the_interfaces() -> None:
    stack = new_stack()
    vpc = add_vpc(stack)
    groups = [
        ec2.SecurityGroup(stack, f"Group{number}", vpc=vpc, allow_all_outbound=False)
        for number in range(2)
    ]
    for group in groups:
        group.connections.allow_internally(ec2.Port.all_traffic())
    add_cluster(stack, vpc=vpc, instance_type=ONE_CARD, security_groups=groups)
    (interface,) = launch_template_of(stack)["NetworkInterfaces"]
    assert len(interface["Groups"]) == 2
    assert "SecurityGroupIds" not in compute_resources_of(stack)


def test_groups_of_the_user_have_to_let_the_interfaces_talk() -> None:
    stack = new_stack()
    vpc = add_vpc(stack)
    group = ec2.SecurityGroup(stack, "Nodes", vpc=vpc, allow_all_outbound=False)
    add_cluster(stack, vpc=vpc, instance_type=ONE_CARD, security_groups=[group])
    with pytest.raises(RuntimeError, match="MNP408"):
        Template.from_stack(stack)
    group.connections.allow_internally(ec2.Port.all_traffic())
    assert errors_of(stack) == []
