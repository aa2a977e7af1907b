"""The API models of AWS: what a request may hold, and how a template's properties become one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StringShape, StructureShape
from botocore.validate import ParamValidator

from cdk_batch_mnp.local.errors import ServiceError


@cache
def service_model(service: str) -> ServiceModel:
    """Give the model of a service's API, the one that boto3 checks requests against."""
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


def input_shape(service: str, operation: str) -> StructureShape:
    """Give the shape of the requests of an operation.

    Raises:
        ServiceError: The operation takes nothing, or there is none of this name.
    """
    shape = service_model(service).operation_model(operation).input_shape
    if shape is None:
        raise ServiceError("ValidationException", f"{operation} takes no parameters")
    return shape


def check(service: str, operation: str, parameters: Mapping[str, Any], code: str) -> None:
    """Refuse a request that the model of the API does not allow.

    Raises:
        ServiceError: Under ``code``, with all that is wrong: what is unknown, missing, of another
            type, too short, or no word of the enumeration.
    """
    shape = input_shape(service, operation)
    wrong = str(ParamValidator().validate(dict(parameters), shape).generate_report())
    unknown = "" if wrong else "\n".join(_outside_enumerations(shape, parameters, ""))
    if wrong or unknown:
        raise ServiceError(code, f"Parameter validation failed:\n{wrong or unknown}")


def _outside_enumerations(shape: Shape, value: Any, path: str) -> list[str]:
    if isinstance(shape, StructureShape):
        return [
            each
            for name, member in value.items()
            for each in _outside_enumerations(shape.members[name], member, f"{path}.{name}")
        ]
    if isinstance(shape, ListShape):
        return [
            each
            for index, member in enumerate(value)
            for each in _outside_enumerations(shape.member, member, f"{path}[{index}]")
        ]
    if isinstance(shape, MapShape) or not isinstance(shape, StringShape) or not shape.enum:
        return []
    # Batch takes the words of some enumerations in small letters too.
    if value.upper() in {each.upper() for each in shape.enum}:
        return []
    words = ", ".join(shape.enum)
    return [f"Invalid value for parameter {path.lstrip('.')}: {value!r}, valid values: {words}"]


def request_from_properties(shape: Shape, properties: Any) -> Any:
    """Turn the properties of a template's resource into an API request.

    CloudFormation writes member names with a capital, and takes ``"4"`` for 4 and 4 for ``"4"``.
    What the shape does not know is passed on as it is, for :func:`check` to name it.

    Args:
        shape: Of the request, or of a part of it.
        properties: With all intrinsic functions resolved.
    """
    if isinstance(shape, StructureShape) and isinstance(properties, Mapping):
        return {
            known: request_from_properties(shape.members[known], value)
            if known in shape.members
            else value
            for known, value in ((_member(shape, key), each) for key, each in properties.items())
        }
    if isinstance(shape, ListShape) and isinstance(properties, list):
        return [request_from_properties(shape.member, each) for each in properties]
    if isinstance(shape, MapShape) and isinstance(properties, Mapping):
        return {
            str(key): request_from_properties(shape.value, value)
            for key, value in properties.items()
        }
    return _scalar(shape.type_name, properties)


def _member(shape: StructureShape, key: str) -> str:
    if key in shape.members:
        return key
    small = key[:1].lower() + key[1:]
    return small if small in shape.members else key


def _scalar(type_name: str, value: Any) -> Any:
    if type_name == "string":
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, int | float):
            return str(value)
        if isinstance(value, Mapping):  # a policy document, which the API takes as text
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
