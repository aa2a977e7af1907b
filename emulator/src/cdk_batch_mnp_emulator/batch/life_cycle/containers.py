"""The containers that a job runs: those of its only node, or those of each node."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cdk_batch_mnp_emulator.batch.validation.definitions import target_nodes

Container = Mapping[str, Any]

_ONLY_CONTAINER = "default"
"""Name of the container of a task, as ECS has it, that is defined without ``ecsProperties``."""

_UNSUPPORTED = "the embedded AWS runs no pods; this job has eksProperties, which it only validates"


class UnsupportedContainerError(Exception):
    """The embedded AWS cannot run this kind of container."""


def containers_of_job(job: Mapping[str, Any]) -> Sequence[Container]:
    """Return the containers of a job with one node, with what their task has for all of them.

    Raises:
        UnsupportedContainerError: The job has a pod.
    """
    return _containers(job)


def containers_of_node(job: Mapping[str, Any], index: int) -> Sequence[Container]:
    """Return the containers of a node: those of the innermost range that holds it.

    Raises:
        UnsupportedContainerError: The node has a pod.

    Source: Batch API, NodeRangeProperty: of nested ranges, the inner one overrides the outer one.
    """
    return _containers(node_range(job, index))


def node_range(job: Mapping[str, Any], index: int) -> Mapping[str, Any]:
    """Return the innermost node range that holds a node."""
    nodes = job["nodeProperties"]
    holding: list[tuple[int, int, Mapping[str, Any]]] = []
    for position, item in enumerate(nodes["nodeRangeProperties"]):
        first, last = target_nodes(item["targetNodes"])
        last = nodes["numNodes"] - 1 if last is None else last
        if first <= index <= last:
            holding.append((last - first, position, item))
    return min(holding, key=lambda found: found[:2])[2]


def instance_type_of_node(job: Mapping[str, Any], index: int) -> str | None:
    """Return the instance type that a node asks for, if it asks for one."""
    asked = node_range(job, index)
    types: list[str] = asked.get("instanceTypes", [])
    in_container: str | None = asked.get("container", {}).get("instanceType")
    return in_container or (types[0] if types else None)


def required(containers: Iterable[Container], kind: str) -> int:
    """Return how much of a resource the containers of a task require; 0 if they do not say.

    Args:
        containers: As their definition has them.
        kind: ``VCPU``, ``MEMORY`` (in MiB) or ``GPU``.
    """
    return sum(_required(container, kind) for container in containers)


def _required(container: Container, kind: str) -> int:
    for item in container.get("resourceRequirements", []):
        if item["type"].upper() == kind:
            return int(float(item["value"]))
    return int(container.get({"VCPU": "vcpus", "MEMORY": "memory"}.get(kind, ""), 0))


def _containers(holder: Mapping[str, Any]) -> Sequence[Container]:
    if "container" in holder:
        return [{**holder["container"], "name": _ONLY_CONTAINER}]
    if "ecsProperties" not in holder:
        raise UnsupportedContainerError(_UNSUPPORTED)
    (task,) = holder["ecsProperties"]["taskProperties"]
    of_all = {name: task[name] for name in ("executionRoleArn", "volumes") if name in task}
    return [
        {
            **container,
            **of_all,
            "jobRoleArn": task.get("taskRoleArn", ""),
            "name": container.get("name")
            or (f"{_ONLY_CONTAINER}-{index}" if index else _ONLY_CONTAINER),
        }
        for index, container in enumerate(task["containers"])
    ]
