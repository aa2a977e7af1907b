"""The node groups of a multi-node parallel job definition."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from functools import lru_cache

from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.model.api_struct import ApiStruct, Value
from cdk_batch_mnp.model.container import Container, Volume, read_fargate_only, read_volumes
from cdk_batch_mnp.model.known_parts import (
    first_node,
    has_first_node,
    is_no_namespace,
    is_no_range,
)
from cdk_batch_mnp.model.node_range import NodeRange
from cdk_batch_mnp.model.pod import Pod, read_pod
from cdk_batch_mnp.model.presence import fewest, same_length
from cdk_batch_mnp.model.property_path import PROPERTIES, PropertyPath
from cdk_batch_mnp.model.role import Role
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, Unknown, has_value, is_known

CONTAINER_KINDS = ("container", "ecsProperties", "eksProperties")
"""The members of a node range that define what runs on its nodes. Source: AWS Batch API."""
NODE_PROPERTIES = PROPERTIES / "nodeProperties"
NODE_RANGES = NODE_PROPERTIES / "nodeRangeProperties"

RoleOf = Callable[[Value], "Maybe[Role] | None"]
"""Resolves a role ARN, or a reference in its place, to a role."""


def unknown_role(value: Value) -> Maybe[Role] | None:
    """Return a role whose ARN is known, but nothing else."""
    if value is None:
        return None
    return Role(id=value) if isinstance(value, str) else UNKNOWN


@lru_cache(maxsize=4096)
def _parsed(target_nodes: str) -> NodeRange | None:
    # Groups are compared pairwise: parsing each range once keeps long lists fast.
    try:
        return NodeRange.parse(target_nodes)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeGroup:
    """A node range of a job definition and what runs on its nodes, as written.

    Attributes:
        path: The property path from the job definition.
        first_node: The first node of the range if it is certain, even if the last one is unknown;
            otherwise 0.
        kinds: Which of ``container``, ``ecsProperties`` and ``eksProperties`` are set.
        possible_kinds: Which of them may or may not be set.
        instance_types: ``instanceTypes`` of the range (at most one element is allowed).
        container_instance_type: ``instanceType`` of ``container``.
        namespace: The Kubernetes namespace of ``eksProperties``.
        pod: The pod of ``eksProperties``; ``None`` if it is not set.
        has_several_tasks: Whether ``ecsProperties`` certainly has more than one task.
        allows_exec: Whether ECS Exec is turned on (``enableExecuteCommand``).

    Source: AWS Batch API, NodeRangeProperty.
    """

    path: PropertyPath
    target_nodes: Maybe[str] | None
    first_node: int = 0
    kinds: tuple[str, ...] = ()
    possible_kinds: tuple[str, ...] = ()
    containers: Maybe[tuple[Maybe[Container], ...]] = ()
    volumes: Maybe[tuple[Maybe[Volume], ...]] = ()
    job_role: Maybe[Role] | None = None
    execution_role: Maybe[Role] | None = None
    instance_types: Maybe[tuple[Maybe[str], ...]] | None = None
    container_instance_type: Maybe[str] | None = None
    namespace: Maybe[str] | None = None
    pod: Maybe[Pod] | None = None
    allows_exec: Maybe[bool] | None = None
    fargate_only: tuple[str, ...] = ()
    has_several_tasks: bool = False
    _known_containers: tuple[Container, ...] | None = field(
        default=None, init=False, repr=False, compare=False
    )

    @property
    def node_range(self) -> Maybe[NodeRange] | None:
        """The parsed range; ``None`` if it is not set or malformed."""
        if self.target_nodes is None or self.target_nodes is UNKNOWN:
            return self.target_nodes
        return _parsed(self.target_nodes)

    @property
    def instance_type(self) -> Maybe[str] | None:
        """The instance type of the group's nodes, from either place where it can be set."""
        if has_value(self.container_instance_type):
            return self.container_instance_type
        if self.instance_types is UNKNOWN or self.container_instance_type is UNKNOWN:
            return UNKNOWN
        return self.instance_types[0] if self.instance_types else None

    def may_nest_in(self, other: NodeGroup) -> bool:
        """Return whether every node of this group may belong to the other group too."""
        if other is self:
            return False
        outer, inner = other.node_range, self.node_range
        if outer is None or inner is None:
            return False
        if outer is UNKNOWN or inner is UNKNOWN:
            return True
        return outer.start <= inner.start and (
            outer.last is None or (inner.last is not None and inner.last <= outer.last)
        )

    @property
    def known_containers(self) -> tuple[Container, ...]:
        """The containers that are known."""
        if self._known_containers is None:  # Nearly every rule asks for them.
            containers = () if self.containers is UNKNOWN else self.containers
            known = tuple(container for container in containers if is_known(container))
            object.__setattr__(self, "_known_containers", known)
            return known
        return self._known_containers

    @classmethod
    def read(
        cls, shape: ApiStruct, path: PropertyPath, role_of: RoleOf = unknown_role
    ) -> NodeGroup:
        """Read a NodeRangeProperty."""
        kinds = tuple(kind for kind in CONTAINER_KINDS if shape.sets(kind))
        possible_kinds = tuple(kind for kind in CONTAINER_KINDS if shape.is_set(kind) is UNKNOWN)
        body = _NodeContents.read(shape, path, role_of)
        return cls(
            path=path,
            target_nodes=shape.text_if("targetNodes", is_no_range),
            first_node=first_node(shape.text_if("targetNodes", has_first_node)),
            kinds=kinds,
            possible_kinds=possible_kinds,
            containers=body.containers,
            volumes=body.volumes,
            job_role=body.job_role,
            execution_role=body.execution_role,
            instance_types=shape.texts("instanceTypes"),
            container_instance_type=body.instance_type,
            namespace=_namespace(shape.shape("eksProperties")),
            pod=read_pod(shape.shape("eksProperties"), path),
            allows_exec=body.allows_exec,
            fargate_only=body.fargate_only,
            has_several_tasks=body.has_several_tasks,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _NodeContents:
    """The contents of ``container`` or ``ecsProperties`` of a node range."""

    containers: Maybe[tuple[Maybe[Container], ...]] = ()
    volumes: Maybe[tuple[Maybe[Volume], ...]] = ()
    job_role: Maybe[Role] | None = None
    execution_role: Maybe[Role] | None = None
    instance_type: Maybe[str] | None = None
    allows_exec: Maybe[bool] | None = None
    fargate_only: tuple[str, ...] = ()
    has_several_tasks: bool = False

    @classmethod
    def read(cls, shape: ApiStruct, path: PropertyPath, role_of: RoleOf) -> _NodeContents:
        container = shape.shape("container")
        if isinstance(container, ApiStruct):
            read = Container.read(container, path / "container")
            return cls(
                containers=(read,),
                volumes=read_volumes(container),
                job_role=role_of(container.raw("jobRoleArn")),
                execution_role=role_of(container.raw("executionRoleArn")),
                instance_type=container.text("instanceType"),
                allows_exec=container.boolean("enableExecuteCommand"),
                fargate_only=read.fargate_only,
            )
        ecs = shape.shape("ecsProperties")
        if container is UNKNOWN or ecs is UNKNOWN:
            return _UNKNOWN_CONTENTS
        tasks = () if ecs is None else ecs.shapes("taskProperties")
        if tasks is UNKNOWN or (tasks and tasks[0] is UNKNOWN):
            return _UNKNOWN_CONTENTS
        if not tasks or isinstance(task := tasks[0], Unknown):
            return cls()
        inside = path / "ecsProperties" / "taskProperties" / 0
        shapes = task.shapes("containers")
        return cls(
            containers=UNKNOWN
            if shapes is UNKNOWN
            else same_length(
                shapes or (),
                (
                    UNKNOWN
                    if written is UNKNOWN
                    else Container.read(written, inside / "containers" / position)
                    for position, written in enumerate(shapes or ())
                ),
            ),
            volumes=read_volumes(task),
            job_role=role_of(task.raw("taskRoleArn")),
            execution_role=role_of(task.raw("executionRoleArn")),
            allows_exec=task.boolean("enableExecuteCommand"),
            fargate_only=read_fargate_only(task),
            has_several_tasks=fewest(tasks) > 1,
        )


_UNKNOWN_CONTENTS = _NodeContents(
    containers=UNKNOWN,
    volumes=UNKNOWN,
    job_role=UNKNOWN,
    execution_role=UNKNOWN,
    instance_type=UNKNOWN,
    allows_exec=UNKNOWN,
)


def _namespace(eks: Maybe[ApiStruct] | None) -> Maybe[str] | None:
    pod = eks.shape("podProperties") if isinstance(eks, ApiStruct) else eks
    metadata = pod.shape("metadata") if isinstance(pod, ApiStruct) else pod
    if not isinstance(metadata, ApiStruct):
        return metadata
    return metadata.text_if("namespace", is_no_namespace)
