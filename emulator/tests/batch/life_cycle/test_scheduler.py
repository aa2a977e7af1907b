"""Whose turn it is, and what a job that never gets one says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from batch.life_cycle.simulation import CONTAINER, Simulation

MAX_RESOURCE = "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE"
REQUIREMENT = "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT"


def container(vcpus: int, **members: object) -> dict[str, object]:
    requirements = [
        {"type": "VCPU", "value": str(vcpus)},
        {"type": "MEMORY", "value": "128"},
    ]
    return {**CONTAINER, "resourceRequirements": requirements, **members}


def test_jobs_wait_their_turn_for_the_vcpus_of_the_environment(tmp_path: Path) -> None:
    batch = Simulation(tmp_path, max_vcpus=4)
    jobs = [batch.submit_nodes(2), batch.submit_container(), batch.submit_container()]
    assert [batch.status(job) for job in jobs] == ["STARTING", "RUNNABLE", "RUNNABLE"]
    batch.run_all()
    batch.end(batch.nodes[0])
    batch.end(batch.nodes[1])
    assert [batch.status(job) for job in jobs[1:]] == ["STARTING", "STARTING"]


def test_a_node_takes_a_whole_instance(tmp_path: Path) -> None:
    batch = Simulation(tmp_path, max_vcpus=4)
    jobs = [batch.submit_nodes(2, container=container(1)) for _ in range(2)]
    assert [batch.status(job) for job in jobs] == ["STARTING", "RUNNABLE"]


def test_the_head_of_a_queue_blocks_what_is_behind_it(tmp_path: Path) -> None:
    batch = Simulation(tmp_path, max_vcpus=4)
    batch.submit_container(container(1))
    large, small = batch.submit_nodes(2), batch.submit_container(container(1))
    assert [batch.status(job) for job in (large, small)] == ["RUNNABLE", "RUNNABLE"]


def test_the_queue_of_the_higher_priority_comes_first(tmp_path: Path) -> None:
    batch = Simulation(tmp_path, max_vcpus=2)
    batch.add_queue("urgent", priority=9)
    batch.submit_container()
    later = batch.submit_container()
    urgent = batch.submit_container(jobQueue="urgent")
    batch.run_all()
    batch.end(batch.nodes[0])
    assert [batch.status(job) for job in (later, urgent)] == ["RUNNABLE", "STARTING"]


def test_shares_take_turns_by_their_weights(tmp_path: Path) -> None:
    batch = Simulation(tmp_path, max_vcpus=2)
    batch.state.of("us-east-1").policies["fair"] = {
        "fairsharePolicy": {"shareDistribution": [{"shareIdentifier": "b", "weightFactor": 0.5}]}
    }
    arn = "arn:aws:batch:us-east-1:123456789012:scheduling-policy/fair"
    batch.add_queue("fair", schedulingPolicyArn=arn)
    for share in "aaaabbbb":
        batch.submit_container(jobQueue="fair", shareIdentifier=share)
    order = ""
    for index in range(8):
        batch.start(batch.nodes[index])
        job = batch.nodes[index].variables["AWS_BATCH_JOB_ID"]
        order += batch.describe(job)["shareIdentifier"]
        batch.wait(30)
        batch.end(batch.nodes[index])
    assert order[:6].count("b") == 4  # twice as much as the share of weight 1
    assert order[0] == "a"


def test_a_higher_scheduling_priority_comes_first_within_a_share(tmp_path: Path) -> None:
    batch = Simulation(tmp_path, max_vcpus=2)
    batch.state.of("us-east-1").policies["fair"] = {"fairsharePolicy": {}}
    arn = "arn:aws:batch:us-east-1:123456789012:scheduling-policy/fair"
    batch.add_queue("fair", schedulingPolicyArn=arn)
    place: dict[str, Any] = {"jobQueue": "fair", "shareIdentifier": "a"}
    batch.submit_container(**place)
    low = batch.submit_container(**place, schedulingPriorityOverride=1)
    high = batch.submit_container(**place, schedulingPriorityOverride=5)
    batch.run_all()
    batch.end(batch.nodes[0])
    assert [batch.status(job) for job in (low, high)] == ["RUNNABLE", "STARTING"]


@pytest.mark.parametrize(
    ("number", "needed", "reason"),
    [
        (33, container(1), MAX_RESOURCE),
        (2, container(3), REQUIREMENT),
        (2, container(1, instanceType="c5.large"), REQUIREMENT),
    ],
)
def test_a_job_that_can_never_start_says_the_documented_reason(
    batch: Simulation, number: int, needed: dict[str, object], reason: str
) -> None:
    group = {"targetNodes": "0:", "container": needed}
    properties = {"mainNode": 0, "numNodes": number, "nodeRangeProperties": [group]}
    batch.define("nodes", type="multinode", nodeProperties=properties)
    job = batch.submit("nodes")
    described = batch.describe(job)
    assert described["status"] == "RUNNABLE"
    assert described["statusReason"].startswith(f"{reason} - ")
    assert batch.blocked_jobs == [job]


def test_a_job_that_fits_the_largest_environment_has_no_reason(batch: Simulation) -> None:
    job = batch.submit_nodes(32)
    assert batch.status(job) == "STARTING"


def test_a_multi_node_job_on_spot_instances_says_why_it_waits(batch: Simulation) -> None:
    batch.environment["computeResources"]["type"] = "SPOT"
    assert "Spot" in batch.describe(batch.submit_nodes(2))["statusReason"]


def test_the_time_limit_of_a_queue_cancels_the_job_at_its_head(batch: Simulation) -> None:
    action = {
        "action": "CANCEL",
        "state": "RUNNABLE",
        "maxTimeSeconds": 600,
        "reason": MAX_RESOURCE,
    }
    batch.queue["jobStateTimeLimitActions"] = [action]
    job, behind = batch.submit_nodes(64), batch.submit_container()
    batch.wait(599)
    assert batch.status(job) == "RUNNABLE"
    batch.wait(1)
    described = batch.describe(job)
    assert described["status"] == "FAILED"
    assert described["statusReason"] == (
        f"Canceled by JobStateTimeLimit action due to reason: {MAX_RESOURCE}"
    )
    assert batch.status(behind) == "STARTING"


def test_a_time_limit_that_is_set_while_a_job_waits_cancels_it_too(batch: Simulation) -> None:
    job = batch.submit_nodes(64)
    batch.wait(500)
    limit = {"action": "CANCEL", "state": "RUNNABLE"}
    batch.queue["jobStateTimeLimitActions"] = [
        {**limit, "maxTimeSeconds": 900, "reason": MAX_RESOURCE},
        {**limit, "maxTimeSeconds": 600, "reason": "MISCONFIGURATION"},
        {**limit, "maxTimeSeconds": 600, "reason": REQUIREMENT},
    ]
    batch.wait(99)
    assert batch.status(job) == "RUNNABLE"
    batch.wait(1)
    assert batch.describe(job)["statusReason"].endswith("due to reason: MISCONFIGURATION")


def two_environments(batch: Simulation, second: int) -> dict[str, Any]:
    """A second environment of the queue, with its max vCPUs."""
    other = batch.add_environment("other", second)
    batch.queue["computeEnvironmentOrder"].append(
        {"order": 2, "computeEnvironment": other["computeEnvironmentArn"]}
    )
    return other


def test_a_job_runs_in_the_next_environment_if_the_first_is_full(tmp_path: Path) -> None:
    batch = Simulation(tmp_path, max_vcpus=2)
    two_environments(batch, 2)
    jobs = [batch.submit_container() for _ in range(3)]
    assert [batch.status(job) for job in jobs] == ["STARTING", "STARTING", "RUNNABLE"]
    names = [node.variables["AWS_BATCH_CE_NAME"] for node in batch.nodes]
    assert names == ["environment", "other"]
    batch.run_all()
    batch.end(batch.nodes[1])
    assert batch.nodes[2].variables["AWS_BATCH_CE_NAME"] == "other"


def test_environments_that_fail_a_job_for_one_reason_say_it(tmp_path: Path) -> None:
    batch = Simulation(tmp_path, max_vcpus=2)
    two_environments(batch, 4)
    reason = batch.describe(batch.submit_nodes(3))["statusReason"]
    assert reason.startswith(f"{MAX_RESOURCE} - ")


def test_environments_that_fail_a_job_for_different_reasons_are_named(tmp_path: Path) -> None:
    batch = Simulation(tmp_path, max_vcpus=2)
    two_environments(batch, 4)["state"] = "DISABLED"
    reason = batch.describe(batch.submit_nodes(3))["statusReason"]
    assert reason == (
        "UNDETERMINED - Batch job is blocked, root cause is undetermined. Its compute environments "
        f"differ: environment: {MAX_RESOURCE}; other: ACTION_REQUIRED."
    )


def test_vcpus_are_reserved_for_shares_that_are_not_active(tmp_path: Path) -> None:
    batch = Simulation(tmp_path, max_vcpus=8)
    policy = {"fairsharePolicy": {"computeReservation": 50}}
    batch.state.of("us-east-1").policies["fair"] = policy
    arn = "arn:aws:batch:us-east-1:123456789012:scheduling-policy/fair"
    batch.add_queue("fair", schedulingPolicyArn=arn)
    place: dict[str, Any] = {"jobQueue": "fair"}
    first = [batch.submit_container(**place, shareIdentifier="a") for _ in range(3)]
    assert [batch.status(job) for job in first] == ["STARTING", "STARTING", "RUNNABLE"]
    second = batch.submit_container(**place, shareIdentifier="b")  # 25 % are reserved now
    assert (batch.status(second), batch.status(first[2])) == ("STARTING", "RUNNABLE")


def test_less_than_one_vcpu_is_not_reserved(tmp_path: Path) -> None:
    batch = Simulation(tmp_path, max_vcpus=4)
    policy = {"fairsharePolicy": {"computeReservation": 24}}
    batch.state.of("us-east-1").policies["fair"] = policy
    arn = "arn:aws:batch:us-east-1:123456789012:scheduling-policy/fair"
    batch.add_queue("fair", schedulingPolicyArn=arn)
    jobs = [batch.submit_container(jobQueue="fair", shareIdentifier="a") for _ in range(2)]
    assert [batch.status(job) for job in jobs] == ["STARTING", "STARTING"]


def test_a_job_larger_than_what_is_not_reserved_runs_alone(tmp_path: Path) -> None:
    batch = Simulation(tmp_path, max_vcpus=8)
    policy = {"fairsharePolicy": {"computeReservation": 99}}
    batch.state.of("us-east-1").policies["fair"] = policy
    arn = "arn:aws:batch:us-east-1:123456789012:scheduling-policy/fair"
    batch.add_queue("fair", schedulingPolicyArn=arn)
    jobs = [batch.submit_nodes(4, jobQueue="fair", shareIdentifier="a") for _ in range(2)]
    assert [batch.status(job) for job in jobs] == ["STARTING", "RUNNABLE"]


def test_what_a_share_used_lately_counts_more(tmp_path: Path) -> None:
    batch = Simulation(tmp_path, max_vcpus=2)
    batch.state.of("us-east-1").policies["fair"] = {"fairsharePolicy": {}}
    arn = "arn:aws:batch:us-east-1:123456789012:scheduling-policy/fair"
    batch.add_queue("fair", schedulingPolicyArn=arn)
    jobs = [batch.submit_container(jobQueue="fair", shareIdentifier=each) for each in "baab"]
    for index in range(2):  # first b, then a, for 100 s each
        batch.start(batch.nodes[index])
        batch.wait(100)
        batch.end(batch.nodes[index])
    assert [batch.status(job) for job in jobs[2:]] == ["RUNNABLE", "STARTING"]


def test_a_job_starts_once_its_environment_is_large_enough(batch: Simulation) -> None:
    job = batch.submit_nodes(64)
    batch.environment["computeResources"]["maxvCpus"] = 128
    batch.life_cycle.queue_changed()
    batch.step()
    assert batch.status(job) == "STARTING"
    assert "statusReason" not in batch.describe(job)


def test_a_disabled_environment_starts_no_job(batch: Simulation) -> None:
    batch.environment["state"] = "DISABLED"
    job = batch.submit_container()
    assert batch.describe(job)["statusReason"].startswith("ACTION_REQUIRED")


def test_this_machine_runs_only_so_many_nodes_at_a_time(tmp_path: Path) -> None:
    batch = Simulation(tmp_path, max_nodes=3)
    jobs = [batch.submit_nodes(2), batch.submit_nodes(2)]
    assert [batch.status(job) for job in jobs] == ["STARTING", "RUNNABLE"]
