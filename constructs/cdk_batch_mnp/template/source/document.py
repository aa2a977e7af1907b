"""A template's text: its values, and the line and column of each of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from cdk_batch_mnp.files.reading import UnreadableFileError, read_bytes
from cdk_batch_mnp.template.source.json_positions import JsonPositions, repeated_key

MAX_BYTES = 5 * 1024 * 1024
"""CloudFormation takes a template of 1 MB; five times that leaves room for indentation."""

MAX_DEPTH = 200
"""Levels of structures in structures. No template needs a tenth of that."""

Step = str | int
"""A key of a mapping, or the position in a list."""


MAX_REASON = 2000
_BYTES = 10
"""Of JSON, that are read in a step."""


def shortened(text: str, most: int = MAX_REASON) -> str:
    """Return a text, cut where it is longer than anybody would read."""
    return text if len(text) <= most else f"{text[:most]}... ({len(text) - most} more characters)"


def _free(steps: int) -> None:
    """Take no notice of the work that is done."""


class TemplateError(Exception):
    """A template that cannot be read.

    Attributes:
        file: Where it is, as the user named it.
        line: From 1; ``None`` where the whole file is meant.
        reason: In one line.
    """

    def __init__(self, file: str, reason: str, line: int | None = None) -> None:
        self.file = file
        self.line = line
        self.reason = shortened(" ".join(reason.split()))
        place = file if line is None else f"{file}:{line}"
        super().__init__(f"{place}: {self.reason}")


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a text, both counted from 1."""

    line: int
    column: int


class Positions(Protocol):
    """Where the values of a document are in its text."""

    def find(self, path: Sequence[Step]) -> tuple[int, int] | None:
        """The line and column of a value (of its key, in a mapping), each counted from 1."""


class _Nowhere:
    def find(self, path: Sequence[Step]) -> None:
        """Nothing is known of where the values were."""


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Document:
    """A template as it was written.

    Attributes:
        file: Where it is, as the user named it; ``-`` for standard input.
        data: Its values, with intrinsic functions in their long form.
        positions: Where they are.
    """

    file: str
    data: Mapping[str, Any]
    positions: Positions = field(default_factory=_Nowhere)

    def position(self, path: Sequence[Step]) -> Position | None:
        """Where a value is, or the nearest one around it that is there."""
        for length in range(len(path), 0, -1):
            found = self.positions.find(path[:length])
            if found is not None:
                return Position(*found)
        return None


def read_document(content: bytes, file: str, spend: Callable[[int], None] = _free) -> Document:
    """Read a template in JSON or in YAML, whichever it is.

    Args:
        content: The file's bytes.
        file: Where it is, as the user named it.
        spend: Takes the steps of work that this costs, and may refuse them.

    Raises:
        TemplateError: It is too large, neither JSON nor YAML, or not a mapping.
    """
    if len(content) > MAX_BYTES:
        raise TemplateError(
            file, f"has more than {MAX_BYTES} bytes, and CloudFormation takes templates of 1 MB"
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise TemplateError(file, f"is not UTF-8: {error.reason}", line) from None
    spend(len(content) // _BYTES)
    try:
        data, positions = _parse(text, file, spend)
    except TemplateError:
        raise
    except Exception as error:
        from cdk_batch_mnp.template.crashed import CheckCrashedError

        raise CheckCrashedError(file, "reading it", error) from error
    if not isinstance(data, Mapping):
        raise TemplateError(file, "is no CloudFormation template: not a mapping", 1)
    return Document(file, data, positions)


def read_file(path: Path) -> Document:
    """Read the template of a regular file or of a pipe.

    Raises:
        TemplateError: It is not there, not to be read, or no template.
    """
    try:
        content = read_bytes(path, MAX_BYTES, may_be_pipe=True)
    except UnreadableFileError as error:
        raise TemplateError(str(path), str(error)) from None
    return read_document(content, str(path))


def _parse(text: str, file: str, spend: Callable[[int], None]) -> tuple[Any, Positions]:
    if not re.match(r"\s*\{", text) and not file.endswith(".json"):
        return _yaml(text, file, spend)
    try:
        return _json(text, file)
    except TemplateError:
        # What looks like JSON may be YAML in its flow style.
        if file.endswith(".json"):
            raise
        return _yaml(text, file, spend)


def _json(text: str, file: str) -> tuple[Any, Positions]:
    has_repeated = False

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal has_repeated
        found = dict(pairs)
        has_repeated = has_repeated or len(found) != len(pairs)
        return found

    try:
        data = json.loads(text, object_pairs_hook=members)
    except json.JSONDecodeError as error:
        raise TemplateError(file, f"is not JSON: {error.msg}", error.lineno) from None
    except RecursionError:
        raise TemplateError(file, "is nested too deeply") from None
    except ValueError as error:  # a number of thousands of digits
        raise TemplateError(file, f"is not JSON that can be read: {error}") from None
    if has_repeated:
        # The last would silently win, here as in most readers, and nobody means that.
        key, first, again = repeated_key(text)
        raise TemplateError(file, f"has the key {key!r} again, first in line {first}", again)
    return data, JsonPositions(text)


def _yaml(text: str, file: str, spend: Callable[[int], None]) -> tuple[Any, Positions]:
    # The parser is loaded only for those who need it.
    from cdk_batch_mnp.template.source.yaml_reading import read_yaml

    return read_yaml(text, file, spend)
