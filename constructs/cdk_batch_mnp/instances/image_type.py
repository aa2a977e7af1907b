"""Which image of Batch's an instance type starts from."""

from __future__ import annotations

from typing import Literal

from cdk_batch_mnp.instances.instance_type import InstanceType

ImageType = Literal["ECS_AL2023", "ECS_AL2023_NVIDIA"]

_WITHOUT_IMAGE = frozenset({"a1"})


def image_type(instance: InstanceType) -> ImageType | None:
    """Give the image type that Batch documents for an instance type.

    ``None`` where none of Amazon Linux 2023 supports the type (``a1``, Apple's), or where it is
    not known whether it has GPUs. No image type brings the driver of Neuron devices: a type with
    some needs an image of the user's own for them.

    Source: Batch API, Ec2Configuration.imageType.
    """
    if instance.gpus is None and instance.gpu_manufacturer is None:
        return None
    if instance.family in _WITHOUT_IMAGE or any("mac" in each for each in instance.architectures):
        return None
    # A share of a GPU is no whole one, and needs the driver all the same.
    has_gpu = instance.gpus or instance.gpu_manufacturer is not None
    return "ECS_AL2023_NVIDIA" if has_gpu else "ECS_AL2023"
