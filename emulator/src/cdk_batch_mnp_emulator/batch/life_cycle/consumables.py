"""Which quantities of consumable resources jobs need and use.

Source: Batch User Guide, resource-aware scheduling, «Check how many resources are in-use and
available».
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from cdk_batch_mnp_emulator.account import last_part
from cdk_batch_mnp_emulator.batch.life_cycle.capacity import UNDETERMINED, Waiting
from cdk_batch_mnp_emulator.batch.state import Description, RegionState


class ConsumableUse:
    """The consumable resources that the jobs of one Region use.

    Args:
        region: With the resources.
    """

    def __init__(self, region: RegionState) -> None:
        self._region = region
        self._of_jobs: dict[str, Counter[str]] = {}
        self._used: Counter[str] = Counter()

    def in_use(self, name: str) -> int:
        """Return how much of a resource jobs use; of one that is not replenished, nothing."""
        return self._used[name]

    def waiting(self, job: Mapping[str, Any]) -> Waiting | None:
        """Return why a job cannot start; ``None`` if all that it needs is available."""
        needed = self._still_needed(job)
        for name, quantity in needed.items():
            total = self._region.consumables.get(name, {}).get("totalQuantity")
            if total is None:
                return Waiting(f"{UNDETERMINED} Consumable resource {name} does not exist.")
            if quantity > total:
                return Waiting(
                    f"{UNDETERMINED} The job needs {quantity} of consumable resource {name}, "
                    f"which has {total}."
                )
        is_free = all(
            quantity <= self._region.consumables[name]["totalQuantity"] - self._used[name]
            for name, quantity in needed.items()
        )
        return None if is_free else Waiting()

    def take(self, job: Description) -> None:
        """Use what a job that starts needs, until it is released.

        What is not replenished is subtracted from the total, once for all attempts of the job.
        """
        used: Counter[str] = Counter()
        for name, quantity in self._still_needed(job).items():
            resource = self._region.consumables[name]
            if _is_replenished(resource):
                used[name] = quantity
            else:
                resource["totalQuantity"] -= quantity
        self._of_jobs[job["jobId"]] = used
        self._used += used

    def release(self, job: Description) -> None:
        """Return what an attempt of a job used."""
        self._used -= self._of_jobs.pop(job["jobId"], Counter())

    def _still_needed(self, job: Mapping[str, Any]) -> Mapping[str, int]:
        needed = quantities_of(job)
        if not needed or not job["attempts"]:
            return needed
        found = self._region.consumables
        return {name: needed[name] for name in needed if _is_replenished(found.get(name, {}))}


def quantities_of(job: Mapping[str, Any]) -> Mapping[str, int]:
    """Return how much a job needs of each consumable resource, by name.

    The quantities of node ranges are added up, each once for the whole range, and the job needs at
    least its own: it is not documented how they add up.
    """
    groups = job.get("nodeProperties", {}).get("nodeRangeProperties", [])
    of_groups: Counter[str] = Counter()
    for group in groups:
        of_groups.update(dict(_listed(group)))
    return of_groups | Counter(dict(_listed(job)))


def _listed(owner: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    properties = owner.get("consumableResourceProperties", {})
    for item in properties.get("consumableResourceList", []):
        yield last_part(item["consumableResource"]), item.get("quantity", 1)


def _is_replenished(resource: Mapping[str, Any]) -> bool:
    return bool(resource.get("resourceType") != "NON_REPLENISHABLE")
