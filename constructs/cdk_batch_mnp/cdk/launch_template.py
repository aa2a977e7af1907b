"""The launch template of a node: IMDSv2 alone, an encrypted root volume."""

from __future__ import annotations

from typing import Any

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from cdk_batch_mnp.model.launch_template import LaunchTemplate
from cdk_batch_mnp.model.shape import Shape

ROOT_DEVICE = "/dev/xvda"
"""The root device of the ECS-optimized images of Amazon Linux 2023."""

HOP_LIMIT = 2
"""Lets the ECS agent's own containers reach the instance's metadata, and nothing further away."""


class NodeLaunchTemplate(Construct):
    """What the instances of a compute environment start with.

    Args:
        scope: The construct around this one.
        id: Of the construct in it.
        path: Of the construct.
        root_volume_size_gib: Of the encrypted gp3 root volume, in GiB.

    Source: EC2 API, RequestLaunchTemplateData.
    """

    def __init__(self, scope: Construct, id: str, *, path: str, root_volume_size_gib: int) -> None:
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
        self.resource = ec2.CfnLaunchTemplate(self, "Resource", launch_template_data=data)
        self.model = LaunchTemplate.read(Shape(data), id=path)
