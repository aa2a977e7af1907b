"""Rules about containers on ECS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cdk_batch_mnp_emulator.batch.validation.structures import repeated

FARGATE, EC2, MANAGED_INSTANCES = "FARGATE", "EC2", "MANAGED_INSTANCES"

_FARGATE_ALONE = (
    "ephemeralStorage",
    "fargatePlatformConfiguration",
    "networkConfiguration",
    "platformVersion",
    "runtimePlatform",
)
_OF_MANAGED_INSTANCES_TOO = ("runtimePlatform",)
_NOT_FOR_FARGATE = ("instanceType", "memory", "ulimits", "vcpus")
_LINUX_NOT_FOR_FARGATE = ("devices", "maxSwap", "sharedMemorySize", "swappiness", "tmpfs")
_AT_END = ("COMPLETE", "SUCCESS")
_MOST_SECONDS_OF_FARGATE = 120


def _steps(first: int, last: int, step: int = 1024) -> frozenset[int]:
    return frozenset(range(first, last + 1, step))


_MEMORY_OF_FARGATE: dict[str, frozenset[int]] = {
    "0.25": frozenset({512, 1024, 2048}),
    "0.5": _steps(1024, 4096),
    "1": _steps(2048, 8192),
    "2": _steps(4096, 16384),
    "4": _steps(8192, 30720),
    "8": _steps(16384, 61440, 4096),
    "16": _steps(32768, 122880, 8192),
    "32": frozenset({61440, 122880, 249856}),
}
"""MiB of memory by number of vCPUs. Source: Batch API, ResourceRequirement.value."""


def container(properties: Mapping[str, Any], platform: str) -> Iterator[str]:
    """Yield what is wrong with ContainerProperties, to follow their path.

    Args:
        properties: ContainerProperties.
        platform: Platform of the job.
    """
    if not properties.get("image"):
        yield "must contain image"
    requirements = properties.get("resourceRequirements", [])
    yield from _requirements(requirements, platform)
    found = {item["type"].upper() for item in requirements}
    for kind, older in (("VCPU", "vcpus"), ("MEMORY", "memory")):
        if kind not in found and older not in properties:
            yield f"must contain a resource requirement of type {kind}"
    yield from _barred(properties, platform)
    yield from _mounts(properties, properties.get("volumes", []))
    yield from _execution_role(properties, properties.get("executionRoleArn"), platform)
    yield from _host_volumes(properties.get("volumes", []), platform)


def task(properties: Mapping[str, Any], platform: str) -> Iterator[str]:
    """Yield what is wrong with a task of several containers, to follow its path.

    Args:
        properties: EcsTaskProperties.
        platform: Platform of the job.
    """
    containers: Sequence[Mapping[str, Any]] = properties["containers"]
    role, volumes = properties.get("executionRoleArn"), properties.get("volumes", [])
    yield from _barred(properties, platform)
    if "networkMode" in properties and platform != MANAGED_INSTANCES:
        yield f"must not contain networkMode, which is for {MANAGED_INSTANCES} only"
    if not any(item.get("essential", True) for item in containers):
        yield "must have at least one essential container"
    names = [item["name"] for item in containers if "name" in item]
    if twice := repeated(names):
        yield f"has more than one container named {', '.join(twice)}"
    found = {
        kind["type"].upper() for item in containers for kind in item.get("resourceRequirements", [])
    }
    for kind in ("VCPU", "MEMORY"):
        if kind not in found:
            yield f"must contain a resource requirement of type {kind}"
    for index, item in enumerate(containers):
        for wrong in _container_of_task(item, containers, platform):
            yield f"containers[{index}] {wrong}"
        for wrong in (*_mounts(item, volumes), *_execution_role(item, role, platform)):
            yield f"containers[{index}] {wrong}"
    yield from _host_volumes(volumes, platform)


def _container_of_task(
    properties: Mapping[str, Any], containers: Sequence[Mapping[str, Any]], platform: str
) -> Iterator[str]:
    yield from _requirements(properties.get("resourceRequirements", []), platform, is_task=True)
    yield from _barred(properties, platform)
    essential = {item.get("name"): item.get("essential", True) for item in containers}
    for dependency in properties.get("dependsOn", []):
        name, condition = dependency.get("containerName"), dependency.get("condition")
        if name not in essential or name == properties.get("name"):
            yield f"depends on {name}, which is not another container of the task"
        elif condition in _AT_END and essential[name]:
            yield f"depends on {name} with {condition}, and {name} is essential"
    for name in ("startTimeout", "stopTimeout"):
        seconds = properties.get(name, 0)
        if platform == FARGATE and seconds > _MOST_SECONDS_OF_FARGATE:
            most = _MOST_SECONDS_OF_FARGATE
            yield f"must have {name} of at most {most} on Fargate, not {seconds}"


def _requirements(
    requirements: Sequence[Mapping[str, Any]], platform: str, *, is_task: bool = False
) -> Iterator[str]:
    if twice := repeated(item["type"].upper() for item in requirements):
        yield f"has more than one resource requirement of type {', '.join(twice)}"
    values = {item["type"].upper(): item["value"] for item in requirements}
    vcpus, memory = values.get("VCPU"), values.get("MEMORY")
    if platform != FARGATE:
        if vcpus and "." in vcpus:
            yield f"must have a whole number of vCPUs of at least 1, not {vcpus}"
        return
    if "GPU" in values:
        yield "has a GPU requirement, which Fargate does not take"
    if is_task:
        return
    if vcpus is not None and vcpus not in _MEMORY_OF_FARGATE:
        yield f"must have {', '.join(_MEMORY_OF_FARGATE)} vCPUs on Fargate, not {vcpus}"
    elif vcpus is not None and memory is not None and int(memory) not in _MEMORY_OF_FARGATE[vcpus]:
        allowed = ", ".join(map(str, sorted(_MEMORY_OF_FARGATE[vcpus])))
        yield f"must have {allowed} MiB of memory with {vcpus} vCPUs on Fargate, not {memory}"


def _barred(properties: Mapping[str, Any], platform: str) -> Iterator[str]:
    if platform != FARGATE:
        for name in _FARGATE_ALONE:
            if name in properties and not (
                platform == MANAGED_INSTANCES and name in _OF_MANAGED_INSTANCES_TOO
            ):
                yield f"must not contain {name}, which is for jobs on Fargate only"
        return
    for name in _NOT_FOR_FARGATE:
        if properties.get(name):
            yield f"must not contain {name} on Fargate"
    if properties.get("privileged"):
        yield "must not be privileged on Fargate"
    for name in _LINUX_NOT_FOR_FARGATE:
        if name in properties.get("linuxParameters", {}):
            yield f"must not contain linuxParameters.{name} on Fargate"


def _host_volumes(volumes: Sequence[Mapping[str, Any]], platform: str) -> Iterator[str]:
    for index, volume in enumerate(volumes):
        if platform == FARGATE and volume.get("host", {}).get("sourcePath"):
            yield f"volumes[{index}] must not contain host.sourcePath on Fargate"


def _mounts(properties: Mapping[str, Any], volumes: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    names = {volume.get("name") for volume in volumes}
    for index, mount in enumerate(properties.get("mountPoints", [])):
        if (name := mount.get("sourceVolume")) not in names:
            yield f"mountPoints[{index}] has sourceVolume {name}, and there is no such volume"


def _execution_role(
    properties: Mapping[str, Any], role: str | None, platform: str
) -> Iterator[str]:
    if role:
        return
    if platform == FARGATE:
        yield "must contain executionRoleArn, since it runs on Fargate"
    needing = {
        "secrets": properties.get("secrets"),
        "logConfiguration.secretOptions": properties.get("logConfiguration", {}).get(
            "secretOptions"
        ),
        "repositoryCredentials": properties.get("repositoryCredentials"),
    }
    for name, value in needing.items():
        if value:
            yield f"must contain executionRoleArn, since it has {name}"
