"""Consumable resources, such as licenses, and what a job needs of them."""

from __future__ import annotations

from collections.abc import Callable

from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.model.access import known_node_ranges
from cdk_batch_mnp.model.api_struct import ApiStruct, Value
from cdk_batch_mnp.model.partial_text import Text
from cdk_batch_mnp.model.property_path import PROPERTIES, PropertyPath
from cdk_batch_mnp.model.resource import Resource
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumableResource(Resource):
    """A consumable resource.

    Attributes:
        total_quantity: How much of it there is.
        type: ``REPLENISHABLE`` or ``NON_REPLENISHABLE``.

    Source: AWS Batch API, CreateConsumableResource.
    """

    total_quantity: Maybe[int] | None
    type: Maybe[str] | None = None


ConsumableOf = Callable[[Value], Maybe[ConsumableResource]]
"""Resolves an ARN, a name or a reference to a consumable resource."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumableRequirement:
    """What a job needs of one consumable resource.

    Attributes:
        name: The name or ARN as written, with placeholders in a name that is partly known; unknown
            for a reference.
        resource: The resource, as far as it is known.

    Source: AWS Batch API, ConsumableResourceRequirement.
    """

    name: Maybe[str] | None
    quantity: Maybe[int] | None
    resource: Maybe[ConsumableResource] = UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumableList:
    """A list of the consumable resources that a job or one of its node groups needs.

    Attributes:
        path: The property path of the list.
        group: The property path of the node group; ``None`` for the whole job.
    """

    path: PropertyPath
    group: PropertyPath | None = None
    requirements: tuple[Maybe[ConsumableRequirement], ...] = ()


def read_consumables(
    definition: ApiStruct, consumable_of: ConsumableOf
) -> tuple[ConsumableList, ...]:
    """Return the known lists of a job definition and of its node ranges.

    Source: AWS Batch API, RegisterJobDefinition and NodeRangeProperty.
    """
    found = [
        _list(definition, PROPERTIES, None, consumable_of),
        *(
            _list(node_range, path, path, consumable_of)
            for path, node_range in known_node_ranges(definition)
        ),
    ]
    return tuple(each for each in found if each is not None)


def _list(
    owner: ApiStruct, path: PropertyPath, group: PropertyPath | None, consumable_of: ConsumableOf
) -> ConsumableList | None:
    properties = owner.shape("consumableResourceProperties")
    if not isinstance(properties, ApiStruct):
        return None
    requirements = properties.each(
        "consumableResourceList",
        lambda each: ConsumableRequirement(
            name=each.text_if("consumableResource", _is_no_arn),
            quantity=each.integer("quantity"),
            resource=consumable_of(each.raw("consumableResource")),
        ),
    )
    if requirements is UNKNOWN:
        return None
    return ConsumableList(
        path=path / "consumableResourceProperties" / "consumableResourceList",
        group=group,
        requirements=requirements,
    )


def _is_no_arn(name: Text) -> bool:
    """Return whether the known start of a text is not that of an ARN."""
    first = name[0] if name else UNKNOWN
    return isinstance(first, str) and not first.startswith("arn:") and not "arn:".startswith(first)
