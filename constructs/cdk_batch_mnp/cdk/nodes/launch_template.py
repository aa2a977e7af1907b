"""The launch template of a node: IMDSv2 alone, an encrypted root volume, EFA's interfaces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aws_cdk import Fn, Stack
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from cdk_batch_mnp.cdk.jsii.l1_properties import l1_properties
from cdk_batch_mnp.cdk.jsii.tokens import mask_tokens
from cdk_batch_mnp.cdk.nodes.capacity_reservation import CapacityReservation
from cdk_batch_mnp.cdk.nodes.user_data import NodeUserData
from cdk_batch_mnp.instances.efa_interfaces import InterfacePlace
from cdk_batch_mnp.model.api_struct import ApiStruct
from cdk_batch_mnp.model.launch_template import LaunchTemplate
from cdk_batch_mnp.model.resource import METADATA_KEY
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe

ROOT_DEVICE = "/dev/xvda"
"""The root device of the ECS-optimized images of Amazon Linux 2023, with GPUs and Neuron too."""

HOP_LIMIT = 2
"""Lets the ECS agent's own containers reach the instance's metadata, and nothing further away."""


class NodeLaunchTemplate(Construct):
    """What the instances of a compute environment start with.

    Args:
        scope: The construct around this one.
        id: Of the construct in it.
        root_volume_size_gib: Of the encrypted gp3 root volume, in GiB.
        root_volume_key_arn: KMS key of the root volume; the account's default one if left out.
        interfaces: The network interfaces; Batch gives instances an ordinary one if there are none.
        security_group_ids: Of each of the interfaces.
        cores: Of the instance, to have one thread on each; as the type has them if left out.
        user_data: What instances run at their start.
        capacity_reservation: Where instances start.

    Source: EC2 API, RequestLaunchTemplateData.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        root_volume_size_gib: int,
        root_volume_key_arn: str | None = None,
        interfaces: Sequence[InterfacePlace] = (),
        security_group_ids: Sequence[str] = (),
        cores: int | None = None,
        user_data: NodeUserData | None = None,
        capacity_reservation: CapacityReservation | None = None,
    ) -> None:
        super().__init__(scope, id)
        data: dict[str, Any] = {
            "metadataOptions": {
                "httpEndpoint": "enabled",
                "httpTokens": "required",
                "httpPutResponseHopLimit": HOP_LIMIT,
            },
            "blockDeviceMappings": [
                {
                    "deviceName": ROOT_DEVICE,
                    "ebs": {
                        "deleteOnTermination": True,
                        "encrypted": True,
                        "volumeSize": root_volume_size_gib,
                        "volumeType": "gp3",
                    },
                }
            ],
        }
        if root_volume_key_arn is not None:
            data["blockDeviceMappings"][0]["ebs"]["kmsKeyId"] = root_volume_key_arn
        if interfaces:
            data["networkInterfaces"] = _interfaces(interfaces, security_group_ids)
        if cores is not None:
            data["cpuOptions"] = {"coreCount": cores, "threadsPerCore": 1}
        if user_data is not None:
            data["userData"] = Fn.base64(user_data.value)
        if capacity_reservation is not None:
            data |= capacity_reservation.launch_template_data()
        self.resource = ec2.CfnLaunchTemplate(self, "Resource", launch_template_data=data)
        if capacity_reservation is not None and capacity_reservation.facts:
            self.resource.add_metadata(METADATA_KEY, capacity_reservation.facts)

    @property
    def specification(self) -> dict[str, Any]:
        """What an environment names it by."""
        made = self.resource
        return {"launchTemplateId": made.ref, "version": made.attr_latest_version_number}


def specification_of(template: ec2.ILaunchTemplate | None) -> dict[str, Any]:
    """Return what an environment names a launch template of the user's by."""
    assert template is not None  # noqa: S101 - for the type checker
    by = (
        {"launchTemplateId": template.launch_template_id}
        if template.launch_template_id is not None
        else {"launchTemplateName": template.launch_template_name}
    )
    resource = template.node.default_child if isinstance(template, Construct) else None
    # The L2's own version number may be $Latest or $Default, which are read only when the
    # environment's infrastructure is updated; the attribute changes with the template.
    if isinstance(resource, ec2.CfnLaunchTemplate):
        return {**by, "version": resource.attr_latest_version_number}
    return {**by, "version": template.version_number}


def read_launch_template(template: ec2.ILaunchTemplate) -> Maybe[LaunchTemplate]:
    """Read what arguments are checked against; ``UNKNOWN`` for an imported launch template."""
    resource = template.node.default_child
    if not isinstance(resource, ec2.CfnLaunchTemplate):
        return UNKNOWN
    data = Stack.of(resource).resolve(l1_properties(resource)).get("launchTemplateData")
    return LaunchTemplate.read(ApiStruct(mask_tokens(data)), id=template.node.path)


def _interfaces(
    places: Sequence[InterfacePlace], security_group_ids: Sequence[str]
) -> list[dict[str, Any]]:
    """Write the interfaces; their subnet is left to Batch, which knows the instance's."""
    interfaces: list[dict[str, Any]] = [
        {
            "networkCardIndex": each.network_card_index,
            "deviceIndex": each.device_index,
            "interfaceType": each.interface_type,
            "groups": list(security_group_ids),
            "deleteOnTermination": True,
        }
        for each in places
    ]
    if len(interfaces) == 1:
        # EC2 takes the member with one interface only; several never get a public address.
        interfaces[0]["associatePublicIpAddress"] = False
    return interfaces
