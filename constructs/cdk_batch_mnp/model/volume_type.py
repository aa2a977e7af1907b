"""What EC2 documents about the types of EBS volumes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from enum import Enum
from typing import Literal, TypeAlias

from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.model.unknown import Maybe, has_value

MIN_ROOT_GIB = 30
"""Snapshot size of the ECS AMIs that AWS Batch selects: EC2 rejects a smaller root volume.

Source: Amazon ECS Developer Guide, Amazon ECS-optimized Linux AMIs.
"""

IOPS_PER_MIB_PER_SECOND = 4
"""A gp3 volume has at most 0.25 MiB/s of throughput for each of its IOPS."""

Range: TypeAlias = tuple[int, int]
"""The smallest and the largest number."""


class VolumeProblem(Enum):
    """Why EC2 rejects a setting of a volume."""

    OUT_OF_RANGE = "out of range"
    NOT_AN_OPTION = "not an option of the type"
    REQUIRED = "required, but not set"
    ABOVE_RATIO = "more than the size or the IOPS allow"


@dataclass(frozen=True, slots=True)
class VolumeFault:
    """A setting of a volume that EC2 rejects.

    Attributes:
        member: The setting, as the API spells it.
        problem: What is wrong with it.
        value: Its value; ``None`` if it is not set.
        limits: The range that the type, the size or the IOPS allow; ``None`` if the type has no
            such option.
    """

    member: Literal["volumeSize", "iops", "throughput"]
    problem: VolumeProblem
    value: Maybe[int] | None
    limits: Range | None = None

    @property
    def allowed(self) -> str:
        """What EC2 accepts: ``100 to 64000``, ``at most 5000`` or ``not set``."""
        if self.limits is None:
            return "not set"
        least, most = self.limits
        is_ratio = self.problem is VolumeProblem.ABOVE_RATIO
        return f"at most {most}" if is_ratio else f"{least} to {most}"

    @property
    def needed_iops(self) -> int:
        """The IOPS that a throughput needs; 0 if the setting is another one or unknown."""
        if self.member != "throughput" or not has_value(self.value):
            return 0
        return self.value * IOPS_PER_MIB_PER_SECOND


@dataclass(frozen=True, slots=True)
class VolumeType:
    """The limits of a volume type.

    Attributes:
        sizes_gib: The sizes in GiB.
        iops: The provisioned IOPS; ``None`` if they follow from the size.
        iops_per_gib: Maximum ratio of IOPS to size.
        default_iops: IOPS if none are set; ``None`` if the type requires that they are set.
        throughput: The throughput in MiB/s; ``None`` if the type has no such option.

    Source: EC2 API, LaunchTemplateEbsBlockDeviceRequest; EBS User Guide, General Purpose SSD and
    Provisioned IOPS SSD volumes.
    """

    sizes_gib: Range
    iops: Range | None = None
    iops_per_gib: int = 0
    default_iops: int | None = None
    throughput: Range | None = None

    @property
    def as_root(self) -> VolumeType:
        """The limits of a root volume of this type with the ECS AMIs that AWS Batch selects."""
        return replace(self, sizes_gib=(MIN_ROOT_GIB, self.sizes_gib[1]))

    def faults(
        self,
        *,
        size_gib: Maybe[int] | None,
        iops: Maybe[int] | None,
        throughput: Maybe[int] | None,
    ) -> Iterator[VolumeFault]:
        """Yield what EC2 rejects of a volume of this type.

        An unknown value is only yielded as an option that the type does not have, if it is set.
        """
        if has_value(size_gib) and not _is_within(size_gib, self.sizes_gib):
            yield VolumeFault("volumeSize", VolumeProblem.OUT_OF_RANGE, size_gib, self.sizes_gib)
        yield from self._iops_faults(size_gib, iops)
        yield from self._throughput_faults(iops, throughput)

    def _iops_faults(
        self, size_gib: Maybe[int] | None, iops: Maybe[int] | None
    ) -> Iterator[VolumeFault]:
        limits = self.iops
        if iops is None:
            if limits is not None and self.default_iops is None:
                yield VolumeFault("iops", VolumeProblem.REQUIRED, iops, limits)
        elif limits is None:
            yield VolumeFault("iops", VolumeProblem.NOT_AN_OPTION, iops)
        elif has_value(iops) and not _is_within(iops, limits):
            yield VolumeFault("iops", VolumeProblem.OUT_OF_RANGE, iops, limits)
        elif has_value(iops) and has_value(size_gib):
            most = max(self.iops_per_gib * size_gib, limits[0])
            if iops > most:
                yield VolumeFault("iops", VolumeProblem.ABOVE_RATIO, iops, (limits[0], most))

    def _throughput_faults(
        self, iops: Maybe[int] | None, throughput: Maybe[int] | None
    ) -> Iterator[VolumeFault]:
        limits = self.throughput
        if throughput is None:
            return
        if limits is None:
            yield VolumeFault("throughput", VolumeProblem.NOT_AN_OPTION, throughput)
        elif has_value(throughput) and not _is_within(throughput, limits):
            yield VolumeFault("throughput", VolumeProblem.OUT_OF_RANGE, throughput, limits)
        elif has_value(throughput):
            provisioned = self.default_iops if iops is None else iops
            if has_value(provisioned) and throughput * IOPS_PER_MIB_PER_SECOND > provisioned:
                most = provisioned // IOPS_PER_MIB_PER_SECOND
                yield VolumeFault(
                    "throughput", VolumeProblem.ABOVE_RATIO, throughput, (limits[0], most)
                )


def _is_within(number: int, limits: Range) -> bool:
    return limits[0] <= number <= limits[1]


VOLUME_TYPES = {
    "gp2": VolumeType((1, 16_384)),
    "gp3": VolumeType((1, 65_536), (3000, 80_000), 500, default_iops=3000, throughput=(125, 2000)),
    "io1": VolumeType((4, 16_384), (100, 64_000), 50),
    "io2": VolumeType((4, 65_536), (100, 256_000), 1000),
    "st1": VolumeType((125, 16_384)),
    "sc1": VolumeType((125, 16_384)),
    "standard": VolumeType((1, 1024)),
}
