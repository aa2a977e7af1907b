"""File systems and user data of the nodes, and the volumes of their containers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

from aws_cdk import aws_ec2 as ec2
from constructs import IConstruct

from cdk_batch_mnp.cdk.jobs.node_group import NodeContainer, NodeGroup
from cdk_batch_mnp.cdk.jobs.volumes import HostVolume
from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError
from cdk_batch_mnp.cdk.nodes.lustre import LustreMount
from cdk_batch_mnp.cdk.nodes.scratch import scratch
from cdk_batch_mnp.cdk.nodes.user_data import Mount, NodeScript, NodeUserData
from cdk_batch_mnp.instances import InstanceType
from cdk_batch_mnp.lazy.dataclass import dataclass


@dataclass(frozen=True, kw_only=True)
class NodeStorage:
    """The file systems of every node.

    Attributes:
        volumes: Volumes that a container mounts to use them, at the same paths.
        user_data: User data of the launch template; ``None`` if the template is the user's.
        lustre: The file systems that the nodes must be able to reach.
    """

    volumes: tuple[HostVolume, ...] = ()
    user_data: NodeUserData | None = None
    lustre: tuple[LustreMount, ...] = ()


def node_storage(
    scope: IConstruct,
    instance: InstanceType,
    *,
    lustre: Sequence[LustreMount],
    scratch_path: str | None,
    user_data: ec2.UserData | None,
    launch_template: ec2.ILaunchTemplate | None,
    block_instance_role: bool,
    many_nodes: bool,
) -> NodeStorage:
    """Decide what nodes mount, and create the user data.

    Raises:
        ArgumentError: A path is not a valid mount point; two paths are the same or nested; the type
            has no instance store for scratch; the format of the user data is not supported; or the
            launch template is the user's, so the user data cannot be added to it.
    """
    mounts = [scratch(scratch_path, instance)] if scratch_path is not None else []
    mounts += [each.mount(scope) for each in lustre]
    if launch_template is not None:
        if not mounts and user_data is None:
            return NodeStorage()
        raise ArgumentError(
            "lustre, scratch_path and user_data apply to the launch template that is created; "
            "mount in the user data of your launch_template, or leave it out"
        )
    _validate_paths([mount.path for mount in mounts])
    script = NodeScript(
        mounts=mounts, block_instance_role=block_instance_role, many_nodes=many_nodes
    )
    return NodeStorage(
        volumes=_volumes(mounts),
        user_data=NodeUserData(script, user_data),
        lustre=tuple(lustre),
    )


def with_volumes(group: NodeGroup, volumes: Sequence[HostVolume]) -> NodeGroup:
    """Return a node group whose containers mount volumes, unless they opt out.

    A container's own volume of the same directory or at the same path takes precedence.
    """
    if not volumes or group.is_on_eks:
        return group
    return replace(
        group,
        container=_mounted(group.container, volumes)
        if isinstance(group.container, NodeContainer)
        else None,
        containers={}
        if group.container is not None
        else {name: _mounted(each, volumes) for name, each in group.all_containers.items()},
    )


def _mounted(container: NodeContainer, volumes: Sequence[HostVolume]) -> NodeContainer:
    if not container.node_volumes:
        return container
    places = {volume.container_path.rstrip("/") for volume in container.volumes}
    folders = {volume.host_path for volume in container.volumes if isinstance(volume, HostVolume)}
    missing = [
        volume
        for volume in volumes
        if volume.container_path not in places and volume.host_path not in folders
    ]
    return replace(container, volumes=[*container.volumes, *missing]) if missing else container


def _volumes(mounts: Sequence[Mount]) -> tuple[HostVolume, ...]:
    found: dict[str, HostVolume] = {}
    for mount in mounts:
        name = f"node-{mount.path.strip('/').replace('/', '-').replace('.', '_')}"
        if name in found:
            # Different paths, such as /a/b and /a-b.
            name = f"{name}-{len(found)}"
        found[name] = HostVolume(
            name=name,
            container_path=mount.path,
            host_path=mount.path,
            read_only=mount.read_only,
        )
    return tuple(found.values())


def _validate_paths(paths: Sequence[str]) -> None:
    for outer, inner in combinations(sorted(paths), 2):
        if f"{inner}/".startswith(f"{outer}/"):
            raise ArgumentError(
                f"two file systems are mounted at {outer} and {inner}; choose paths that are not "
                "one within the other"
            )
