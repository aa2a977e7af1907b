"""Jobs and nodes are described with the members that the service was recorded to return.

The members are those of DescribeJobs for a multi-node parallel job and its nodes, recorded in 2018
in the tests of AWS ParallelCluster's awsbatch-cli, with those that the API has added since.
"""

from __future__ import annotations

from batch.life_cycle.simulation import Simulation

LISTS_OF_A_CONTAINER = {"environment", "mountPoints", "resourceRequirements", "ulimits", "volumes"}


def ended_job(batch: Simulation) -> str:
    job = batch.submit_nodes(2)
    batch.run_all()
    for node in reversed(batch.nodes):
        batch.end(node, 0)
    return job


def test_a_job_has_no_container_and_always_has_its_lists(batch: Simulation) -> None:
    job = batch.describe(ended_job(batch))
    assert "container" not in job
    assert (job["parameters"], job["dependsOn"], job["tags"]) == ({}, [], {})
    assert job["retryStrategy"] == {"attempts": 1, "evaluateOnExit": []}
    (group,) = job["nodeProperties"]["nodeRangeProperties"]
    assert {name for name in group["container"] if group["container"][name] == []} >= (
        LISTS_OF_A_CONTAINER - {"resourceRequirements"}
    )
    assert group["container"]["command"] == ["run"]


def test_the_attempt_of_a_job_is_that_of_its_main_node_without_its_network(
    batch: Simulation,
) -> None:
    id = ended_job(batch)
    (attempt,) = batch.describe(id)["attempts"]
    main = batch.describe(f"{id}#0")
    assert attempt == {
        "container": {
            "exitCode": 0,
            "logStreamName": main["container"]["logStreamName"],
            "networkInterfaces": [],
        },
        "startedAt": main["startedAt"],
        "stoppedAt": main["stoppedAt"],
        "statusReason": "Essential container in task exited",
    }


def test_a_node_has_a_container_with_its_task_and_its_address(batch: Simulation) -> None:
    id = ended_job(batch)
    node = batch.describe(f"{id}#1")
    assert not node.keys() & {"nodeProperties", "retryStrategy"}
    assert node["nodeDetails"] == {"nodeIndex": 1, "isMainNode": False}
    container = node["container"]
    assert container.keys() >= LISTS_OF_A_CONTAINER
    task = container["taskArn"].rpartition("/")[2]
    assert container["logStreamName"] == f"nodes/default/{task}"
    (attempt,) = node["attempts"]
    assert attempt["container"] == {
        name: container[name]
        for name in (
            "containerInstanceArn",
            "exitCode",
            "logStreamName",
            "networkInterfaces",
            "taskArn",
        )
    }
    (interface,) = container["networkInterfaces"]
    assert interface.keys() == {"attachmentId", "privateIpv4Address"}


def test_jobs_and_nodes_are_found_by_id_and_by_arn(batch: Simulation) -> None:
    id = ended_job(batch)
    arn = batch.describe(id)["jobArn"]
    assert batch.describe(arn)["jobId"] == id
    assert batch.describe(f"{arn}#1")["jobId"] == batch.describe(f"{id}#1")["jobId"] == f"{id}#1"
    for unknown in (f"{id}#2", f"{id}#", f"{id}#x", f"{id}#-1", "none#0"):
        assert batch.describe(unknown) == {}
