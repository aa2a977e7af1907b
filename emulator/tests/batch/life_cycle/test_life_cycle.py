"""Jobs of one container: their states, dependencies, retries and ends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from batch.life_cycle.simulation import CONTAINER, Simulation
from cdk_batch_mnp_emulator.errors import ServiceError


def test_a_job_passes_through_the_documented_states(batch: Simulation) -> None:
    job = batch.submit_container()
    batch.run_all()
    batch.end(batch.nodes[0])
    states = [status for moved, status in batch.moves if moved == job]
    assert states == ["RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"]
    described = batch.describe(job)
    assert described["container"]["exitCode"] == 0
    assert described["attempts"][0]["container"]["logStreamName"].startswith("container/default/")


def test_parameters_replace_their_placeholders(batch: Simulation) -> None:
    container = CONTAINER | {"command": ["echo", "Ref::what", "Ref::other", "x=Ref::what"]}
    batch.submit_container(container, parameters={"what": "a b"})
    assert batch.nodes[0].request.command == ["echo", "a b", "Ref::other", "x=Ref::what"]


def test_a_job_without_a_command_says_that_images_are_not_run(batch: Simulation) -> None:
    job = batch.submit_container({**CONTAINER, "command": []})
    described = batch.describe(job)
    assert described["status"] == "FAILED"
    assert "set a command" in described["container"]["reason"]


def test_a_job_waits_for_the_jobs_that_it_depends_on(batch: Simulation) -> None:
    first = batch.submit_nodes(2)
    second = batch.submit_container(dependsOn=[{"jobId": first}])
    assert batch.status(second) == "PENDING"
    batch.run_all()
    batch.end(batch.nodes[0])
    batch.end(batch.nodes[1])
    assert batch.status(second) == "STARTING"


def test_a_job_fails_with_the_job_that_it_depends_on(batch: Simulation) -> None:
    first = batch.submit_container()
    second = batch.submit_container(dependsOn=[{"jobId": first}])
    batch.run_all()
    batch.end(batch.nodes[0], 1)
    described = batch.describe(second)
    assert (described["status"], described["statusReason"]) == ("FAILED", "Dependent Job failed")


@pytest.mark.parametrize(
    ("conditions", "exit_code", "attempts"),
    [
        ([], 1, 3),
        ([{"onExitCode": "1", "action": "EXIT"}], 1, 1),
        ([{"onExitCode": "7*", "action": "retry"}, {"onReason": "*", "action": "EXIT"}], 76, 3),
        ([{"onExitCode": "7*", "action": "retry"}, {"onReason": "*", "action": "EXIT"}], 1, 1),
        ([{"onStatusReason": "Essential container*", "action": "EXIT"}], 1, 1),
        ([{"onStatusReason": "Host EC2*", "action": "EXIT"}], 1, 3),
        ([{"onExitCode": "1", "onStatusReason": "Host EC2*", "action": "EXIT"}], 1, 3),
    ],
)
def test_exit_conditions_decide_about_another_attempt(
    batch: Simulation, conditions: list[dict[str, str]], exit_code: int, attempts: int
) -> None:
    strategy = {"attempts": 3, "evaluateOnExit": conditions}
    job = batch.submit_container(retryStrategy=strategy)
    for _ in range(attempts):
        batch.start(batch.nodes[-1])
        batch.end(batch.nodes[-1], exit_code)
    assert batch.status(job) == "FAILED"
    assert len(batch.nodes) == attempts


def test_only_jobs_that_have_not_started_are_cancelled(tmp_path: Path) -> None:
    batch = Simulation(tmp_path, max_vcpus=2)
    running, waiting = batch.submit_container(), batch.submit_container()
    batch.run_all()
    for job in (running, waiting):
        batch.cancel(job)
    assert batch.status(running) == "RUNNING"
    described = batch.describe(waiting)
    assert (described["status"], described["statusReason"]) == ("FAILED", "not needed")
    assert described["isCancelled"]


def test_a_job_terminated_while_it_starts_never_runs_its_program_again(batch: Simulation) -> None:
    job = batch.submit_container()
    batch.terminate(job)
    assert batch.nodes[0].grace == 30
    batch.end(batch.nodes[0], None, "stopped")
    described = batch.describe(job)
    assert (described["status"], described["statusReason"]) == ("FAILED", "enough")


def test_an_array_job_runs_each_child_with_its_index(batch: Simulation) -> None:
    job = batch.submit_container(arrayProperties={"size": 3})
    assert batch.status(job) == "PENDING"
    assert [node.variables["AWS_BATCH_JOB_ARRAY_INDEX"] for node in batch.nodes] == ["0", "1", "2"]
    assert batch.nodes[1].variables["AWS_BATCH_JOB_ID"] == f"{job}:1"
    assert batch.nodes[1].variables["AWS_BATCH_JOB_ARRAY_SIZE"] == "3"
    batch.run_all()
    summary = batch.describe(job)["arrayProperties"]["statusSummary"]
    assert {status: count for status, count in summary.items() if count} == {"RUNNING": 3}
    for node, exit_code in zip(batch.nodes, (0, 1, 0), strict=True):
        batch.end(node, exit_code)
    described = batch.describe(job)
    assert (described["status"], described["statusReason"]) == ("FAILED", "Array Child Job failed")
    listed = batch.listed(arrayJobId=job, jobStatus="FAILED")
    assert [each["jobId"] for each in listed] == [f"{job}:1"]


def test_children_of_two_arrays_wait_for_each_other_by_index(batch: Simulation) -> None:
    first = batch.submit_container(arrayProperties={"size": 2})
    second = batch.submit_container(
        arrayProperties={"size": 2}, dependsOn=[{"jobId": first, "type": "N_TO_N"}]
    )
    batch.run_all()
    batch.end(batch.nodes[1])
    assert batch.status(f"{second}:0") == "PENDING"
    assert batch.status(f"{second}:1") == "STARTING"


def test_children_of_a_sequential_array_run_one_after_the_other(batch: Simulation) -> None:
    batch.submit_container(arrayProperties={"size": 3}, dependsOn=[{"type": "SEQUENTIAL"}])
    for index in range(3):
        assert len(batch.nodes) == index + 1
        batch.start(batch.nodes[index])
        batch.end(batch.nodes[index])


def test_an_array_waits_by_index_only_for_an_array_of_the_same_size(batch: Simulation) -> None:
    array = batch.submit_container(arrayProperties={"size": 3})
    job = batch.submit_container()
    for other, text in ((array, "has size 3; it must have size 2"), (job, "is not an array job")):
        depends = [{"jobId": other, "type": "N_TO_N"}]
        with pytest.raises(ServiceError, match=text):
            batch.submit_container(arrayProperties={"size": 2}, dependsOn=depends)


@pytest.mark.parametrize("dependency", [{"type": "N_TO_N"}, {}])
def test_only_a_sequential_dependency_of_an_array_names_no_job(
    batch: Simulation, dependency: dict[str, str]
) -> None:
    with pytest.raises(ServiceError, match="since it is not of type SEQUENTIAL"):
        batch.submit_container(arrayProperties={"size": 2}, dependsOn=[dependency])


def test_jobs_wait_for_an_array_or_for_one_of_its_children(batch: Simulation) -> None:
    array = batch.submit_container(arrayProperties={"size": 2})
    after_all = batch.submit_container(dependsOn=[{"jobId": array}])
    after_one = batch.submit_container(dependsOn=[{"jobId": f"{array}:1"}])
    batch.run_all()
    batch.end(batch.nodes[1])
    assert [batch.status(job) for job in (after_all, after_one)] == ["PENDING", "STARTING"]
    batch.end(batch.nodes[0])
    assert batch.status(after_all) == "STARTING"


def test_an_array_that_waits_for_another_job_is_pending(batch: Simulation) -> None:
    first = batch.submit_container()
    array = batch.submit_container(arrayProperties={"size": 2}, dependsOn=[{"jobId": first}])
    assert batch.status(array) == "PENDING"
    batch.run_all()
    batch.end(batch.nodes[0])
    assert [batch.status(f"{array}:{index}") for index in range(2)] == ["STARTING", "STARTING"]


def test_an_ended_array_says_who_ended_it(tmp_path: Path) -> None:
    batch = Simulation(tmp_path, max_vcpus=2)
    jobs = [batch.submit_container(arrayProperties={"size": 2}) for _ in range(2)]
    batch.run_all()
    batch.cancel(jobs[0])  # child 0 runs on
    batch.terminate(jobs[1])
    batch.end(batch.nodes[0])
    described = [batch.describe(job) for job in jobs]
    assert [job["status"] for job in described] == ["FAILED", "FAILED"]
    assert [job.get("isCancelled") for job in described] == [True, None]
    assert [job.get("isTerminated") for job in described] == [None, True]
    assert batch.status(f"{jobs[0]}:0") == "SUCCEEDED"


def test_a_terminated_array_ends_its_children(batch: Simulation) -> None:
    job = batch.submit_container(arrayProperties={"size": 2})
    batch.run_all()
    batch.terminate(job)
    for node in batch.nodes:
        batch.end(node, 143)
    assert batch.status(job) == "FAILED"


def test_a_job_whose_subnet_was_deleted_says_so(batch: Simulation) -> None:
    batch.cidrs.clear()
    described = batch.describe(batch.submit_container())
    assert described["status"] == "FAILED"
    assert described["container"]["reason"].endswith(
        "subnet subnet-1 of the compute environment was deleted"
    )


def test_a_full_disk_fails_the_job_instead_of_the_emulator(
    batch: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: Any, **keywords: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "mkdir", full)
    job = batch.submit_container()
    described = batch.describe(job)
    assert described["status"] == "FAILED"
    assert "No space left on device" in described["container"]["reason"]
