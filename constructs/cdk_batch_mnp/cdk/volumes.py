"""Folders and file systems that containers mount."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdk_batch_mnp.cdk.argument_types import refuse_wrong_types

if TYPE_CHECKING:
    from aws_cdk import aws_efs as efs


@dataclass(frozen=True, kw_only=True)
class HostVolume:
    """A folder of the instance in the container.

    Attributes:
        name: Of the volume within its node group.
        container_path: Where the container sees it.
        host_path: The folder; if left out, Docker makes one that goes with the container.
        read_only: Whether the container can only read it.

    Source: Batch API, Host and MountPoint.
    """

    name: str
    container_path: str
    host_path: str | None = None
    read_only: bool = False

    def __post_init__(self) -> None:
        """Refuse what no volume can have."""
        refuse_wrong_types(f"volume {self.name!r}", HostVolume, vars(self))


@dataclass(frozen=True, kw_only=True)
class EfsVolume:
    """An EFS file system in the container, encrypted in transit and opened with the job role.

    The job role is allowed to mount it, and to write unless it is read-only. The nodes
    of the definition's ``job_queue`` (the cluster's, for ``add_job``) are let in at the file
    system's port; for a definition without one that is left to ``file_system.connections``.

    Attributes:
        name: Of the volume within its node group.
        container_path: Where the container sees it.
        file_system: The file system; its mount targets must be in the nodes' zone.
        access_point: The access point to come in by, if any.
        root_directory: The folder of the file system; only without an access point.
        read_only: Whether the container can only read it.

    Raises:
        ValueError: Both an access point and a root directory are given.

    Source: Batch API, EFSVolumeConfiguration.
    """

    name: str
    container_path: str
    file_system: efs.IFileSystem
    access_point: efs.IAccessPoint | None = None
    root_directory: str | None = None
    read_only: bool = False

    def __post_init__(self) -> None:
        """Refuse what no volume can have, and what EFS refuses."""
        refuse_wrong_types(f"volume {self.name!r}", EfsVolume, vars(self))
        if self.access_point is not None and self.root_directory not in (None, "/"):
            raise ValueError(
                f"volume {self.name!r}: an access point brings its own root directory; leave "
                "root_directory out"
            )
