"""The launch template of a node: IMDSv2 alone, an encrypted root volume, EFA's interfaces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from cdk_batch_mnp.cdk.tokens import known
from cdk_batch_mnp.instances.efa_interfaces import InterfacePlace
from cdk_batch_mnp.model.launch_template import LaunchTemplate
from cdk_batch_mnp.model.network import SecurityGroup
from cdk_batch_mnp.model.shape import Shape, Value
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
        path: Of the construct.
        root_volume_size_gib: Of the encrypted gp3 root volume, in GiB.
        interfaces: The network interfaces; Batch gives instances an ordinary one if there are none.
        security_group_ids: Of each of the interfaces.
        cores: Of the instance, to have one thread on each; as the type has them if left out.

    Source: EC2 API, RequestLaunchTemplateData.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        path: str,
        root_volume_size_gib: int,
        interfaces: Sequence[InterfacePlace] = (),
        security_group_ids: Sequence[str] = (),
        cores: int | None = None,
    ) -> None:
        super().__init__(scope, id)
        self._path = path
        self._data: dict[str, Any] = {
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
        if interfaces:
            self._data["networkInterfaces"] = _interfaces(interfaces, security_group_ids)
        if cores is not None:
            self._data["cpuOptions"] = {"coreCount": cores, "threadsPerCore": 1}
        self.resource = ec2.CfnLaunchTemplate(self, "Resource", launch_template_data=self._data)

    def model(self, groups: Mapping[str, SecurityGroup]) -> LaunchTemplate:
        """What the rules see of the template.

        Args:
            groups: The interfaces' security groups by the ids that they were given by.
        """
        return LaunchTemplate.read(
            Shape(known(self._data, groups)), id=self._path, security_group_of=_security_group
        )


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


def _security_group(value: Value) -> Maybe[SecurityGroup]:
    return value if isinstance(value, SecurityGroup) else UNKNOWN
