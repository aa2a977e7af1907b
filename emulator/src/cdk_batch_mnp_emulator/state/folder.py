"""The folder of a state: who may use it, and the file in it that is written whole or not at all."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import stat
import sys
from importlib.metadata import version
from pathlib import Path

_MAGIC = b"cdk-batch-mnp-emulator state\n"
_MOST_HEADER = 4096


class StateError(Exception):
    """A state that cannot be used; the message names the file or the folder, and the reason."""


def versions() -> dict[str, str]:
    """Return the versions of all that decides the form of a state."""
    return {
        "emulator": version("cdk-batch-mnp-emulator"),
        "moto": version("moto"),
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
    }


class StateFolder:
    """A folder that keeps a state, and that one server at a time uses.

    Args:
        path: Of the folder, which is made if it is missing.

    Raises:
        StateError: It cannot be made, others can write to it, or another server uses it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()
        try:
            self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._check_owner()
            self._lock = os.open(self._path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StateError(
                f"the state folder {self._path} cannot be used: {error.strerror}"
            ) from None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._lock)
            raise StateError(
                f"the state folder {self._path} is in use by another embedded AWS: stop that one, "
                "or use another folder"
            ) from None

    @property
    def bodies(self) -> Path:
        """Folder for the contents of large objects."""
        return self._path / "objects"

    @property
    def file(self) -> Path:
        """The file of the state."""
        return self._path / "state"

    def read(self) -> bytes | None:
        """Return what was written last; ``None`` if nothing was.

        Raises:
            StateError: The file is damaged, is not a state, or was written by another version.
        """
        try:
            with self.file.open("rb") as file:
                magic = file.read(len(_MAGIC))
                header = file.readline(_MOST_HEADER)
                data = file.read()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unusable(f"cannot be read: {error.strerror}") from None
        if magic != _MAGIC:
            raise self._unusable("is not a state of the embedded AWS")
        try:
            described = json.loads(header)
            written, digest, size = (described[key] for key in ("versions", "sha256", "size"))
        except (ValueError, KeyError, TypeError):
            raise self._unusable("is damaged") from None
        if written != versions():
            raise self._unusable(
                f"was written with {_named(written)}, and this is {_named(versions())}: use those "
                "versions"
            )
        if len(data) != size:
            raise self._unusable(f"is damaged: it has {len(data)} bytes of {size}")
        if hashlib.sha256(data).hexdigest() != digest:
            raise self._unusable("is damaged: its checksum is wrong")
        return data

    def write(self, data: bytes) -> None:
        """Replace what was written before, so that a crash leaves the old or the new.

        Raises:
            OSError: The disk is full, or the like; what was written before is kept.
        """
        header = {
            "versions": versions(),
            "sha256": hashlib.sha256(data).hexdigest(),
            "size": len(data),
        }
        beside = self._path / "state.new"
        try:
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(_MAGIC + json.dumps(header).encode() + b"\n")
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self.file)
        except OSError:
            with contextlib.suppress(OSError):
                beside.unlink()
            raise
        folder = os.open(self._path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def unreadable(self, error: Exception) -> StateError:
        """Return the error for a file whose content cannot be restored."""
        return self._unusable(f"cannot be restored: {type(error).__name__}: {error}")

    def _check_owner(self) -> None:
        status = self._path.stat()
        others = stat.S_IWGRP | stat.S_IWOTH
        if status.st_uid != os.getuid() or status.st_mode & others:
            raise StateError(
                f"the state folder {self._path} must belong to you, and no one else may write to "
                "it, because reading a state runs code: use another folder, or `chmod go-w` it"
            )

    def _unusable(self, reason: str) -> StateError:
        return StateError(
            f"the state file {self.file} {reason}. Nothing was changed; move the folder away to "
            "start empty"
        )


def _named(found: object) -> str:
    if not isinstance(found, dict):
        return "unknown versions"
    return ", ".join(f"{name} {found[name]}" for name in sorted(found))
