"""Jobs wait for consumable resources, use them, and give them back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from batch.life_cycle.simulation import CONTAINER, REGION, Simulation
from cdk_batch_mnp_emulator.batch.consumable_resources import ConsumableResources
from cdk_batch_mnp_emulator.protocol import Call

ARN = f"arn:aws:batch:{REGION}:123456789012:consumable-resource/licenses"


def needing(quantity: int, name: str = ARN) -> dict[str, Any]:
    required = {"consumableResource": name, "quantity": quantity}
    return {"consumableResourceProperties": {"consumableResourceList": [required]}}


class Licensed(Simulation):
    """A simulation with licenses."""

    def __init__(self, folder: Path, total: int, **members: Any) -> None:
        super().__init__(folder)
        self._consumables = ConsumableResources(self.state, self.life_cycle)
        created = {"consumableResourceName": "licenses", "totalQuantity": total, **members}
        self._consumables.create(Call(REGION, created))

    def submit_needing(self, quantity: int, **members: Any) -> str:
        """Submit a job of two nodes that needs licenses, and return its id."""
        group = {"targetNodes": "0:", "container": CONTAINER, "instanceTypes": ["m5.large"]}
        nodes = {"mainNode": 0, "numNodes": 2, "nodeRangeProperties": [group]}
        self.define("needing", type="multinode", nodeProperties=nodes, **needing(quantity))
        return self.submit("needing", **members)

    def update(self, **members: Any) -> None:
        self._consumables.update(Call(REGION, {"consumableResource": ARN, **members}))
        self.step()

    def delete(self) -> None:
        self._consumables.delete(Call(REGION, {"consumableResource": "licenses"}))
        self.step()

    def quantities(self) -> tuple[int, int, int]:
        """The total, what is in use, and what is available."""
        found = self._consumables.describe(Call(REGION, {"consumableResource": ARN}))
        return found["totalQuantity"], found["inUseQuantity"], found["availableQuantity"]

    def statuses(self, *jobs: str) -> list[str]:
        return [self.status(job) for job in jobs]

    def end_job(self, first: int, exit_code: int = 0) -> None:
        """Let a job of two nodes run and end; the number is that of its main node."""
        self.run_all()
        self.end(self.nodes[first], exit_code)
        self.end(self.nodes[first + 1])


@pytest.mark.parametrize("exit_code", [0, 1], ids=["success", "failure"])
def test_a_job_waits_until_another_gives_back_what_it_needs(tmp_path: Path, exit_code: int) -> None:
    batch = Licensed(tmp_path, 4)
    first, second = batch.submit_needing(3), batch.submit_needing(2)
    assert batch.statuses(first, second) == ["STARTING", "RUNNABLE"]
    assert batch.quantities() == (4, 3, 1)
    batch.end_job(0, exit_code)
    assert batch.statuses(second) == ["STARTING"]
    assert batch.quantities() == (4, 2, 2)
    assert batch.blocked_jobs == []


def test_jobs_run_together_while_there_is_enough(tmp_path: Path) -> None:
    batch = Licensed(tmp_path, 4)
    jobs = [batch.submit_needing(2), batch.submit_needing(2)]
    assert batch.statuses(*jobs) == ["STARTING", "STARTING"]
    assert batch.quantities() == (4, 4, 0)


def test_what_is_not_replenished_is_gone_but_only_once_for_all_attempts(tmp_path: Path) -> None:
    batch = Licensed(tmp_path, 5, resourceType="NON_REPLENISHABLE")
    job = batch.submit_needing(3, retryStrategy={"attempts": 2})
    assert batch.quantities() == (2, 0, 2)
    batch.end_job(0, exit_code=1)
    assert batch.statuses(job) == ["STARTING"]
    batch.end_job(2)
    assert batch.statuses(job) == ["SUCCEEDED"]
    assert batch.quantities() == (2, 0, 2)


def test_a_terminated_job_gives_back_what_it_used(tmp_path: Path) -> None:
    batch = Licensed(tmp_path, 4)
    job = batch.submit_needing(4)
    batch.run_all()
    batch.terminate(job)
    batch.end(batch.nodes[0], 143)
    batch.end(batch.nodes[1], 143)
    assert batch.statuses(job) == ["FAILED"]
    assert batch.quantities() == (4, 0, 4)


def test_a_job_that_needs_more_than_there_is_says_so_until_there_is_more(tmp_path: Path) -> None:
    batch = Licensed(tmp_path, 4)
    job = batch.submit_needing(6)
    assert batch.describe(job)["statusReason"].endswith(
        "The job needs 6 of consumable resource licenses, which has 4."
    )
    assert batch.blocked_jobs == [job]
    batch.update(operation="ADD", quantity=2)
    assert batch.statuses(job) == ["STARTING"]


def test_a_resource_that_was_deleted_is_missing(tmp_path: Path) -> None:
    batch = Licensed(tmp_path, 4)
    running = batch.submit_needing(4)
    batch.delete()
    waiting = batch.submit_needing(1)
    assert "Consumable resource licenses does not exist" in batch.describe(waiting)["statusReason"]
    batch.end_job(0)
    assert batch.statuses(running, waiting) == ["SUCCEEDED", "RUNNABLE"]


def test_a_submission_overrides_what_the_job_needs(tmp_path: Path) -> None:
    batch = Licensed(tmp_path, 4)
    override = needing(1, "licenses")["consumableResourceProperties"]
    batch.submit_needing(4, consumableResourcePropertiesOverride=override)
    assert batch.quantities() == (4, 1, 3)


def test_node_ranges_are_added_up_and_overridden(tmp_path: Path) -> None:
    batch = Licensed(tmp_path, 9)
    groups = [
        {
            "targetNodes": target,
            "container": CONTAINER,
            "instanceTypes": ["m5.large"],
            **needing(quantity),
        }
        for target, quantity in (("0:0", 1), ("1:", 3))
    ]
    nodes = {"mainNode": 0, "numNodes": 2, "nodeRangeProperties": groups}
    batch.define("groups", type="multinode", nodeProperties=nodes, **needing(2))
    batch.submit("groups")
    assert batch.quantities() == (9, 4, 5)
    properties = needing(4)["consumableResourceProperties"]
    override = {"targetNodes": "1:", "consumableResourcePropertiesOverride": properties}
    batch.submit("groups", nodeOverrides={"nodePropertyOverrides": [override]})
    assert batch.quantities() == (9, 9, 0)


def test_an_array_needs_the_quantity_for_each_child(tmp_path: Path) -> None:
    batch = Licensed(tmp_path, 4)
    batch.define("child", containerProperties=CONTAINER, **needing(2))
    job = batch.submit("child", arrayProperties={"size": 3})
    children = [f"{job}:{index}" for index in range(3)]
    assert batch.statuses(*children) == ["STARTING", "STARTING", "RUNNABLE"]
