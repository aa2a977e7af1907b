"""Consumable resources, such as licenses."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from cdk_batch_mnp_emulator.account import arn
from cdk_batch_mnp_emulator.batch.job_filters import is_named
from cdk_batch_mnp_emulator.batch.life_cycle.arrays import is_parent
from cdk_batch_mnp_emulator.batch.life_cycle.consumables import quantities_of
from cdk_batch_mnp_emulator.batch.life_cycle.life_cycle import LifeCycle
from cdk_batch_mnp_emulator.batch.paging import page
from cdk_batch_mnp_emulator.batch.state import BatchState, Description, exists, find, refused
from cdk_batch_mnp_emulator.batch.validation.names import own_resource
from cdk_batch_mnp_emulator.protocol import Call, Handler

_KIND = "consumable-resource"
_TOKEN_SECONDS = 8 * 3600
"""How long a client token is valid. Source: Batch API, UpdateConsumableResource."""


class ConsumableResources:
    """The operations on consumable resources.

    Args:
        state: Where they are kept.
        life_cycle: What runs the jobs that need them.
    """

    def __init__(self, state: BatchState, life_cycle: LifeCycle) -> None:
        self._state = state
        self._life_cycle = life_cycle
        self._updates: dict[str, tuple[float, Mapping[str, Any]]] = {}

    @property
    def handlers(self) -> dict[str, Handler]:
        """Handlers by operation."""
        return {
            "CreateConsumableResource": self.create,
            "DescribeConsumableResource": self.describe,
            "ListConsumableResources": self.list,
            "UpdateConsumableResource": self.update,
            "DeleteConsumableResource": self.delete,
            "ListJobsByConsumableResource": self.list_jobs,
        }

    def create(self, call: Call) -> Mapping[str, Any]:
        """Create a resource, of which jobs can use a quantity.

        Source: Batch API, CreateConsumableResource.
        """
        region = self._state.of(call.region)
        name = call.parameters["consumableResourceName"]
        if name in region.consumables:
            raise exists("consumable resource", name)
        region.consumables[name] = resource = {
            "totalQuantity": 0,
            "resourceType": "REPLENISHABLE",
            "tags": {},
            **call.parameters,
            "consumableResourceArn": arn("batch", call.region, f"{_KIND}/{name}"),
            "createdAt": int(time.time() * 1000),
        }
        region.number(resource["consumableResourceArn"])
        return _named(resource)

    def describe(self, call: Call) -> Mapping[str, Any]:
        """Return a resource, and how much of it is in use."""
        resource = self._find(call)
        used = self._used(call.region, resource)
        available = max(resource["totalQuantity"] - used, 0)
        return {**resource, "inUseQuantity": used, "availableQuantity": available}

    def list(self, call: Call) -> Mapping[str, Any]:
        """Return all resources, or those with certain names, by page."""
        region = self._state.of(call.region)
        filters = call.get("filters", [])
        found, more = page(
            call,
            "ListConsumableResources",
            (
                ((region.numbers[resource["consumableResourceArn"]],), resource)
                for resource in region.consumables.values()
                if all(_is_one_of(resource["consumableResourceName"], item) for item in filters)
            ),
        )
        summaries = [
            {
                **_named(resource),
                "totalQuantity": resource["totalQuantity"],
                "inUseQuantity": self._used(call.region, resource),
                "resourceType": resource["resourceType"],
            }
            for resource in found
        ]
        return {"consumableResources": summaries, **more}

    def update(self, call: Call) -> Mapping[str, Any]:
        """Change the total quantity of a resource.

        Source: Batch API, UpdateConsumableResource.
        """
        resource = self._find(call)
        if not self._is_repeated(call):
            resource["totalQuantity"] = _changed(resource["totalQuantity"], call)
            self._life_cycle.queue_changed()
        return {**_named(resource), "totalQuantity": resource["totalQuantity"]}

    def delete(self, call: Call) -> None:
        """Delete a resource. Jobs that need it can no longer start."""
        del self._state.of(call.region).consumables[self._find(call)["consumableResourceName"]]
        self._life_cycle.queue_changed()

    def list_jobs(self, call: Call) -> Mapping[str, Any]:
        """Return the jobs that need a resource, the newest first, by page.

        Source: Batch API, ListJobsByConsumableResource.
        """
        region = self._state.of(call.region)
        name = self._find(call)["consumableResourceName"]
        filters = call.get("filters", [])
        found, more = page(
            call,
            "ListJobsByConsumableResource",
            (
                ((-region.numbers[job["jobArn"]],), job)
                for job in reversed(region.jobs.values())
                if not is_parent(job) and name in quantities_of(job) and _matches(job, filters)
            ),
            is_sorted=True,
        )
        return {"jobs": [_summary(job, quantities_of(job)[name]) for job in found], **more}

    def _is_repeated(self, call: Call) -> bool:
        """Return whether a request with the same client token was answered before."""
        token, now = call.get("clientToken"), time.time()
        self._updates = {
            key: answered
            for key, answered in self._updates.items()
            if now - answered[0] < _TOKEN_SECONDS
        }
        if token is None:
            return False
        key = f"{call.region} {token}"
        if key in self._updates:
            return self._updates[key][1] == call.parameters
        self._updates[key] = now, dict(call.parameters)
        return False

    def _used(self, region: str, resource: Mapping[str, Any]) -> int:
        scheduler = self._life_cycle.scheduler(region)
        return scheduler.consumables.in_use(resource["consumableResourceName"])

    def _find(self, call: Call) -> Description:
        name = own_resource(_KIND, call.region, call.parameters["consumableResource"])
        return find(self._state.of(call.region).consumables, "Consumable resource", name)


def _changed(total: int, call: Call) -> int:
    quantity = call.get("quantity")
    if quantity is None:
        return total
    match call.get("operation", "SET"):
        case "ADD":
            return total + int(quantity)
        case "REMOVE":
            if quantity > total:
                raise refused(f"quantity {quantity} cannot be removed from a total of {total}")
            return total - int(quantity)
    return int(quantity)


def _is_one_of(name: str, pair: Mapping[str, Any]) -> bool:
    return any(is_named(name.lower(), value.lower()) for value in pair["values"])


def _matches(job: Mapping[str, Any], filters: Sequence[Mapping[str, Any]]) -> bool:
    keys = {"JOB_STATUS": "status", "JOB_NAME": "jobName"}
    return all(_is_one_of(job[keys[pair["name"]]], pair) for pair in filters)


def _named(resource: Mapping[str, Any]) -> dict[str, Any]:
    return {key: resource[key] for key in ("consumableResourceName", "consumableResourceArn")}


def _summary(job: Mapping[str, Any], quantity: int) -> dict[str, Any]:
    members = {
        "jobArn": "jobArn",
        "jobQueueArn": "jobQueue",
        "jobName": "jobName",
        "jobDefinitionArn": "jobDefinition",
        "shareIdentifier": "shareIdentifier",
        "jobStatus": "status",
        "statusReason": "statusReason",
        "startedAt": "startedAt",
        "createdAt": "createdAt",
    }
    return {
        **{name: job[key] for name, key in members.items() if key in job},
        "quantity": quantity,
        "consumableResourceProperties": job.get(
            "consumableResourceProperties", {"consumableResourceList": []}
        ),
    }
