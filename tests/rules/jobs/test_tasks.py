"""Containers of a node that run together as one task."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cdk_batch_mnp.model.container import Container, ContainerDependency
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.rules.setups import FIRST_GROUP, container, definition, findings, ids, node_group

CONTAINERS = FIRST_GROUP / "ecsProperties" / "taskProperties" / 0 / "containers"


def task(*containers: Any, **changes: Any) -> JobDefinition:
    """A definition whose nodes run these containers."""
    placed = tuple(
        replace(member, path=CONTAINERS / position) if isinstance(member, Container) else member
        for position, member in enumerate(containers)
    )
    group = node_group(
        kinds=("ecsProperties",),
        containers=placed,
        container_instance_type=None,
        instance_types=("c5.18xlarge",),
        **changes,
    )
    return definition(node_groups=(group,))


def named(name: Any, *after: Any, **changes: Any) -> Container:
    """A container, and what it depends on."""
    listed = tuple(
        dependency
        if dependency is UNKNOWN
        else ContainerDependency(name=dependency[0], condition=dependency[1])
        for dependency in after
    )
    return container(name=name, depends_on=listed, requirements=UNKNOWN, **changes)


helper = named("helper", essential=False)


@pytest.mark.parametrize(
    ("job", "expected"),
    [
        pytest.param(task(named("one"), named("two")), [], id="two names"),
        pytest.param(task(named("one"), named("one")), ["MNP342"], id="twice the same"),
        pytest.param(task(named("one"), named(UNKNOWN)), [], id="perhaps the same"),
        pytest.param(task(named(None), named(None)), [], id="no names"),
        pytest.param(task(named("one"), UNKNOWN), [], id="an unknown container"),
    ],
)
def test_mnp342_containers_have_distinct_names(job: JobDefinition, expected: list[str]) -> None:
    assert ids(job) == expected


@pytest.mark.parametrize(
    ("job", "expected"),
    [
        pytest.param(task(named("app", ("helper", "SUCCESS")), helper), [], id="success"),
        pytest.param(task(named("app", ("helper", "COMPLETE")), helper), [], id="end"),
        pytest.param(task(named("app", ("one", "START")), named("one")), [], id="start"),
        pytest.param(
            task(named("app", ("one", "SUCCESS")), named("one")),
            ["MNP343"],
            id="the success of an essential container",
        ),
        pytest.param(
            task(named("app", ("one", "COMPLETE")), named("one", essential=True)),
            ["MNP343"],
            id="the end of an essential container",
        ),
        pytest.param(
            task(named("app", ("one", "COMPLETE")), named("one", essential=UNKNOWN)),
            [],
            id="the end of a container that may be essential",
        ),
        pytest.param(
            task(named("app", ("one", UNKNOWN)), named("one")), [], id="an unknown condition"
        ),
        pytest.param(task(named("app", ("one", None)), named("one")), [], id="no condition"),
        pytest.param(
            task(named("app", ("helper", "HEALTHY")), helper), ["MNP343"], id="health of Amazon ECS"
        ),
        pytest.param(
            task(named("app", ("helpr", "SUCCESS")), helper), ["MNP343"], id="a misspelt name"
        ),
        pytest.param(
            task(named("app", ("helpr", "SUCCESS")), helper, UNKNOWN), [], id="perhaps another"
        ),
        pytest.param(
            task(named("app", ("helpr", "SUCCESS")), helper, named(UNKNOWN)),
            [],
            id="perhaps another name",
        ),
        pytest.param(task(named("app", (UNKNOWN, "SUCCESS")), helper), [], id="an unknown name"),
        pytest.param(task(named("app", UNKNOWN), helper), [], id="an unknown dependency"),
        pytest.param(
            task(named("app", ("app", "START"))), ["MNP343"], id="a container that awaits itself"
        ),
        pytest.param(
            task(named("a", ("b", "START")), named("b", ("c", "START")), named("c")), [], id="chain"
        ),
        pytest.param(
            task(
                named("a", ("b", "START")),
                named("b", ("c", "START")),
                named("c", ("a", "START")),
                named("d", ("a", "START")),
            ),
            ["MNP343"],
            id="a cycle",
        ),
        pytest.param(
            task(container(name="app", requirements=UNKNOWN, depends_on=UNKNOWN)),
            [],
            id="unknown dependencies",
        ),
        pytest.param(
            task(named("app", ("helpr", "SUCCESS")), possible_kinds=("container",)),
            [],
            id="perhaps no task",
        ),
    ],
)
def test_mnp343_containers_can_start(job: JobDefinition, expected: list[str]) -> None:
    assert ids(job) == expected


def test_mnp343_a_cycle_names_the_containers_in_it_alone() -> None:
    (finding,) = findings(
        task(
            named("a", ("b", "START"), ("first", "START")),
            named("b", ("a", "START")),
            named("first"),
            named("last", ("a", "START")),
        )
    )
    assert finding.actual == "a, b"
    assert finding.property_path == CONTAINERS


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(None, []), (2, []), (1, ["MNP344"]), (0, ["MNP344"]), (UNKNOWN, [])],
)
def test_mnp344_timeouts(seconds: Any, expected: list[str]) -> None:
    assert ids(task(named("app", start_timeout=seconds))) == expected
    assert ids(task(named("app", stop_timeout=seconds))) == expected
