"""Nodes of several containers, on a clock that the test moves."""

from __future__ import annotations

from pathlib import Path

from batch.life_cycle.several_containers import (
    INIT,
    MAIN,
    ONE,
    SIDE,
    described,
    run_init,
    submit,
    submit_nodes,
)
from batch.life_cycle.simulation import Simulation


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


def test_a_node_needs_what_all_of_its_containers_need(batch: Simulation) -> None:
    job = submit(batch, SIDE, {**ONE, "name": "main"}, SIDE | {"name": "third"})
    assert batch.status(job) == "RUNNABLE"  # three vCPUs, and an m5.large has two
    batch.environment["computeResources"]["instanceTypes"] = ["m5.xlarge"]
    batch.life_cycle.queue_changed()
    batch.step()
    assert batch.status(job) == "STARTING"


def test_pods_do_not_run_and_say_so(batch: Simulation) -> None:
    pod = {"containers": [{"image": "image"}]}
    batch.define("pod", eksProperties={"podProperties": pod})
    job = batch.submit("pod")
    assert batch.status(job) == "FAILED"
    (attempt,) = batch.describe(job)["attempts"]
    assert attempt["container"]["reason"].startswith("the embedded AWS runs no pods")
