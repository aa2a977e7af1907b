"""The AMI of the nodes."""

from __future__ import annotations

from typing import Any

from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from cdk_batch_mnp.instances import InstanceType
from cdk_batch_mnp.instances.image_type import image_type as image_type_of

_NEURON_PARAMETER = "/aws/service/ecs/optimized-ami/amazon-linux-2023/neuron/recommended/image_id"
"""Public parameter of the ECS-optimized Neuron AMI. Source: ECS Developer Guide, retrieving
ECS-optimized Linux AMI metadata.
"""

_WITHOUT_NEURON_IMAGE = frozenset({"inf1"})
"""Families that the driver in that AMI no longer supports. Source: AWS Neuron documentation."""


def image_configuration(
    scope: Construct,
    instance: InstanceType,
    image_type: batch.EcsMachineImageType | str | None,
    machine_image: ec2.IMachineImage | str | None,
) -> list[dict[str, Any]] | None:
    """Return the environment's ``ec2Configuration``; ``None`` leaves the choice to Batch.

    Batch has image types for NVIDIA GPUs and for all other instances, but none with the Neuron
    driver. Without an image type and an image, Trainium and Inferentia instances use the Neuron AMI
    of ECS. Batch selects x86 or Arm itself: its image types cover both.

    Source: Batch API, Ec2Configuration.
    """
    named = image_type.value if isinstance(image_type, batch.EcsMachineImageType) else image_type
    kind = named or image_type_of(instance)
    if machine_image is None and image_type is None and _has_neuron_image(instance):
        machine_image = ec2.MachineImage.from_ssm_parameter(_NEURON_PARAMETER)
    if machine_image is None:
        return [{"imageType": kind}] if kind is not None else None
    id = (
        machine_image if isinstance(machine_image, str) else machine_image.get_image(scope).image_id
    )
    # The override applies to instances that match the image type.
    return [{"imageType": kind or "ECS_AL2023", "imageIdOverride": id}]


def _has_neuron_image(instance: InstanceType) -> bool:
    return bool(instance.neuron_devices) and instance.family not in _WITHOUT_NEURON_IMAGE
