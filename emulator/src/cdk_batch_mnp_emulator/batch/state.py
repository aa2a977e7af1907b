"""The state of AWS Batch."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cdk_batch_mnp_emulator.errors import ServiceError

Description = dict[str, Any]
"""A resource as its Describe operation returns it."""


@dataclass(slots=True)
class RegionState:
    """AWS Batch in one Region.

    Attributes:
        environments: Compute environments by name.
        queues: Job queues by name.
        definitions: Revisions of each job definition by name, oldest first.
        policies: Scheduling policies by name.
        consumables: Consumable resources by name.
        jobs: Jobs by id, children of array jobs included.
        nodes: Nodes that multi-node parallel jobs have started, by the job's id and by index.
        numbers: When each resource was made, by ARN: the later, the higher.
    """

    environments: dict[str, Description] = field(default_factory=dict)
    queues: dict[str, Description] = field(default_factory=dict)
    definitions: dict[str, list[Description]] = field(default_factory=dict)
    policies: dict[str, Description] = field(default_factory=dict)
    consumables: dict[str, Description] = field(default_factory=dict)
    jobs: dict[str, Description] = field(default_factory=dict)
    nodes: dict[str, dict[int, Description]] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    _last: int = 0

    def number(self, arn: str) -> None:
        """Record the order in which a resource was created."""
        self._last += 1
        self.numbers[arn] = self._last


class BatchState:
    """AWS Batch in every Region.

    Attributes:
        lock: Held to read or write; results are copied before it is released.
        regions: The resources by Region.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.regions: defaultdict[str, RegionState] = defaultdict(RegionState)

    def of(self, region: str) -> RegionState:
        """Return the resources of a Region."""
        return self.regions[region]


def refused(message: str) -> ServiceError:
    """Return the error response for a request that Batch rejects."""
    return ServiceError("ClientException", message)


def exists(what: str, name: str) -> ServiceError:
    """Return the error response for a resource that already exists."""
    return refused(f"Object already exists: {what} {name}")


def find(resources: Mapping[str, Description], what: str, name: str) -> Description:
    """Return a resource by name.

    Raises:
        ServiceError: It does not exist.
    """
    found = resources.get(name)
    if found is None:
        raise refused(f"{what} {name} does not exist")
    return found


def chosen(resources: Mapping[str, Description], names: Iterable[str] | None) -> list[Description]:
    """Return the existing resources with these names; all if there are no names."""
    if not names:
        return list(resources.values())
    return [resources[name] for name in dict.fromkeys(names) if name in resources]
