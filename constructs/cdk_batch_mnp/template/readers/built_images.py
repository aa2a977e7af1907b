"""Read the platforms of container images that the CDK builds."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cdk_batch_mnp.lazy.pattern import pattern
from cdk_batch_mnp.model.api_struct import ApiStruct, Value
from cdk_batch_mnp.model.node_group import NODE_RANGES
from cdk_batch_mnp.model.property_path import PropertyPath
from cdk_batch_mnp.template.evaluation.values import PartialText

_HASH = pattern(r":([0-9a-f]{64})$")
"""The tag of an image of the CDK."""


def image_platforms(
    definition: ApiStruct, platform_of: Callable[[str], str | None]
) -> dict[PropertyPath, str]:
    """Return the platforms of the images that are built, by the path of the container.

    Args:
        definition: The properties of a job definition.
        platform_of: Returns the platform by the hash of an image, ``None`` if it is not built.
    """
    found: dict[PropertyPath, str] = {}
    for path, image in _images(definition):
        text = image.last if isinstance(image, PartialText) else image
        match = _HASH.search(text) if isinstance(text, str) else None
        platform = platform_of(match[1]) if match is not None else None
        if platform is not None:
            found[path] = platform
    return found


def _images(definition: ApiStruct) -> Iterator[tuple[PropertyPath, Value]]:
    nodes = definition.shape("nodeProperties")
    for position, group in enumerate(_shapes(nodes, "nodeRangeProperties")):
        path = NODE_RANGES / position
        if isinstance(group, ApiStruct) and isinstance(
            container := group.shape("container"), ApiStruct
        ):
            yield path / "container", container.raw("image")
        ecs = group.shape("ecsProperties") if isinstance(group, ApiStruct) else None
        for task in _shapes(ecs, "taskProperties")[:1]:
            inside = path / "ecsProperties" / "taskProperties" / 0 / "containers"
            for number, of_task in enumerate(_shapes(task, "containers")):
                if isinstance(of_task, ApiStruct):
                    yield inside / number, of_task.raw("image")


def _shapes(parent: object, name: str) -> tuple[object, ...]:
    shapes = parent.shapes(name) if isinstance(parent, ApiStruct) else ()
    return shapes if isinstance(shapes, tuple) else ()
