"""The folders and the environment of a node."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from cdk_batch_mnp_emulator.nodes.runner import Mount, NodeRequest

_FROM_HERE = ("LANG", "TZ")
_FROM_HERE_PREFIX = "LC_"
_TMP = "/tmp"  # noqa: S108 - of the node
_LAUNCHER_BIND = "MNP_BIND"
"""Address that `mnp-launch` listens on and connects from."""
_DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def working_folder(request: NodeRequest) -> Path:
    """Return the folder that the program of a node starts in."""
    return request.folder / "work"


def make_folders(request: NodeRequest, image: Path | None) -> None:
    """Make the working folder, ``HOME`` and ``TMPDIR`` of a node.

    Args:
        request: The node.
        image: A folder that stands for its image. All in it but ``bin`` is linked into the working
            folder, so the program finds it, and what it writes beside stays the node's own.

    Raises:
        OSError: The folder of the node is missing, the disk is full, or the like.
    """
    for name in ("work", "home", "tmp"):
        (request.folder / name).mkdir(exist_ok=True)
    if image:
        for child in image.resolve().iterdir():
            if child.name != "bin":
                link = working_folder(request) / child.name
                if not link.is_symlink():
                    link.symlink_to(child)


def environment(
    request: NodeRequest, own: Mapping[str, str], image: Path | None, *, mounts: bool = False
) -> dict[str, str]:
    """Return all variables of a node.

    Args:
        request: The node.
        own: Of this process. Only the path of programs, the language and the time zone are taken
            from it; the rest may be someone's secret.
        image: A folder that stands for the image of the node. Its programs come first, if it has
            any.
        mounts: Whether the node gets its mounts. One at ``/tmp`` is its ``TMPDIR`` then.
    """
    path = own.get("PATH", _DEFAULT_PATH)
    if image and (image / "bin").is_dir():
        path = os.pathsep.join((str((image / "bin").absolute()), path))
    has_tmp = mounts and any(each.path == _TMP for each in request.mounts)
    defaults = {
        "PATH": path,
        "HOME": str(request.folder / "home"),
        "TMPDIR": _TMP if has_tmp else str(request.folder / "tmp"),
        "HOSTNAME": request.where.host_name,
    }
    if request.where.host_name == request.where.address:
        # Nodes share a network, and connections would all come from the same address.
        defaults[_LAUNCHER_BIND] = request.where.address
    here = {
        name: value
        for name, value in own.items()
        if name in _FROM_HERE or name.startswith(_FROM_HERE_PREFIX)
    }
    return here | defaults | dict(request.environment)


def with_folders_of_volumes(text: str, mounts: Sequence[Mount]) -> str:
    """Return an argument or a variable for a node that does not get its mounts.

    Args:
        text: A path, or several with colons between them. Anything else, such as a line for a
            shell, stays as it is.
        mounts: Of the node. What begins with the place of one names its folder instead.
    """
    if any(each.isspace() for each in text):
        return text
    return ":".join(_place(each, mounts) for each in text.split(":"))


def _place(path: str, mounts: Sequence[Mount]) -> str:
    for mounted in sorted(mounts, key=lambda mount: len(mount.path), reverse=True):
        if mounted.folder is not None and (
            path == mounted.path or path.startswith(f"{mounted.path}/")
        ):
            return f"{mounted.folder}{path.removeprefix(mounted.path)}"
    return path
