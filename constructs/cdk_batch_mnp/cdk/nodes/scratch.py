"""Scratch: the instance store volumes of a node as one file system."""

from __future__ import annotations

from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError
from cdk_batch_mnp.cdk.nodes.mount_paths import validate_mount_path
from cdk_batch_mnp.cdk.nodes.shell import shell_word
from cdk_batch_mnp.cdk.nodes.user_data import Mount
from cdk_batch_mnp.instances import InstanceType

_NO_NVME = frozenset(
    ("c1", "c3", "cc2", "d2", "g2", "h1", "hs1", "i2", "m1", "m2", "m3", "r3", "x1", "x1e")
)
"""Xen-based families, whose instance store volumes must be requested individually at launch.

Source: EC2 User Guide, instance store volumes.
"""

_COMMANDS = """
mapfile -t disks < <(lsblk --nodeps --noheadings --paths --output NAME,MODEL |
  awk '/Amazon EC2 NVMe Instance Storage/ {{ print $1 }}')
echo "cdk-batch-mnp: ${{#disks[@]}} disks for scratch: ${{disks[*]}}"
scratch_disk="${{disks[0]}}"
if [ "${{#disks[@]}}" -gt 1 ]; then
  command -v mdadm > /dev/null || persist dnf install -y mdadm
  scratch_disk=/dev/md0
  mdadm --create "$scratch_disk" --run --name=scratch --level=0 \\
    --raid-devices="${{#disks[@]}}" "${{disks[@]}}"
fi
mkfs.xfs -f -L {label} "$scratch_disk"
mkdir -p {path}
keep LABEL={label} {path} xfs defaults,noatime
mount -o noatime "$scratch_disk" {path}
mountpoint --quiet {path}
chmod 1777 {path}
"""

_LABEL = "mnp-scratch"
"""XFS allows at most twelve characters."""


def scratch(path: str, instance: InstanceType) -> Mount:
    """Return the mount of all instance store volumes as one XFS file system (RAID 0).

    Files are lost when the node terminates: store results elsewhere. All users can write to it, as
    to ``/tmp``.

    Args:
        path: Mount point.
        instance: Instance type of the nodes.

    Raises:
        ArgumentError: The path is not a valid mount point, or the type has no NVMe instance store.

    Source: EC2 User Guide, instance store volumes and RAID configuration.
    """
    validate_mount_path(path, "scratch_path")
    if not instance.local_storage_gb:
        lacks = "has no instance store"
        if instance.local_storage_gb is None:
            lacks = "is not known to have an instance store"
        raise ArgumentError(
            f"scratch_path is {path!r}, but {instance.name} {lacks}; choose a type that has one "
            "(usually with a d in its family's name), or leave scratch_path out"
        )
    if instance.family in _NO_NVME:
        raise ArgumentError(
            f"scratch_path is {path!r}, but the disks of {instance.name} are not NVMe disks and "
            "must be requested one by one; choose a newer type, or leave scratch_path out"
        )
    return Mount(path=path, commands=_COMMANDS.format(path=shell_word(path), label=_LABEL))
