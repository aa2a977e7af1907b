"""Limits of members, and checks of a request against them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

Check = Callable[[Any], str]
"""Returns what is wrong with a value, to follow its path; empty if nothing is."""

Rule = Callable[[Mapping[str, Any]], Iterator[str]]
"""Yields what is wrong between the members of one structure, each to follow its path."""

_LONGEST_SHOWN = 80


def between(least: float, most: float | None = None) -> Check:
    """Return a check that a number lies within bounds, both included."""

    def check(value: float) -> str:
        if least <= value and (most is None or value <= most):
            return ""
        bound = f"at least {least}" if most is None else f"from {least} to {most}"
        return f"must be {bound}, not {value}"

    return check


def count(least: int, most: int, what: str = "items") -> Check:
    """Return a check of how many elements a list or a map has."""

    def check(value: Sequence[Any] | Mapping[str, Any]) -> str:
        if least <= len(value) <= most:
            return ""
        bound = f"at most {most}" if least == 0 else f"{least} to {most}"
        return f"takes {bound if least != most else most} {what}, not {len(value)}"

    return check


def length(least: int, most: int) -> Check:
    """Return a check of how many characters a text has."""

    def check(value: str) -> str:
        if least <= len(value) <= most:
            return ""
        bound = f"at most {most}" if least == 0 else f"{least} to {most}"
        return f"must have {bound} characters, not {len(value)}"

    return check


def matches(pattern: str, words: str) -> Check:
    """Return a check that a whole text matches a pattern, which ``words`` describe."""
    compiled = re.compile(pattern, re.ASCII)

    def check(value: str) -> str:
        return "" if compiled.fullmatch(value) else f"must be {words}, not {shown(value)}"

    return check


def one_of(*words: str) -> Check:
    """Return a check that a text is one of some values."""

    def check(value: str) -> str:
        if value in words:
            return ""
        return f"is {shown(value)}, valid values: {', '.join(words)}"

    return check


def each(check_element: Check) -> Check:
    """Return a check of every element of a list, which reports the first problem."""

    def check(value: Sequence[Any]) -> str:
        return next(
            (f"[{i}] {wrong}" for i, v in enumerate(value) if (wrong := check_element(v))), ""
        )

    return check


def shown(value: object) -> str:
    """Return a value as an error shows it, shortened if it is long."""
    text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


def violations(
    shape: Shape,
    value: Any,
    bounds: Mapping[str, Sequence[Check]],
    rules: Mapping[str, Sequence[Rule]],
    path: str = "",
) -> Iterator[str]:
    """Yield what is wrong with a value that the model of the API allows.

    Args:
        shape: Shape of the value.
        value: A request, or a part of one.
        bounds: Checks by ``Shape.member``, or by ``Shape`` for maps and lists wherever they stand.
        rules: Checks over the members of a structure, by its shape.
        path: Path of the value in the request.
    """
    for check in bounds.get(shape.name, ()):
        if wrong := check(value):
            yield f"{path} {wrong}"
    if isinstance(shape, StructureShape):
        for name, member in value.items():
            inside = f"{path}.{name}" if path else name
            for check in bounds.get(f"{shape.name}.{name}", ()):
                if wrong := check(member):
                    yield f"{inside}{wrong if wrong.startswith('[') else f' {wrong}'}"
            yield from violations(shape.members[name], member, bounds, rules, inside)
        for rule in rules.get(shape.name, ()):
            yield from (f"{path} {wrong}".lstrip() for wrong in rule(value))
    elif isinstance(shape, ListShape):
        for index, member in enumerate(value):
            yield from violations(shape.member, member, bounds, rules, f"{path}[{index}]")
    elif isinstance(shape, MapShape):
        for key, member in value.items():
            yield from violations(shape.value, member, bounds, rules, f"{path}.{key}")
