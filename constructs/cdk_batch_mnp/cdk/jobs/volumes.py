"""Host directories and file systems that containers mount."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError
from cdk_batch_mnp.cdk.jsii.checked import checked_fields
from cdk_batch_mnp.cdk.jsii.tokens import is_token
from cdk_batch_mnp.cdk.nodes.mount_paths import validate_container_path
from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.lazy.pattern import pattern

if TYPE_CHECKING:
    from aws_cdk import aws_efs as efs

_NAME = pattern(r"[A-Za-z0-9_-]{1,255}")


@checked_fields("volume")
@dataclass(frozen=True, kw_only=True)
class HostVolume:
    """A directory of the instance that is mounted in a container.

    Attributes:
        name: Name of the volume within its node group.
        container_path: Absolute path in the container.
        host_path: Directory of the instance. Default: a new directory that is deleted with the
            container.
        read_only: Whether the container cannot write to it. Default: ``False``.

    Raises:
        ArgumentError: The name is not 1 to 255 letters, digits, hyphens and underscores; or
            ``container_path`` is not absolute, is ``/proc`` or below it, or is a directory that
            every container needs (``/``, ``/bin``, ``/dev``, ``/etc``, ``/lib``, ``/lib64``,
            ``/sbin``, ``/sys``, ``/usr``; directories below these are allowed).

    Source: Batch API, Host and MountPoint.
    """

    name: str
    container_path: str
    host_path: str | None = None
    read_only: bool = False

    def __post_init__(self) -> None:
        """Check the arguments."""
        _validate_name_and_path(self.name, self.container_path)


@checked_fields("volume")
@dataclass(frozen=True, kw_only=True)
class EfsVolume:
    """An EFS file system that is mounted in a container, encrypted in transit, with the job role.

    The job role is allowed to mount the file system, and to write unless it is read-only. The nodes
    of the definition's ``job_queue`` (for ``add_job``, of the cluster) are allowed to connect to
    the file system; without a queue, use ``file_system.connections``.

    Attributes:
        name: Name of the volume within its node group.
        container_path: Absolute path in the container.
        file_system: The file system. It must have a mount target in the nodes' zone.
        access_point: The access point to use. Default: none.
        root_directory: A directory of the file system; not allowed with an access point. Default:
            the root.
        read_only: Whether the container cannot write to it. Default: ``False``.

    Raises:
        ArgumentError: :class:`HostVolume` raises it for the name or path; or both an access
            point and a root directory are set.

    Source: Batch API, EFSVolumeConfiguration.
    """

    name: str
    container_path: str
    file_system: efs.IFileSystem
    access_point: efs.IAccessPoint | None = None
    root_directory: str | None = None
    read_only: bool = False

    def __post_init__(self) -> None:
        """Check the arguments."""
        _validate_name_and_path(self.name, self.container_path)
        if self.access_point is not None and self.root_directory not in (None, "/"):
            raise ArgumentError(
                "an access point has its own root directory; leave root_directory out"
            )


def _validate_name_and_path(name: str, container_path: str) -> None:
    if not is_token(name) and not _NAME.fullmatch(name):
        raise ArgumentError(
            "a volume's name must have 1 to 255 letters, digits, hyphens and underscores"
        )
    validate_container_path(container_path)
