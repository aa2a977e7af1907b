"""Rules over the pods of a job on EKS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cdk_batch_mnp_emulator.batch.validation.structures import repeated

_SOURCES = ("emptyDir", "hostPath", "persistentVolumeClaim", "secret")
_KINDS = ("containers", "initContainers")


def pod(properties: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with a pod, to follow the path of its EksProperties.

    Source: Batch API, EksPodProperties and what it holds.
    """
    found = properties.get("podProperties")
    if not found:
        yield "must contain podProperties"
        return
    volumes = [volume["name"] for volume in found.get("volumes", [])]
    if twice := repeated(volumes):
        yield f"podProperties has more than one volume named {', '.join(twice)}"
    for index, volume in enumerate(found.get("volumes", [])):
        sources = [name for name in _SOURCES if name in volume]
        if len(sources) > 1:
            yield f"podProperties.volumes[{index}] must have one of {' and '.join(sources)}"
    containers = [item for kind in _KINDS for item in found.get(kind, [])]
    names = [item.get("name", "Default") for item in containers]
    if twice := repeated(names):
        yield f"podProperties has more than one container named {', '.join(twice)}"
    for item, name in zip(containers, names, strict=True):
        for mount in item.get("volumeMounts", []):
            if mount.get("name") not in volumes:
                yield (
                    f"podProperties has container {name} with a mount of {mount.get('name')}, and "
                    "there is no such volume"
                )


def namespace(properties: Mapping[str, Any]) -> str | None:
    """Return the namespace of a pod, if it sets one."""
    found: str | None = properties.get("podProperties", {}).get("metadata", {}).get("namespace")
    return found
