"""The container that brings the launcher to the other containers of a node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cdk_batch_mnp.cdk.jobs.additional_properties import IN_TASK, require_valid
from cdk_batch_mnp.cdk.jobs.images import ImageAddress
from cdk_batch_mnp.cdk.jobs.launcher_delivery import LauncherDelivery
from cdk_batch_mnp.cdk.jobs.node_group import NodeContainer, NodeGroup
from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError
from cdk_batch_mnp.cdk.nodes.launcher_file import PROGRAM

NAME = PROGRAM
"""Name of the init container."""

MEMORY_MIB = 64

_OF_TASK = {"jobRoleArn": "taskRoleArn", "executionRoleArn": "executionRoleArn"}


def as_task(node_range: Mapping[str, Any], group: NodeGroup) -> Mapping[str, Any]:
    """Return a NodeRangeProperty as one with a task of several containers.

    Raises:
        ArgumentError: The container has additional properties that such tasks do not have.
    """
    if not isinstance(group.container, NodeContainer):
        return node_range
    if group.container.additional_properties:
        require_valid(group.container.additional_properties, IN_TASK)
    container = dict(node_range["container"])
    task = {new: container.pop(old) for old, new in _OF_TASK.items()}
    if volumes := container.pop("volumes", None):
        task["volumes"] = volumes
    instance_type = container.pop("instanceType", None)
    return {
        "targetNodes": node_range["targetNodes"],
        "ecsProperties": {
            "taskProperties": [
                {"containers": [{**container, "name": group.name, "essential": True}], **task}
            ]
        },
        **({} if instance_type is None else {"instanceTypes": [instance_type]}),
    }


def with_init_container(
    task: Mapping[str, Any],
    group: NodeGroup,
    started: str,
    delivery: LauncherDelivery,
    image: ImageAddress,
) -> dict[str, Any]:
    """Return an EcsTaskProperties with a container that copies the launcher to a volume.

    Args:
        task: EcsTaskProperties, whose started container mounts the volume.
        group: The node group.
        started: Name of the container that the launcher starts, after the init container.
        delivery: How the launcher is delivered.
        image: Image of the init container.

    Raises:
        ArgumentError: A container of the group has the name of the init container.

    Source: Batch API, TaskContainerProperties; a container that others depend on with SUCCESS must
    not be essential.
    """
    if NAME in group.all_containers:
        raise ArgumentError(f"a container has the name {NAME!r} of the init container; rename it")
    (first,) = (container for container in task["containers"] if container["name"] == started)
    log = first["logConfiguration"]
    credentials = image.repository_credentials
    init = {
        "name": NAME,
        "image": image.address,
        "essential": False,
        # A volume of a task belongs to root.
        "user": "0",
        "command": ["cp", str(delivery.init_program), delivery.program],
        "resourceRequirements": [{"type": "MEMORY", "value": str(MEMORY_MIB)}],
        "mountPoints": [{**delivery.mount_point, "readOnly": False}],
        "logConfiguration": _with_prefix(log, f"{group.name}/{NAME}"),
        **({"repositoryCredentials": {"credentialsParameter": credentials}} if credentials else {}),
    }
    dependency = {"containerName": NAME, "condition": "SUCCESS"}
    donor = _donor(group, started)
    containers = [
        _smaller(container) if container["name"] == donor else container
        for container in task["containers"]
    ]
    return {
        **task,
        "containers": [
            init,
            *(
                {**container, "dependsOn": [*container.get("dependsOn", ()), dependency]}
                if container["name"] == started
                else container
                for container in containers
            ),
        ],
    }


def _donor(group: NodeGroup, started: str) -> str | None:
    """Return the container whose memory is what the others leave; ``None`` if there is none."""
    containers = group.all_containers
    names: Sequence[str] = (started, *containers)
    return next((name for name in names if containers[name].memory is None), None)


def _smaller(container: Mapping[str, Any]) -> dict[str, Any]:
    requirements = [dict(requirement) for requirement in container["resourceRequirements"]]
    for requirement in requirements:
        if requirement["type"] == "MEMORY":
            requirement["value"] = str(int(requirement["value"]) - MEMORY_MIB)
    return {**container, "resourceRequirements": requirements}


def _with_prefix(log: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    if log.get("logDriver") != "awslogs":
        return dict(log)
    return {**log, "options": {**log["options"], "awslogs-stream-prefix": prefix}}
