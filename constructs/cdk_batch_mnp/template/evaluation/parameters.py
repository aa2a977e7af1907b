"""Validate the values that a user sets for template parameters.

Source: CloudFormation User Guide, parameters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import ceil, floor, isfinite
from typing import Any

from cdk_batch_mnp.model.api_struct import as_text
from cdk_batch_mnp.model.spelling import Spelling
from cdk_batch_mnp.template.source.document import Document
from cdk_batch_mnp.template.source.errors import TemplateError
from cdk_batch_mnp.template.source.limits import MAX_SUGGESTIONS


def unknown_parameters(given: Iterable[str], declared: Iterable[str]) -> list[str]:
    """Return a sentence for each parameter that no template declares."""
    names = set(declared)
    sentences: list[str] = []
    for name in given:
        if name in names:
            continue
        near = Spelling(names).nearest(name) if len(sentences) < MAX_SUGGESTIONS else None
        sentences.append(
            f"no template has a parameter {name!r}" + (f"; did you mean {near!r}?" if near else "")
        )
    return sentences


def validate_values(
    document: Document, declared: Mapping[str, Any], given: Mapping[str, str]
) -> None:
    """Reject values that are not valid for the parameters of a template.

    Raises:
        TemplateError: A value is not valid. The error has the line of the parameter.
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
    """Return why a value is not valid for a parameter; ``None`` if it may be valid.

    Patterns and lengths are not checked.
    """
    type = declared.get("Type")
    if type in ("Number", "List<Number>"):
        texts = value.split(",") if type != "Number" else [value]
        for text in texts:
            number = _number(text)
            if number is None:
                return f"must be a {type}, got {value!r}"
            least, most = _number(declared.get("MinValue")), _number(declared.get("MaxValue"))
            if least is not None and number < least:
                return f"must be at least {least:g}, got {value!r}"
            if most is not None and number > most:
                return f"must be at most {most:g}, got {value!r}"
    allowed = declared.get("AllowedValues")
    # CloudFormation compares the elements of a list in a way that is not documented.
    if isinstance(allowed, list) and type in ("String", "Number"):
        texts = [str(as_text(choice)) for choice in allowed]
        if value not in texts and not _is_among(value, allowed):
            return f"must be one of {', '.join(texts)}, got {value!r}"
    return None


def bounds(declared: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """Return the smallest and the largest whole number that a parameter allows."""
    least, most = _number(declared.get("MinValue")), _number(declared.get("MaxValue"))
    allowed = declared.get("AllowedValues")
    numbers = [_number(each) for each in allowed] if isinstance(allowed, list) else []
    known = [number for number in numbers if number is not None]
    if known and len(known) == len(numbers):
        least, most = min(known), max(known)
    return None if least is None else ceil(least), None if most is None else floor(most)


def _is_among(value: str, allowed: list[Any]) -> bool:
    number = _number(value)
    return number is not None and any(_number(choice) == number for choice in allowed)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if isfinite(number) else None
