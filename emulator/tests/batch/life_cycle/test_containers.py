"""Nodes of several containers, on a clock that the test moves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from batch.life_cycle.simulation import CONTAINER, REGION, SimulatedNode, Simulation
from cdk_batch_mnp_emulator.batch.life_cycle.interrupted import fail_interrupted

ONE: dict[str, Any] = {
    **CONTAINER,
    "resourceRequirements": [
        {"type": "VCPU", "value": "1"},
        {"type": "MEMORY", "value": "512"},
    ],
}
INIT: dict[str, Any] = {
    **ONE,
    "name": "init",
    "image": "launcher",
    "essential": False,
    "mountPoints": [{"sourceVolume": "shared", "containerPath": "/shared"}],
}
MAIN: dict[str, Any] = {
    **ONE,
    "name": "main",
    "dependsOn": [{"containerName": "init", "condition": "SUCCESS"}],
    "mountPoints": [{"sourceVolume": "shared", "containerPath": "/opt/shared", "readOnly": True}],
}
SIDE: dict[str, Any] = {**ONE, "name": "side", "essential": False}


def task(*containers: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "taskProperties": [
            {"containers": list(containers), "volumes": [{"name": "shared"}], **more}
        ]
    }


def submit(batch: Simulation, *containers: dict[str, Any], **members: Any) -> str:
    """Submit a job with one node, and return its id."""
    batch.define("task", ecsProperties=task(*(containers or (INIT, MAIN))))
    return batch.submit("task", **members)


def submit_nodes(
    batch: Simulation, number: int, *containers: dict[str, Any], **members: Any
) -> str:
    """Submit a multi-node parallel job, and return its id."""
    group = {
        "targetNodes": "0:",
        "ecsProperties": task(*(containers or (INIT, MAIN))),
    }
    nodes = {"mainNode": 0, "numNodes": number, "nodeRangeProperties": [group]}
    batch.define("tasks", type="multinode", nodeProperties=nodes)
    return batch.submit("tasks", **members)


def described(batch: Simulation, id: str) -> dict[str, dict[str, Any]]:
    """The containers of a node or a job with one, by name."""
    (task,) = batch.describe(id)["ecsProperties"]["taskProperties"]
    return {each["name"]: each for each in task["containers"]}


def of_attempt(batch: Simulation, id: str) -> dict[str, dict[str, Any]]:
    """The containers of the last attempt, by name."""
    (task,) = batch.describe(id)["attempts"][-1]["taskProperties"]
    return {each["name"]: each for each in task["containers"]}


def run_init(batch: Simulation, init: SimulatedNode, exit_code: int = 0) -> None:
    batch.start(init)
    batch.end(init, exit_code)


def test_the_main_container_starts_after_the_init_container_and_the_job_runs_then(
    batch: Simulation,
) -> None:
    job = submit(batch)
    (init,) = batch.nodes
    assert init.request.image == "launcher"
    batch.start(init)
    assert batch.status(job) == "STARTING"
    batch.end(init, 0)
    _, main = batch.nodes
    assert batch.status(job) == "STARTING"
    batch.start(main)
    assert batch.status(job) == "RUNNING"
    batch.end(main, 0)
    assert batch.status(job) == "SUCCEEDED"
    assert not batch.runner.reserved


def test_the_containers_of_a_node_share_its_address_and_the_volumes_of_the_task(
    batch: Simulation,
) -> None:
    submit(batch)
    run_init(batch, batch.nodes[0])
    init, main = (each.request for each in batch.nodes)
    assert init.where == main.where
    assert init.shares_network
    assert main.shares_network
    assert init.folder != main.folder
    (writes,), (reads,) = init.mounts, main.mounts
    assert (writes.path, reads.path) == ("/shared", "/opt/shared")
    assert writes.folder == reads.folder
    assert (writes.read_only, reads.read_only) == (False, True)


def test_the_folders_of_a_node_are_removed_with_its_last_container(
    batch: Simulation, tmp_path: Path
) -> None:
    submit(batch)
    run_init(batch, batch.nodes[0])
    folder = batch.nodes[0].request.mounts[0].folder
    assert folder
    assert folder.is_dir()
    batch.start(batch.nodes[1])
    batch.end(batch.nodes[1], 0)
    assert not folder.exists()
    assert not batch.nodes[1].request.folder.exists()


def test_each_container_has_the_variables_of_its_node_and_its_own(batch: Simulation) -> None:
    job = submit_nodes(
        batch,
        2,
        {**INIT, "environment": [{"name": "ROLE", "value": "init"}]},
        {**MAIN, "environment": [{"name": "ROLE", "value": "main"}]},
    )
    run_init(batch, batch.nodes[0])
    init, main = (each.variables for each in batch.nodes)
    assert (init["ROLE"], main["ROLE"]) == ("init", "main")
    of_batch = {name: value for name, value in main.items() if name.startswith("AWS_BATCH")}
    assert of_batch["AWS_BATCH_JOB_ID"] == f"{job}#0"
    assert of_batch["AWS_BATCH_JOB_NUM_NODES"] == "2"
    assert of_batch.items() <= init.items()


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
        [container["exitCode"] for container in attempt["taskProperties"][0]["containers"]]
        for attempt in batch.describe(job)["attempts"]
    ] == [[1, 5], [0, 6]]


def test_the_children_start_once_all_containers_of_the_main_node_have_started(
    batch: Simulation,
) -> None:
    job = submit_nodes(batch, 3)
    run_init(batch, batch.nodes[0])
    assert len(batch.nodes) == 2
    batch.start(batch.nodes[1])
    assert batch.status(job) == "RUNNING"
    children = batch.nodes[2:]
    assert [each.request.image for each in children] == ["launcher", "launcher"]
    for child in children:
        run_init(batch, child)
    addresses = {each.request.where.address for each in batch.nodes}
    assert len(addresses) == 3
    main = batch.nodes[1].request.where.address
    for child in batch.nodes[4:]:
        assert child.variables["AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS"] == main


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


def test_each_container_has_a_log_stream_of_its_own_with_its_name(batch: Simulation) -> None:
    job = submit(batch)
    run_init(batch, batch.nodes[0])
    batch.start(batch.nodes[1])
    (details,) = batch.describe(job)["ecsProperties"]["taskProperties"]
    id = details["taskArn"].rpartition("/")[2]
    names = {name: each["logStreamName"] for name, each in described(batch, job).items()}
    assert names == {"init": f"task/init/{id}", "main": f"task/main/{id}"}


def test_a_job_and_its_attempts_have_the_members_of_the_api_model(batch: Simulation) -> None:
    job = submit(batch)
    run_init(batch, batch.nodes[0])
    batch.start(batch.nodes[1])
    batch.end(batch.nodes[1], 0)
    found = batch.describe(job)
    assert "container" not in found
    (now,) = found["ecsProperties"]["taskProperties"]
    (attempt,) = found["attempts"]
    assert attempt.keys() == {"taskProperties", "startedAt", "stoppedAt", "statusReason"}
    (before,) = attempt["taskProperties"]
    assert before.keys() == {"taskArn", "containerInstanceArn", "containers"}
    assert before["taskArn"] == now["taskArn"]
    for container in before["containers"]:
        assert container.keys() == {"name", "exitCode", "logStreamName", "networkInterfaces"}
        (interface,) = container["networkInterfaces"]
        assert interface["privateIpv4Address"] == batch.nodes[0].request.where.address
    main = now["containers"][1]
    assert main["command"] == ["run"]
    assert main["dependsOn"] == MAIN["dependsOn"]
    assert (main["secrets"], main["ulimits"], main["environment"]) == ([], [], [])


def test_a_multi_node_job_has_the_attempt_of_its_main_node(batch: Simulation) -> None:
    job = submit_nodes(batch, 1)
    run_init(batch, batch.nodes[0])
    batch.start(batch.nodes[1])
    batch.end(batch.nodes[1], 2)
    (attempt,) = batch.describe(job)["attempts"]
    (of_main,) = batch.describe(f"{job}#0")["attempts"]
    names = ("name", "exitCode", "logStreamName")
    assert attempt["taskProperties"] == [
        {
            "containers": [
                {name: container[name] for name in names}
                for container in of_main["taskProperties"][0]["containers"]
            ]
        }
    ]
    assert of_main["taskProperties"][0]["taskArn"]


def test_the_definition_is_not_changed_by_its_jobs(batch: Simulation) -> None:
    first = submit(batch)
    second = batch.submit("task")
    run_init(batch, batch.nodes[0], 1)
    assert "exitCode" in described(batch, first)["init"]
    assert "exitCode" not in described(batch, second)["init"]


def test_the_children_of_an_array_have_containers_of_their_own(batch: Simulation) -> None:
    job = submit(batch, arrayProperties={"size": 2})
    run_init(batch, batch.nodes[0], 1)
    codes = [described(batch, f"{job}:{index}")["init"].get("exitCode") for index in range(2)]
    assert codes == [1, None]


def test_containers_are_overridden_by_name(batch: Simulation) -> None:
    override = {
        "name": "main",
        "command": ["other"],
        "environment": [{"name": "LEVEL", "value": "2"}],
        "resourceRequirements": [{"type": "MEMORY", "value": "2048"}],
    }
    asked = {"taskProperties": [{"containers": [override]}]}
    job = submit(batch, ecsPropertiesOverride=asked)
    run_init(batch, batch.nodes[0])
    init, main = batch.nodes
    assert (init.request.command, main.request.command) == (["run"], ["other"])
    assert main.variables["LEVEL"] == "2"
    assert "LEVEL" not in init.variables
    assert described(batch, job)["main"]["resourceRequirements"] == [
        {"type": "VCPU", "value": "1"},
        {"type": "MEMORY", "value": "2048"},
    ]
    nodes = {"nodePropertyOverrides": [{"targetNodes": "0:", "ecsPropertiesOverride": asked}]}
    submit_nodes(batch, 1, nodeOverrides=nodes)
    run_init(batch, batch.nodes[2])
    assert batch.nodes[3].request.command == ["other"]


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


def test_a_node_needs_what_all_of_its_containers_need(batch: Simulation) -> None:
    job = submit(batch, SIDE, {**ONE, "name": "main"}, SIDE | {"name": "third"})
    assert batch.status(job) == "RUNNABLE"  # three vCPUs, and an m5.large has two
    batch.environment["computeResources"]["instanceTypes"] = ["m5.xlarge"]
    batch.life_cycle.queue_changed()
    batch.step()
    assert batch.status(job) == "STARTING"


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


def test_pods_do_not_run_and_say_so(batch: Simulation) -> None:
    pod = {"containers": [{"image": "image"}]}
    batch.define("pod", eksProperties={"podProperties": pod})
    job = batch.submit("pod")
    assert batch.status(job) == "FAILED"
    (attempt,) = batch.describe(job)["attempts"]
    assert attempt["container"]["reason"].startswith("the embedded AWS runs no pods")
