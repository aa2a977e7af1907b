"""The root volume of the nodes: its size, type and performance."""

from __future__ import annotations

from typing import Any

from aws_cdk import Size
from aws_cdk import aws_ec2 as ec2

from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError
from cdk_batch_mnp.cdk.jsii.sizes import gibibytes_of
from cdk_batch_mnp.cdk.jsii.tokens import mask_tokens
from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.model.volume_type import VOLUME_TYPES, VolumeProblem

DEFAULT_SIZE_GIB = 100
ROOT_TYPES = ("gp2", "gp3", "io1", "io2")
"""Types that a root volume can have."""

_MESSAGES = {
    ("volumeSize", VolumeProblem.OUT_OF_RANGE): "root_volume_size is {gib} GiB, but must be "
    "{fault.allowed} GiB",
    ("iops", VolumeProblem.NOT_AN_OPTION): "root_volume_iops is set, but the IOPS of {type} follow "
    "from its size; leave it out, or choose gp3",
    ("iops", VolumeProblem.REQUIRED): "{type} needs root_volume_iops, {fault.allowed}",
    ("iops", VolumeProblem.OUT_OF_RANGE): "root_volume_iops is {iops} for {type}, but must be "
    "{fault.allowed} for {type}",
    ("iops", VolumeProblem.ABOVE_RATIO): "root_volume_iops is {iops}, but {type} has at most "
    "{limits.iops_per_gib} IOPS per GiB, which is {fault.limits[1]} for {gib} GiB; lower it, or "
    "raise root_volume_size",
    ("throughput", VolumeProblem.NOT_AN_OPTION): "root_volume_throughput is set, but {type} has no "
    "such option; leave it out, or choose gp3",
    ("throughput", VolumeProblem.OUT_OF_RANGE): "root_volume_throughput is {fault.value} MiB/s, "
    "but must be {fault.allowed} MiB/s",
    ("throughput", VolumeProblem.ABOVE_RATIO): "root_volume_throughput is {fault.value} MiB/s, "
    "which needs {fault.needed_iops} IOPS (0.25 MiB/s per IOPS), but the volume has {iops}; set "
    "root_volume_iops to {fault.needed_iops} or more",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RootVolume:
    """The root volume in the launch template that is created.

    Attributes:
        size_gib: Size in GiB.
        type: ``gp2``, ``gp3``, ``io1`` or ``io2``.
        iops: Provisioned IOPS; ``None`` for the default of the type.
        throughput: Throughput in MiB/s; ``None`` for the default of the type.
    """

    size_gib: int = DEFAULT_SIZE_GIB
    type: str = "gp3"
    iops: int | None = None
    throughput: int | None = None

    def mapping(self) -> dict[str, Any]:
        """Return the volume's members in a launch template, in the CDK's spelling."""
        members: dict[str, Any] = {"volumeSize": self.size_gib, "volumeType": self.type}
        if self.iops is not None:
            members["iops"] = self.iops
        if self.throughput is not None:
            members["throughput"] = self.throughput
        return members


def plan_root_volume(
    *,
    size: Size | None,
    volume_type: ec2.EbsDeviceVolumeType | None,
    iops: int | None,
    throughput: int | None,
) -> RootVolume:
    """Return the root volume with the user's choices.

    Raises:
        ArgumentError: The type cannot be a root volume or has no such option, or a number is out of
            the range that EC2 documents for the type.
    """
    name = "gp3" if volume_type is None else volume_type.name.lower()
    if name not in ROOT_TYPES:
        raise ArgumentError(
            f"root_volume_type is {name}, but a root volume is {', '.join(ROOT_TYPES)}; choose one "
            "of these"
        )
    gib = DEFAULT_SIZE_GIB if size is None else gibibytes_of("root_volume_size", size)
    limits = VOLUME_TYPES[name].as_root
    for fault in limits.faults(
        size_gib=mask_tokens(gib), iops=mask_tokens(iops), throughput=mask_tokens(throughput)
    ):
        provisioned = limits.default_iops if iops is None else iops
        message = _MESSAGES[fault.member, fault.problem]
        raise ArgumentError(
            message.format(type=name, gib=gib, iops=provisioned, fault=fault, limits=limits)
        )
    return RootVolume(size_gib=gib, type=name, iops=iops, throughput=throughput)
