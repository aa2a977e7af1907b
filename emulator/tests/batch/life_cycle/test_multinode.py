"""Multi-node parallel jobs: the main node first, and the main node decides."""

from __future__ import annotations

from pathlib import Path

import pytest

from batch.life_cycle.simulation import CONTAINER, SimulatedNode, Simulation


def by_index(nodes: list[SimulatedNode]) -> dict[int, SimulatedNode]:
    return {int(node.variables["AWS_BATCH_JOB_NODE_INDEX"]): node for node in nodes}


def test_the_main_node_starts_alone_and_the_children_follow_once_it_runs(batch: Simulation) -> None:
    job = batch.submit_nodes(4)
    assert batch.status(job) == "STARTING"
    assert len(batch.nodes) == 1
    assert batch.describe(f"{job}#0")["status"] == "STARTING"
    assert batch.describe(f"{job}#1") == {}
    batch.start(batch.nodes[0])
    assert batch.status(job) == "RUNNING"
    assert sorted(by_index(list(batch.nodes))) == [0, 1, 2, 3]
    assert batch.describe(f"{job}#3")["status"] == "STARTING"


def test_children_start_in_an_order_that_the_seed_repeats(tmp_path: Path) -> None:
    orders = []
    for attempt in range(2):
        batch = Simulation(tmp_path / str(attempt))
        batch.submit_nodes(10)
        batch.start(batch.nodes[0])
        orders.append([node.variables["AWS_BATCH_JOB_NODE_INDEX"] for node in batch.nodes])
    assert orders[0] == orders[1]
    assert orders[0] != sorted(orders[0])


def test_only_child_nodes_know_the_address_of_the_main_node(batch: Simulation) -> None:
    job = batch.submit_nodes(2)
    batch.run_all()
    main, child = batch.nodes
    assert "AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS" not in main.variables
    address = child.variables["AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS"]
    assert address == main.request.where.address
    described = batch.describe(f"{job}#0")["container"]["networkInterfaces"]
    assert [interface["privateIpv4Address"] for interface in described] == [address]


def test_a_node_need_not_have_the_hardware_of_its_instance_type(batch: Simulation) -> None:
    environment = [
        {"name": "MNP_EXPECT", "value": "cpus=96 gpus=8"},
        {"name": "CASE", "value": "cavity"},
    ]
    job = batch.submit_nodes(2, container=CONTAINER | {"environment": environment})
    batch.run_all()
    for node in batch.nodes:
        assert node.variables["CASE"] == "cavity"
        assert "MNP_EXPECT" not in node.variables
    assert batch.describe(f"{job}#1")["container"]["environment"] == environment


def test_a_node_gets_the_documented_variables(batch: Simulation) -> None:
    job = batch.submit_nodes(2)
    batch.run_all()
    variables = batch.nodes[1].variables
    assert {name: variables[name] for name in variables if name.startswith("AWS_BATCH_")} == {
        "AWS_BATCH_CE_NAME": "environment",
        "AWS_BATCH_JOB_ATTEMPT": "1",
        "AWS_BATCH_JOB_ID": f"{job}#1",
        "AWS_BATCH_JOB_MAIN_NODE_INDEX": "0",
        "AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS": "10.0.0.4",
        "AWS_BATCH_JOB_NODE_INDEX": "1",
        "AWS_BATCH_JOB_NUM_NODES": "2",
        "AWS_BATCH_JQ_NAME": "queue",
    }
    assert variables["AWS_EXECUTION_ENV"] == "AWS_ECS_EC2"
    assert variables["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"


def test_the_exit_of_the_main_node_ends_the_job_and_stops_the_children(batch: Simulation) -> None:
    job = batch.submit_nodes(3)
    batch.run_all()
    main, *children = batch.nodes
    batch.end(main, 0)
    assert batch.describe(f"{job}#0")["status"] == "SUCCEEDED"
    assert [child.grace for child in children] == [30, 30]
    assert batch.status(job) == "RUNNING"  # a choice: until its nodes have ended
    for child in children:
        batch.end(child, 143)
    described = batch.describe(job)
    assert described["status"] == "SUCCEEDED"
    assert described["statusReason"] == "Essential container in task exited"
    stopped = batch.describe(f"{job}#1")
    assert (stopped["status"], stopped["container"]["exitCode"]) == ("FAILED", 143)
    assert not batch.runner.reserved


@pytest.mark.parametrize("exit_code", [0, 1, 137])
def test_the_death_of_a_child_changes_nothing_else(batch: Simulation, exit_code: int) -> None:
    job = batch.submit_nodes(3)
    batch.run_all()
    batch.end(batch.nodes[1], exit_code)
    assert batch.status(job) == "RUNNING"
    assert [node.grace for node in batch.nodes] == [None, None, None]
    batch.end(batch.nodes[0], 0)
    batch.end(batch.nodes[2], 143)
    assert batch.status(job) == "SUCCEEDED"


def test_a_failed_main_node_fails_the_job(batch: Simulation) -> None:
    job = batch.submit_nodes(2)
    batch.run_all()
    batch.end(batch.nodes[0], 3)
    batch.end(batch.nodes[1], 0)
    described = batch.describe(job)
    assert described["status"] == "FAILED"
    assert [each["container"]["exitCode"] for each in described["attempts"]] == [3]
    assert batch.describe(f"{job}#1")["status"] == "SUCCEEDED"


def test_a_main_node_that_cannot_start_fails_the_job_with_the_reason(batch: Simulation) -> None:
    job = batch.submit_nodes(2)
    batch.end(batch.nodes[0], None, "CannotStartContainerError: run was not found")
    described = batch.describe(job)
    assert (described["status"], described["statusReason"]) == ("FAILED", "Task failed to start")
    reason = described["attempts"][0]["container"]["reason"]
    assert reason == "CannotStartContainerError: run was not found"
    assert len(batch.nodes) == 1


def test_each_attempt_runs_all_nodes_again_and_updates_their_attempts(batch: Simulation) -> None:
    job = batch.submit_nodes(2, retryStrategy={"attempts": 2})
    batch.run_all()
    batch.end(batch.nodes[0], 1)
    batch.end(batch.nodes[1], 143)
    assert batch.status(job) == "STARTING"
    assert batch.nodes[2].variables["AWS_BATCH_JOB_ATTEMPT"] == "2"
    batch.start(*batch.nodes[2:])
    batch.start(batch.nodes[3])
    batch.end(batch.nodes[2], 0)
    batch.end(batch.nodes[3], 143)
    assert batch.status(job) == "SUCCEEDED"
    for job_id in (job, f"{job}#0", f"{job}#1"):
        assert len(batch.describe(job_id)["attempts"]) == 2


def test_the_nodes_of_a_job_are_listed_with_their_index(batch: Simulation) -> None:
    job = batch.submit_nodes(2)
    batch.run_all()
    listed = batch.listed(multiNodeJobId=job, jobStatus="RUNNING")
    assert [(each["jobId"], each["nodeProperties"]) for each in listed] == [
        (f"{job}#0", {"nodeIndex": 0, "isMainNode": True}),
        (f"{job}#1", {"nodeIndex": 1, "isMainNode": False}),
    ]
    assert [each["jobId"] for each in batch.listed(jobQueue="queue")] == [job]


def test_a_terminated_job_stops_all_nodes_and_fails_with_the_callers_reason(
    batch: Simulation,
) -> None:
    job = batch.submit_nodes(2, retryStrategy={"attempts": 3})
    batch.run_all()
    batch.terminate(job, "budget")
    assert [node.grace for node in batch.nodes] == [30, 30]
    for node in batch.nodes:
        batch.end(node, 0)
    described = batch.describe(job)
    assert (described["status"], described["statusReason"]) == ("FAILED", "budget")
    assert described["isTerminated"]
    assert len(described["attempts"]) == 1


def test_a_job_terminated_while_its_children_are_stopped_is_not_retried(batch: Simulation) -> None:
    job = batch.submit_nodes(2, retryStrategy={"attempts": 3})
    batch.run_all()
    batch.end(batch.nodes[0], 1)
    batch.terminate(job)
    batch.end(batch.nodes[1], 143)
    described = batch.describe(job)
    assert (described["status"], len(described["attempts"])) == ("FAILED", 1)
    assert described["isTerminated"]


def test_a_termination_that_comes_after_the_main_node_has_succeeded_changes_nothing(
    batch: Simulation,
) -> None:
    job = batch.submit_nodes(2)
    batch.run_all()
    batch.end(batch.nodes[0])
    batch.terminate(job)
    batch.end(batch.nodes[1], 143)
    described = batch.describe(job)
    assert described["status"] == "SUCCEEDED"
    assert "isTerminated" not in described


def test_a_job_that_runs_out_of_time_is_stopped_and_not_retried(batch: Simulation) -> None:
    job = batch.submit_nodes(
        2, timeout={"attemptDurationSeconds": 60}, retryStrategy={"attempts": 3}
    )
    batch.wait(100)  # time before the job runs does not count
    batch.run_all()
    batch.wait(59)
    assert batch.nodes[0].grace is None
    batch.wait(1)
    for node in batch.nodes:
        batch.end(node, 143)
    described = batch.describe(job)
    assert described["statusReason"] == "Job attempt duration exceeded timeout"
    assert (described["status"], len(described["attempts"])) == ("FAILED", 1)


def test_more_nodes_than_the_machine_may_run_fail_the_job_with_the_option(tmp_path: Path) -> None:
    batch = Simulation(tmp_path, max_vcpus=10_000, max_nodes=8)
    job = batch.submit_nodes(9)
    described = batch.describe(job)
    assert described["status"] == "FAILED"
    assert "--max-nodes 9" in described["statusReason"]
    assert not batch.nodes


def test_the_inner_of_two_node_ranges_says_what_a_node_runs(batch: Simulation) -> None:
    inner = CONTAINER | {"command": ["inner"]}
    ranges = [
        {"targetNodes": "0:", "container": CONTAINER, "instanceTypes": ["m5.large"]},
        {"targetNodes": "1:2", "container": inner, "instanceTypes": ["m5.large"]},
    ]
    properties = {"mainNode": 0, "numNodes": 4, "nodeRangeProperties": ranges}
    batch.define("nested", type="multinode", nodeProperties=properties)
    batch.submit("nested")
    batch.run_all()
    commands = {index: node.request.command for index, node in by_index(list(batch.nodes)).items()}
    assert commands == {0: ["run"], 1: ["inner"], 2: ["inner"], 3: ["run"]}
