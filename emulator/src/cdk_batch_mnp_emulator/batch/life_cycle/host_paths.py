"""What the paths of instances are on this machine."""

from __future__ import annotations

import posixpath
import shutil
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

LAUNCHER_FOLDER = "/opt/cdk-batch-mnp"
"""Where the user data of an instance writes the launcher of cdk-batch-mnp."""

LAUNCHER = "mnp-launch"


class HostPathError(Exception):
    """A path of an instance is to be shown that does not exist on this machine."""


class HostPaths:
    """The paths of instances that are files or folders of this machine.

    The folder of the launcher is another one unless it is set: this machine's launcher is copied
    there, in place of the one that user data would have written.

    Args:
        paths: What a path of the instances is on this machine. All below it is too.
        launcher: The launcher of this machine; ``None`` if it has none that nodes could run.
    """

    def __init__(self, paths: Mapping[str, Path], launcher: Path | None) -> None:
        self._paths = {normal(path): target for path, target in paths.items()}
        self._launcher = launcher

    def set_for(self, path: str) -> Path | None:
        """Return what a path of the instances is set to be; ``None`` if it is not set.

        Raises:
            HostPathError: That does not exist.
        """
        path = normal(path)
        for above in (path, *map(str, PurePosixPath(path).parents)):
            if above in self._paths:
                target = self._paths[above] / posixpath.relpath(path, above)
                if not target.exists():
                    raise HostPathError(
                        f"{path} of the instance is {target} here, which does not exist"
                    )
                return target
        return None

    def brings_launcher(self, path: str) -> Path | None:
        """Return the launcher that is shown in the folder at a path; ``None`` at other paths.

        Raises:
            HostPathError: This machine has none.
        """
        path = normal(path)
        if path not in {LAUNCHER_FOLDER, f"{LAUNCHER_FOLDER}/{LAUNCHER}"} or self.set_for(path):
            return None
        if self._launcher is None:
            raise HostPathError(
                f"{path} has the launcher on an instance, and nodes here find no {LAUNCHER}: "
                f"install cdk-batch-mnp-launch, or set --host-path {LAUNCHER_FOLDER}=DIR"
            )
        return self._launcher

    def fill(self, path: str, folder: Path) -> None:
        """Copy the launcher to where it is shown.

        Args:
            path: Of the instances.
            folder: What it is on this machine, unless it is set.

        Raises:
            HostPathError: This machine has none.
            OSError: It cannot be copied.
        """
        if (launcher := self.brings_launcher(path)) is None:
            return
        if normal(path) == LAUNCHER_FOLDER:
            folder.mkdir(parents=True, exist_ok=True)
            folder = folder / LAUNCHER
        else:
            folder.parent.mkdir(parents=True, exist_ok=True)
        if not folder.exists():
            shutil.copy2(launcher, folder)


def normal(path: str) -> str:
    """Return an absolute path without ``..`` and repeated slashes."""
    return posixpath.normpath(f"/{path.lstrip('/')}")
