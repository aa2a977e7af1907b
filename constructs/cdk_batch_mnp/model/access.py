"""What the containers of a job access with their roles: secrets, images, logs, file systems."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.model.api_struct import ApiStruct, Value
from cdk_batch_mnp.model.partial_text import Text, Token, text
from cdk_batch_mnp.model.policy import ACCOUNT, PARTITION, REGION, Statements
from cdk_batch_mnp.model.property_path import PROPERTIES, PropertyPath
from cdk_batch_mnp.model.resource import Resource
from cdk_batch_mnp.model.role import Role
from cdk_batch_mnp.model.schema.enumerations import SWITCH
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe
from cdk_batch_mnp.model.words import recognized

READ_SECRET = "secretsmanager:GetSecretValue"  # noqa: S105 - the name of an action
READ_PARAMETER = "ssm:GetParameters"


_STREAM: Text = (
    ":log-stream:",
    *(Token("stream prefix", is_segment=True), "/"),
    *(Token("container", is_segment=True), "/"),
    Token("task", is_segment=True),
)
"""The end of the ARN of a job's log stream: its definition, its container, its task."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key(Resource):
    """A customer managed KMS key.

    Attributes:
        arn: Its ARN, as far as it is known.
        policy: The statements of its key policy.
    """

    arn: Text
    policy: Maybe[Statements] = UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueSource:
    """Where a container gets a secret value from.

    Attributes:
        shown: The source as written, for people.
        action: ``READ_SECRET`` or ``READ_PARAMETER``; unknown if it may be either.
        arn: ARN of the secret or parameter.
        policy: The secret's resource policy; unknown for a secret that is not in the template.
        key: The key that encrypts it; ``None`` for AWS managed keys.
    """

    shown: str
    action: Maybe[str]
    arn: Text
    policy: Maybe[Statements] = UNKNOWN
    key: Maybe[Key] | None = UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSystem(Resource):
    """An EFS file system.

    Attributes:
        arn: Its ARN, as far as it is known.
        policy: Its file system policy; ``None`` for the default, which allows every client.
    """

    arn: Text
    policy: Maybe[Statements] | None = UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An image in a private Amazon ECR repository.

    Attributes:
        shown: The image as written, for people.
        is_own: Whether the repository is certainly in the account of the template.
        repository: ARN of the repository, if the template has it.
        policy: The repository's policy; unknown for repositories that are not in the template.
    """

    shown: str
    is_own: bool = False
    repository: Maybe[Text] = UNKNOWN
    policy: Maybe[Statements] = UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Logs:
    """The log group that a container writes to with the awslogs driver.

    Attributes:
        group: Name of the log group.
        creates_group: Whether the driver has to create the group: ``awslogs-create-group`` is
            set, and no resource of the template is the group.
    """

    group: Text
    creates_group: Maybe[bool] = False

    @property
    def resources(self) -> tuple[Text, Text]:
        """ARNs of the log group and of a log stream in it, as far as they are known.

        An action is allowed if it is allowed on either.
        """
        arn = ("arn:", PARTITION, ":logs:", REGION, ":", ACCOUNT, ":log-group:", *self.group)
        return text(*arn), text(*arn, *_STREAM)


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedSource:
    """A value source with the property that sets it.

    Attributes:
        name: What it is, for people (``the secret DB_PASSWORD``).
    """

    name: str
    path: PropertyPath
    source: ValueSource


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerAccess:
    """What the execution role has to allow before a container starts.

    Attributes:
        path: The property path of the container.
        image: ``None`` for other registries; unknown if it may be in Amazon ECR.
        sources: Its secrets, those of its log driver, and the credentials of its registry.
        logs: ``None`` for other log drivers.
    """

    path: PropertyPath
    image: Maybe[Image] | None = None
    sources: tuple[NamedSource, ...] = ()
    logs: Maybe[Logs] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSystemAccess:
    """An EFS volume of a node group.

    Attributes:
        path: The property path of the volume.
        name: The volume's name, for people.
        uses_role: Whether it is mounted with the job role (IAM authorization).
        is_written: Whether a container mounts it for writing.
    """

    path: PropertyPath
    name: str
    file_system: Maybe[FileSystem]
    uses_role: Maybe[bool] = False
    is_written: Maybe[bool] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedRole:
    """The job or execution role of a node group, as the definition names it.

    Attributes:
        path: The property path.
        name: The ARN or name, with the ARNs and names of resources.
        role: The role, as far as it is known.
    """

    path: PropertyPath
    name: Text
    role: Maybe[Role] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupAccess:
    """What the containers of one node group access, and with which roles.

    Attributes:
        roles: Its job role and its execution role, if they are set to a text.
    """

    containers: tuple[ContainerAccess, ...] = ()
    file_systems: tuple[FileSystemAccess, ...] = ()
    roles: tuple[NamedRole, ...] = ()

    @property
    def other_sources(self) -> Iterator[NamedSource]:
        """What its containers read with the execution role beside their own secrets."""
        for container in self.containers:
            secrets = container.path / "secrets"
            for source in container.sources:
                if source.path[:-1] != secrets:
                    yield source


class Sources(Protocol):
    """Resolves what a job definition refers to."""

    def named_role(self, value: Value, path: PropertyPath) -> NamedRole | None:
        """Return the role of an ARN or a name; ``None`` for a reference, which is always right."""

    def value_source(self, value: Value) -> ValueSource:
        """Return the secret or parameter of ``valueFrom``."""

    def image(self, value: Value) -> Maybe[Image] | None:
        """Return the image in a private ECR repository, ``None`` if it is in another registry."""

    def logs(self, options: ApiStruct) -> Logs:
        """Return the log group of the options of the awslogs driver."""

    def file_system(self, value: Value) -> Maybe[FileSystem]:
        """Return the file system of an ID."""


def read_access(definition: ApiStruct, sources: Sources) -> dict[PropertyPath, GroupAccess]:
    """Return what the node groups of a definition access, by the group's property path.

    Source: AWS Batch API, ContainerProperties, TaskContainerProperties and Volume.
    """
    return {path: _group(each, path, sources) for path, each in known_node_ranges(definition)}


def known_node_ranges(definition: ApiStruct) -> Iterator[tuple[PropertyPath, ApiStruct]]:
    """Yield the known node ranges of a definition's properties, with their paths."""
    nodes = definition.shape("nodeProperties")
    ranges = nodes.shapes("nodeRangeProperties") if isinstance(nodes, ApiStruct) else UNKNOWN
    path = PROPERTIES / "nodeProperties" / "nodeRangeProperties"
    for position, node_range in enumerate(ranges if isinstance(ranges, tuple) else ()):
        if isinstance(node_range, ApiStruct):
            yield path / position, node_range


def body_of(node_range: ApiStruct, path: PropertyPath) -> tuple[PropertyPath, ApiStruct] | None:
    """Return what defines the containers and volumes of a node range: its container or its task."""
    container, ecs = node_range.shape("container"), node_range.shape("ecsProperties")
    if isinstance(container, ApiStruct):
        return path / "container", container
    tasks = ecs.shapes("taskProperties") if isinstance(ecs, ApiStruct) else None
    task = tasks[0] if isinstance(tasks, tuple) and tasks else UNKNOWN
    if not isinstance(task, ApiStruct):
        return None
    return path / "ecsProperties" / "taskProperties" / 0, task


def _group(node_range: ApiStruct, path: PropertyPath, sources: Sources) -> GroupAccess:
    found = body_of(node_range, path)
    if found is None:
        return GroupAccess()
    inside, body = found
    shapes = [found]
    if inside != path / "container":
        listed = body.shapes("containers")
        shapes = [
            (inside / "containers" / position, container)
            for position, container in enumerate(listed if isinstance(listed, tuple) else ())
            if isinstance(container, ApiStruct)
        ]
    return GroupAccess(
        containers=tuple(_container(each, place, sources) for place, each in shapes),
        file_systems=tuple(_file_systems(body, inside, shapes, sources)),
        roles=tuple(_roles(body, inside, sources)),
    )


def _roles(shape: ApiStruct, path: PropertyPath, sources: Sources) -> Iterator[NamedRole]:
    for member in ("jobRoleArn", "taskRoleArn", "executionRoleArn"):
        value = shape.raw(member)
        named = None if value is None else sources.named_role(value, path / member)
        if named is not None:
            yield named


def _container(shape: ApiStruct, path: PropertyPath, sources: Sources) -> ContainerAccess:
    return ContainerAccess(
        path=path,
        image=sources.image(shape.raw("image")),
        sources=tuple(_sources(shape, path, sources)),
        logs=_logs(shape.shape("logConfiguration"), sources),
    )


def _sources(shape: ApiStruct, path: PropertyPath, sources: Sources) -> Iterator[NamedSource]:
    yield from _listed(shape, "secrets", path, "secret", sources)
    logs = shape.shape("logConfiguration")
    if isinstance(logs, ApiStruct):
        place = path / "logConfiguration"
        yield from _listed(logs, "secretOptions", place, "log option", sources)
    registry = shape.shape("repositoryCredentials")
    if isinstance(registry, ApiStruct) and registry.sets("credentialsParameter"):
        yield NamedSource(
            name="credentials for the image's registry",
            path=path / "repositoryCredentials" / "credentialsParameter",
            source=sources.value_source(registry.raw("credentialsParameter")),
        )


def _listed(
    shape: ApiStruct, member: str, path: PropertyPath, kind: str, sources: Sources
) -> Iterator[NamedSource]:
    listed = shape.shapes(member)
    for position, entry in enumerate(listed if isinstance(listed, tuple) else ()):
        if isinstance(entry, ApiStruct):
            name = entry.text("name")
            yield NamedSource(
                name=f"the {kind} {name}" if isinstance(name, str) else f"a {kind}",
                path=path / member / position,
                source=sources.value_source(entry.raw("valueFrom")),
            )


def _logs(configuration: Maybe[ApiStruct] | None, sources: Sources) -> Maybe[Logs] | None:
    if configuration is UNKNOWN:
        return UNKNOWN
    # Without a configuration, AWS Batch uses the awslogs driver.
    known = ApiStruct({}) if configuration is None else configuration
    driver = known.text("logDriver")
    if driver is UNKNOWN or driver not in (None, "awslogs"):
        return UNKNOWN if driver is UNKNOWN else None
    options = known.shape("options")
    if options is UNKNOWN:
        return UNKNOWN
    return sources.logs(ApiStruct({}) if options is None else options)


def _file_systems(
    shape: ApiStruct,
    path: PropertyPath,
    containers: list[tuple[PropertyPath, ApiStruct]],
    sources: Sources,
) -> Iterator[FileSystemAccess]:
    volumes = shape.shapes("volumes")
    for position, volume in enumerate(volumes if isinstance(volumes, tuple) else ()):
        efs = volume.shape("efsVolumeConfiguration") if isinstance(volume, ApiStruct) else None
        if not isinstance(efs, ApiStruct) or not isinstance(volume, ApiStruct):
            continue
        authorization = efs.shape("authorizationConfig")
        iam = (
            recognized(authorization.text("iam"), SWITCH)
            if isinstance(authorization, ApiStruct)
            else authorization
        )
        name = volume.text("name")
        yield FileSystemAccess(
            path=path / "volumes" / position,
            name=name if isinstance(name, str) else "a volume",
            file_system=sources.file_system(efs.raw("fileSystemId")),
            uses_role=UNKNOWN if iam is UNKNOWN else iam == "ENABLED",
            is_written=_is_written(name, containers),
        )


def _is_written(
    volume: Maybe[str] | None, containers: list[tuple[PropertyPath, ApiStruct]]
) -> Maybe[bool]:
    if not isinstance(volume, str):
        return UNKNOWN
    unsure = False
    for _, container in containers:
        mounts = container.shapes("mountPoints")
        if mounts is UNKNOWN:
            return UNKNOWN
        for mount in mounts or ():
            if mount is UNKNOWN or mount.text("sourceVolume") is UNKNOWN:
                unsure = True
            elif mount.text("sourceVolume") == volume:
                read_only = mount.boolean("readOnly")
                if read_only is UNKNOWN:
                    unsure = True
                elif not read_only:
                    return True
    return UNKNOWN if unsure else False
