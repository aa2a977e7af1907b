"""Opening the files of one run: each once, only regular ones, none outside of its assembly."""

from __future__ import annotations

import os
from pathlib import Path
from weakref import WeakValueDictionary

from cdk_batch_mnp.files.reading import UnreadableFileError, is_regular, read_bytes
from cdk_batch_mnp.template.source.budget import Budget
from cdk_batch_mnp.template.source.document import MAX_BYTES, Document, TemplateError, read_document


class Reader:
    """Opens the files of one run, which shares one budget of work.

    Attributes:
        budget: The work that the run may still do.
    """

    def __init__(self, budget: Budget | None = None) -> None:
        self.budget = budget or Budget()
        self._documents: WeakValueDictionary[str, Document] = WeakValueDictionary()

    def content(self, path: Path, *, root: Path | None = None, named: bool = False) -> bytes:
        """Return the bytes of a file, not more than a template may have and one.

        Args:
            path: The file.
            root: A folder that it must not lie outside of, symbolic links followed.
            named: Whether the user named it, who may also name a pipe.

        Raises:
            TemplateError: It is missing, not a regular file, outside of the root, or cannot be
                read.
        """
        if not _is_possible(path):
            raise TemplateError(str(path), "cannot be read: no file can have this name")
        if root is not None and not is_inside(path, root):
            raise TemplateError(str(path), f"is not read, since it lies outside of {root}")
        try:
            content = read_bytes(path, MAX_BYTES, may_be_pipe=named)
        except UnreadableFileError as error:
            raise TemplateError(str(path), str(error)) from None
        self.budget.add(real(path), len(content))
        return content

    def read(self, path: Path, *, root: Path | None = None, named: bool = False) -> Document:
        """Return the document of a file, read once as long as it is in use.

        Raises:
            TemplateError: As :meth:`content` and
                :func:`~cdk_batch_mnp.template.source.document.read_document`.
        """
        key = f"{real(path)}\n{path}"
        document = self._documents.get(key)
        if document is None:
            content = self.content(path, root=root, named=named)
            document = self._documents[key] = self.parse(content, str(path))
        return document

    def parse(self, content: bytes, file: str) -> Document:
        """Return the document that a content is.

        Raises:
            TemplateError: As :func:`~cdk_batch_mnp.template.source.document.read_document`.
        """
        self.budget.begin(file, "reading it")
        return read_document(content, file, self.budget.spend)


def real(path: str | Path) -> str:
    """Return the path that a file really has, symbolic links followed; as it is if it cannot be."""
    try:
        return os.path.realpath(path)
    except (OSError, ValueError):
        return str(path)


def _is_possible(path: Path) -> bool:
    """Whether a file can have a name: neither a NUL nor half of a surrogate pair is in it."""
    try:
        return b"\0" not in os.fsencode(path)
    except ValueError:
        return False


def is_inside(path: Path, folder: Path) -> bool:
    """Whether a file lies in a folder or below it, symbolic links followed."""
    around = real(folder)
    return real(path).startswith(around if around.endswith(os.sep) else around + os.sep)


def nested_in(folder: Path, name: str, root: Path) -> Path | None:
    """Return the regular file of a name in a folder, if it is there and inside of a root."""
    if "://" in name:
        return None
    try:
        file = folder / name
    except ValueError:
        return None
    return file if is_regular(file) and is_inside(file, root) else None
