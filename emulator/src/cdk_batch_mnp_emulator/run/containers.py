"""The containers of a node, as DescribeJobs describes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def containers(record: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return what describes the containers of a node, of a job with one node, or of an attempt.

    Args:
        record: With ``container``, ``ecsProperties`` or, in an attempt, ``taskProperties``.

    Returns:
        Nothing for a job of several nodes, or of a pod.
    """
    if "container" in record:
        return [record["container"]]
    tasks = record.get("ecsProperties", record).get("taskProperties", [])
    return [container for task in tasks for container in task["containers"]]


def has_task(record: Mapping[str, Any]) -> bool:
    """Return whether the task of a node, or of a job with one node, has been started."""
    tasks = record.get("ecsProperties", {}).get("taskProperties", [])
    return any(each.get("taskArn") for each in (record.get("container", {}), *tasks))


def labelled(record: Mapping[str, Any], texts: Sequence[str]) -> list[str]:
    """Return texts about the containers of a record, after their names if there are several.

    Args:
        record: With containers.
        texts: One for each; those that are empty are left out.
    """
    found = containers(record)
    if len(found) == 1:
        return [text for text in texts if text]
    return [
        f"{container.get('name', position)}: {text}"
        for position, (container, text) in enumerate(zip(found, texts, strict=True))
        if text
    ]
