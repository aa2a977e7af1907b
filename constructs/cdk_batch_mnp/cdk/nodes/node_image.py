"""The image that nodes start from."""

from __future__ import annotations

from typing import Any

from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from cdk_batch_mnp.instances import InstanceType
from cdk_batch_mnp.instances.image_type import image_type as image_type_of

_NEURON_PARAMETER = "/aws/service/ecs/optimized-ami/amazon-linux-2023/neuron/recommended/image_id"
"""Of the ECS-optimized image with the Neuron driver. Source: ECS Developer Guide, retrieving
ECS-optimized Linux AMI metadata."""

_WITHOUT_NEURON_IMAGE = frozenset({"inf1"})
"""Families that the driver in that image no longer supports. Source: Neuron's documentation."""


def image_configuration(
    scope: Construct,
    instance: InstanceType,
    image_type: batch.EcsMachineImageType | str | None,
    machine_image: ec2.IMachineImage | str | None,
) -> list[dict[str, Any]] | None:
    """Return the environment's ``ec2Configuration``; ``None`` leaves the choice to Batch.

    Batch has image types for NVIDIA GPUs and for all other instances, and none with the driver of
    Trainium and Inferentia. Without an image type and an image, those start from the image that
    ECS publishes for them. Batch selects x86 or Arm itself: its image types cover both.

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
