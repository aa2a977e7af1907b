"""JSON bodies of responses, written much faster than moto's serializer writes them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from cdk_batch_mnp_emulator import api_model

Writer = Callable[[Any], Any]
"""Returns what a response has for a value: only members that the API model has and that are set."""

_AS_THEY_ARE = frozenset({"string", "integer", "long", "float", "double", "boolean"})


class NotJsonError(Exception):
    """A part of a response does not go into its body as plain JSON."""


def json_body(service: str, operation: str, result: Mapping[str, Any]) -> str:
    """Return the body of a response.

    Args:
        service: Service name in botocore.
        operation: Operation name.
        result: Members by the API's names; others are left out, as are members without a value.

    Raises:
        NotJsonError: The API model has headers, blobs or timestamps in the response.
    """
    return json.dumps(_operation_writer(service, operation)(result))


@cache
def _operation_writer(service: str, operation: str) -> Writer:
    shape = api_model.service_model(service).operation_model(operation).output_shape
    return _writer(shape) if shape is not None else _nothing


def _writer(shape: Shape, *outer: str) -> Writer:
    if "location" in shape.serialization or shape.name in outer:
        raise NotJsonError(f"{shape.name} is not plain JSON")
    if isinstance(shape, StructureShape):
        return _structure(shape, (*outer, shape.name))
    if isinstance(shape, ListShape):
        return _list(_writer(shape.member, *outer))
    if isinstance(shape, MapShape):
        return _map(_writer(shape.value, *outer))
    if shape.type_name not in _AS_THEY_ARE:
        raise NotJsonError(f"{shape.name} is a {shape.type_name}")
    return _same


def _structure(shape: StructureShape, outer: tuple[str, ...]) -> Writer:
    if "payload" in shape.serialization:
        raise NotJsonError(f"{shape.name} is not a structure in the body")
    members = {
        name: (member.serialization.get("name", name), _writer(member, *outer))
        for name, member in shape.members.items()
    }

    def write(value: Mapping[str, Any]) -> dict[str, Any]:
        return {
            members[name][0]: members[name][1](item)
            for name, item in value.items()
            if item is not None and name in members
        }

    return write


def _list(write: Writer) -> Writer:
    return list if write is _same else lambda value: [write(item) for item in value]


def _map(write: Writer) -> Writer:
    if write is _same:
        return dict
    return lambda value: {key: write(item) for key, item in value.items()}


def _same(value: Any) -> Any:
    return value


def _nothing(value: Any) -> dict[str, Any]:
    return {}
