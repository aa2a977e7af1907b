"""The launch template of the nodes: IMDSv2, an encrypted root volume, EFA interfaces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from aws_cdk import Fn, Stack
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from cdk_batch_mnp.cdk.jsii.l1_properties import l1_properties
from cdk_batch_mnp.cdk.jsii.tokens import mask_tokens
from cdk_batch_mnp.cdk.nodes.capacity_reservation import CapacityReservation
from cdk_batch_mnp.cdk.nodes.root_volume import RootVolume
from cdk_batch_mnp.cdk.nodes.user_data import NodeUserData
from cdk_batch_mnp.instances.efa_interfaces import InterfacePlace
from cdk_batch_mnp.model.resource import METADATA_KEY
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe

if TYPE_CHECKING:
    from cdk_batch_mnp.model.launch_template import LaunchTemplate

ROOT_DEVICE = "/dev/xvda"
"""Root device of the ECS-optimized AMIs of Amazon Linux 2023, including those for GPUs and Neuron.
"""

HOP_LIMIT = 2
"""The ECS agent's containers can reach the instance metadata service, and nothing further away."""


class NodeLaunchTemplate(Construct):
    """The launch template of a compute environment.

    Args:
        scope: Parent construct.
        id: Construct id within ``scope``.
        root_volume: The root volume, which is encrypted.
        root_volume_key_arn: ARN of the KMS key of the root volume. Default: the account's default
            key for EBS.
        interfaces: Network interfaces. Default: none; Batch adds an ordinary one.
        security_group_ids: Security groups of every interface.
        cores: Number of cores of the instance, to run one thread on each. Default: the threads of
            the instance type.
        user_data: User data of the instances.
        capacity_reservation: Reserved capacity that instances launch into.

    Source: EC2 API, RequestLaunchTemplateData.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        root_volume: RootVolume,
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
                        **root_volume.mapping(),
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
        if user_data is not None and (text := user_data.value):
            data["userData"] = Fn.base64(text)
        if capacity_reservation is not None:
            data |= capacity_reservation.launch_template_data()
        self.resource = ec2.CfnLaunchTemplate(self, "Resource", launch_template_data=data)
        if capacity_reservation is not None and capacity_reservation.facts:
            self.resource.add_metadata(METADATA_KEY, capacity_reservation.facts)

    def set_user_data(self, user_data: NodeUserData) -> None:
        """Replace the user data of the instances."""
        # Plain CloudFormation, because a token of the CDK is a round trip to Node.
        self.resource.add_property_override(
            "LaunchTemplateData.UserData", {"Fn::Base64": user_data.value}
        )

    def tag_volumes(self, tags: Mapping[str, str]) -> None:
        """Set the tags of the volumes of instances."""
        written = [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
        self.resource.add_property_override(
            "LaunchTemplateData.TagSpecifications",
            [{"ResourceType": "volume", "Tags": written}],
        )

    @cached_property
    def imported(self) -> ec2.ILaunchTemplate:
        """This launch template, as an L2 construct that is created on first use."""
        made = self.resource
        return ec2.LaunchTemplate.from_launch_template_attributes(
            self,
            "Imported",
            launch_template_id=made.ref,
            version_number=made.attr_latest_version_number,
        )

    @property
    def specification(self) -> dict[str, Any]:
        """The specification of this launch template in a compute environment."""
        made = self.resource
        return {"launchTemplateId": made.ref, "version": made.attr_latest_version_number}


def specification_of(template: ec2.ILaunchTemplate | None) -> dict[str, Any]:
    """Return the specification of a user-supplied launch template in a compute environment."""
    assert template is not None  # noqa: S101 - for the type checker
    by = (
        {"launchTemplateId": template.launch_template_id}
        if template.launch_template_id is not None
        else {"launchTemplateName": template.launch_template_name}
    )
    resource = template.node.default_child if isinstance(template, Construct) else None
    # The L2's version number may be $Latest or $Default, which Batch resolves only at an
    # infrastructure update. The attribute changes with the template.
    if isinstance(resource, ec2.CfnLaunchTemplate):
        return {**by, "version": resource.attr_latest_version_number}
    return {**by, "version": template.version_number}


def read_launch_template(template: ec2.ILaunchTemplate) -> Maybe[LaunchTemplate]:
    """Return the content of a user-supplied launch template; ``UNKNOWN`` if it is imported."""
    resource = template.node.default_child
    if not isinstance(resource, ec2.CfnLaunchTemplate):
        return UNKNOWN
    # Imported only for a template of the user: the modules take a while to import.
    from cdk_batch_mnp.model.api_struct import ApiStruct
    from cdk_batch_mnp.model.launch_template import LaunchTemplate

    data = Stack.of(resource).resolve(l1_properties(resource)).get("launchTemplateData")
    return LaunchTemplate.read(ApiStruct(mask_tokens(data)), id=template.node.path)


def _interfaces(
    places: Sequence[InterfacePlace], security_group_ids: Sequence[str]
) -> list[dict[str, Any]]:
    """Return the network interfaces, without subnets: Batch sets the subnet of the instance."""
    interfaces: list[dict[str, Any]] = [
        {
            "networkCardIndex": place.network_card_index,
            "deviceIndex": place.device_index,
            "interfaceType": place.interface_type,
            "groups": list(security_group_ids),
            "deleteOnTermination": True,
        }
        for place in places
    ]
    if len(interfaces) == 1:
        # EC2 accepts this property only with a single interface; instances with several never get a
        # public IP address.
        interfaces[0]["associatePublicIpAddress"] = False
    return interfaces
