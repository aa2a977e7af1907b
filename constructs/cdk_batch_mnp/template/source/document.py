"""Parse a template: its values, and the line and column of each."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any, Protocol

from cdk_batch_mnp.files.reading import UnreadableFileError, read_bytes
from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.template.crashed import CheckCrashedError
from cdk_batch_mnp.template.source.errors import RepeatedKey, TemplateError
from cdk_batch_mnp.template.source.json_positions import JsonPositions, repeated_keys
from cdk_batch_mnp.template.source.limits import BYTES_PER_STEP, MAX_BYTES

Step = str | int
"""A key of a mapping, or the position in a list."""


def _free(steps: int) -> None:
    """Ignore the cost."""


@dataclass(frozen=True, slots=True)
class Position:
    """A position in a text, both counted from 1."""

    line: int
    column: int


class Positions(Protocol):
    """Positions of a document's values in its text."""

    def find(self, path: Sequence[Step]) -> tuple[int, int] | None:
        """Return the line and column, from 1, of a value (in a mapping, of its key)."""


class _Nowhere:
    def find(self, path: Sequence[Step]) -> None:
        """Return ``None``: positions are unknown."""


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Document:
    """A template as it was written.

    Attributes:
        file: Path, as the user named it; ``-`` for standard input.
        data: Values, with intrinsic functions in their long form.
        positions: Positions of the values.
        repeated: Keys that are repeated in a mapping, of which the last counts.
    """

    file: str
    data: Mapping[str, Any]
    positions: Positions = field(default_factory=_Nowhere)
    repeated: tuple[RepeatedKey, ...] = ()

    def position(self, path: Sequence[Step]) -> Position | None:
        """Return the position of a value, or of its nearest parent that is written."""
        for length in range(len(path), 0, -1):
            found = self.positions.find(path[:length])
            if found is not None:
                return Position(*found)
        return None


def read_document(content: bytes, file: str, spend: Callable[[int], None] = _free) -> Document:
    """Read a template in JSON or YAML.

    Args:
        content: The file's bytes.
        file: Where it is, as the user named it.
        spend: Charges steps of work to the budget, and may raise.

    Raises:
        TemplateError: It is too large, neither JSON nor YAML, or not a mapping.
    """
    if len(content) > MAX_BYTES:
        raise TemplateError(file, f"is larger than {MAX_BYTES} bytes; CloudFormation accepts 1 MB")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise TemplateError(file, f"is not UTF-8: {error.reason}", line) from None
    spend(len(content) // BYTES_PER_STEP)
    try:
        data, positions, repeated = _parse(text, file, spend)
    except TemplateError:
        raise
    except Exception as error:
        raise CheckCrashedError(file, "reading it", error) from error
    if not isinstance(data, Mapping):
        raise TemplateError(file, "is not a CloudFormation template: it is not a mapping", 1)
    return Document(
        file,
        data,
        positions,
        tuple(RepeatedKey(file, again, first, key) for key, first, again in repeated),
    )


def read_file(path: Path) -> Document:
    """Read the template of a regular file or of a pipe.

    Raises:
        TemplateError: It is missing, unreadable, or not a template.
    """
    try:
        content = read_bytes(path, MAX_BYTES, may_be_pipe=True)
    except UnreadableFileError as error:
        raise TemplateError(str(path), str(error)) from None
    return read_document(content, str(path))


_Parsed = tuple[Any, Positions, Sequence[tuple[str, int, int]]]
"""The values, their positions, and repeated keys with the lines of the first and the last."""


def _parse(text: str, file: str, spend: Callable[[int], None]) -> _Parsed:
    if not re.match(r"\s*\{", text) and not file.endswith(".json"):
        return _yaml(text, file, spend)
    try:
        return _json(text, file)
    except TemplateError:
        # It may be YAML in flow style.
        if file.endswith(".json"):
            raise
        return _yaml(text, file, spend)


def _json(text: str, file: str) -> _Parsed:
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
        raise TemplateError(file, f"has JSON that cannot be read: {error}") from None
    # Like CloudFormation, json keeps the last value, but it does not say so.
    positions = JsonPositions(text, has_repeated=has_repeated)
    return data, positions, repeated_keys(text) if has_repeated else ()


def _yaml(text: str, file: str, spend: Callable[[int], None]) -> _Parsed:
    # Imported only if a template is in YAML.
    from cdk_batch_mnp.template.source.yaml_reading import read_yaml

    return read_yaml(text, file, spend)
