"""Find what templates hand on to nested stacks that cannot be read."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.model.api_struct import Value
from cdk_batch_mnp.template.evaluation.stack import NESTED_STACK
from cdk_batch_mnp.template.evaluation.stacks import Stacks
from cdk_batch_mnp.template.evaluation.values import PartialText, Reference


def handed_on(stacks: Stacks) -> frozenset[str]:
    """Return the IDs of resources to which such a stack may add routes, endpoints and so on."""
    return frozenset(
        logical_id
        for resource in stacks.of_type(NESTED_STACK)
        if resource.logical_id not in resource.stack.nested
        for logical_id in _mentioned(resource.known.raw("Parameters"))
    )


def _mentioned(value: Value) -> Iterator[str]:
    if isinstance(value, Reference):
        yield value.resource.id
    elif isinstance(value, PartialText):
        for part in value.parts:
            yield from _mentioned(part)
    elif isinstance(value, dict):
        for member in value.values():
            yield from _mentioned(member)
    elif isinstance(value, list):
        for item in value:
            yield from _mentioned(item)
