"""The state of each stage of an app in Python: its instance types and its constructs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import Any, cast

from aws_cdk import CfnResource, Stage
from constructs import Construct, IConstruct, Node

from cdk_batch_mnp.instances import Catalogue, InstanceType, default_catalogue
from cdk_batch_mnp.instances.catalogue import INSTANCES_CONTEXT
from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.model.resource import METADATA_KEY

STATE_ID = "CdkBatchMnp"
"""Id of the construct that holds the state of a stage that was created in Node."""

STAGES = "_cdk_batch_mnp_stages"
"""Attribute in which the holder of an app keeps the states of its stages."""


@dataclass(frozen=True, slots=True)
class Registered:
    """A construct of this library.

    Attributes:
        construct: The construct.
        resource: Its resource in the template.
        facts: Facts in the resource's Metadata that the template does not show.
        complete: Adds to the template what depends on the whole stage, such as its tags.
    """

    construct: Construct
    resource: CfnResource
    facts: Mapping[str, object]
    complete: Callable[[], None] | None = None

    @property
    def is_in_tree(self) -> bool:
        """Whether the resource is still in the construct tree, and so in a template."""
        node = self.resource.node
        while (scope := node.scope) is not None:
            if scope.node.try_find_child(node.id) is None:
                return False
            node = scope.node
        return True


@dataclass(slots=True)
class StageState:
    """The constructs of this library in a stage, which for most apps is the app itself.

    A job definition and its queue can be in different stacks, but not in different stages.

    Attributes:
        catalogue: The instance types that the stage knows.
        registered: The constructs by path.
    """

    catalogue: Catalogue
    registered: dict[str, Registered] = field(default_factory=dict)

    def register_instance_type(self, facts: InstanceType) -> None:
        """Add an instance type that the catalogue does not list."""
        self.catalogue = self.catalogue.with_types(facts)

    def add(
        self,
        construct: Construct,
        path: str,
        resource: CfnResource,
        facts: Mapping[str, object] | None = None,
        complete: Callable[[], None] | None = None,
    ) -> None:
        """Register a construct, so that its resource is checked in the template.

        Args:
            construct: The construct.
            path: Its path.
            resource: Its resource.
            facts: Facts that only the construct knows, for the resource's Metadata.
            complete: Called after all Aspects, before the templates are written.
        """
        if facts:
            resource.add_metadata(METADATA_KEY, facts)
        self.registered[path] = Registered(construct, resource, facts or {}, complete)


DEFAULTS_CONTEXT = "cdk-batch-mnp:parameter-defaults"
"""Key of the context that says whether parameters take their defaults."""


def catalogue_of(node: Node) -> Catalogue:
    """Return the catalogue that the context of an app or a stage names, or the package's own.

    Raises:
        CatalogueError: It cannot be used.
    """
    chosen = node.try_get_context(INSTANCES_CONTEXT)
    return default_catalogue() if chosen is None else Catalogue.load(chosen)


def takes_defaults(node: Node) -> bool:
    """Return whether parameters of templates take their defaults, as the context of an app says.

    Raises:
        ValueError: The context has something else than true or false.
    """
    chosen = node.try_get_context(DEFAULTS_CONTEXT)
    # On the command line of the CDK, every value of the context is a text.
    found = {"true": True, "false": False}.get(str(True if chosen is None else chosen).lower())
    if found is None:
        raise ValueError(f"the context {DEFAULTS_CONTEXT} is {chosen!r}, not true or false")
    return found


def stage_of(construct: IConstruct) -> Stage:
    """Return the stage that a construct is in."""
    stage = Stage.of(construct)
    assert stage is not None  # noqa: S101 - a construct without a stage has no stack either
    return stage


def holder_of(found: IConstruct, find: Callable[[], IConstruct]) -> IConstruct:
    """Return a stable Python object to attach the state of a stage to.

    A construct that was created in Node is a new Python object on each access.

    Args:
        found: The stage.
        find: Returns the stage again.
    """
    stage: Any = found
    if stage is find():
        return stage
    return cast("IConstruct", stage.node.try_find_child(STATE_ID) or Construct(stage, STATE_ID))


def states_of(root: IConstruct) -> Sequence[StageState]:
    """Return the states of all stages of an app; none if it has no construct of this library."""
    for holder in (root, root.node.try_find_child(STATE_ID)):
        if holder is not None and STAGES in vars(holder):
            states: Sequence[StageState] = vars(holder)[STAGES]
            return states
    return ()
