"""Resolve and validate the values of template parameters.

Source: CloudFormation user guide, "Parameters". The messages are the service's own where they are
known.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from cdk_batch_mnp_emulator.cloudformation.structure import Json, invalid

_SSM = re.compile(r"AWS::SSM::Parameter::Value<(?P<inner>.+)>")


def resolve_parameters(
    template: Json, given: Mapping[str, str], read_ssm: Callable[[str], str]
) -> Json:
    """Return the value of every parameter of a template.

    Args:
        template: The parsed template.
        given: Values in the request.
        read_ssm: Returns the value of a Systems Manager parameter.

    Raises:
        ServiceError: A parameter is missing, unknown, or has a value that is not allowed.
    """
    slots: Mapping[str, Json] = template.get("Parameters", {})
    if unknown := sorted(set(given) - set(slots)):
        raise invalid(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    if missing := sorted(
        name for name, slot in slots.items() if name not in given and "Default" not in slot
    ):
        raise invalid(f"Parameters: [{', '.join(missing)}] must have values")
    return {
        name: _parameter(name, slot, _text(given.get(name, slot.get("Default"))), read_ssm)
        for name, slot in slots.items()
    }


def _parameter(name: str, slot: Json, text: str, read_ssm: Callable[[str], str]) -> Any:
    kind = slot["Type"]
    is_list = kind == "CommaDelimitedList" or kind.startswith("List<")
    for element in _elements(text) if is_list else [text]:
        for wrong in _wrong(name, slot, kind, element):
            if "ConstraintDescription" in slot:
                raise invalid(
                    f"Parameter {name} failed to satisfy constraint: "
                    f"{slot['ConstraintDescription']}"
                )
            raise invalid(wrong)
    if match := _SSM.fullmatch(kind):
        kind, text = match["inner"], read_ssm(text)
    if kind == "CommaDelimitedList" or kind.startswith("List<"):
        return _elements(text)
    return text


def _wrong(name: str, slot: Json, kind: str, text: str) -> Iterator[str]:
    words = [_text(each) for each in slot.get("AllowedValues", [])]
    if words and text not in words:
        yield f"Parameter '{name}' must be one of AllowedValues: [{', '.join(words)}]"
    if "AllowedPattern" in slot and not _matches(str(slot["AllowedPattern"]), text):
        yield f"Parameter '{name}' must match pattern {slot['AllowedPattern']}"
    if kind in {"Number", "List<Number>"}:
        number = _number(text)
        if number is None:
            yield f"Parameter '{name}' must be a number"
            return
        if (least := _number(slot.get("MinValue"))) is not None and number < least:
            yield f"Parameter '{name}' must be a number not less than {slot['MinValue']}"
        if (most := _number(slot.get("MaxValue"))) is not None and number > most:
            yield f"Parameter '{name}' must be a number not greater than {slot['MaxValue']}"
    else:
        if (least := _number(slot.get("MinLength"))) is not None and len(text) < least:
            yield f"Parameter '{name}' must contain at least {slot['MinLength']} characters"
        if (most := _number(slot.get("MaxLength"))) is not None and len(text) > most:
            yield f"Parameter '{name}' must contain at most {slot['MaxLength']} characters"


def _matches(pattern: str, text: str) -> bool:
    try:
        return re.fullmatch(pattern, text) is not None
    except re.error:  # a Java pattern that Python cannot compile: not checked
        return True


def _number(value: Any) -> float | None:
    try:
        return None if value is None else float(value)
    except (TypeError, ValueError):
        return None


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _elements(text: str) -> list[str]:
    return [each.strip() for each in text.split(",")] if text else []
