"""Folders and files of a node's own, at places that this machine need not have.

A folder that a place is missing in is covered by one in memory that shows all that is in it, so the
place can be made in that one. This machine's files are never changed.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cdk_batch_mnp_emulator.nodes import namespaces

_ROOT = Path("/")
_MIB_OF_COVER = 64


class Mounts:
    """The mounts of a node.

    Args:
        mounts: What is to be mounted, as the fields of a mount.
        kept: Folders that the node needs, whatever is mounted around them.
        is_read_only: Whether the files of the node but for its mounts are read-only.

    Raises:
        OSError: A mount would cover everything.
    """

    def __init__(
        self, mounts: Sequence[Mapping[str, Any]], kept: Sequence[str], *, is_read_only: bool
    ) -> None:
        self._mounts = [(_resolved(each["path"]), each) for each in mounts]
        self._kept = [Path(each).resolve() for each in kept]
        self._is_read_only = is_read_only
        self._is_own = {_ROOT: False}  # whether places can be made there, by mount
        self._covers: list[Path] = []

    def make_root(self, spare: str) -> None:
        """Move to a root of the node's own, if a place is missing in the root of this machine.

        Args:
            spare: A folder that another one is about to cover.

        Raises:
            OSError: The kernel does not allow that.
        """
        if not all((_ROOT / path.parts[1]).is_dir() for path, _ in self._mounts):
            self._cover(_ROOT, Path(spare))
            namespaces.change_root(spare)

    def make(self) -> None:
        """Mount everything.

        Raises:
            OSError: A place is a file, or the kernel does not allow a mount.
        """
        held = self._open_sources()  # which mounts may hide
        for (path, mount), source in zip(self._mounts, held, strict=True):
            try:
                self._mount(path, mount, source)
            except OSError as error:
                raise OSError(error.errno, f"a volume at {path}: {error.strerror}") from error
        for descriptor in held:
            if descriptor is not None:
                os.close(descriptor)
        for path, mount in self._mounts:
            if mount["read_only"]:
                namespaces.make_read_only(str(path))
        if self._is_read_only:
            for path in self._covers:
                namespaces.make_read_only(str(path))

    def _open_sources(self) -> list[int | None]:
        return [
            None if mount["folder"] is None else os.open(mount["folder"], os.O_PATH)
            for _, mount in self._mounts
        ]

    def _mount(self, path: Path, mount: Mapping[str, Any], source: int | None) -> None:
        inside = [each for each in self._kept if each.is_relative_to(path)]
        held = [os.open(each, os.O_PATH) for each in inside]
        if source is None:
            self._make_place(path)
            namespaces.mount_memory(str(path), mount["mib"])
        else:
            if stat.S_ISDIR(os.fstat(source).st_mode):
                self._make_place(path)
            else:
                self._make_file(path)
            namespaces.bind(f"/proc/self/fd/{source}", str(path))
            if self._is_read_only:
                namespaces.make_read_only(str(path), undo=True)
        self._is_own[path] = True
        for folder, descriptor in zip(inside, held, strict=True):
            folder.mkdir(parents=True, exist_ok=True)
            namespaces.bind(f"/proc/self/fd/{descriptor}", str(folder))
            os.close(descriptor)

    def _make_place(self, path: Path) -> None:
        if not path.is_dir():
            self._own_above(path)
            path.mkdir(parents=True, exist_ok=True)

    def _make_file(self, path: Path) -> None:
        if path.is_dir():
            raise OSError(errno.EISDIR, "a file cannot be shown at the place of a folder")
        if not path.exists():
            self._own_above(path)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()

    def _own_above(self, path: Path) -> None:
        """Have a folder above a place that is missing be one that the place can be made in."""
        above = next(each for each in path.parents if os.path.lexists(each))
        mount = next(each for each in (above, *above.parents) if each in self._is_own)
        if not self._is_own[mount]:
            self._cover(above, above)

    def _cover(self, folder: Path, place: Path) -> None:
        below = os.open(folder, os.O_PATH)
        entries = list(folder.iterdir())
        mode = stat.S_IMODE(folder.stat().st_mode)
        namespaces.mount_memory(str(place), _MIB_OF_COVER)
        namespaces.leave_out_of_copies(str(place))
        place.chmod(mode)
        for entry in entries:
            source, target = Path(f"/proc/self/fd/{below}/{entry.name}"), place / entry.name
            if source.is_symlink():
                target.symlink_to(source.readlink())
                continue
            if source.is_dir():
                target.mkdir()
                self._is_own[entry] = False
            else:
                target.touch()
            namespaces.bind(str(source), str(target))
        os.close(below)
        self._is_own[folder] = True
        self._covers.append(folder)


def _resolved(path: str) -> Path:
    resolved = Path(path).resolve()
    if resolved == _ROOT:
        raise OSError(0, f"a volume cannot be mounted at {path}, which is the root")
    return resolved
