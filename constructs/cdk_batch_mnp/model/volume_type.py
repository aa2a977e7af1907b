"""What EC2 documents about the types of EBS volumes."""

from __future__ import annotations

from cdk_batch_mnp.lazy.dataclass import dataclass

MIN_ROOT_GIB = 30
"""Snapshot size of the ECS AMIs that AWS Batch selects: EC2 rejects a smaller root volume.

Source: Amazon ECS Developer Guide, Amazon ECS-optimized Linux AMIs.
"""

DEFAULT_IOPS_OF_GP3 = 3000
MIN_THROUGHPUT, MAX_THROUGHPUT = 125, 2000
"""In MiB/s, of gp3 volumes."""
IOPS_PER_MIB_PER_SECOND = 4
"""A gp3 volume has at most 0.25 MiB/s of throughput for each of its IOPS."""


@dataclass(frozen=True, slots=True)
class VolumeType:
    """The limits of a volume type.

    Attributes:
        sizes_gib: The smallest and the largest size in GiB.
        iops: Range of provisioned IOPS; ``None`` if they follow from the size.
        iops_per_gib: Maximum ratio of IOPS to size.

    Source: EC2 API, LaunchTemplateEbsBlockDeviceRequest; EBS User Guide, General Purpose SSD and
    Provisioned IOPS SSD volumes.
    """

    sizes_gib: tuple[int, int]
    iops: tuple[int, int] | None = None
    iops_per_gib: int = 0

    def most_iops(self, size_gib: int) -> int:
        """Return the most IOPS that a volume of a size can have; 0 if none are provisioned."""
        return 0 if self.iops is None else max(self.iops_per_gib * size_gib, self.iops[0])


VOLUME_TYPES = {
    "gp2": VolumeType((1, 16_384)),
    "gp3": VolumeType((1, 65_536), (3000, 80_000), 500),
    "io1": VolumeType((4, 16_384), (100, 64_000), 50),
    "io2": VolumeType((4, 65_536), (100, 256_000), 1000),
    "st1": VolumeType((125, 16_384)),
    "sc1": VolumeType((125, 16_384)),
    "standard": VolumeType((1, 1024)),
}
