"""Tolerant reading of AWS API structures.

The same structure comes from CloudFormation templates, which capitalize the first letter of member
names, and from API responses. One reader per resource serves both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol, TypeAlias, TypeVar, runtime_checkable

from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, Unknown

T = TypeVar("T")

_DIGITS = r"-?[0-9]{1,18}"

Value: TypeAlias = object
"""A JSON value, ``UNKNOWN``, or an object of the caller."""


@runtime_checkable
class PartlyKnown(Protocol):
    """An object of the caller for a text of which only parts are known."""

    @property
    def start(self) -> str:
        """What it certainly begins with; empty if that is unknown."""


class ApiStruct:
    """A structure of an AWS API as written. Each member is absent, known or unknown.

    A member of the wrong type is unknown: schema validation is left to other tools.

    Args:
        data: The members, by the API's name (``maxvCpus``) or CloudFormation's (``MaxvCpus``).
        is_capitalized: Whether only CloudFormation's names are right, as in a template.
    """

    __slots__ = ("_data", "is_capitalized")

    def __init__(self, data: Mapping[str, Value], *, is_capitalized: bool = False) -> None:
        self._data = data
        self.is_capitalized = is_capitalized

    def raw(self, name: str) -> Value:
        """Return the member as written, ``None`` if it is not set."""
        if name in self._data:
            return self._data[name]
        return self._data.get(name[0].upper() + name[1:])

    def has(self, name: str) -> bool:
        """Return whether the member is set, known or not."""
        return self.raw(name) is not None

    def text(self, name: str) -> Maybe[str] | None:
        """Return a string; CloudFormation also accepts a number or a Boolean."""
        return as_text(self.raw(name))

    def constant(self, name: str) -> Maybe[str] | None:
        """Return an enum value in upper case; CloudFormation accepts any case."""
        text = self.text(name)
        return text.upper() if isinstance(text, str) else text

    def constants(self, name: str) -> Maybe[tuple[Maybe[str], ...]] | None:
        """Return a list of enum values in upper case."""
        texts = self.texts(name)
        if texts is None or isinstance(texts, Unknown):
            return texts
        return tuple(text.upper() if isinstance(text, str) else text for text in texts)

    def integer(self, name: str) -> Maybe[int] | None:
        """Return an integer; CloudFormation also accepts its digits as a string."""
        value = self.raw(name)
        if value is None:
            return None
        return as_integer(value)

    def boolean(self, name: str) -> Maybe[bool] | None:
        """Return a Boolean; CloudFormation also accepts ``"true"`` and ``"false"``."""
        value = self.raw(name)
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        return UNKNOWN

    def items(self, name: str) -> Maybe[tuple[Value, ...]] | None:
        """Return a list, each element as written."""
        value = self.raw(name)
        if value is None:
            return None
        if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
            return tuple(value)
        return UNKNOWN

    def texts(self, name: str) -> Maybe[tuple[Maybe[str], ...]] | None:
        """Return a list of strings, any of which may be unknown."""
        items = self.items(name)
        if items is None or isinstance(items, Unknown):
            return items
        return tuple(UNKNOWN if (text := as_text(item)) is None else text for item in items)

    def shape(self, name: str) -> Maybe[ApiStruct] | None:
        """Return a nested structure."""
        value = self.raw(name)
        return None if value is None else as_shape(value, is_capitalized=self.is_capitalized)

    def shapes(self, name: str) -> Maybe[tuple[Maybe[ApiStruct], ...]] | None:
        """Return a list of structures, any of which may be unknown."""
        items = self.items(name)
        if items is None or isinstance(items, Unknown):
            return items
        return tuple(as_shape(item, is_capitalized=self.is_capitalized) for item in items)

    def each(self, name: str, read: Callable[[ApiStruct], T]) -> Maybe[tuple[Maybe[T], ...]]:
        """Return a list of structures, each converted by ``read``; empty if it is not set."""
        shapes = self.shapes(name)
        if shapes is UNKNOWN:
            return UNKNOWN
        return tuple(UNKNOWN if shape is UNKNOWN else read(shape) for shape in shapes or ())

    def mapping(self, name: str) -> Maybe[Mapping[str, Value]] | None:
        """Return a map with arbitrary keys (parameters, tags)."""
        value = self.raw(name)
        if value is None or isinstance(value, Mapping):
            return value
        return UNKNOWN

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names of the members, as written."""
        return iter(self._data)


def as_text(value: Value) -> Maybe[str] | None:
    """Return a string, or what CloudFormation converts to one."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    return UNKNOWN


def as_integer(value: Value) -> Maybe[int]:
    """Return an integer, also from the digits that CloudFormation converts to one."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    # int() accepts more than AWS does: spaces, underscores, digits of other scripts.
    if isinstance(value, str) and re.fullmatch(_DIGITS, value):
        return int(value)
    return UNKNOWN


def as_shape(value: Value, *, is_capitalized: bool = False) -> Maybe[ApiStruct]:
    """Return a structure."""
    if isinstance(value, Mapping):
        return ApiStruct(value, is_capitalized=is_capitalized)
    return UNKNOWN
