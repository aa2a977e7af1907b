"""What a value of a template can be besides plain data: a reference, a text known in part."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

from cdk_batch_mnp.model.shape import Value, as_text
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, Unknown

if TYPE_CHECKING:
    from cdk_batch_mnp.template.evaluation.stack import TemplateResource

_SEPARATOR = re.compile(r"[:/]")

MAX_TEXT = 100_000
"""Characters of a text that is put together. Nothing that the rules look at is longer."""


class NoValue(Enum):
    """What stands in the place of a property that is left out, or may be."""

    NO_VALUE = "AWS::NoValue"
    PERHAPS = "AWS::NoValue, if a condition holds that is not known"


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference to a resource in sight.

    Attributes:
        resource: What is referred to.
        attribute: Of ``Fn::GetAtt``; empty for ``Ref``.
    """

    resource: TemplateResource
    attribute: str = ""


@dataclass(frozen=True, slots=True)
class Pseudo:
    """A pseudo parameter whose value is not known, but is the same wherever the stack names it."""

    name: str
    stack: str


Part: TypeAlias = str | Reference | Pseudo | Unknown


@dataclass(frozen=True, slots=True)
class PartialText:
    """A text of which some parts are known. For the readers of the model it is unknown."""

    parts: tuple[Part, ...]

    @property
    def last(self) -> Part:
        """The part at the end."""
        return self.parts[-1]

    def filled(self, unknown: str) -> str:
        """The text with ``unknown`` in the place of each part that is not known."""
        return "".join(each if isinstance(each, str) else unknown for each in self.parts)


@dataclass(frozen=True, slots=True)
class Zones:
    """The Availability Zones of a Region (``Fn::GetAZs``)."""

    region: str


@dataclass(frozen=True, slots=True)
class Zone:
    """One of them, by its position."""

    region: str
    index: int


@dataclass(frozen=True, slots=True)
class Encoded:
    """A text in Base64 (``Fn::Base64``)."""

    text: Value


@dataclass(frozen=True, slots=True)
class UnresolvedSplit:
    """What is between the delimiters of a text that is not known (``Fn::Split``)."""

    delimiter: str
    of: Value


def joined(parts: Iterable[Value]) -> Value:
    """Put texts together, each known or not. A single reference stays one."""
    flat: list[Part] = []
    texts: list[str] = []
    length = 0
    for count, part in enumerate(_flattened(parts), start=1):
        if isinstance(part, str):
            length += len(part)
            texts.append(part)
        else:
            if text := "".join(texts):
                flat.append(text)
            texts.clear()
            flat.append(part)
        if length > MAX_TEXT or count > MAX_TEXT:
            return UNKNOWN
    if text := "".join(texts):
        flat.append(text)
    if not flat:
        return ""
    if len(flat) == 1:
        return flat[0]
    return PartialText(tuple(flat))


def _flattened(parts: Iterable[Value]) -> Iterator[Part]:
    for part in parts:
        if isinstance(part, PartialText):
            yield from part.parts
        elif isinstance(part, (Reference, Pseudo)):
            yield part
        else:
            text = as_text(part)
            yield UNKNOWN if text is None else text


def split_at_commas(value: Value) -> Value:
    """Give the elements of a list that is written as one text."""
    parts = value.parts if isinstance(value, PartialText) else (value,)
    elements: list[list[Value]] = [[]]
    for part in parts:
        if not isinstance(part, (str, Reference, Pseudo)):
            return UNKNOWN  # It may hold commas, and so any number of elements.
        first, *others = part.split(",") if isinstance(part, str) else [part]
        elements[-1].append(first)
        elements += [[each] for each in others]
    return [joined(_stripped(each)) for each in elements]


def _stripped(parts: Iterable[Value]) -> Iterator[Value]:
    return (each.strip() if isinstance(each, str) else each for each in parts)


def tail(value: Value) -> Value:
    """Give the name at the end of an ARN, or what stands there; other values as they are."""
    if isinstance(value, PartialText):
        *_, before, last = value.parts
        if isinstance(last, str):
            return _SEPARATOR.split(last)[-1] if _SEPARATOR.search(last) else value
        return last if isinstance(before, str) and before.endswith(("/", ":")) else UNKNOWN
    return _SEPARATOR.split(value)[-1] if isinstance(value, str) else value


def referred(value: Value, *types: str) -> Maybe[TemplateResource]:
    """Give the resource that a value refers to, if it is of one of these types.

    In an ARN that is put together, its end counts.
    """
    end = tail(value)
    if isinstance(end, Reference) and end.resource.type in types:
        return end.resource
    return UNKNOWN


def merged(one: Value, other: Value, spend: Callable[[int], None], depth: int = 0) -> Value:
    """Return what is the same in two values, either of which may be the right one.

    Args:
        one: A value.
        other: The value that may stand in its place.
        spend: Takes the steps that this costs.
        depth: How many structures are around both.
    """
    if one is other:
        return one
    spend(
        len(one.parts)
        if isinstance(one, PartialText)
        else len(one)
        if isinstance(one, (dict, list))
        else 1
    )
    if isinstance(one, NoValue) or isinstance(other, NoValue):
        return NoValue.PERHAPS
    if depth < 50:
        if isinstance(one, dict) and isinstance(other, dict):
            return {
                key: merged(one[key], other[key], spend, depth + 1)
                if key in one and key in other
                else UNKNOWN
                for key in {**one, **other}
            }
        if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
            return [
                merged(each, opposite, spend, depth + 1)
                for each, opposite in zip(one, other, strict=True)
            ]
    if isinstance(one, (str, int, float, Reference, Pseudo, PartialText, Zone)) and one == other:
        return one
    return UNKNOWN
