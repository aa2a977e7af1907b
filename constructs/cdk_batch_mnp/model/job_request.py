"""Requests of templates to run a job: EventBridge rules, schedules, state machines."""

from __future__ import annotations

from collections.abc import Mapping

from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.model.api_struct import ApiStruct
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.job_queue import JobQueue
from cdk_batch_mnp.model.property_path import PROPERTIES, PropertyPath
from cdk_batch_mnp.model.resource import Resource
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe

SINGLE_NODE_OVERRIDES = ("containerOverrides", "ecsPropertiesOverride", "eksPropertiesOverride")
"""The members of SubmitJob that override what a single-node job runs. Source: AWS Batch API."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """A job that another one waits for. Source: AWS Batch API, JobDependency."""

    type: Maybe[str] | None = None
    names_job: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRequest(Resource):
    """A SubmitJob request that a resource of a template makes.

    Attributes:
        place: The part of the resource that makes it, for people (``state Solve``).
        path: The property of the resource with the request.
        is_text: Whether that property is a JSON text, in which no property has a path.
        definition: The job definition of the job.
        queue: The job queue of the job.
        fixed_revision: The revision of the definition that is written as a number.
        overrides: Which of :data:`SINGLE_NODE_OVERRIDES` are certainly set.
        is_array: Whether the size of an array is certainly set.
        changes_nodes: Whether nodes are or may be overridden.
        num_nodes: The number of nodes instead of that of the definition.
        targets: ``targetNodes`` of each override of nodes.
        attempts: How often the job is attempted.
        timeout_seconds: The longest duration of an attempt.
        dependencies: The jobs that it waits for.
        has_share: Whether it has a share identifier.

    Source: AWS Batch API, SubmitJob.
    """

    place: str = ""
    path: PropertyPath = PROPERTIES
    is_text: bool = False
    definition: Maybe[JobDefinition] = UNKNOWN
    queue: Maybe[JobQueue] = UNKNOWN
    fixed_revision: int | None = None
    overrides: tuple[str, ...] = ()
    is_array: bool = False
    changes_nodes: bool = False
    num_nodes: Maybe[int] | None = None
    targets: Maybe[tuple[Maybe[str] | None, ...]] = ()
    attempts: Maybe[int] | None = None
    timeout_seconds: Maybe[int] | None = None
    dependencies: Maybe[tuple[Maybe[Dependency], ...]] = ()
    has_share: Maybe[bool] = False

    def at(self, *steps: str | int) -> PropertyPath:
        """Return the path of a member of the request, as far as it has one."""
        return self.path if self.is_text else PropertyPath((*self.path, *steps))

    @property
    def prefix(self) -> str:
        """The place, as a message begins with it."""
        return f"{self.place}: " if self.place else ""

    @classmethod
    def read(
        cls,
        shape: ApiStruct,
        *,
        id: str,
        acknowledged: Mapping[str, str],
        place: str,
        path: PropertyPath,
        is_text: bool,
        definition: Maybe[JobDefinition],
        queue: Maybe[JobQueue],
        fixed_revision: int | None,
    ) -> JobRequest:
        """Read a SubmitJob request, by the API's names or by capitalized ones."""
        nodes, no_nodes = shape.shape("nodeOverrides"), ApiStruct({})
        known_nodes = nodes if isinstance(nodes, ApiStruct) else no_nodes
        return cls(
            id=id,
            acknowledged=acknowledged,
            place=place,
            path=path,
            is_text=is_text,
            definition=definition,
            queue=queue,
            fixed_revision=fixed_revision,
            overrides=tuple(override for override in SINGLE_NODE_OVERRIDES if shape.sets(override)),
            is_array=_inside(shape, "arrayProperties").sets("size"),
            changes_nodes=shape.has("nodeOverrides"),
            num_nodes=UNKNOWN if nodes is UNKNOWN else known_nodes.integer("numNodes"),
            targets=UNKNOWN
            if nodes is UNKNOWN
            else known_nodes.each("nodePropertyOverrides", lambda each: each.text("targetNodes")),
            attempts=_integer(shape, "retryStrategy", "attempts"),
            timeout_seconds=_integer(shape, "timeout", "attemptDurationSeconds"),
            dependencies=shape.each("dependsOn", _dependency),
            has_share=shape.is_set("shareIdentifier"),
        )


def _inside(shape: ApiStruct, name: str) -> ApiStruct:
    inside = shape.shape(name)
    return inside if isinstance(inside, ApiStruct) else ApiStruct({})


def _integer(shape: ApiStruct, name: str, member: str) -> Maybe[int] | None:
    inside = shape.shape(name)
    return inside.integer(member) if isinstance(inside, ApiStruct) else inside


def _dependency(shape: ApiStruct) -> Dependency:
    return Dependency(type=shape.constant("type"), names_job=shape.has("jobId"))
