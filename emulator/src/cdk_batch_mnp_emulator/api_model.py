"""AWS API models: validate requests, and convert resource properties to requests."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape
from botocore.validate import ParamValidator
from moto.core.model import ServiceModel
from moto.core.utils import get_service_model

from cdk_batch_mnp_emulator.errors import ServiceError

_INTEGERS = {"integer": 32, "long": 64}
"""Number of bits of the integer types."""

_JSON_TYPES: dict[str, tuple[type, ...]] = {
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "timestamp": (int, float, str),
}
"""The JSON types for each type of the models; a string for all others."""

_LONGEST_SHOWN = 80


def service_model(service: str) -> ServiceModel:
    """Return the API model of a service, which boto3 uses too."""
    return get_service_model(service)  # botocore's own data, in classes that moto's parsers need


def input_shape(service: str, operation: str) -> StructureShape:
    """Return the input shape of an operation.

    Raises:
        ServiceError: The operation has no input, or does not exist.
    """
    shape: StructureShape | None = service_model(service).operation_model(operation).input_shape
    if shape is None:
        raise ServiceError("ValidationException", f"{operation} takes no parameters")
    return shape


def check(service: str, operation: str, parameters: Mapping[str, Any], code: str) -> None:
    """Reject a request that does not match the API model.

    Raises:
        ServiceError: With the code ``code`` and all problems: members that are unknown, missing, of
            another type, too short or too long, not in the enumeration, or do not match the
            pattern.
    """
    shape = input_shape(service, operation)
    wrong = str(ParamValidator().validate(dict(parameters), shape).generate_report())
    # botocore only checks types and minimums; services check the rest.
    rest = "" if wrong else "\n".join(_outside(shape, parameters, ""))
    if wrong or rest:
        raise ServiceError(code, f"Parameter validation failed:\n{wrong or rest}")


def check_json(service: str, operation: str, body: bytes, code: str) -> None:
    """Reject a JSON body with values of types that do not match the API model.

    Parsers turn ``"4"`` and ``true`` into numbers; services do not. Members that are not in the
    model are ignored, as services do.

    Raises:
        ServiceError: With the code ``code`` and the first wrong value.
    """
    try:
        content = json.loads(body, parse_constant=_refuse_constant) if body else {}
    except (ValueError, RecursionError) as error:
        raise ServiceError(code, f"The body of {operation} is not JSON: {error}") from None
    shape = service_model(service).operation_model(operation).input_shape
    for wrong in _of_other_type(shape, content, "") if shape is not None else ():
        raise ServiceError(code, f"Parameter validation failed:\n{wrong}")


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number")


def _of_other_type(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if value is None and path:
        return
    types = _JSON_TYPES.get(shape.type_name, (str,))
    is_right: bool = isinstance(value, types) and (bool in types or not isinstance(value, bool))
    if not is_right:
        yield (
            f"Invalid type for parameter {path.lstrip('.') or 'input'}, value: "
            f"{_shortened(repr(value))}, type: {type(value).__name__}, valid types: "
            f"{', '.join(each.__name__ for each in types)}"
        )
    elif isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            if name in value:
                yield from _of_other_type(member, value[name], f"{path}.{name}")
    elif isinstance(shape, ListShape):
        for index, element in enumerate(value):
            yield from _of_other_type(shape.member, element, f"{path}[{index}]")
    elif isinstance(shape, MapShape):
        for key, element in value.items():
            yield from _of_other_type(shape.value, element, f"{path}.{_shortened(key)}")


def _outside(shape: Shape, value: Any, path: str) -> Iterator[str]:
    name = path.lstrip(".") or "input"
    if isinstance(shape, StructureShape):
        for key, member in value.items():
            yield from _outside(shape.members[key], member, f"{path}.{key}")
    elif isinstance(shape, ListShape):
        yield from _outside_size(shape, value, name)
        for index, member in enumerate(value):
            yield from _outside(shape.member, member, f"{path}[{index}]")
    elif isinstance(shape, MapShape):
        yield from _outside_size(shape, value, name)
        for key, member in value.items():
            yield from _outside(shape.key, key, f"{path} (key: {_shortened(key)})")
            yield from _outside(shape.value, member, f"{path}.{_shortened(key)}")
    elif isinstance(shape, StringShape):
        yield from _outside_text(shape, value, name)
    elif shape.type_name in _INTEGERS:
        yield from _outside_integer(shape, value, name)
    elif shape.type_name in {"float", "double"} and not math.isfinite(value):
        yield f"Invalid value for parameter {name}: {value}, must be a number"


def _outside_size(
    shape: Shape, value: Sequence[Any] | Mapping[str, Any], name: str
) -> Iterator[str]:
    # An empty map is like none: Airflow's BatchOperator submits every job without tags that way.
    least = 0 if isinstance(shape, MapShape) else shape.metadata.get("min", 0)
    most = shape.metadata.get("max", len(value))
    if not least <= len(value) <= most:
        bound = f"at least {least}" if len(value) < least else f"at most {most}"
        yield f"Invalid length for parameter {name}: {len(value)} items, takes {bound}"


def _outside_text(shape: StringShape, value: str, name: str) -> Iterator[str]:
    # Batch accepts some enumeration values in lower case too.
    if shape.enum:
        if value.upper() not in {word.upper() for word in shape.enum}:
            words = ", ".join(shape.enum)
            yield f"Invalid value for parameter {name}: {value!r}, valid values: {words}"
        return
    least, most = shape.metadata.get("min", 0), shape.metadata.get("max", len(value))
    if not least <= len(value) <= most:
        bound = f"at least {least}" if len(value) < least else f"at most {most}"
        yield f"Invalid length for parameter {name}: {len(value)} characters, takes {bound}"
    pattern = _compiled(shape.metadata.get("pattern", ""))
    if pattern is not None and not pattern.fullmatch(value):
        yield (
            f"Invalid value for parameter {name}: {_shortened(value)!r}, must match "
            f"{pattern.pattern}"
        )


def _outside_integer(shape: Shape, value: int, name: str) -> Iterator[str]:
    if isinstance(value, bool):
        yield f"Invalid type for parameter {name}, value: {value}, type: bool, valid types: int"
        return
    bits = _INTEGERS[shape.type_name]
    least = shape.metadata.get("min", -(2 ** (bits - 1)))
    most = shape.metadata.get("max", 2 ** (bits - 1) - 1)
    if not least <= value <= most:
        yield f"Invalid value for parameter {name}: {value}, must be from {least} to {most}"


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    # Java patterns: those that Python cannot compile, or interprets differently, are not checked.
    if not pattern or "\\p{" in pattern:
        return None
    try:
        return re.compile(pattern)
    except re.error:
        return None


def _shortened(value: str) -> str:
    return value if len(value) <= _LONGEST_SHOWN else f"{value[:_LONGEST_SHOWN]}..."


def request_from_properties(shape: Shape, properties: Any) -> Any:
    """Convert the properties of a resource in a template to an API request.

    CloudFormation capitalizes member names, and accepts ``"4"`` for 4 and 4 for ``"4"``. Unknown
    members are passed on unchanged, so that :func:`check` reports them.

    Args:
        shape: Shape of the request, or of a part of it.
        properties: Properties, with all intrinsic functions resolved.
    """
    if isinstance(shape, StructureShape) and isinstance(properties, Mapping):
        return {
            known: request_from_properties(shape.members[known], value)
            if known in shape.members
            else value
            for known, value in (
                (member(shape, key) or key, given) for key, given in properties.items()
            )
        }
    if isinstance(shape, ListShape) and isinstance(properties, list):
        return [request_from_properties(shape.member, each) for each in properties]
    if isinstance(shape, MapShape) and isinstance(properties, Mapping):
        return {
            str(key): request_from_properties(shape.value, value)
            for key, value in properties.items()
        }
    return _scalar(shape.type_name, properties)


def member(shape: StructureShape, key: str) -> str | None:
    """Return the member of a structure for a property, which CloudFormation capitalizes."""
    small = key[:1].lower() + key[1:]
    return next((name for name in (key, small) if name in shape.members), None)


def _scalar(type_name: str, value: Any) -> Any:
    if type_name == "string":
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, int | float):
            return str(value)
        if isinstance(value, Mapping):  # a policy document, which is text in the API
            return json.dumps(value)
    elif isinstance(value, str):
        try:
            if type_name in {"integer", "long"}:
                return int(value)
            if type_name in {"float", "double"}:
                return float(value)
        except ValueError:
            return value
        if type_name == "boolean" and value.lower() in {"true", "false"}:
            return value.lower() == "true"
    return value
