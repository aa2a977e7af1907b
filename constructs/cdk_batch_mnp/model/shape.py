"""Reading a structure of an AWS API without trusting it.

The same structure comes from three sides: from our constructs, from a CloudFormation template
(which spells the API's names with a capital first letter) and from a live account. One reader per
resource serves all of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias, TypeVar

from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, Unknown

T = TypeVar("T")

_DIGITS = re.compile(r"-?[0-9]{1,18}")

Value: TypeAlias = object
"""A JSON value, ``UNKNOWN``, or any object that the caller put in to be known again."""


class ApiStruct:
    """A structure of an AWS API as written: absent, known or unknown, member by member.

    A member of the wrong type is unknown: whether a document keeps to its schema is the schema
    checkers' business, not that of the rules here.

    Args:
        data: The members, by the API's name (``maxvCpus``) or CloudFormation's (``MaxvCpus``).
    """

    __slots__ = ("_data",)

    def __init__(self, data: Mapping[str, Value]) -> None:
        self._data = data

    def raw(self, name: str) -> Value:
        """The member as it stands, ``None`` if it is left out."""
        if name in self._data:
            return self._data[name]
        return self._data.get(name[0].upper() + name[1:])

    def has(self, name: str) -> bool:
        """Whether the member is written at all, known or not."""
        return self.raw(name) is not None

    def text(self, name: str) -> Maybe[str] | None:
        """A string; CloudFormation also takes a number or a truth value for one."""
        return as_text(self.raw(name))

    def constant(self, name: str) -> Maybe[str] | None:
        """One of the API's fixed values, in capitals; CloudFormation takes them in any case."""
        text = self.text(name)
        return text.upper() if isinstance(text, str) else text

    def constants(self, name: str) -> Maybe[tuple[Maybe[str], ...]] | None:
        """A list of the API's fixed values."""
        texts = self.texts(name)
        if texts is None or isinstance(texts, Unknown):
            return texts
        return tuple(each.upper() if isinstance(each, str) else each for each in texts)

    def integer(self, name: str) -> Maybe[int] | None:
        """A whole number; CloudFormation also takes its digits as a string."""
        value = self.raw(name)
        if value is None:
            return None
        return as_integer(value)

    def boolean(self, name: str) -> Maybe[bool] | None:
        """A truth value; CloudFormation also takes ``"true"`` and ``"false"``."""
        value = self.raw(name)
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        return UNKNOWN

    def items(self, name: str) -> Maybe[tuple[Value, ...]] | None:
        """A list, each element as it stands."""
        value = self.raw(name)
        if value is None:
            return None
        if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
            return tuple(value)
        return UNKNOWN

    def texts(self, name: str) -> Maybe[tuple[Maybe[str], ...]] | None:
        """A list of strings, any of which may be unknown."""
        items = self.items(name)
        if items is None or isinstance(items, Unknown):
            return items
        return tuple(UNKNOWN if (text := as_text(item)) is None else text for item in items)

    def shape(self, name: str) -> Maybe[ApiStruct] | None:
        """A structure inside this one."""
        value = self.raw(name)
        return None if value is None else as_shape(value)

    def shapes(self, name: str) -> Maybe[tuple[Maybe[ApiStruct], ...]] | None:
        """A list of structures, any of which may be unknown."""
        items = self.items(name)
        if items is None or isinstance(items, Unknown):
            return items
        return tuple(as_shape(item) for item in items)

    def each(self, name: str, read: Callable[[ApiStruct], T]) -> Maybe[tuple[Maybe[T], ...]]:
        """A list of structures, each read by ``read``; empty if the list is left out."""
        shapes = self.shapes(name)
        if shapes is UNKNOWN:
            return UNKNOWN
        return tuple(UNKNOWN if each is UNKNOWN else read(each) for each in shapes or ())

    def mapping(self, name: str) -> Maybe[Mapping[str, Value]] | None:
        """A map whose keys are the user's own (parameters, tags)."""
        value = self.raw(name)
        if value is None or isinstance(value, Mapping):
            return value
        return UNKNOWN

    def __iter__(self) -> Iterator[str]:
        """The names of the members, as written."""
        return iter(self._data)


def as_text(value: Value) -> Maybe[str] | None:
    """Read a string, or what CloudFormation turns into one."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    return UNKNOWN


def as_integer(value: Value) -> Maybe[int]:
    """Read a whole number, or the string of digits that CloudFormation turns into one."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    # int() would take more than AWS does: spaces, underscores, digits of other scripts.
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        return int(value)
    return UNKNOWN


def as_shape(value: Value) -> Maybe[ApiStruct]:
    """Read a structure."""
    return ApiStruct(value) if isinstance(value, Mapping) else UNKNOWN
