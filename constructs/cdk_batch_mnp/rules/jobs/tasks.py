"""Rules about the containers of a node that run together as one task."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from cdk_batch_mnp.engine.finding import few
from cdk_batch_mnp.engine.rule import ERROR, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.container import Container, ContainerDependency
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.node_group import NodeGroup
from cdk_batch_mnp.model.property_path import PropertyPath
from cdk_batch_mnp.model.unknown import UNKNOWN, has_value
from cdk_batch_mnp.rules import sources

CONDITIONS = ("START", "COMPLETE", "SUCCESS")
_AT_END = ("COMPLETE", "SUCCESS")
MIN_TIMEOUT_SECONDS = 2
"""Source: AWS Batch API, TaskContainerProperties."""


def _tasks(
    definition: JobDefinition,
) -> Iterator[tuple[NodeGroup, PropertyPath, list[Container]]]:
    """Yield the groups that certainly run a task, with its known containers and their path."""
    for group in definition.known_node_groups:
        if group.kinds == ("ecsProperties",) and not group.possible_kinds:
            path = group.path / "ecsProperties" / "taskProperties" / 0 / "containers"
            yield group, path, list(group.known_containers)


@rule(
    JobDefinition,
    "MNP342",
    "Containers of a node have distinct names",
    severity=ERROR,
    why="The name identifies a container of the task, for dependencies and overrides. A name that "
    "two containers have is rejected.",
    fix="Rename one of the containers.",
    source=sources.api("TaskContainerProperties"),
)
def container_names(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares the known names of the containers of each task."""
    for _, path, containers in _tasks(definition):
        names = Counter(container.name for container in containers if has_value(container.name))
        for name, times in sorted(names.items()):
            if times > 1:
                yield Violation(
                    resource=definition,
                    property_path=path,
                    message=f"{times} containers of the node have the name {name}",
                    actual=name,
                    expected="distinct names",
                )


@rule(
    JobDefinition,
    "MNP343",
    "Containers can start in the order of their dependencies",
    severity=ERROR,
    why="A container waits until those of its dependencies have started (START), have ended "
    "(COMPLETE), or have ended with status 0 (SUCCESS). The end of an essential container ends the "
    "task, so nothing can wait for it. Containers that wait for one another never start.",
    fix="Depend on other containers of the same node, without a cycle. Set essential to false for "
    "containers that others wait for until they end.",
    source=sources.api("TaskContainerDependency"),
)
def dependencies(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Checks names, conditions and cycles, as far as they are known.

    Silent about a name that may be that of a container whose name is not known.
    """
    for group, path, containers in _tasks(definition):
        named = {container.name: container for container in containers if has_value(container.name)}
        has_all = group.containers is not UNKNOWN and len(named) == len(group.containers)
        others = few(sorted(named)) if has_all else None
        for container in containers:
            listed = container.depends_on
            for position, dependency in enumerate(() if listed is UNKNOWN else listed):
                if dependency is UNKNOWN:
                    continue
                for message, actual, expected in _unmet(dependency, named, others):
                    yield Violation(
                        resource=definition,
                        property_path=container.path / "dependsOn" / position,
                        message=message,
                        actual=actual,
                        expected=expected,
                    )
        if waiting := _in_cycles(named):
            yield Violation(
                resource=definition,
                property_path=path,
                message=f"container {waiting[0]} depends on itself"
                if len(waiting) == 1
                else f"containers {few(waiting)} wait for one another",
                actual=few(waiting),
                expected="dependencies without a cycle",
            )


def _unmet(
    dependency: ContainerDependency, named: dict[str, Container], others: str | None
) -> Iterator[tuple[str, str, str]]:
    name, condition = dependency.name, dependency.condition
    if has_value(condition) and condition not in CONDITIONS:
        yield (
            f"the condition of the dependency is {condition}",
            condition,
            " or ".join(CONDITIONS),
        )
    if not has_value(name):
        return
    awaited = named.get(name)
    if awaited is None:
        if others is not None:
            yield (
                f"the container depends on {name}, which is not a container of the node",
                name,
                others,
            )
    elif condition in _AT_END and (awaited.essential is None or awaited.essential is True):
        yield (
            f"the container waits for the end of {name}, which is essential",
            str(condition),
            f"START, or essential: false for {name}",
        )


def _in_cycles(named: dict[str, Container]) -> list[str]:
    """Return the containers that wait for one another, in order of their names."""
    waits_for = {
        name: {
            dependency.name
            for dependency in (() if container.depends_on is UNKNOWN else container.depends_on)
            if dependency is not UNKNOWN and has_value(dependency.name) and dependency.name in named
        }
        for name, container in named.items()
    }
    # What waits for no cycle, and what no cycle waits for, is in none.
    return sorted(_without_ends(_reversed(_without_ends(waits_for))))


def _without_ends(graph: dict[str, set[str]]) -> dict[str, set[str]]:
    """Return a graph without the nodes from which no cycle can be reached."""
    left = {name: set(names) for name, names in graph.items()}
    before = _reversed(graph)
    ends = [name for name, names in left.items() if not names]
    while ends:
        end = ends.pop()
        del left[end]
        for name in before[end]:
            left[name].discard(end)
            if not left[name]:
                ends.append(name)
    return left


def _reversed(graph: dict[str, set[str]]) -> dict[str, set[str]]:
    turned: dict[str, set[str]] = {name: set() for name in graph}
    for name, names in graph.items():
        for other in names:
            turned[other].add(name)
    return turned


@rule(
    JobDefinition,
    "MNP344",
    "Start and stop timeouts are at least 2 seconds",
    severity=ERROR,
    why="AWS Batch rejects a shorter timeout.",
    fix="Set at least 2 seconds, or remove the timeout.",
    source=sources.api("TaskContainerProperties"),
)
def timeouts(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares startTimeout and stopTimeout of containers of ``ecsProperties``."""
    for _, _, containers in _tasks(definition):
        for container in containers:
            for member, seconds in (
                ("startTimeout", container.start_timeout),
                ("stopTimeout", container.stop_timeout),
            ):
                if has_value(seconds) and seconds < MIN_TIMEOUT_SECONDS:
                    yield Violation(
                        resource=definition,
                        property_path=container.path / member,
                        message=f"{member} is {seconds} seconds",
                        actual=seconds,
                        expected=f"at least {MIN_TIMEOUT_SECONDS}",
                    )
