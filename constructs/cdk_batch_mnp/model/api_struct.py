"""Tolerant reading of AWS API structures.

The same structure comes from CloudFormation templates, which capitalize the first letter of member
names, and from API responses. One reader per resource serves both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import TypeAlias, TypeVar

from cdk_batch_mnp.lazy.pattern import pattern
from cdk_batch_mnp.model.partial_text import Text, shown
from cdk_batch_mnp.model.presence import PartialList, same_length
from cdk_batch_mnp.model.unknown import PERHAPS, UNKNOWN, Maybe, Unknown

T = TypeVar("T")

_DIGITS = pattern(r"-?[0-9]{1,18}")

# A test for an abstract class takes ten times as long as one for a class that is tried first.
_MAPPING = (dict, Mapping)
_SEQUENCE = (list, tuple, Sequence)

Value: TypeAlias = object
"""A JSON value, ``UNKNOWN``, or an object of the caller."""


class PiecewiseText:
    """The base of the caller's objects for values of which something is known."""

    __slots__ = ()

    @property
    def pieces(self) -> Text:
        """The text, with ``UNKNOWN`` or a token for each piece that is not known."""
        return (UNKNOWN,)

    @property
    def bounds(self) -> tuple[int | None, int | None]:
        """Its smallest and its largest value as a number; ``None`` if there is none."""
        return None, None


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

    @property
    def members(self) -> Mapping[str, Value]:
        """The members by their names, as written; ``PERHAPS`` for one that may be left out."""
        return self._data

    def raw(self, name: str) -> Value:
        """Return the member as written, ``None`` if it is not set."""
        # Called for every member of every structure: as little work as possible.
        data = self._data
        value = data[name] if name in data else data.get(name[0].upper() + name[1:])
        return UNKNOWN if value is PERHAPS else value

    def _member(self, name: str) -> Value:
        if name in self._data:
            return self._data[name]
        return self._data.get(_capitalized(name))

    def has(self, name: str) -> bool:
        """Return whether the member is or may be set, known or not."""
        return self._member(name) is not None

    def sets(self, name: str) -> bool:
        """Return whether the member is certainly set, and not to an empty text, known or not."""
        value = self._member(name)
        return value is not None and value is not PERHAPS and value != ""

    def is_set(self, name: str) -> Maybe[bool]:
        """Return whether the member is set; unknown if it may be left out."""
        return UNKNOWN if self._member(name) is PERHAPS else self.sets(name)

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
        return same_length(
            texts, (text.upper() if isinstance(text, str) else text for text in texts)
        )

    def text_if(self, name: str, suffices: Callable[[Text], bool]) -> Maybe[str] | None:
        """Return a string, also a partly known one if what is known of it suffices.

        The unknown pieces of such a string are written as placeholders, for people.
        """
        value = self.raw(name)
        if isinstance(value, PiecewiseText) and suffices(value.pieces):
            return shown(value.pieces)
        return as_text(value)

    def bounds(self, name: str) -> tuple[int | None, int | None]:
        """Return the smallest and the largest value of an integer, ``None`` if there is none."""
        value = self.raw(name)
        if isinstance(value, PiecewiseText):
            return value.bounds
        known = as_integer(value)
        return (None, None) if known is UNKNOWN else (known, known)

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
        if isinstance(value, _SEQUENCE) and not isinstance(value, (str, bytes)):
            return PartialList.of(value) if PERHAPS in value else tuple(value)
        return UNKNOWN

    def texts(self, name: str) -> Maybe[tuple[Maybe[str], ...]] | None:
        """Return a list of strings, any of which may be unknown."""
        items = self.items(name)
        if items is None or isinstance(items, Unknown):
            return items
        return same_length(
            items, (UNKNOWN if (text := as_text(item)) is None else text for item in items)
        )

    def shape(self, name: str) -> Maybe[ApiStruct] | None:
        """Return a nested structure."""
        value = self.raw(name)
        return None if value is None else as_shape(value, is_capitalized=self.is_capitalized)

    def shapes(self, name: str) -> Maybe[tuple[Maybe[ApiStruct], ...]] | None:
        """Return a list of structures, any of which may be unknown."""
        items = self.items(name)
        if items is None or isinstance(items, Unknown):
            return items
        return same_length(
            items, (as_shape(item, is_capitalized=self.is_capitalized) for item in items)
        )

    def each(self, name: str, read: Callable[[ApiStruct], T]) -> Maybe[tuple[Maybe[T], ...]]:
        """Return a list of structures, each converted by ``read``; empty if it is not set."""
        shapes = self.shapes(name)
        if shapes is UNKNOWN:
            return UNKNOWN
        return same_length(
            shapes or (), (UNKNOWN if shape is UNKNOWN else read(shape) for shape in shapes or ())
        )

    def mapping(self, name: str) -> Maybe[Mapping[str, Value]] | None:
        """Return a map with arbitrary keys (parameters, tags)."""
        value = self.raw(name)
        if value is None or isinstance(value, _MAPPING):
            return value
        return UNKNOWN

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names of the members, as written."""
        return iter(self._data)


@cache
def _capitalized(name: str) -> str:
    """Return CloudFormation's spelling of a member, of which the API has a few hundred."""
    return name[0].upper() + name[1:]


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
    if isinstance(value, str):
        # int() accepts more than AWS does: spaces, underscores, digits of other scripts.
        return int(value) if _DIGITS.fullmatch(value) else UNKNOWN
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return int(value) if isinstance(value, float) and value.is_integer() else UNKNOWN


def as_shape(value: Value, *, is_capitalized: bool = False) -> Maybe[ApiStruct]:
    """Return a structure."""
    if isinstance(value, _MAPPING):
        return ApiStruct(value, is_capitalized=is_capitalized)
    return UNKNOWN
