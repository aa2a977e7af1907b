"""Rules over a submission, its queue and its job definition."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from cdk_batch_mnp_emulator.batch.state import refused
from cdk_batch_mnp_emulator.batch.validation.bounds import shown
from cdk_batch_mnp_emulator.batch.validation.containers import EC2, FARGATE
from cdk_batch_mnp_emulator.batch.validation.definitions import (
    instance_types_of,
    platform_of,
    target_nodes,
)

_MOST_BYTES = 30 * 1024
"""User guide, quotas: payload of a SubmitJob operation."""

_OVERRIDES = {
    "containerOverrides": "containerProperties",
    "ecsPropertiesOverride": "ecsProperties",
    "eksPropertiesOverride": "eksProperties",
    "nodeOverrides": "nodeProperties",
}
_OVERRIDES_OF_RANGE = {
    "containerOverrides": "container",
    "ecsPropertiesOverride": "ecsProperties",
    "eksPropertiesOverride": "eksProperties",
}

_NO_SUCH_RANGE = (
    "NodeOverride targets should match job definition. Non matching targets - {targets}"
)
"""The service's own words, as issue 964 of aws/aws-parallelcluster quotes them."""


def check_submission(
    request: Mapping[str, Any],
    queue: Mapping[str, Any],
    definition: Mapping[str, Any],
    jobs: Mapping[str, Mapping[str, Any]],
) -> None:
    """Reject a submission that does not fit its queue, its definition or its dependencies.

    Args:
        request: The SubmitJob request.
        queue: That it names.
        definition: That it names.
        jobs: Existing jobs by ID.

    Raises:
        ServiceError: For the first problem.

    Source: Batch API, SubmitJob and the structures of its members.
    """
    for wrong in (
        *_size(request),
        *_share(request, queue),
        *_dependencies(request, jobs),
        *_overrides(request, definition),
    ):
        raise refused(wrong)


def check_nodes(nodes: Mapping[str, Any], overrides: Mapping[str, Any]) -> None:
    """Reject overrides that the node groups of a definition do not allow.

    Raises:
        ServiceError: For the first problem.

    Source: Batch API, NodeOverrides and NodePropertyOverride.
    """
    if (number := overrides.get("numNodes")) is not None:
        for wrong in _number(nodes, number):
            raise refused(wrong)
    asked = overrides.get("nodePropertyOverrides", [])
    ranges = {item["targetNodes"] for item in nodes["nodeRangeProperties"]}
    if others := [each["targetNodes"] for each in asked if each["targetNodes"] not in ranges]:
        raise refused(_NO_SUCH_RANGE.format(targets=", ".join(others)))
    for index, override in enumerate(asked):
        for wrong in _range(nodes, override):
            raise refused(f"nodeOverrides.nodePropertyOverrides[{index}] {wrong}")


def check_overridden_nodes(nodes: Mapping[str, Any]) -> None:
    """Reject overrides that set different instance types for the node groups.

    Raises:
        ServiceError: There is more than one.
    """
    for wrong in instance_types_of(nodes["nodeRangeProperties"]):
        raise refused(wrong)


def _size(request: Mapping[str, Any]) -> Iterator[str]:
    size = len(json.dumps(request, ensure_ascii=False).encode(errors="replace"))
    if size > _MOST_BYTES:
        yield f"The submission has {size} bytes, and must have at most {_MOST_BYTES}"


def _share(request: Mapping[str, Any], queue: Mapping[str, Any]) -> Iterator[str]:
    share, name = request.get("shareIdentifier"), queue["jobQueueName"]
    if share and not queue.get("schedulingPolicyArn"):
        yield (
            f"shareIdentifier {share} must not be specified: job queue {name} has no fair-share "
            "scheduling policy"
        )
    if not share and queue.get("schedulingPolicyArn"):
        yield f"shareIdentifier must be specified: job queue {name} has a scheduling policy"


def _dependencies(
    request: Mapping[str, Any], jobs: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    size = request.get("arrayProperties", {}).get("size")
    for index, dependency in enumerate(request.get("dependsOn", [])):
        job, kind = dependency.get("jobId"), dependency.get("type", "").upper()
        where = f"dependsOn[{index}]"
        if kind == "N_TO_N" and size is None:
            yield f"{where} of type N_TO_N is for array jobs only"
        if not job and size is None:
            yield f"{where} must have jobId, since this is not an array job"
        if not job and kind != "SEQUENTIAL":
            yield f"{where} must have jobId, since it is not of type SEQUENTIAL"
        if job and job not in jobs:
            yield f"{where}.jobId {shown(job)} does not exist"
        elif job and kind == "N_TO_N":
            other = jobs[job].get("arrayProperties", {}).get("size")
            if other is None:
                yield f"{where} is of type N_TO_N, and job {job} is not an array job"
            elif other != size:
                yield (
                    f"{where} is of type N_TO_N, and array job {job} has size {other}; it must "
                    f"have size {size}, as this one"
                )


def _overrides(request: Mapping[str, Any], definition: Mapping[str, Any]) -> Iterator[str]:
    is_multinode = "nodeProperties" in definition
    if is_multinode and "arrayProperties" in request:
        yield "arrayProperties is not applicable to multi-node parallel jobs"
    for override, properties in _OVERRIDES.items():
        if override in request and properties not in definition:
            kind = "multi-node parallel jobs" if is_multinode else "this job definition"
            yield f"{override} is not applicable to {kind}: it overrides {properties}"
    container = request.get("containerOverrides", {})
    platform = platform_of(definition)
    if container.get("instanceType"):
        yield "containerOverrides.instanceType is for multi-node parallel jobs only"
    if platform == FARGATE:
        for name in ("memory", "vcpus"):
            if name in container:
                yield f"containerOverrides.{name} is not applicable to jobs on Fargate"
    yield from _requirements("containerOverrides", container, platform)
    ecs = request.get("ecsPropertiesOverride", {})
    yield from _tasks("ecsPropertiesOverride", ecs, definition.get("ecsProperties", {}), platform)


def _requirements(path: str, override: Mapping[str, Any], platform: str) -> Iterator[str]:
    for index, item in enumerate(override.get("resourceRequirements", [])):
        kind, value = item["type"].upper(), item["value"]
        where = f"{path}.resourceRequirements[{index}]"
        if platform == FARGATE and kind == "GPU":
            yield f"{where} must not be of type GPU on Fargate"
        if platform != FARGATE and kind == "VCPU" and "." in value:
            yield f"{where} must have a whole number of vCPUs of at least 1, not {value}"


def _tasks(
    path: str, override: Mapping[str, Any], properties: Mapping[str, Any], platform: str
) -> Iterator[str]:
    names = {
        item.get("name")
        for task in properties.get("taskProperties", [])
        for item in task["containers"]
    }
    for item in override.get("taskProperties", []):
        for container in item.get("containers", []):
            if container.get("name") not in names:
                name = container.get("name")
                yield f"{path} names container {name}, which the task does not have"
            yield from _requirements(path, container, platform)


def _number(nodes: Mapping[str, Any], number: int) -> Iterator[str]:
    ranges = [target_nodes(item["targetNodes"]) for item in nodes["nodeRangeProperties"]]
    if all(last is not None for _, last in ranges):
        yield (
            "numNodes cannot be overridden: no node range of the job definition has an open upper "
            "boundary, such as : or n:"
        )
    highest = max(first for first, _ in ranges)
    if highest >= number:
        yield (
            f"numNodes {number} is too low: a node range of the job definition begins at node "
            f"{highest}"
        )
    if nodes["mainNode"] >= number:
        yield f"mainNode {nodes['mainNode']} must be fewer than numNodes {number}"


def _range(nodes: Mapping[str, Any], override: Mapping[str, Any]) -> Iterator[str]:
    target = override["targetNodes"]
    found = [item for item in nodes["nodeRangeProperties"] if item["targetNodes"] == target]
    for item in found:
        for name, properties in _OVERRIDES_OF_RANGE.items():
            if name in override and properties not in item:
                yield f"has {name}, and the node range has no {properties}"
        yield from _requirements("containerOverrides", override.get("containerOverrides", {}), EC2)
        yield from _tasks(
            "ecsPropertiesOverride",
            override.get("ecsPropertiesOverride", {}),
            item.get("ecsProperties", {}),
            EC2,
        )
