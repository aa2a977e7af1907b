"""Containers, their resource requirements, volumes and mounts."""

from __future__ import annotations

from dataclasses import field

from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.model.api_struct import ApiStruct, as_integer
from cdk_batch_mnp.model.log_router import LogRouter, read_log_driver, read_log_router
from cdk_batch_mnp.model.partial_text import Text, starts_with
from cdk_batch_mnp.model.property_path import PropertyPath
from cdk_batch_mnp.model.schema.enumerations import RESOURCE_TYPES, SWITCH
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, has_value
from cdk_batch_mnp.model.words import recognized

FARGATE_ONLY = (
    "fargatePlatformConfiguration",
    "networkConfiguration",
    "ephemeralStorage",
    "runtimePlatform",
    "platformVersion",
    "networkMode",
)
"""Members of a container or task that only Fargate or ECS Managed Instances support.

Source: AWS Batch API, ContainerProperties and EcsTaskProperties.
"""


RESERVED_PREFIX = "AWS_BATCH"
"""How the names of variables begin that AWS Batch sets. Source: AWS Batch API, KeyValuePair."""


def read_fargate_only(shape: ApiStruct) -> tuple[str, ...]:
    """Return which of these members are certainly set, even if their values are unknown."""
    return tuple(name for name in FARGATE_ONLY if shape.sets(name))


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceRequirement:
    """An amount of VCPU, MEMORY (MiB) or GPU that a container requests, as written.

    Attributes:
        is_deprecated: Whether it is the deprecated ``vcpus`` or ``memory`` of the container.

    Source: AWS Batch API, ResourceRequirement.
    """

    type: Maybe[str] | None
    value: Maybe[str] | None
    is_deprecated: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentVariable:
    """An environment variable of a container. Source: AWS Batch API, KeyValuePair."""

    name: Maybe[str] | None
    value: Maybe[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ulimit:
    """A process limit of a container; -1 means unlimited. Source: AWS Batch API, Ulimit."""

    name: Maybe[str] | None
    soft_limit: Maybe[int] | None = -1
    hard_limit: Maybe[int] | None = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A device of the instance that is passed through to a container.

    Attributes:
        container_path: Path in the container. Default: the path on the host.
        permissions: ``READ``, ``WRITE`` and ``MKNOD``. Default: all.

    Source: AWS Batch API, Device.
    """

    host_path: Maybe[str] | None
    container_path: Maybe[str] | None = None
    permissions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MountPoint:
    """Where a container mounts a volume. Source: AWS Batch API, MountPoint."""

    source_volume: Maybe[str] | None
    container_path: Maybe[str] | None
    read_only: Maybe[bool] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """A volume that containers of a node can mount.

    Attributes:
        host_path: The directory of the instance; ``None`` for other volumes.
        file_system_id: The EFS file system; ``None`` for other volumes.
        transit_encryption: ``ENABLED`` or ``DISABLED``, for EFS.
        root_directory: The directory of the EFS file system. Default: its root.
        has_access_point: Whether an EFS access point is set.
        iam: ``ENABLED`` for IAM authorization with the job role.

    Source: AWS Batch API, Volume.
    """

    name: Maybe[str] | None
    host_path: Maybe[str] | None = None
    file_system_id: Maybe[str] | None = None
    transit_encryption: Maybe[str] | None = None
    root_directory: Maybe[str] | None = None
    has_access_point: Maybe[bool] = False
    iam: Maybe[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerDependency:
    """A container that another waits for before it starts.

    Attributes:
        condition: ``START``, ``COMPLETE`` or ``SUCCESS``.

    Source: AWS Batch API, TaskContainerDependency.
    """

    name: Maybe[str] | None
    condition: Maybe[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """One container of a node, of any kind.

    Lists that are not set are empty; a list that cannot be known is ``UNKNOWN``.

    Attributes:
        path: The property path from the job definition.
        essential: Whether the task ends with the container. Default: true.
        depends_on: The containers of the task that it waits for.
        log_driver: The log driver; ``None`` for that of AWS Batch.
        log_router: Its FireLens configuration; ``None`` if it does not route logs.
        read_only_root: Whether its root file system is read-only. Default: false.
        start_timeout, stop_timeout: Seconds.

    Source: AWS Batch API, ContainerProperties and TaskContainerProperties.
    """

    path: PropertyPath
    name: Maybe[str] | None = None
    image: Maybe[str] | None = None
    command: Maybe[tuple[Maybe[str], ...]] | None = None
    requirements: Maybe[tuple[Maybe[ResourceRequirement], ...]] = ()
    environment: Maybe[tuple[Maybe[EnvironmentVariable], ...]] = ()
    secrets: Maybe[tuple[Maybe[str], ...]] = ()
    essential: Maybe[bool] | None = None
    privileged: Maybe[bool] | None = None
    ulimits: Maybe[tuple[Maybe[Ulimit], ...]] = ()
    devices: Maybe[tuple[Maybe[Device], ...]] = ()
    shared_memory_mib: Maybe[int] | None = None
    mount_points: Maybe[tuple[Maybe[MountPoint], ...]] = ()
    depends_on: Maybe[tuple[Maybe[ContainerDependency], ...]] = ()
    log_driver: Maybe[str] | None = None
    log_router: Maybe[LogRouter] | None = None
    read_only_root: Maybe[bool] | None = None
    start_timeout: Maybe[int] | None = None
    stop_timeout: Maybe[int] | None = None
    fargate_only: tuple[str, ...] = ()

    @property
    def vcpus(self) -> Maybe[int] | None:
        """The vCPUs that the container requests; unknown if they are not a number."""
        return self.requirement("VCPU")

    @property
    def memory_mib(self) -> Maybe[int] | None:
        """The hard limit of the container's memory in MiB."""
        return self.requirement("MEMORY")

    @property
    def gpus(self) -> Maybe[int] | None:
        """The GPUs that the container requests."""
        return self.requirement("GPU")

    def requirement(self, kind: str) -> Maybe[int] | None:
        """Return the requested amount of VCPU, MEMORY or GPU; ``None`` if there is none."""
        if self.requirements is UNKNOWN:
            return UNKNOWN
        unsure = False
        for requirement in self.requirements:
            if requirement is UNKNOWN or requirement.type is UNKNOWN:
                unsure = True
            elif requirement.type == kind and requirement.value is not None:
                return as_integer(requirement.value)
        return UNKNOWN if unsure else None

    def at_least(self, kind: str) -> int:
        """Return the least amount of VCPU, MEMORY or GPU that the container certainly requests.

        A request whose value is unknown is at least 1: the API accepts no smaller one.
        """
        amount = self.requirement(kind)
        if has_value(amount):
            return max(amount, 0)
        requirements = () if self.requirements is UNKNOWN else self.requirements
        is_set = any(
            requirement is not UNKNOWN and requirement.type == kind and requirement.value is UNKNOWN
            for requirement in requirements
        )
        return 1 if is_set else 0

    @classmethod
    def read(cls, shape: ApiStruct, path: PropertyPath) -> Container:
        """Read ContainerProperties or TaskContainerProperties.

        Args:
            shape: The structure.
            path: The property path to it from the job definition.
        """
        linux = shape.shape("linuxParameters")
        unknown_linux = linux is UNKNOWN
        known_linux = linux if isinstance(linux, ApiStruct) else ApiStruct({})
        return cls(
            path=path,
            name=shape.text("name"),
            image=shape.text("image"),
            command=shape.texts("command"),
            requirements=_requirements(shape),
            environment=shape.each(
                "environment",
                lambda each: EnvironmentVariable(
                    name=each.text_if("name", _is_reserved),
                    value=each.text("value"),
                ),
            ),
            secrets=shape.each("secrets", _secret_name),
            essential=shape.boolean("essential"),
            privileged=shape.boolean("privileged"),
            ulimits=shape.each(
                "ulimits",
                lambda each: Ulimit(
                    name=each.text("name"),
                    soft_limit=each.integer("softLimit"),
                    hard_limit=each.integer("hardLimit"),
                ),
            ),
            devices=UNKNOWN
            if unknown_linux
            else known_linux.each(
                "devices",
                lambda each: Device(
                    host_path=each.text("hostPath"), container_path=each.text("containerPath")
                ),
            ),
            shared_memory_mib=UNKNOWN if unknown_linux else known_linux.integer("sharedMemorySize"),
            mount_points=shape.each(
                "mountPoints",
                lambda each: MountPoint(
                    source_volume=each.text("sourceVolume"),
                    container_path=each.text("containerPath"),
                    read_only=each.boolean("readOnly"),
                ),
            ),
            depends_on=shape.each(
                "dependsOn",
                lambda each: ContainerDependency(
                    name=each.text("containerName"), condition=each.constant("condition")
                ),
            ),
            log_driver=read_log_driver(shape),
            log_router=read_log_router(shape),
            read_only_root=shape.boolean("readonlyRootFilesystem"),
            start_timeout=shape.integer("startTimeout"),
            stop_timeout=shape.integer("stopTimeout"),
            fargate_only=read_fargate_only(shape),
        )


def read_volumes(shape: ApiStruct) -> Maybe[tuple[Maybe[Volume], ...]]:
    """Read the volumes of a container or of a task."""
    return shape.each("volumes", _volume)


def _volume(shape: ApiStruct) -> Volume:
    host, efs = shape.shape("host"), shape.shape("efsVolumeConfiguration")
    authorization = efs.shape("authorizationConfig") if isinstance(efs, ApiStruct) else efs
    known = authorization if isinstance(authorization, ApiStruct) else ApiStruct({})
    return Volume(
        name=shape.text("name"),
        host_path=host.text("sourcePath") if isinstance(host, ApiStruct) else host,
        file_system_id=efs.text("fileSystemId") if isinstance(efs, ApiStruct) else efs,
        transit_encryption=recognized(efs.text("transitEncryption"), SWITCH)
        if isinstance(efs, ApiStruct)
        else efs,
        root_directory=efs.text_if("rootDirectory", _is_below_root)
        if isinstance(efs, ApiStruct)
        else efs,
        has_access_point=UNKNOWN if authorization is UNKNOWN else known.is_set("accessPointId"),
        iam=UNKNOWN if authorization is UNKNOWN else recognized(known.text("iam"), SWITCH),
    )


def _secret_name(secret: ApiStruct) -> Maybe[str]:
    name = secret.text_if("name", _is_reserved)
    return name if has_value(name) else UNKNOWN


def _is_reserved(name: Text) -> bool:
    return starts_with(name, RESERVED_PREFIX)


def _is_below_root(directory: Text) -> bool:
    return any(isinstance(piece, str) and piece.strip("/") for piece in directory)


def _requirements(shape: ApiStruct) -> Maybe[tuple[Maybe[ResourceRequirement], ...]]:
    written = shape.each(
        "resourceRequirements",
        lambda each: ResourceRequirement(
            type=recognized(each.text("type"), RESOURCE_TYPES), value=each.text("value")
        ),
    )
    if written is UNKNOWN:
        return UNKNOWN
    # Deprecated members of ContainerProperties, which are still accepted.
    deprecated = (("VCPU", shape.text("vcpus")), ("MEMORY", shape.text("memory")))
    return (
        *written,
        *(
            ResourceRequirement(type=kind, value=value, is_deprecated=True)
            for kind, value in deprecated
            if value is not None
        ),
    )
