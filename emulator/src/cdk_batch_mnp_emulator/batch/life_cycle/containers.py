"""The containers that a job runs: one, or one for each node."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cdk_batch_mnp_emulator.batch.validation.definitions import target_nodes

Container = Mapping[str, Any]

_UNSUPPORTED = (
    "the embedded AWS runs jobs of one container; this one has {properties}, which it only "
    "validates"
)


class UnsupportedContainerError(Exception):
    """The embedded AWS cannot run this kind of container."""


def container_of_job(job: Mapping[str, Any]) -> Container:
    """Return the container of a job with one node.

    Raises:
        UnsupportedContainerError: The job has several containers, or a pod.
    """
    return _only_container(job, "container")


def container_of_node(job: Mapping[str, Any], index: int) -> Container:
    """Return the container of a node: that of the innermost range that holds it.

    Raises:
        UnsupportedContainerError: The node has several containers, or a pod.

    Source: Batch API, NodeRangeProperty: of nested ranges, the inner one overrides the outer one.
    """
    return _only_container(node_range(job, index), "container")


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


def required(container: Container, kind: str) -> int:
    """Return how much of a resource a container requires; 0 if it does not say.

    Args:
        container: As its definition has it.
        kind: ``VCPU``, ``MEMORY`` (in MiB) or ``GPU``.
    """
    for item in container.get("resourceRequirements", []):
        if item["type"].upper() == kind:
            return int(float(item["value"]))
    return int(container.get({"VCPU": "vcpus", "MEMORY": "memory"}.get(kind, ""), 0))


def _only_container(holder: Mapping[str, Any], key: str) -> Container:
    if key in holder:
        found: Container = holder[key]
        return found
    tasks = holder.get("ecsProperties", {}).get("taskProperties", [])
    if tasks and len(tasks[0]["containers"]) == 1:
        return {
            **tasks[0]["containers"][0],
            **{
                name: tasks[0][name] for name in ("executionRoleArn", "volumes") if name in tasks[0]
            },
            "jobRoleArn": tasks[0].get("taskRoleArn", ""),
        }
    properties = "ecsProperties" if tasks else "eksProperties"
    raise UnsupportedContainerError(_UNSUPPORTED.format(properties=properties))
