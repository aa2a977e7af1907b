"""CancelJobs, TerminateJobs and GetJobQueueSnapshot."""

from __future__ import annotations

from pathlib import Path

from batch.life_cycle.simulation import Simulation

OTHER_ACCOUNT = "arn:aws:batch:us-east-1:999999999999:job/0"


def full(folder: Path) -> Simulation:
    """An environment that one job fills."""
    batch = Simulation(folder, max_vcpus=4)
    batch.submit_nodes(2)
    batch.run_all()
    return batch


def test_waiting_jobs_are_cancelled_and_running_ones_are_left(tmp_path: Path) -> None:
    batch = full(tmp_path)
    running = batch.listed(jobQueue="queue")[0]["jobId"]
    waiting = batch.submit_nodes(2)
    answer = batch.cancel_each(running, waiting, "unknown", reason="budget")
    assert answer == {"successful": [running, waiting, "unknown"], "errors": []}
    assert batch.status(running) == "RUNNING"
    assert (batch.status(waiting), batch.describe(waiting)["statusReason"]) == ("FAILED", "budget")


def test_waiting_and_running_jobs_are_terminated(tmp_path: Path) -> None:
    batch = full(tmp_path)
    running = batch.listed(jobQueue="queue")[0]
    waiting = batch.submit_nodes(2)
    batch.terminate_each(running["jobArn"], waiting)
    for node in list(batch.nodes):
        batch.end(node, 143)
    assert [batch.status(job) for job in (running["jobId"], waiting)] == ["FAILED", "FAILED"]


def test_a_wrong_job_is_reported_and_the_others_are_ended(tmp_path: Path) -> None:
    batch = full(tmp_path)
    waiting = batch.submit_nodes(2)
    answer = batch.terminate_each(OTHER_ACCOUNT, waiting)
    assert answer["successful"] == [waiting]
    (error,) = answer["errors"]
    assert (error["job"], error["code"]) == (OTHER_ACCOUNT, "ClientException")
    assert "999999999999" in error["message"]
    assert batch.status(waiting) == "FAILED"


def test_a_snapshot_shows_waiting_jobs_in_the_order_of_their_turns(tmp_path: Path) -> None:
    batch = full(tmp_path)
    waiting = [batch.describe(batch.submit_nodes(2))["jobArn"] for _ in range(3)]
    assert batch.front() == waiting
    batch.cancel(waiting[0])
    assert batch.front() == waiting[1:]


def test_a_snapshot_shows_one_hundred_jobs_at_most(tmp_path: Path) -> None:
    batch = full(tmp_path)
    waiting = [batch.submit_container() for _ in range(101)]
    assert len(batch.front()) == 100
    assert batch.front()[0].endswith(waiting[0])
