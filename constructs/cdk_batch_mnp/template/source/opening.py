"""Open the files of a run: each once, only regular files, none outside its assembly."""

from __future__ import annotations

import os
from pathlib import Path
from weakref import WeakValueDictionary

from cdk_batch_mnp.files.reading import UnreadableFileError, is_regular, read_bytes
from cdk_batch_mnp.template.source.budget import Budget
from cdk_batch_mnp.template.source.document import Document, read_document
from cdk_batch_mnp.template.source.errors import TemplateError
from cdk_batch_mnp.template.source.limits import MAX_BYTES


class Reader:
    """Opens the files of a run, which has one work budget.

    Attributes:
        budget: The work budget of the run.
    """

    def __init__(self, budget: Budget | None = None) -> None:
        self.budget = budget or Budget()
        self._documents: WeakValueDictionary[str, Document] = WeakValueDictionary()

    def content(self, path: Path, *, root: Path | None = None, named: bool = False) -> bytes:
        """Return the bytes of a file, at most one more than a template may have.

        Args:
            path: The file.
            root: Folder that must contain it, symbolic links followed.
            named: Whether the user named it. Then it may be a pipe.

        Raises:
            TemplateError: It is missing, not a regular file, outside the root, or unreadable.
        """
        if not _is_possible(path):
            raise TemplateError(str(path), "cannot be read: invalid file name")
        if root is not None and not is_inside(path, root):
            raise TemplateError(str(path), f"is not read, because it is outside {root}")
        try:
            content = read_bytes(path, MAX_BYTES, may_be_pipe=named)
        except UnreadableFileError as error:
            raise TemplateError(str(path), str(error)) from None
        self.budget.add(real(path), len(content))
        return content

    def read(self, path: Path, *, root: Path | None = None, named: bool = False) -> Document:
        """Return the document of a file, which is read once while it is in use.

        Raises:
            TemplateError: As for :meth:`content` and
                :func:`~cdk_batch_mnp.template.source.document.read_document`.
        """
        key = f"{real(path)}\n{path}"
        document = self._documents.get(key)
        if document is None:
            content = self.content(path, root=root, named=named)
            document = self._documents[key] = self.parse(content, str(path))
        return document

    def parse(self, content: bytes, file: str) -> Document:
        """Parse the content of a file.

        Raises:
            TemplateError: As for :func:`~cdk_batch_mnp.template.source.document.read_document`.
        """
        self.budget.begin(file, "reading it")
        return read_document(content, file, self.budget.spend)


def real(path: str | Path) -> str:
    """Return a path with symbolic links followed, or the path itself if that fails."""
    try:
        return os.path.realpath(path)
    except (OSError, ValueError):
        return str(path)


def _is_possible(path: Path) -> bool:
    """Return whether a file name is valid: no NUL and no unpaired surrogate."""
    try:
        return b"\0" not in os.fsencode(path)
    except ValueError:
        return False


def is_inside(path: Path, folder: Path) -> bool:
    """Return whether a file is in a folder or below it, symbolic links followed."""
    parent = real(folder)
    return real(path).startswith(parent if parent.endswith(os.sep) else parent + os.sep)


def nested_in(folder: Path, name: str, root: Path) -> Path | None:
    """Return the regular file of a name in a folder, if it exists and is inside a root."""
    if "://" in name:
        return None
    try:
        file = folder / name
    except ValueError:
        return None
    return file if is_regular(file) and is_inside(file, root) else None
