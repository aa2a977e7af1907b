"""An error of the emulator fails the job that it came with, and no other."""

from __future__ import annotations

from typing import Any

import pytest

from batch.life_cycle.simulation import Simulation
from cdk_batch_mnp_emulator.batch.life_cycle import capacity
from cdk_batch_mnp_emulator.batch.life_cycle import nodes as nodes_module
from cdk_batch_mnp_emulator.batch.life_cycle import scheduler as scheduler_module

REASON = "The embedded AWS failed: RuntimeError: broken"


def test_a_start_that_raises_fails_the_job(
    batch: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:

        def broken(*arguments: Any) -> None:
            raise RuntimeError("broken")

        patch.setattr(batch.runner, "start", broken)
        failed = batch.submit_nodes(2)
        assert batch.status(failed) == "FAILED"
        assert batch.describe(failed)["statusReason"] == REASON
        assert batch.runner.reserved == set()
    job = batch.submit_nodes(2)
    assert batch.status(job) == "STARTING"


def test_a_child_whose_start_raises_ends_the_job_and_its_main_node(
    batch: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = batch.submit_nodes(2)
    other = batch.submit_nodes(2)
    main = batch.nodes[0]
    with monkeypatch.context() as patch:

        def broken(*arguments: Any) -> None:
            raise RuntimeError("broken")

        patch.setattr(batch.runner, "start", broken)
        batch.start(main)
    assert batch.status(job) == "FAILED"
    assert batch.describe(job)["statusReason"] == REASON
    assert batch.describe(f"{job}#0")["status"] == "FAILED"
    assert main.grace == 0.0
    assert batch.status(other) == "STARTING"


def test_an_end_that_raises_fails_the_job_and_frees_its_place(
    batch: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = batch.submit_nodes(1)
    batch.run_all()
    with monkeypatch.context() as patch:

        def broken(*arguments: Any) -> None:
            raise RuntimeError("broken")

        patch.setattr(nodes_module, "attempt_of_node", broken)
        batch.end(batch.nodes[0], 0)
    assert batch.status(job) == "FAILED"
    assert batch.describe(job)["statusReason"] == REASON
    again = batch.submit_nodes(1)
    assert batch.status(again) == "STARTING"


def test_a_job_that_cannot_be_placed_does_not_stop_those_behind_it(
    batch: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = capacity.place

    def broken(job: Any, *arguments: Any) -> Any:
        if job["jobName"] == "broken":
            raise RuntimeError("broken")
        return place(job, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(scheduler_module, "place", broken)
        failed = batch.submit_nodes(1, jobName="broken")
        job = batch.submit_nodes(1)
    assert batch.describe(failed)["statusReason"] == REASON
    assert batch.status(failed) == "FAILED"
    assert batch.status(job) == "STARTING"


def test_an_observer_that_raises_changes_nothing(
    batch: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(batch, "moved", broken)
    job = batch.submit_nodes(1)
    batch.run_all()
    batch.end(batch.nodes[0], 0)
    assert batch.status(job) == "SUCCEEDED"
