"""AWS Batch image types of instance types."""

from __future__ import annotations

from typing import Literal

from cdk_batch_mnp.instances.instance_type import InstanceType

ImageType = Literal["ECS_AL2023", "ECS_AL2023_NVIDIA"]

_WITHOUT_IMAGE = frozenset({"a1"})


def image_type(instance: InstanceType) -> ImageType | None:
    """Return the image type that AWS Batch documents for an instance type.

    ``None`` if no Amazon Linux 2023 image supports the type (``a1``, Mac), or if it is unknown
    whether it has GPUs. No image type includes the Neuron driver: using Neuron devices requires a
    custom AMI.

    Source: AWS Batch API, Ec2Configuration.imageType.
    """
    if instance.gpus is None and instance.gpu_manufacturer is None:
        return None
    if instance.family in _WITHOUT_IMAGE or any(
        "mac" in architecture for architecture in instance.architectures
    ):
        return None
    # A fraction of a GPU counts as 0 GPUs, but needs the driver too.
    has_gpu = instance.gpus or instance.gpu_manufacturer is not None
    return "ECS_AL2023_NVIDIA" if has_gpu else "ECS_AL2023"
