"""Rules over a whole job definition."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from cdk_batch_mnp_emulator.batch.state import refused
from cdk_batch_mnp_emulator.batch.validation.containers import (
    EC2,
    MANAGED_INSTANCES,
    container,
    task,
)
from cdk_batch_mnp_emulator.batch.validation.pods import namespace, pod

_TARGET_NODES = re.compile(r"(?P<only>[0-9]{1,9})|(?P<first>[0-9]{0,9}):(?P<last>[0-9]{0,9})")
_KINDS = ("containerProperties", "nodeProperties", "ecsProperties", "eksProperties")
_KINDS_OF_RANGE = ("container", "ecsProperties", "eksProperties")
_NOT_FOR_EKS = ("platformCapabilities", "propagateTags")
_MOST_BYTES = 24 * 1024
"""User guide, quotas: size of a job definition."""


def target_nodes(text: str) -> tuple[int, int | None]:
    """Return the first and the last node of a range; ``None`` for an open end.

    Raises:
        ServiceError: It is not of the form ``n``, ``n:m``, ``:m``, ``n:`` or ``:``.

    Source: Batch API, NodeRangeProperty.targetNodes.
    """
    match = _TARGET_NODES.fullmatch(text)
    if match is None:
        raise refused(f"targetNodes {text!r} is not a valid node range")
    if match["only"]:
        return int(match["only"]), int(match["only"])
    return int(match["first"] or 0), int(match["last"]) if match["last"] else None


def check_definition(definition: Mapping[str, Any]) -> None:
    """Reject a job definition whose members are not valid together.

    Raises:
        ServiceError: For the first problem.

    Source: Batch API, RegisterJobDefinition and the structures of its members.
    """
    for wrong in _definition(definition):
        raise refused(wrong)


def platform_of(definition: Mapping[str, Any]) -> str:
    """Return the platform of a definition."""
    capabilities = [item.upper() for item in definition.get("platformCapabilities", [])]
    return capabilities[0] if len(capabilities) == 1 else EC2


def _definition(definition: Mapping[str, Any]) -> Iterator[str]:
    size = len(json.dumps(definition, ensure_ascii=False).encode(errors="replace"))
    if size > _MOST_BYTES:
        yield f"The job definition has {size} bytes, and must have at most {_MOST_BYTES}"
    kinds = [kind for kind in _KINDS if kind in definition]
    is_multinode = definition["type"].lower() == "multinode"
    if is_multinode != (kinds == ["nodeProperties"]) or len(kinds) != 1:
        yield (
            f"A job definition of type {definition['type']} must have "
            f"{'nodeProperties' if is_multinode else 'one of its container properties'} and no "
            f"other properties of containers; it has {', '.join(kinds) or 'none'}"
        )
    capabilities = [item.upper() for item in definition.get("platformCapabilities", [])]
    platform = platform_of(definition)
    if len(capabilities) > 1:
        yield f"platformCapabilities takes 1 item, not {', '.join(capabilities)}"
    if is_multinode and platform != EC2:
        yield f"platformCapabilities {platform} is not supported by multi-node parallel jobs"
    if platform == MANAGED_INSTANCES and kinds != ["ecsProperties"]:
        yield f"platformCapabilities {MANAGED_INSTANCES} needs ecsProperties, not {kinds[0]}"
    if is_multinode:
        yield from _nodes(definition["nodeProperties"])
    for name, check in (("containerProperties", container), ("ecsProperties", _tasks)):
        if name in definition:
            yield from (f"{name}{_continued(w)}" for w in check(definition[name], platform))
    if definition.get("containerProperties", {}).get("instanceType"):
        yield "containerProperties must not contain instanceType, which is for multi-node jobs only"
    if "eksProperties" in definition or (is_multinode and _has_pods(definition["nodeProperties"])):
        for name in _NOT_FOR_EKS:
            if name in definition:
                yield f"{name} must not be specified with eksProperties"
    if "eksProperties" in definition:
        yield from (f"eksProperties{_continued(w)}" for w in pod(definition["eksProperties"]))


def _has_pods(nodes: Mapping[str, Any]) -> bool:
    return any("eksProperties" in item for item in nodes["nodeRangeProperties"])


def _nodes(nodes: Mapping[str, Any]) -> Iterator[str]:
    number, main_node = nodes["numNodes"], nodes["mainNode"]
    ranges = nodes["nodeRangeProperties"]
    if not 0 <= main_node < number:
        yield (
            f"nodeProperties.mainNode {main_node} must be fewer than numNodes {number}, and at "
            "least 0"
        )
    yield from _targets(number, [item["targetNodes"] for item in ranges])
    for index, item in enumerate(ranges):
        path = f"nodeProperties.nodeRangeProperties[{index}]"
        kinds = [kind for kind in _KINDS_OF_RANGE if kind in item]
        if len(kinds) != 1:
            found = " and ".join(kinds) or "none"
            yield f"{path} must have one of {', '.join(_KINDS_OF_RANGE)}, not {found}"
            continue
        wrong = {
            "container": lambda found: container(found, EC2),
            "ecsProperties": lambda found: _tasks(found, EC2),
            "eksProperties": pod,
        }[kinds[0]](item[kinds[0]])
        yield from (f"{path}.{kinds[0]}{_continued(w)}" for w in wrong)
    kinds_of_all = {kind for item in ranges for kind in _KINDS_OF_RANGE if kind in item}
    if "eksProperties" in kinds_of_all and len(kinds_of_all) > 1:
        yield "nodeRangeProperties must have eksProperties in all node ranges or in none"
    namespaces = {namespace(item.get("eksProperties", {})) for item in ranges}
    if len(namespaces) > 1:
        named = ", ".join(sorted(str(name) for name in namespaces))
        yield f"All node ranges must have one namespace, not {named}"
    yield from instance_types_of(ranges)


def instance_types_of(ranges: list[Mapping[str, Any]]) -> Iterator[str]:
    """Yield what is wrong if node ranges do not all have the same instance type.

    Source: Batch API, ContainerProperties.instanceType; user guide, node groups.
    """
    types = {
        name
        for item in ranges
        for name in (
            *item.get("instanceTypes", []),
            item.get("container", {}).get("instanceType"),
        )
        if name
    }
    if len(types) > 1:
        yield f"All node groups must use the same instance type, not {', '.join(sorted(types))}"


def _targets(number: int, targets: list[str]) -> Iterator[str]:
    taken: list[tuple[int, int, str]] = []
    covered: set[int] = set()
    for text in targets:
        first, given = target_nodes(text)
        last = number - 1 if given is None else given
        if not first <= last < number:
            yield f"targetNodes {text} is outside of numNodes {number}"
            return
        for other_first, other_last, other in taken:
            if first < other_first <= last < other_last or other_first < first <= other_last < last:
                yield f"targetNodes {other} and {text} overlap, and neither is inside of the other"
        taken.append((first, last, text))
        covered.update(range(first, last + 1))
    if missing := sorted(set(range(number)) - covered):
        yield f"Node ranges must account for all nodes; {missing} are in none"


def _tasks(properties: Mapping[str, Any], platform: str) -> Iterator[str]:
    for index, item in enumerate(properties["taskProperties"]):
        yield from (f".taskProperties[{index}]{_continued(w)}" for w in task(item, platform))


def _continued(wrong: str) -> str:
    # What is wrong further inside begins with the rest of its path, such as mountPoints[0].
    first = wrong.split(" ")[0]
    if first.startswith((".", "[")):
        return wrong
    return f".{wrong}" if "[" in first else f" {wrong}"
