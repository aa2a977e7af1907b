"""The volumes of a container, which are folders of the embedded AWS.

A file system, and a path of the instances of a compute environment, is one folder for all nodes,
jobs and attempts, so what a program has written is there when it is tried again. A path of the
instances can also be set to be a file or folder of this machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cdk_batch_mnp_emulator.batch.life_cycle.containers import Container
from cdk_batch_mnp_emulator.batch.life_cycle.host_paths import HostPaths, normal
from cdk_batch_mnp_emulator.nodes.runner import Limit, Mount

AccessPointPath = Callable[[str], str | None]
"""Returns the root directory of an access point from its id, or ``None`` for an unknown one."""


class Volumes:
    """Folders for the volumes of containers.

    Args:
        folder: Where they are made.
        host_paths: Paths of the instances that are something else here.
    """

    def __init__(self, folder: Path, host_paths: HostPaths) -> None:
        self._folder = folder
        self._host_paths = host_paths

    def mounts(
        self, container: Container, environment: str, own: Path, root_of: AccessPointPath
    ) -> list[Mount]:
        """Return what a container mounts, and make the folders.

        Args:
            container: As its definition has it.
            environment: Name of its compute environment.
            own: A folder of the node, for volumes without a path.
            root_of: Finds the root directory of an access point.

        Raises:
            OSError: A folder cannot be made.
            HostPathError: A path of the instances is set to what does not exist.
        """
        volumes = {each.get("name"): each for each in container.get("volumes", [])}
        mounts = []
        for point in container.get("mountPoints", []):
            volume = volumes.get(point.get("sourceVolume"))
            if volume is None or not point.get("containerPath"):
                continue
            folder = self._of(volume, environment, own, root_of)
            if not folder.exists():
                folder.mkdir(parents=True)
            mounts.append(
                Mount(normal(point["containerPath"]), folder, read_only=_is_read_only(point))
            )
        for memory in container.get("linuxParameters", {}).get("tmpfs", []):
            mounts.append(Mount(normal(memory["containerPath"]), mib=memory["size"]))
        return mounts

    def _of(
        self, volume: Mapping[str, Any], environment: str, own: Path, root_of: AccessPointPath
    ) -> Path:
        if efs := volume.get("efsVolumeConfiguration"):
            point = efs.get("authorizationConfig", {}).get("accessPointId")
            path = efs.get("rootDirectory", "/")
            if point:
                root = root_of(point)
                path = f"/access-points/{point}" if root is None else root
            return self._folder / quote(efs["fileSystemId"], safe="") / _below(path)
        if path := volume.get("host", {}).get("sourcePath"):
            if (target := self._host_paths.set_for(path)) is not None:
                return target
            folder = self._folder / "instances" / quote(environment, safe="") / _below(path)
            self._host_paths.fill(path, folder)
            return folder
        return own / "volumes" / quote(volume["name"], safe="")


def differences(container: Container, host_paths: HostPaths) -> Iterator[str]:
    """Yield what of a container is not as on AWS, as sentences for its log.

    Args:
        container: As its definition has it.
        host_paths: Paths of the instances that are something else here.

    Raises:
        HostPathError: A path of the instances is set to what does not exist.
    """
    points: dict[str | None, list[Mapping[str, Any]]] = {}
    for point in container.get("mountPoints", []):
        points.setdefault(point.get("sourceVolume"), []).append(point)
    for volume in container.get("volumes", []):
        path = volume.get("host", {}).get("sourcePath")
        if path and (of_volume := points.get(volume.get("name"))):
            yield _host_volume(
                f"The volume {volume['name']} ({path} of the instance)",
                path,
                host_paths,
                is_read_only=all(map(_is_read_only, of_volume)),
            )
    if (user := container.get("user", "")) and user.split(":")[0] not in {"root", "0"}:
        yield f"The user {user} of the container does not apply: programs run as you here."


def _host_volume(volume: str, path: str, host_paths: HostPaths, *, is_read_only: bool) -> str:
    if (target := host_paths.set_for(path)) is not None:
        changes = "" if is_read_only else ", and what the program writes there is changed there"
        return f"{volume} is {target} of this machine{changes}."
    if (launcher := host_paths.brings_launcher(path)) is not None:
        return (
            f"{volume} has a copy of {launcher}, the launcher of this machine, in place of what "
            "user data writes there."
        )
    return (
        f"{volume} is one folder for all nodes here, as if a shared file system was mounted there."
    )


def limits(container: Container) -> list[Limit]:
    """Return the limits of the processes of a container."""
    return [
        Limit(ulimit["name"].lower(), ulimit["softLimit"], ulimit["hardLimit"])
        for ulimit in container.get("ulimits", [])
    ]


def _is_read_only(point: Mapping[str, Any]) -> bool:
    return bool(point.get("readOnly", False))


def _below(path: str) -> str:
    return normal(path).lstrip("/") or "."
