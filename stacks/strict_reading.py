"""Reading plain values into attrs classes, with an error for each key that is wrong.

jsii loads attrs and cattrs anyway, so an app that reads its settings with them starts no slower.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar, get_args, get_origin

import attrs
from cattrs import ClassValidationError, Converter, ForbiddenExtraKeysError, IterableValidationError
from cattrs.cols import list_structure_factory, mapping_structure_factory
from cattrs.gen import make_dict_structure_fn

_T = TypeVar("_T")

_PLAIN = {str: "string", int: "integer", bool: "boolean"}


class SettingsError(Exception):
    """The settings cannot be used; each line of the message names the file and a key."""


class Constraint(Protocol):
    """What an annotated value has to be, beyond its type."""

    def problem(self, value: Any) -> str | None:
        """Return what is wrong with a value of the right type; ``None`` if nothing is."""


@attrs.frozen
class Range:
    """The least and the greatest integer that is allowed."""

    least: int
    greatest: int | None = None

    def problem(self, value: int) -> str | None:
        """Return what is wrong with an integer."""
        if value < self.least:
            return f"input should be greater than or equal to {self.least}"
        if self.greatest is not None and value > self.greatest:
            return f"input should be less than or equal to {self.greatest}"
        return None


@attrs.frozen
class Pattern:
    """A regular expression that a string has to match."""

    expression: str

    def problem(self, value: str) -> str | None:
        """Return what is wrong with a string."""
        if re.fullmatch(self.expression, value) is None:
            return f"string should match pattern '{self.expression}'"
        return None


@attrs.frozen
class Length:
    """How many elements a list has at least and at most."""

    least: int
    greatest: int | None = None

    def problem(self, value: list[Any]) -> str | None:
        """Return what is wrong with a list."""
        if len(value) < self.least:
            return f"list should have at least {self.least} item(s), not {len(value)}"
        if self.greatest is not None and len(value) > self.greatest:
            return f"list should have at most {self.greatest} items, not {len(value)}"
        return None


def read(kind: type[_T], data: object, file: Path) -> _T:
    """Return data as an object of an attrs class.

    Nothing is converted: the text ``"4"`` is no number. Fields without a default are required, and
    there are no keys beside the fields.

    Args:
        kind: The class. Its fields are annotated with attrs classes, plain types, literals, lists
            and dicts of these, and constraints.
        data: What a TOML file contains.
        file: Its path, for the message.

    Raises:
        SettingsError: The data is not as the class describes it. Every problem is a line.
    """
    try:
        return _converter().structure(data, kind)
    except (ClassValidationError, IterableValidationError, ValueError) as error:
        lines = (f"{file}: {key.lstrip('.')}: {text}" for key, text in _problems(error, ""))
        raise SettingsError("\n".join(lines)) from None


def _problems(error: BaseException, key: str) -> Iterator[tuple[str, str]]:
    """Return every problem with its key, as cattrs has them in groups within groups."""
    if isinstance(error, IterableValidationError):
        for each, place in error.group_exceptions()[0]:
            yield from _problems(each, f"{key}[{place.index!r}]")
    elif isinstance(error, ClassValidationError):
        of_fields, others = error.group_exceptions()
        for each, field in of_fields:
            yield from _problems(each, f"{key}.{field.name}")
        for other in others:
            yield from _problems(other, key)
    elif isinstance(error, ForbiddenExtraKeysError):
        for name in sorted(error.extra_fields):
            yield f"{key}.{name}", "unknown key"
    elif isinstance(error, KeyError):
        yield key, "missing"
    else:
        yield key, str(error)


_Hook = Callable[[Any, Any], Any]


@cache
def _converter() -> Converter:
    converter = Converter(forbid_extra_keys=True)
    for kind, name in _PLAIN.items():
        converter.register_structure_hook(kind, _exactly(kind, f"input should be a valid {name}"))
    converter.register_structure_hook_func(_is(Literal), _one_of)
    converter.register_structure_hook_factory(attrs.has)(
        lambda kind: _exactly(
            dict,
            "input should be a table",
            make_dict_structure_fn(kind, converter, _cattrs_forbid_extra_keys=True),
        )
    )
    converter.register_structure_hook_factory(_is(list))(
        lambda kind: _exactly(
            list, "input should be a valid list", list_structure_factory(kind, converter)
        )
    )
    converter.register_structure_hook_factory(_is(dict))(
        lambda kind: _exactly(
            dict, "input should be a table", mapping_structure_factory(kind, converter)
        )
    )
    converter.register_structure_hook_factory(lambda kind: hasattr(kind, "__metadata__"))(
        lambda kind: _constrained(
            converter.get_structure_hook(kind.__origin__), kind.__origin__, kind.__metadata__
        )
    )
    return converter


def _is(origin: Any) -> Callable[[Any], bool]:
    return lambda kind: get_origin(kind) is origin


def _exactly(kind: type, problem: str, structure: _Hook = lambda value, _: value) -> _Hook:
    """Return a hook that refuses values of other types; True is no integer."""

    def hook(value: Any, expected: Any) -> Any:
        if type(value) is not kind:
            raise ValueError(problem)
        return structure(value, expected)

    return hook


def _one_of(value: Any, literal: Any) -> Any:
    *others, last = map(repr, get_args(literal))
    for each in get_args(literal):
        if type(value) is type(each) and value == each:
            return value
    raise ValueError(f"input should be {', '.join(others)}{' or ' if others else ''}{last}")


def _constrained(structure: _Hook, kind: Any, constraints: tuple[Constraint, ...]) -> _Hook:
    def hook(value: Any, _: Any) -> Any:
        read = structure(value, kind)
        for constraint in constraints:
            problem = constraint.problem(read)
            if problem is not None:
                raise ValueError(problem)
        return read

    return hook
