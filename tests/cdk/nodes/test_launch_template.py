"""Launch templates of the user's with network interfaces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from aws_cdk import App, Fn, Stack
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from aws_cdk.assertions import Template

from cdk_batch_mnp import (
    MnpJobQueue,
)
from tests.cdk.apps import (
    add_cluster,
    add_definition,
    add_job,
    add_vpc,
    errors_of,
    first_container,
    import_vpc,
    new_stack,
    properties_of,
    right_user_data,
    rules,
    warnings_of,
)

ONE_CARD = "c5n.18xlarge"


EMPTYING = {"@aws-cdk/aws-ec2:restrictDefaultSecurityGroup": True}


def compute_resources_of(stack: Stack) -> Mapping[str, Any]:
    properties = properties_of(Template.from_stack(stack), "AWS::Batch::ComputeEnvironment")
    resources: Mapping[str, Any] = properties["ComputeResources"]
    return resources


def devices_of(properties: Mapping[str, Any]) -> list[str]:
    """The paths of a container's devices."""
    linux = properties.get("LinuxParameters", {})
    return [each["HostPath"] for each in linux.get("Devices", [])]


EFA_INTERFACE = {"deviceIndex": 0, "interfaceType": "efa", "groups": ["sg-0123456789abcdef0"]}


def template_with(stack: Stack, **data: Any) -> ec2.LaunchTemplate:
    """A launch template of the user's, which the stock construct cannot give interfaces."""
    template = ec2.LaunchTemplate(stack, "Template")
    resource = template.node.default_child
    assert isinstance(resource, ec2.CfnLaunchTemplate)
    metadata = {"httpTokens": "required", "httpPutResponseHopLimit": 2}
    data = {
        "metadataOptions": metadata,
        "blockDeviceMappings": [],
        "userData": Fn.base64(right_user_data().render()),
        **data,
    }
    resource.launch_template_data = data  # type: ignore[assignment]
    return template


def test_a_launch_template_with_interfaces_is_understood() -> None:
    stack = new_stack()
    template = template_with(stack, networkInterfaces=[EFA_INTERFACE])
    add_job(add_cluster(stack, instance_type=ONE_CARD, launch_template=template))
    assert "SecurityGroupIds" not in compute_resources_of(stack)
    assert devices_of(first_container(stack)) == ["/dev/infiniband/uverbs0"]
    # No group is made that nothing would carry.
    assert Template.from_stack(stack).find_resources("AWS::EC2::SecurityGroup") == {}
    assert errors_of(stack) == []
    assert warnings_of(stack) == []


def test_containers_may_do_without_the_efa_of_a_launch_template() -> None:
    stack = new_stack()
    template = template_with(stack, networkInterfaces=[EFA_INTERFACE])
    add_job(add_cluster(stack, instance_type=ONE_CARD, launch_template=template, efa=False))
    assert "SecurityGroupIds" not in compute_resources_of(stack)
    assert devices_of(first_container(stack)) == []


def test_groups_beside_a_launch_template_with_interfaces_are_reported() -> None:
    stack = new_stack()
    vpc = import_vpc(stack)
    add_cluster(
        stack,
        vpc=vpc,
        instance_type=ONE_CARD,
        launch_template=template_with(stack, networkInterfaces=[EFA_INTERFACE]),
        security_groups=[ec2.SecurityGroup(stack, "Nodes", vpc=vpc)],
    )
    assert rules(errors_of(stack)) == ["MNP409"]


@pytest.mark.parametrize("talk", [True, False], ids=["right", "its group allows no traffic"])
def test_interfaces_that_an_override_writes_are_seen_in_the_template(talk: bool) -> None:
    stack = new_stack()
    group = ec2.SecurityGroup(stack, "Nodes", vpc=add_vpc(stack), allow_all_outbound=False)
    if talk:
        group.connections.allow_internally(ec2.Port.all_traffic())
    template = template_with(stack)
    resource = template.node.default_child
    assert isinstance(resource, ec2.CfnLaunchTemplate)
    resource.add_property_override(
        "LaunchTemplateData.NetworkInterfaces",
        [{"DeviceIndex": 0, "InterfaceType": "efa", "Groups": [group.security_group_id]}],
    )
    add_job(add_cluster(stack, instance_type=ONE_CARD, launch_template=template, efa=True))
    if not talk:
        with pytest.raises(RuntimeError, match="MNP408"):
            Template.from_stack(stack)
        return
    assert "SecurityGroupIds" not in compute_resources_of(stack)
    assert devices_of(first_container(stack)) == ["/dev/infiniband/uverbs0"]
    assert errors_of(stack) == []
    assert warnings_of(stack) == []


def test_a_launch_template_without_efa_contradicts_the_wish_for_it() -> None:
    stack = new_stack()
    template = template_with(stack, networkInterfaces=[{"deviceIndex": 0}])
    with pytest.raises(ValueError, match="your launch_template has no EFA interface"):
        add_cluster(stack, instance_type=ONE_CARD, launch_template=template, efa=True)


@pytest.mark.parametrize("efa", [None, True], ids=["nothing is said", "it has EFA"])
def test_a_launch_template_that_was_made_elsewhere(efa: bool | None) -> None:
    stack = new_stack()
    template = ec2.LaunchTemplate.from_launch_template_attributes(
        stack, "Template", launch_template_id="lt-0123456789abcdef0", version_number="1"
    )
    add_job(add_cluster(stack, instance_type=ONE_CARD, launch_template=template, efa=efa))
    assert ("SecurityGroupIds" in compute_resources_of(stack)) is not bool(efa)
    assert len(devices_of(first_container(stack))) == bool(efa)


def test_a_stock_environment_with_interfaces_in_an_emptied_vpc_is_reported() -> None:
    stack = new_stack(app=App(context=EMPTYING))
    vpc = add_vpc(stack)
    template = template_with(stack, networkInterfaces=[EFA_INTERFACE])
    environment: Any = batch.CfnComputeEnvironment(
        stack,
        "Stock",
        type="MANAGED",
        replace_compute_environment=False,
        compute_resources={
            "type": "EC2",
            "instanceRole": "ecsInstanceRole",
            "allocationStrategy": "BEST_FIT_PROGRESSIVE",
            "instanceTypes": [ONE_CARD],
            "minvCpus": 0,
            "maxvCpus": 288,
            "subnets": [subnet.subnet_id for subnet in vpc.private_subnets],
            "placementGroup": ec2.PlacementGroup(stack, "Group").placement_group_name,
            "launchTemplate": {
                "launchTemplateId": template.launch_template_id,
                "version": template.latest_version_number,
            },
        },
    )
    queue = MnpJobQueue(stack, "Queue", compute_environments=[environment])
    add_definition(stack, instance_type=ONE_CARD, job_queue=queue, efa=True)
    assert rules(errors_of(stack)) == ["MNP416"]
    group = ec2.SecurityGroup.from_security_group_id(
        stack, "Default", vpc.vpc_default_security_group
    )
    group.connections.allow_internally(ec2.Port.all_traffic())
    assert errors_of(stack) == []
