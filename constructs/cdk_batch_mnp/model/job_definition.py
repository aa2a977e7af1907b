"""Multi-node parallel job definitions: node groups, retries, timeouts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field

from cdk_batch_mnp.frozen.dataclass import dataclass
from cdk_batch_mnp.model.access import GroupAccess
from cdk_batch_mnp.model.api_struct import ApiStruct, Value
from cdk_batch_mnp.model.consumable import ConsumableList
from cdk_batch_mnp.model.container import Container
from cdk_batch_mnp.model.known_parts import (
    is_no_name,
)
from cdk_batch_mnp.model.network_needs import NO_NEEDS, NetworkNeeds
from cdk_batch_mnp.model.node_group import (
    NODE_RANGES,
    NodeGroup,
    RoleOf,
    unknown_role,
)
from cdk_batch_mnp.model.presence import same_length
from cdk_batch_mnp.model.property_path import PropertyPath
from cdk_batch_mnp.model.resource import ANYWHERE, Location, Resource
from cdk_batch_mnp.model.role import Role
from cdk_batch_mnp.model.schema.enumerations import DEFINITION_TYPES
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, has_value, is_known
from cdk_batch_mnp.model.word_faults import WordFault, as_meant, definition_faults
from cdk_batch_mnp.model.words import corrected

SINGLE_NODE_KINDS = ("containerProperties", "ecsProperties", "eksProperties")
"""The members of a definition that define what a single-node job runs. Source: AWS Batch API."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluateOnExit:
    """A condition on which a failed job is retried or not.

    Source: AWS Batch API, EvaluateOnExit.
    """

    action: Maybe[str] | None
    on_exit_code: Maybe[str] | None = None
    on_reason: Maybe[str] | None = None
    on_status_reason: Maybe[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryStrategy:
    """How often a job is attempted. Source: AWS Batch API, RetryStrategy."""

    attempts: Maybe[int] | None = None
    evaluate_on_exit: Maybe[tuple[Maybe[EvaluateOnExit], ...]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class JobDefinition(Resource):
    """A job definition, of one node or many.

    Attributes:
        type: ``multinode`` or ``container``.
        words: Words and names that AWS does not know.
        has_node_properties: Whether it certainly has properties of nodes.
        bounds_of_nodes: The smallest and the largest number of nodes, as far as they are certain.
        timeout_seconds: The longest duration of an attempt, over all nodes.
        parameters: Default values of the ``Ref::name`` placeholders in commands.
        single_node_kinds: Which members for single-node jobs are set.
        sets_propagate_tags: Whether ``propagateTags`` is certainly set.
        size: Bytes of the definition as JSON; unknown if any part of it is.
        tags: Tags of the definition.
        job_queue: ID of the only queue that its jobs are submitted to; ``None`` for any queue.
        location: Where it is deployed.
        needs: What its nodes have to reach.
        access: What its node groups access with their roles, by the group's property path.
        exported_by: Outputs of stacks that export its ARN with the revision.
        consumables: The consumable resources that it and its node groups need.
        image_platforms: Platforms (``linux/arm64``) of images that the CDK builds, by the path of
            the container; an empty text if none is set.
        deployers: The roles of the templates that certainly register job definitions.

    Source: AWS Batch API, RegisterJobDefinition.
    """

    type: Maybe[str] | None = "multinode"
    words: tuple[WordFault, ...] = ()
    has_node_properties: bool = False
    name: Maybe[str] | None = None
    num_nodes: Maybe[int] | None = None
    bounds_of_nodes: tuple[int | None, int | None] = (None, None)
    main_node: Maybe[int] | None = None
    node_groups: Maybe[tuple[Maybe[NodeGroup], ...]] = ()
    retry_strategy: Maybe[RetryStrategy] | None = None
    timeout_seconds: Maybe[int] | None = None
    platform_capabilities: Maybe[tuple[Maybe[str], ...]] | None = None
    scheduling_priority: Maybe[int] | None = None
    parameters: Maybe[Mapping[str, Value]] | None = None
    tags: Maybe[Mapping[str, Value]] | None = None
    single_node_kinds: tuple[str, ...] = ()
    sets_propagate_tags: bool = False
    size: Maybe[int] = UNKNOWN
    job_queue: str | None = None
    location: Location = ANYWHERE
    needs: NetworkNeeds = NO_NEEDS
    access: Mapping[PropertyPath, GroupAccess] = field(default_factory=dict, hash=False)
    exported_by: tuple[str, ...] = ()
    _known_groups: tuple[NodeGroup, ...] | None = field(
        default=None, init=False, repr=False, compare=False
    )
    consumables: tuple[ConsumableList, ...] = ()
    deployers: tuple[Role, ...] = field(default=(), hash=False)
    image_platforms: Mapping[PropertyPath, str] = field(default_factory=dict, hash=False)

    @property
    def is_multinode(self) -> bool:
        """Whether this is known to be, or meant as, a multi-node parallel job definition."""
        return self.type == "multinode" or (self.type is not UNKNOWN and self.has_node_properties)

    @property
    def most_nodes(self) -> Maybe[int] | None:
        """The number of nodes, or the largest that it may be."""
        most = self.bounds_of_nodes[1]
        return most if self.num_nodes is UNKNOWN and most is not None else self.num_nodes

    @property
    def fewest_nodes(self) -> int:
        """How many nodes there are, or at least if that is unknown; 0 if it is not set.

        A job has all nodes that its node ranges name.
        """
        if is_known(self.num_nodes):
            return self.num_nodes or 0
        named = [self.bounds_of_nodes[0] or 0]
        for group in self.known_node_groups:
            node_range, last = group.node_range, group.first_node
            if has_value(node_range):
                last = node_range.start if node_range.last is None else node_range.last
            named.append(1 + last)
        return max(named)

    @property
    def known_node_groups(self) -> tuple[NodeGroup, ...]:
        """The node groups that are known."""
        if self._known_groups is None:  # Nearly every rule asks for them.
            groups = () if self.node_groups is UNKNOWN else self.node_groups
            known = tuple(group for group in groups if is_known(group))
            object.__setattr__(self, "_known_groups", known)
            return known
        return self._known_groups

    @property
    def roles(self) -> tuple[Role, ...]:
        """The known job and execution roles of its node groups."""
        return tuple(
            role
            for group in self.known_node_groups
            for role in (group.job_role, group.execution_role)
            if has_value(role)
        )

    def enclosing_groups(self, group: NodeGroup) -> Maybe[tuple[NodeGroup, ...]]:
        """Return the groups from which a group may inherit properties that it does not set.

        Unknown if any group is unknown.
        """
        if self.node_groups is UNKNOWN or UNKNOWN in self.node_groups:
            return UNKNOWN
        return tuple(other for other in self.known_node_groups if group.may_nest_in(other))

    @property
    def containers(self) -> Iterator[tuple[NodeGroup, Container]]:
        """Every known container, with its node group."""
        for group in self.known_node_groups:
            for container in group.known_containers:
                yield group, container

    @property
    def instance_type(self) -> Maybe[str] | None:
        """The one instance type of all nodes.

        ``None`` if no group sets one; unknown if any group's is, or if groups differ.
        """
        if self.node_groups is UNKNOWN:
            return UNKNOWN
        named = {UNKNOWN if group is UNKNOWN else group.instance_type for group in self.node_groups}
        if UNKNOWN in named:
            return UNKNOWN
        named.discard(None)
        if not named:
            return None
        return named.pop() if len(named) == 1 else UNKNOWN

    @classmethod
    def read(
        cls,
        shape: ApiStruct,
        *,
        id: str,
        role_of: RoleOf = unknown_role,
        size: Maybe[int] = UNKNOWN,
        acknowledged: Mapping[str, str] | None = None,
        job_queue: str | None = None,
        location: Location = ANYWHERE,
        needs: NetworkNeeds = NO_NEEDS,
        access: Mapping[PropertyPath, GroupAccess] | None = None,
        exported_by: tuple[str, ...] = (),
        consumables: tuple[ConsumableList, ...] = (),
        deployers: tuple[Role, ...] = (),
        image_platforms: Mapping[PropertyPath, str] | None = None,
        words: tuple[WordFault, ...] | None = None,
    ) -> JobDefinition:
        """Read a RegisterJobDefinition request or AWS::Batch::JobDefinition properties.

        Misspelt names are read as what they stand for.
        """
        words = tuple(definition_faults(shape)) if words is None else words
        shape = as_meant(shape, words)
        nodes = shape.shape("nodeProperties")
        kind = corrected(shape.text("type"), DEFINITION_TYPES)
        timeout = shape.shape("timeout")
        known = nodes if isinstance(nodes, ApiStruct) else ApiStruct({})
        unknown_nodes = nodes is UNKNOWN
        ranges = UNKNOWN if unknown_nodes else known.shapes("nodeRangeProperties")
        return cls(
            id=id,
            acknowledged={} if acknowledged is None else acknowledged,
            type=kind,
            words=words,
            has_node_properties=shape.sets("nodeProperties"),
            name=shape.text_if("jobDefinitionName", is_no_name),
            num_nodes=UNKNOWN if unknown_nodes else known.integer("numNodes"),
            bounds_of_nodes=known.bounds("numNodes"),
            main_node=UNKNOWN if unknown_nodes else known.integer("mainNode"),
            node_groups=UNKNOWN
            if ranges is UNKNOWN
            else same_length(
                ranges or (),
                (
                    UNKNOWN
                    if node_range is UNKNOWN
                    else NodeGroup.read(node_range, NODE_RANGES / position, role_of)
                    for position, node_range in enumerate(ranges or ())
                ),
            ),
            retry_strategy=_retry_strategy(shape.shape("retryStrategy")),
            timeout_seconds=timeout.integer("attemptDurationSeconds")
            if isinstance(timeout, ApiStruct)
            else timeout,
            platform_capabilities=shape.constants("platformCapabilities"),
            scheduling_priority=shape.integer("schedulingPriority"),
            parameters=shape.mapping("parameters"),
            tags=shape.mapping("tags"),
            single_node_kinds=tuple(kind for kind in SINGLE_NODE_KINDS if shape.sets(kind)),
            sets_propagate_tags=shape.sets("propagateTags"),
            size=size,
            job_queue=job_queue,
            location=location,
            needs=needs,
            access={} if access is None else access,
            exported_by=exported_by,
            consumables=consumables,
            deployers=deployers,
            image_platforms={} if image_platforms is None else image_platforms,
        )


def _retry_strategy(shape: Maybe[ApiStruct] | None) -> Maybe[RetryStrategy] | None:
    if not isinstance(shape, ApiStruct):
        return shape
    return RetryStrategy(
        attempts=shape.integer("attempts"),
        evaluate_on_exit=shape.each(
            "evaluateOnExit",
            lambda each: EvaluateOnExit(
                action=each.text("action"),
                on_exit_code=each.text("onExitCode"),
                on_reason=each.text("onReason"),
                on_status_reason=each.text("onStatusReason"),
            ),
        ),
    )
