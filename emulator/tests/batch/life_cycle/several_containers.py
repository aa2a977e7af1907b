"""Jobs whose nodes run several containers."""

from __future__ import annotations

from typing import Any

from batch.life_cycle.simulation import CONTAINER, SimulatedNode, Simulation

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
    """Return the containers of a node or a job with one, by name."""
    (task,) = batch.describe(id)["ecsProperties"]["taskProperties"]
    return {each["name"]: each for each in task["containers"]}


def of_attempt(batch: Simulation, id: str) -> dict[str, dict[str, Any]]:
    """Return the containers of the last attempt, by name."""
    (task,) = batch.describe(id)["attempts"][-1]["taskProperties"]
    return {each["name"]: each for each in task["containers"]}


def run_init(batch: Simulation, init: SimulatedNode, exit_code: int = 0) -> None:
    batch.start(init)
    batch.end(init, exit_code)
