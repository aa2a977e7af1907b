"""Values that a user gives to the parameters of templates, and what is wrong with them.

Source: CloudFormation User Guide, parameters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any

from cdk_batch_mnp.model.shape import as_text
from cdk_batch_mnp.model.spelling import Spelling
from cdk_batch_mnp.template.source.document import Document, TemplateError

_COMPARED = 5
"""Wrong names for which the one that was meant is looked for."""


def unknown_parameters(given: Iterable[str], declared: Iterable[str]) -> list[str]:
    """Say which of the parameters that were given no template has, each in a sentence."""
    names = set(declared)
    told: list[str] = []
    for name in given:
        if name in names:
            continue
        near = Spelling(names).nearest(name) if len(told) < _COMPARED else None
        told.append(
            f"no template has a parameter {name!r}" + (f"; perhaps {near!r}" if near else "")
        )
    return told


def refuse_unfit(document: Document, declared: Mapping[str, Any], given: Mapping[str, str]) -> None:
    """Refuse values that the parameters of a template cannot have.

    Raises:
        TemplateError: There is one; with its parameter's line.
    """
    for name in sorted(declared.keys() & given.keys()):
        body = declared[name]
        reason = invalid_reason(body, given[name]) if isinstance(body, Mapping) else None
        if reason is not None:
            position = document.position(["Parameters", name])
            raise TemplateError(
                document.file, f"parameter {name} {reason}", position.line if position else None
            )


def invalid_reason(declared: Mapping[str, Any], value: str) -> str | None:
    """Say why a parameter cannot have a value, or nothing if it seems to be right.

    What is said of patterns and lengths is not looked at.
    """
    type = declared.get("Type")
    if type in ("Number", "List<Number>"):
        texts = value.split(",") if type != "Number" else [value]
        for each in texts:
            number = _number(each)
            if number is None:
                return f"is a {type}, not {value!r}"
            least, most = _number(declared.get("MinValue")), _number(declared.get("MaxValue"))
            if least is not None and number < least:
                return f"is {least:g} or more, not {value!r}"
            if most is not None and number > most:
                return f"is {most:g} or less, not {value!r}"
    allowed = declared.get("AllowedValues")
    # Elements of a list are compared one by one, and only CloudFormation knows how.
    if isinstance(allowed, list) and type in ("String", "Number"):
        texts = [str(as_text(each)) for each in allowed]
        if value not in texts and not _is_among(value, allowed):
            return f"is one of {', '.join(texts)}, not {value!r}"
    return None


def _is_among(value: str, allowed: list[Any]) -> bool:
    number = _number(value)
    return number is not None and any(_number(each) == number for each in allowed)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if isfinite(number) else None
