"""Mount points on nodes and in containers that hide nothing the system needs."""

from __future__ import annotations

from posixpath import normpath

from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError
from cdk_batch_mnp.cdk.jsii.tokens import is_token
from cdk_batch_mnp.lazy.pattern import pattern

MAX_LENGTH = 120
"""Maximum length of a mount path. File and volume names that contain it have at most 255
characters, even if every hyphen takes two.
"""

_PATH = pattern(r"(/[A-Za-z0-9_][A-Za-z0-9._-]*)+")

_OF_THE_SYSTEM = (
    *("/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/libx32", "/lost+found"),
    *("/proc", "/root", "/run", "/sbin", "/selinux", "/sys", "/tmp", "/usr", "/var"),  # noqa: S108
    *("/home/ec2-user", "/opt/amazon", "/opt/aws", "/opt/cni", "/opt/containerd", "/opt/nvidia"),
)
"""Directories that a mount would hide, or that the node cleans up (``/tmp``). Neither they nor
directories below them can be mount points.
"""
_WITH_CONTENT = ("/home", "/opt")
"""Directories that are not empty: only new directories below them can be mount points."""

_OF_EVERY_CONTAINER = ("/bin", "/dev", "/etc", "/lib", "/lib64", "/sbin", "/sys", "/usr")
"""Directories that programs in a container need to start or to find devices. Directories and files
below them can be mount points.
"""


def validate_mount_path(path: str, argument: str) -> None:
    """Check that a path is a safe mount point on a node.

    Raises:
        ArgumentError: The path is known only at deployment, is not absolute, is longer than 120
            characters, has characters that need quoting, or hides system directories.

    Source: Filesystem Hierarchy Standard; systemd-tmpfiles, which empties ``/tmp``.
    """
    if is_token(path):
        raise ArgumentError(
            f"{argument} is known only at deployment, but containers mount it by name; set a path "
            "that is known now, such as /data"
        )
    if not _PATH.fullmatch(path):
        raise ArgumentError(
            f"{argument} is {_shown(path)}, but must be an absolute path of letters, digits, '.', "
            "'_' and '-', such as /data"
        )
    if len(path) > MAX_LENGTH:
        raise ArgumentError(
            f"{argument} has {len(path)} characters ({_shown(path)}), but must have at most "
            f"{MAX_LENGTH}"
        )
    hidden = path if path in _WITH_CONTENT else _within(path, _OF_THE_SYSTEM)
    if hidden is not None:
        raise ArgumentError(
            f"{argument} is {path!r}, but {hidden} is a system folder, and a mount there hides or "
            "loses files; choose another folder, such as /data"
        )


def validate_container_path(path: str) -> None:
    """Check that a mount point does not prevent a container from starting.

    A path that is known only at deployment is accepted.

    Raises:
        ArgumentError: The path is not absolute, has a null character or a line break, is the root,
            is in ``/proc``, or is a directory that every program needs, such as ``/usr``.

    Source: Docker rejects the root as a destination, and its runtime rejects ``/proc``.
    """
    if is_token(path):
        return
    if not path.startswith("/"):
        raise ArgumentError(
            f"container_path is {_shown(path)}, but must be absolute, such as {_shown('/' + path)}"
        )
    if any(each in path for each in "\0\r\n"):
        raise ArgumentError(
            f"container_path is {_shown(path)}, but must not have line breaks or null characters"
        )
    folder = normpath("/" + path.lstrip("/"))
    if folder == "/" or folder in _OF_EVERY_CONTAINER or _within(folder, ("/proc",)):
        raise ArgumentError(
            f"container_path is {_shown(path)}, but a mount at {folder} hides what every container "
            "needs to start; choose another folder, such as /data"
        )


def _within(path: str, folders: tuple[str, ...]) -> str | None:
    return next(
        (folder for folder in folders if path == folder or path.startswith(f"{folder}/")), None
    )


def _shown(path: str) -> str:
    return repr(path if len(path) <= 60 else f"{path[:60]}...")
