"""The root volume of the nodes: its size, type and performance."""

from __future__ import annotations

from typing import Any

from aws_cdk import Size
from aws_cdk import aws_ec2 as ec2

from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError
from cdk_batch_mnp.cdk.jsii.sizes import gibibytes_of
from cdk_batch_mnp.cdk.jsii.tokens import is_token
from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.model.volume_type import (
    DEFAULT_IOPS_OF_GP3,
    IOPS_PER_MIB_PER_SECOND,
    MAX_THROUGHPUT,
    MIN_ROOT_GIB,
    MIN_THROUGHPUT,
    VOLUME_TYPES,
    VolumeType,
)

DEFAULT_SIZE_GIB = 100
MIN_SIZE_GIB = MIN_ROOT_GIB
ROOT_TYPES = ("gp2", "gp3", "io1", "io2")
"""Types that a root volume can have."""


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
    limits = VOLUME_TYPES[name]
    gib = DEFAULT_SIZE_GIB if size is None else gibibytes_of("root_volume_size", size)
    _require_range("root_volume_size", gib, (MIN_SIZE_GIB, limits.sizes_gib[1]), "GiB")
    _check_iops(name, limits, gib, iops)
    _check_throughput(name, iops, throughput)
    return RootVolume(size_gib=gib, type=name, iops=iops, throughput=throughput)


def _check_iops(name: str, limits: VolumeType, gib: int, iops: int | None) -> None:
    if limits.iops is None:
        if iops is not None:
            raise ArgumentError(
                f"root_volume_iops is set, but the IOPS of {name} follow from its size; leave it "
                "out, or choose gp3"
            )
        return
    if iops is None:
        if name != "gp3":
            raise ArgumentError(f"{name} needs root_volume_iops, {_range(limits.iops)}")
        return
    _require_range("root_volume_iops", iops, limits.iops, f"for {name}")
    if is_token(iops) or is_token(gib):
        return
    most = limits.most_iops(gib)
    if iops > most:
        raise ArgumentError(
            f"root_volume_iops is {iops}, but {name} has at most {limits.iops_per_gib} IOPS per "
            f"GiB, which is {most} for {gib} GiB; lower it, or raise root_volume_size"
        )


def _check_throughput(name: str, iops: int | None, throughput: int | None) -> None:
    if throughput is None:
        return
    if name != "gp3":
        raise ArgumentError(
            f"root_volume_throughput is set, but {name} has no such option; leave it out, or "
            "choose gp3"
        )
    _require_range("root_volume_throughput", throughput, (MIN_THROUGHPUT, MAX_THROUGHPUT), "MiB/s")
    provisioned = DEFAULT_IOPS_OF_GP3 if iops is None else iops
    if is_token(throughput) or is_token(provisioned):
        return
    needed = throughput * IOPS_PER_MIB_PER_SECOND
    if needed > provisioned:
        raise ArgumentError(
            f"root_volume_throughput is {throughput} MiB/s, which needs {needed} IOPS (0.25 MiB/s "
            f"per IOPS), but the volume has {provisioned}; set root_volume_iops to {needed} or more"
        )


def _require_range(name: str, value: int, limits: tuple[int, int], unit: str) -> None:
    if not is_token(value) and not limits[0] <= value <= limits[1]:
        raise ArgumentError(f"{name} is {value} {unit}, but must be {_range(limits)} {unit}")


def _range(limits: tuple[int, int]) -> str:
    return f"{limits[0]} to {limits[1]}"
