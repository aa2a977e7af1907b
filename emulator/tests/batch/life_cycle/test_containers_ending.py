"""How nodes of several containers end, on a clock that the test moves."""

from __future__ import annotations

from typing import Any

import pytest

from batch.life_cycle.several_containers import (
    INIT,
    MAIN,
    ONE,
    SIDE,
    described,
    of_attempt,
    run_init,
    submit,
    submit_nodes,
)
from batch.life_cycle.simulation import REGION, Simulation
from cdk_batch_mnp_emulator.batch.life_cycle.interrupted import fail_interrupted


def test_a_failed_init_container_fails_the_job_with_the_reason(batch: Simulation) -> None:
    job = submit(batch)
    run_init(batch, batch.nodes[0], 3)
    assert len(batch.nodes) == 1
    assert batch.describe(job)["status"] == "FAILED"
    assert batch.describe(job)["statusReason"] == "Task failed to start"
    for containers in (described(batch, job), of_attempt(batch, job)):
        assert (containers["init"]["exitCode"], containers["main"]["exitCode"]) == (3, 143)
        assert containers["main"]["reason"] == (
            "CannotStartContainerError: main depends on SUCCESS of init, which ended with exit "
            "code 3"
        )
        assert "logStreamName" not in containers["main"]


def test_the_exit_code_of_the_essential_container_is_that_of_the_node(batch: Simulation) -> None:
    job = submit(batch, SIDE, {**ONE, "name": "main"})
    batch.run_all()
    side, main = batch.nodes
    batch.end(main, 5)
    assert side.grace == 30
    assert batch.status(job) == "RUNNING"
    batch.end(side, 0)
    assert batch.status(job) == "FAILED"
    assert batch.describe(job)["statusReason"] == "Essential container in task exited"
    exit_codes = {name: each["exitCode"] for name, each in of_attempt(batch, job).items()}
    assert exit_codes == {"side": 0, "main": 5}


def test_a_side_container_that_fails_does_not_fail_the_job(batch: Simulation) -> None:
    job = submit(batch, SIDE, {**ONE, "name": "main"})
    batch.run_all()
    side, main = batch.nodes
    batch.end(side, 1)
    batch.end(main, 0)
    assert batch.status(job) == "SUCCEEDED"


def test_a_retry_depends_on_the_exit_code_of_the_essential_container(batch: Simulation) -> None:
    rules = [
        {"onExitCode": "5", "action": "RETRY"},
        {"onExitCode": "*", "action": "EXIT"},
    ]
    job = submit(
        batch,
        SIDE,
        {**ONE, "name": "main"},
        retryStrategy={"attempts": 2, "evaluateOnExit": rules},
    )
    batch.run_all()
    batch.end(batch.nodes[1], 5)
    batch.end(batch.nodes[0], 1)
    assert batch.status(job) == "STARTING"
    assert not described(batch, job)["main"].keys() & {"exitCode", "reason"}
    batch.start(*batch.nodes[2:])
    batch.end(batch.nodes[3], 6)
    batch.end(batch.nodes[2], 0)
    assert batch.status(job) == "FAILED"
    assert [
        [each["exitCode"] for each in attempt["taskProperties"][0]["containers"]]
        for attempt in batch.describe(job)["attempts"]
    ] == [[1, 5], [0, 6]]


def test_a_child_whose_init_container_fails_is_a_failed_node_and_the_job_goes_on(
    batch: Simulation,
) -> None:
    job = submit_nodes(batch, 2)
    run_init(batch, batch.nodes[0])
    batch.start(batch.nodes[1])
    run_init(batch, batch.nodes[2], 1)
    assert batch.describe(f"{job}#1")["status"] == "FAILED"
    assert "init, which ended with exit code 1" in described(batch, f"{job}#1")["main"]["reason"]
    assert batch.status(job) == "RUNNING"
    batch.end(batch.nodes[1], 0)
    assert batch.status(job) == "SUCCEEDED"


def test_terminating_a_job_stops_what_depends_on_others_first(batch: Simulation) -> None:
    main = {
        **ONE,
        "name": "main",
        "dependsOn": [{"containerName": "side", "condition": "START"}],
    }
    job = submit(batch, SIDE, main)
    batch.run_all()
    of_side, of_main = batch.nodes
    batch.terminate(job, "enough")
    assert (of_side.grace, of_main.grace) == (None, 30)
    batch.end(of_main, 143)
    assert of_side.grace == 30
    batch.end(of_side, 143)
    assert batch.describe(job)["statusReason"] == "enough"
    assert batch.status(job) == "FAILED"


def test_terminating_a_job_during_its_init_container_starts_nothing_more(
    batch: Simulation,
) -> None:
    job = submit(batch)
    batch.start(batch.nodes[0])
    batch.terminate(job)
    assert batch.nodes[0].grace == 30
    batch.end(batch.nodes[0], 0)
    assert batch.status(job) == "FAILED"
    assert len(batch.nodes) == 1
    assert not batch.runner.reserved


def test_the_timeout_of_the_job_ends_all_containers(batch: Simulation) -> None:
    job = submit(batch, SIDE, {**ONE, "name": "main"}, timeout={"attemptDurationSeconds": 60})
    batch.run_all()
    batch.wait(60)
    assert [each.grace for each in batch.nodes] == [30, 30]
    for node in batch.nodes:
        batch.end(node, 143)
    assert batch.describe(job)["statusReason"] == "Job attempt duration exceeded timeout"


def test_the_start_timeout_of_an_init_container_fails_the_node(batch: Simulation) -> None:
    job = submit(batch, {**INIT, "startTimeout": 20, "stopTimeout": 4}, MAIN)
    batch.start(batch.nodes[0])
    batch.wait(19)
    assert batch.nodes[0].grace is None
    batch.wait(1)
    assert batch.nodes[0].grace == 4
    batch.end(batch.nodes[0], 143)
    assert batch.status(job) == "FAILED"
    assert "startTimeout of 20 seconds" in described(batch, job)["main"]["reason"]


@pytest.mark.parametrize("without", ["command", "log group"])
def test_a_container_that_cannot_start_is_the_reason(batch: Simulation, without: str) -> None:
    changed = {**MAIN}
    if without == "command":
        del changed["command"]
    else:
        changed["logConfiguration"] = {"logDriver": "awslogs", "options": {"awslogs-group": "no"}}
    job = submit(batch, INIT, changed)
    run_init(batch, batch.nodes[0])
    assert batch.status(job) == "FAILED"
    assert described(batch, job)["main"]["reason"].startswith("CannotStartContainerError: ")
    assert not batch.runner.reserved


def test_an_error_of_ours_kills_all_containers(
    batch: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = submit(batch, SIDE, {**ONE, "name": "main"})
    batch.start(batch.nodes[0])

    def broken(*arguments: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(batch.life_cycle._nodes, "_is_up", broken)
    batch.start(*batch.nodes[1:])
    assert batch.status(job) == "FAILED"
    assert [each.grace for each in batch.nodes] == [0, 0]
    assert not batch.runner.reserved


def test_a_job_that_was_interrupted_has_an_attempt(batch: Simulation) -> None:
    job = submit(batch)
    run_init(batch, batch.nodes[0])
    fail_interrupted(batch.state.of(REGION), 1)
    assert batch.status(job) == "FAILED"
    assert of_attempt(batch, job)["init"]["exitCode"] == 0
