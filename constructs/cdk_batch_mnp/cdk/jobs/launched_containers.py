"""Start the containers of a job with the launcher."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any

from cdk_batch_mnp.cdk.jobs.images import ImageAddress
from cdk_batch_mnp.cdk.jobs.init_container import as_task, with_init_container
from cdk_batch_mnp.cdk.jobs.launcher import Launcher
from cdk_batch_mnp.cdk.jobs.launcher_delivery import LauncherDelivery
from cdk_batch_mnp.cdk.jobs.node_group import NodeGroup
from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError, at_path
from cdk_batch_mnp.cdk.jsii.tokens import is_list_token, is_token
from cdk_batch_mnp.cdk.nodes.launcher_file import PROGRAM
from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.lazy.pattern import pattern
from cdk_batch_mnp_launch import settings

EXPECT = "MNP_EXPECT"
"""Variable with the least hardware of a node. Source: docs/launcher.md."""

_DEVICES = {
    "neuron": pattern(r"/dev/neuron[0-9]+"),
    "efa": pattern(r"/dev/infiniband/uverbs[0-9]+"),
}
_REQUIREMENTS = {"VCPU": "cpus", "GPU": "gpus"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Launching:
    """What starting the containers of a job needs.

    Attributes:
        launcher: The launcher of the job.
        secret_arn: ARN of the secret that the nodes share; ``None`` if they share none.
        init_image: Image of the init container; ``None`` if there is none.
    """

    launcher: Launcher
    secret_arn: str | None
    init_image: ImageAddress | None


def launched(
    node_range: Mapping[str, Any], group: NodeGroup, launching: Launching
) -> dict[str, Any]:
    """Return a NodeRangeProperty whose command is started by the launcher.

    Args:
        node_range: The NodeRangeProperty of the group.
        group: The node group.
        launching: What starting its containers needs.

    Raises:
        ArgumentError: It is not clear which container is started; the container has no command, or
            one that is only known at deployment; it is started by the launcher already; it has a
            variable with the name of the launcher's secret; or it mounts the launcher's volume.
    """
    delivery, image = launching.launcher.delivery, launching.init_image
    with at_path(f"node group {group.name!r}"):
        name = _started(group, launching.launcher)
        if image is not None:
            node_range = as_task(node_range, group)
        with at_path(f"container {name!r}"):
            if "container" in node_range:
                container = _launched(node_range["container"], launching)
                return {**node_range, "container": _with_volume(container, delivery)}
            (task,) = node_range["ecsProperties"]["taskProperties"]
            containers = [
                _launched(listed, launching) if listed["name"] == name else listed
                for listed in task["containers"]
            ]
        task = _with_volume({**task, "containers": containers}, delivery)
        if image is not None:
            task = with_init_container(task, group, name, delivery, image)
        return {**node_range, "ecsProperties": {"taskProperties": [task]}}


def _with_volume(holder: Mapping[str, Any], delivery: LauncherDelivery) -> dict[str, Any]:
    """Return a container or a task with the volume of the launcher."""
    if delivery.volume is None:
        return dict(holder)
    volumes = holder.get("volumes", ())
    if delivery.volume in _names(volumes):
        raise ArgumentError(
            f"a volume has the name {delivery.volume!r} of the launcher's volume; rename it"
        )
    return {**holder, "volumes": [*volumes, delivery.volume_properties]}


def _started(group: NodeGroup, launcher: Launcher) -> str:
    """Return the name of the container that the launcher starts."""
    if group.container is not None:
        return group.name
    essential = [name for name, container in group.all_containers.items() if container.essential]
    if launcher.container in essential:
        return launcher.container
    if launcher.container not in group.all_containers and len(essential) == 1:
        return essential[0]
    names = ", ".join(map(repr, essential)) or "none"
    if launcher.container is None:
        raise ArgumentError(
            "the launcher starts one container on each node, but the group's essential containers "
            f"are {names}; set the container of the launcher, or essential=False on the others"
        )
    raise ArgumentError(
        f"the launcher's container is {launcher.container!r}, but the group's essential containers "
        f"are {names}; name one of these, because the node must end with it"
    )


def _launched(container: Mapping[str, Any], launching: Launching) -> dict[str, Any]:
    launcher, secret_arn = launching.launcher, launching.secret_arn
    changed = {
        **container,
        "command": [
            launcher.delivery.program,
            *launcher.options,
            "--",
            *_command(container.get("command")),
        ],
    }
    if launcher.delivery.volume is not None:
        mounts = container.get("mountPoints", ())
        changed["mountPoints"] = [*mounts, launcher.delivery.mount_point]
    names = set(_names(container.get("environment"))) | set(_names(container.get("secrets")))
    expected = _expected(container)
    if expected and EXPECT not in names:
        variable = {"name": EXPECT, "value": expected}
        changed["environment"] = [*container.get("environment", ()), variable]
    if secret_arn is not None:
        if settings.SECRET in names:
            raise ArgumentError(
                f"the container has a variable {settings.SECRET}, which the launcher sets; leave "
                "it out, and pass a secret of your own as Launcher(secret=...)"
            )
        secret = {"name": settings.SECRET, "valueFrom": secret_arn}
        changed["secrets"] = [*container.get("secrets", ()), secret]
    return changed


def _command(command: Any) -> list[str]:
    if command is None:
        raise ArgumentError(
            "the container has no command; set it, because the launcher cannot start the image's "
            "own command, which is not known here"
        )
    if not isinstance(command, list) or any(is_list_token(part) for part in command):
        raise ArgumentError(
            "the command is a list that is known only at deployment; pass a list of strings, which "
            "may be known only at deployment"
        )
    if PurePosixPath(command[0]).name == PROGRAM:
        raise ArgumentError(
            f"the command starts with {command[0]!r} already; leave it and its options out, or "
            "leave launcher out"
        )
    return command


def _names(variables: Any) -> Iterable[str]:
    return (variable["name"] for variable in variables or () if isinstance(variable, Mapping))


def _expected(container: Mapping[str, Any]) -> str:
    """Return the least counts of a container's hardware, as the launcher reads them."""
    counts: dict[str, str] = {}
    for requirement in container["resourceRequirements"]:
        name = _REQUIREMENTS.get(requirement["type"])
        if name is not None and not is_token(requirement["value"]):
            counts[name] = requirement["value"]
    devices = container.get("linuxParameters", {}).get("devices", ())
    paths = [str(device.get("containerPath") or device["hostPath"]) for device in devices]
    for name, device_path in _DEVICES.items():
        if number := sum(1 for path in paths if device_path.fullmatch(path)):
            counts[name] = str(number)
    return " ".join(f"{name}={number}" for name, number in counts.items())
