"""Render a node group in the API's spelling."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aws_cdk import Tokenization

from cdk_batch_mnp.cdk.jobs.additional_properties import merged
from cdk_batch_mnp.cdk.jobs.consumable_resources import consumable_resource_properties
from cdk_batch_mnp.cdk.jobs.images import ImageAddress
from cdk_batch_mnp.cdk.jobs.node_devices import devices, shared_memory_mib, ulimit_name, ulimits
from cdk_batch_mnp.cdk.jobs.node_group import NodeContainer, NodeGroup
from cdk_batch_mnp.cdk.jobs.volumes import EfsVolume, HostVolume
from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError, at_path
from cdk_batch_mnp.cdk.jsii.tokens import is_token
from cdk_batch_mnp.cdk.nodes.node_hardware import NodeHardware
from cdk_batch_mnp.instances import InstanceType
from cdk_batch_mnp.instances.memory import container_memory_mib
from cdk_batch_mnp.lazy.dataclass import dataclass

if TYPE_CHECKING:
    from aws_cdk import aws_ecs as ecs


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderContext:
    """The values of a job definition that its containers use.

    Attributes:
        hardware: ``None`` if the instance type is unknown.
    """

    hardware: NodeHardware | None
    instance_type: str | None
    job_role_arn: str
    execution_role_arn: str
    log_group_name: str
    region: str
    address_of: Callable[[str | ecs.ContainerImage], ImageAddress]


class MissingSizeError(ArgumentError):
    """A container does not set a size that cannot be computed."""


def node_range_property(group: NodeGroup, context: RenderContext) -> dict[str, Any]:
    """Return a NodeRangeProperty."""
    consumed = _present(
        consumableResourceProperties=consumable_resource_properties(group.consumable_resources)
    )
    if isinstance(group.container, NodeContainer):
        container = {
            **_container(group, group.name, group.container, context),
            **_present(instanceType=context.instance_type, volumes=_volumes(group)),
            "jobRoleArn": context.job_role_arn,
            "executionRoleArn": context.execution_role_arn,
            **_present(enableExecuteCommand=group.enable_execute_command or None),
        }
        return {
            "targetNodes": str(group.node_range),
            **consumed,
            "container": merged(container, group.container.additional_properties),
        }
    task = {
        "containers": [
            merged(
                {
                    **_container(group, name, container, context),
                    "name": name,
                    "essential": container.essential,
                },
                container.additional_properties,
            )
            for name, container in group.all_containers.items()
        ],
        "taskRoleArn": context.job_role_arn,
        "executionRoleArn": context.execution_role_arn,
        **_present(
            volumes=_volumes(group), enableExecuteCommand=group.enable_execute_command or None
        ),
    }
    return {
        "targetNodes": str(group.node_range),
        **consumed,
        "ecsProperties": {"taskProperties": [task]},
        **_present(instanceTypes=[context.instance_type] if context.instance_type else None),
    }


def _container(
    group: NodeGroup, name: str, container: NodeContainer, context: RenderContext
) -> dict[str, Any]:
    with at_path(f"node group {group.name!r}, container {name!r}"):
        return _container_members(group, name, container, context)


def _container_members(
    group: NodeGroup, name: str, container: NodeContainer, context: RenderContext
) -> dict[str, Any]:
    address = context.address_of(container.image)
    hardware = context.hardware
    amounts = _amounts(group, container, hardware.instance if hardware is not None else None)
    return {
        "image": address.address,
        "resourceRequirements": [
            {"type": kind, "value": text_of(amount)} for kind, amount in amounts.items()
        ],
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": context.log_group_name,
                "awslogs-region": context.region,
                "awslogs-stream-prefix": name if name == group.name else f"{group.name}/{name}",
            },
        },
        **_present(
            command=list(map(text_of, container.command))
            if container.command is not None
            else None,
            environment=[
                {"name": key, "value": text_of(value)}
                for key, value in sorted(container.environment.items())
            ],
            secrets=[
                {"name": key, "valueFrom": secret.arn}
                for key, secret in sorted(container.secrets.items())
            ],
            mountPoints=[
                {
                    "sourceVolume": volume.name,
                    "containerPath": volume.container_path,
                    "readOnly": volume.read_only,
                }
                for volume in container.volumes
            ],
            ulimits=[
                {
                    "name": ulimit_name(limit),
                    "softLimit": limit.soft_limit,
                    "hardLimit": limit.hard_limit,
                }
                for limit in ulimits(container, hardware)
            ],
            user=container.user,
            # Omitted if false, the default of Batch, to keep templates short.
            privileged=container.privileged or None,
            readonlyRootFilesystem=container.readonly_root_filesystem or None,
            linuxParameters=_linux_parameters(container, hardware, amounts["MEMORY"]),
            repositoryCredentials={"credentialsParameter": address.repository_credentials}
            if address.repository_credentials
            else None,
        ),
    }


def _linux_parameters(
    container: NodeContainer, hardware: NodeHardware | None, memory_mib: int
) -> dict[str, Any]:
    return _present(
        sharedMemorySize=shared_memory_mib(container, hardware, memory_mib),
        initProcessEnabled=container.init_process_enabled,
        devices=[
            _present(
                hostPath=device.host_path,
                containerPath=device.container_path,
                permissions=[permission.value for permission in device.permissions or ()],
            )
            for device in devices(container, hardware)
        ],
    )


def _volumes(group: NodeGroup) -> list[dict[str, Any]]:
    volumes: dict[str, dict[str, Any]] = {}
    for container in group.all_containers.values():
        for volume in container.volumes:
            written = _volume(volume)
            if volumes.setdefault(volume.name, written) != written:
                raise ArgumentError(
                    f"node group {group.name!r} has two different volumes named {volume.name!r}"
                )
    return list(volumes.values())


def _volume(volume: HostVolume | EfsVolume) -> dict[str, Any]:
    if isinstance(volume, HostVolume):
        return {"name": volume.name, "host": _present(sourcePath=volume.host_path)}
    authorization: dict[str, Any] = {"iam": "ENABLED"}
    if volume.access_point is not None:
        authorization["accessPointId"] = volume.access_point.access_point_id
    return {
        "name": volume.name,
        "efsVolumeConfiguration": {
            "fileSystemId": volume.file_system.file_system_id,
            **_present(rootDirectory=volume.root_directory),
            "transitEncryption": "ENABLED",
            "authorizationConfig": authorization,
        },
    }


def _amounts(
    group: NodeGroup, container: NodeContainer, instance: InstanceType | None
) -> dict[str, int]:
    """Return the container's resource requirements by type."""
    amounts = {
        "VCPU": _amount(group, container, "vcpus", instance),
        "MEMORY": _amount(group, container, "memory", instance),
    }
    gpus = container.gpus
    if gpus is None and instance is not None and instance.gpus:
        gpus = _left_over(group, "gpus", instance.gpus)
    if gpus:
        amounts["GPU"] = gpus
    return amounts


def _amount(
    group: NodeGroup, container: NodeContainer, attribute: str, instance: InstanceType | None
) -> int:
    requested = _requested(container, attribute)
    if requested is not None:
        return requested
    whole = None
    if instance is not None:
        whole = (
            instance.vcpus
            if attribute == "vcpus"
            else container_memory_mib(instance)
            if instance.memory_mib is not None
            else None
        )
    if whole is None:
        raise MissingSizeError(
            f"{attribute} is left out, which means the whole instance, but the size of the "
            f"instance type is unknown; set {attribute}, or instance_type, or the type's facts"
        )
    return _left_over(group, attribute, whole)


def _requested(container: NodeContainer, attribute: str) -> int | None:
    if attribute == "memory":
        return container.memory_mib
    amount: int | None = getattr(container, attribute)
    return amount


def text_of(value: str | float) -> str:
    """Return a number as a string; a token stays a token."""
    if isinstance(value, float) and is_token(value):
        return Tokenization.stringify_number(value)
    return str(value) if isinstance(value, int | float) else value


def _left_over(group: NodeGroup, attribute: str, whole: int) -> int:
    """Return the amount for each container that does not set it."""
    amounts = [_requested(container, attribute) for container in group.all_containers.values()]
    if any(map(is_token, amounts)):
        raise MissingSizeError(
            f"{attribute} of one container is known only at deployment, so what is left for the "
            "others is unknown; set it on all of them"
        )
    silent = sum(amount is None for amount in amounts)
    left = whole - sum(amount for amount in amounts if amount is not None)
    unit = "MiB of memory" if attribute == "memory" else attribute
    if left < silent:
        raise MissingSizeError(
            f"the group's containers request {whole - left} {unit} of the "
            f"instance's {whole}, and nothing is left for those that leave {attribute} out"
        )
    return left // silent


def _present(**members: Any) -> dict[str, Any]:
    """Return the members that are not empty."""
    return {
        key: value
        for key, value in members.items()
        if value is not None and value != [] and value != {}
    }
