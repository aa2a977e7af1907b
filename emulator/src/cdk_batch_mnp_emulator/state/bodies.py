"""The contents of large S3 objects, each in a file that is written once."""

from __future__ import annotations

import contextlib
import os
import uuid
import weakref
from pathlib import Path

from moto.s3.models import FakeKey, s3_backends

from cdk_batch_mnp_emulator import moto_settings

LARGE_BYTES = 64 * 1024


class Bodies:
    """The contents of large S3 objects.

    The content of an object of moto's never changes: a new content is a new object.

    Args:
        folder: Of the files; made when the first is written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names: weakref.WeakKeyDictionary[FakeKey, str] = weakref.WeakKeyDictionary()
        self._used: set[str] = set()

    def write_all(self) -> None:
        """Write the files of objects that have none yet, while requests are answered."""
        self._used = set()
        with moto_settings.alone():
            keys = [
                key
                for account in s3_backends.values()
                for backend in account.values()
                for bucket in backend.buckets.values()
                for key in bucket.keys.values()
            ]
        for key in keys:
            self._write(key)

    def name_of(self, key: FakeKey) -> str | None:
        """Return the name of the file of an object; ``None`` if it is small, or has no content."""
        name = self._write(key)
        if name is not None:
            self._used.add(name)
        return name

    def read(self, name: str) -> bytes:
        """Return the content of a file."""
        return (self._folder / name).read_bytes()

    def remove_unused(self) -> None:
        """Remove files that :meth:`name_of` has not returned since :meth:`write_all`."""
        if self._folder.is_dir():
            for file in self._folder.iterdir():
                if file.name not in self._used:
                    file.unlink(missing_ok=True)

    def adopt(self, names: dict[str, FakeKey]) -> None:
        """Note which objects have files already."""
        for name, key in names.items():
            self._names[key] = name

    def _write(self, key: FakeKey) -> str | None:
        if key.contentsize < LARGE_BYTES:
            return None
        if (name := self._names.get(key)) is not None:
            return name
        try:
            content = key.value
        except ValueError:  # the object has been deleted
            return None
        self._folder.mkdir(mode=0o700, exist_ok=True)
        name = uuid.uuid4().hex
        path = self._folder / name
        try:
            with path.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            with contextlib.suppress(OSError):
                path.unlink()
            raise
        self._names[key] = name
        return name
