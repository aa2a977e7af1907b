"""Template values that are not plain data: references, and partially known texts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field
from enum import Enum
from itertools import zip_longest
from typing import Any, Protocol, TypeAlias

from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.lazy.pattern import pattern
from cdk_batch_mnp.model.api_struct import ApiStruct, PiecewiseText, Value, as_text
from cdk_batch_mnp.model.partial_text import Text, Token, text
from cdk_batch_mnp.model.unknown import PERHAPS, UNKNOWN, Maybe, Perhaps, Unknown
from cdk_batch_mnp.template.source.limits import MAX_ALTERNATIVES_DEPTH, MAX_JOINED

_SEPARATOR = pattern(r"[:/]")
_NEVER_INSIDE = (",", "|", ";", " ", "\n")
"""Delimiters that no name, ID or ARN of a resource contains."""
_PLAIN_TYPE = pattern(r"AWS::(?!CloudFormation::|SSM::)")
"""Types of resources whose attributes are names, IDs and ARNs."""


class NoValue(Enum):
    """The value of a property that is omitted."""

    NO_VALUE = "AWS::NoValue"


class ReferencedResource(Protocol):
    """A resource, as far as the readers of a reference need it."""

    @property
    def id(self) -> str:
        """Construct path or logical ID."""

    @property
    def logical_id(self) -> str:
        """Logical ID in its template."""

    @property
    def type(self) -> str:
        """CloudFormation type."""

    @property
    def body(self) -> Mapping[str, Any]:
        """The resource as the template declares it."""

    @property
    def is_certain(self) -> bool:
        """Whether the resource certainly exists: its condition is not unknown."""

    @property
    def properties(self) -> Maybe[ApiStruct]:
        """The properties."""

    @property
    def known(self) -> ApiStruct:
        """The properties; empty if they are unknown."""

    @property
    def annotations(self) -> Mapping[str, Any]:
        """Its Metadata for this check."""

    @property
    def acknowledged(self) -> Mapping[str, str]:
        """Acknowledgements, rule ID to reason."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference to a resource of the templates.

    Attributes:
        resource: The resource that it refers to.
        attribute: The attribute of ``Fn::GetAtt``; empty for ``Ref``.
    """

    resource: ReferencedResource
    attribute: str = ""


@dataclass(frozen=True, slots=True)
class Pseudo(PiecewiseText):
    """A parameter whose value is unknown, but the same throughout its stack.

    It is a pseudo parameter of CloudFormation (``AWS::Region``), or one of the template.

    Attributes:
        name: Its name.
        stack: The name of the stack.
        bounds: The smallest and the largest number that it may be.
    """

    name: str
    stack: str
    bounds: tuple[int | None, int | None] = field(default=(None, None), compare=False)

    @property
    def pieces(self) -> Text:
        """The text as one token."""
        return (Token(f"{self.name} of {self.stack}"),)

    @property
    def is_of_template(self) -> bool:
        """Whether it may have any text, also one with commas, as a template's own parameter."""
        return not self.name.startswith("AWS::")


Part: TypeAlias = str | Reference | Pseudo | Unknown


@dataclass(frozen=True, slots=True)
class PartialText(PiecewiseText):
    """A partially known text. The model treats it as unknown, except for its pieces."""

    parts: tuple[Part, ...]

    @property
    def pieces(self) -> Text:
        """The text, with ``UNKNOWN`` or a token for each part that is not known."""
        return text(*(piece for part in self.parts for piece in _pieces(part)))

    @property
    def last(self) -> Part:
        """The last part."""
        return self.parts[-1]

    def filled(self, unknown: str) -> str:
        """Return the text with ``unknown`` in place of each unknown part."""
        return "".join(part if isinstance(part, str) else unknown for part in self.parts)


def _pieces(part: Part) -> Text:
    if isinstance(part, Reference):
        return (Token(f"{part.resource.id} {part.attribute}".rstrip()),)
    return part.pieces if isinstance(part, Pseudo) else (part,)


@dataclass(frozen=True, slots=True)
class OneOfNumbers(PiecewiseText):
    """One of several whole numbers, as of a mapping whose key is unknown.

    Attributes:
        bounds: The smallest and the largest of them.
    """

    bounds: tuple[int | None, int | None]


@dataclass(frozen=True, slots=True)
class Zones:
    """The Availability Zones of a Region (``Fn::GetAZs``)."""

    region: str


@dataclass(frozen=True, slots=True)
class Zone:
    """One of the Availability Zones of a Region, by position."""

    region: str
    index: int


@dataclass(frozen=True, slots=True)
class Encoded:
    """A Base64 text (``Fn::Base64``)."""

    text: Value


@dataclass(frozen=True, slots=True)
class UnresolvedSplit:
    """The elements of an unknown text that is split (``Fn::Split``)."""

    delimiter: str
    of: Value


def joined(parts: Iterable[Value]) -> Value:
    """Join texts, known or not. A single reference stays a reference."""
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
        if length > MAX_JOINED or count > MAX_JOINED:
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
    """Return the elements of a list that is written as one text."""
    elements = _split_at(value, ",")
    return UNKNOWN if elements is None else [joined(_stripped(each)) for each in elements]


def split_at(value: Value, delimiter: str) -> Value:
    """Return what Fn::Split makes of a text of which only parts are known."""
    elements = _split_at(value, delimiter) if delimiter in _NEVER_INSIDE else None
    return UNKNOWN if elements is None else [joined(each) for each in elements]


def _split_at(value: Value, delimiter: str) -> list[list[Value]] | None:
    parts = value.parts if isinstance(value, PartialText) else (value,)
    elements: list[list[Value]] = [[]]
    for part in parts:
        if not isinstance(part, str) and _may_hold_several(part):
            return None
        first, *others = part.split(delimiter) if isinstance(part, str) else [part]
        elements[-1].append(first)
        elements += [[other] for other in others]
    return elements


def _may_hold_several(part: Value) -> bool:
    """Return whether a part that is not known may hold delimiters, and so several elements."""
    if isinstance(part, Pseudo):
        return part.is_of_template
    if isinstance(part, Reference):
        # Outputs of nested stacks and attributes of custom resources are any text.
        return bool(part.attribute) and not _PLAIN_TYPE.match(part.resource.type)
    return True


def _stripped(parts: Iterable[Value]) -> Iterator[Value]:
    return (part.strip() if isinstance(part, str) else part for part in parts)


def tail(value: Value) -> Value:
    """Return the name or reference at the end of an ARN; other values as they are."""
    if isinstance(value, PartialText):
        *_, before, last = value.parts
        if isinstance(last, str):
            return _SEPARATOR.split(last)[-1] if _SEPARATOR.search(last) else value
        return last if isinstance(before, str) and before.endswith(("/", ":")) else UNKNOWN
    return _SEPARATOR.split(value)[-1] if isinstance(value, str) else value


def referred(value: Value, *types: str) -> Maybe[ReferencedResource]:
    """Return the resource that a value refers to, if it is of one of these types.

    Of an ARN that is joined from parts, the end counts.
    """
    end = tail(value)
    if isinstance(end, Reference) and end.resource.type in types:
        return end.resource
    return UNKNOWN


def common_value(one: Value, other: Value, spend: Callable[[int], None], depth: int = 0) -> Value:
    """Return what two values have in common, either of which may be the actual one.

    Args:
        one: A value.
        other: Its alternative.
        spend: Charges steps of work to the budget.
        depth: Levels of structures around both.
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
    if isinstance(one, (NoValue, Perhaps)) or isinstance(other, (NoValue, Perhaps)):
        return PERHAPS
    if depth < MAX_ALTERNATIVES_DEPTH:
        if isinstance(one, dict) and isinstance(other, dict):
            return {
                key: common_value(one[key], other[key], spend, depth + 1)
                if key in one and key in other
                else PERHAPS
                for key in {**one, **other}
            }
        if isinstance(one, list) and isinstance(other, list):
            return [
                common_value(item, opposite, spend, depth + 1)
                for item, opposite in zip_longest(one, other, fillvalue=PERHAPS)
            ]
        if isinstance(one, Encoded) and isinstance(other, Encoded):
            return Encoded(common_value(one.text, other.text, spend, depth + 1))
    if isinstance(one, (str, int, float, Reference, Pseudo, PartialText, Zone)) and one == other:
        return one
    return UNKNOWN
