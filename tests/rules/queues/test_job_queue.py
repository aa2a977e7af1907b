"""Job queues, and which of their environments a job can go to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cdk_batch_mnp.model.job_queue import ComputeEnvironmentOrder
from cdk_batch_mnp.model.stuck_reasons import STUCK_REASONS
from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.rules.setups import (
    INSTANCE_TYPE,
    NUM_NODES,
    VCPUS,
    container,
    definition,
    environment,
    findings,
    ids,
    node_group,
    queue,
    requirements,
    time_limit_action,
)

ALL = NUM_NODES * VCPUS
fargate = environment(id="Stack/Fargate", type="FARGATE")
spot = environment(id="Stack/Spot", type="SPOT")


def one_of(number: int, **changes: Any) -> Any:
    return environment(id=f"Stack/Environment{number}", **changes)


@pytest.mark.parametrize(
    ("environments", "expected"),
    [
        pytest.param((UNKNOWN,) * 4, ["MNP201"], id="four"),
        pytest.param((UNKNOWN,) * 3, [], id="three are the limit"),
        pytest.param((UNKNOWN,), [], id="one"),
    ],
)
def test_mnp201_environment_count(environments: tuple[Any, ...], expected: list[str]) -> None:
    assert ids(queue(*environments)) == expected


@pytest.mark.parametrize(
    ("environments", "service", "expected"),
    [
        pytest.param((), False, ["MNP201"], id="no environment"),
        pytest.param((), UNKNOWN, [], id="or service environments in their place"),
        pytest.param((), True, [], id="a queue of service environments"),
        pytest.param(UNKNOWN, False, [], id="an unknown list"),
    ],
)
def test_mnp201_no_environment(environments: Any, service: Any, expected: list[str]) -> None:
    assert ids(queue(environments=environments, runs_service_jobs=service)) == expected


@pytest.mark.parametrize(
    ("orders", "expected"),
    [((1, 1), True), ((1, 2), False), ((1, UNKNOWN), False), ((UNKNOWN, UNKNOWN), False)],
)
def test_mnp201_orders_are_unique(orders: tuple[Any, ...], expected: bool) -> None:
    turns = tuple(ComputeEnvironmentOrder(order=order, environment=UNKNOWN) for order in orders)
    assert ids(queue(environments=turns)) == (["MNP201"] if expected else [])


@pytest.mark.parametrize(
    ("beside", "expected"),
    [
        pytest.param(spot, ["MNP202"], id="Spot"),
        pytest.param(fargate, ["MNP202"], id="Fargate"),
        pytest.param(replace(spot, type="ECS_MANAGED_INSTANCES"), ["MNP202"], id="managed"),
        pytest.param(replace(spot, type=UNKNOWN), [], id="unknown kind"),
        pytest.param(UNKNOWN, [], id="unknown environment"),
    ],
)
def test_mnp202_mixed_environments(beside: Any, expected: list[str]) -> None:
    assert ids(queue(environment(), beside)) == expected


@pytest.mark.parametrize(
    ("changes", "member", "seen"),
    [
        ({"state": "STARTING"}, "state", "STARTING"),
        ({"state": None}, "state", "not set"),
        ({"action": "TERMINATE"}, "action", "TERMINATE"),
        ({"reason": "INSUFFICIENT_INSTANCE_CAPACITY"}, "reason", "INSUFFICIENT_INSTANCE_CAPACITY"),
        ({"max_time_seconds": 599}, "maxTimeSeconds", 599),
        ({"max_time_seconds": 86401}, "maxTimeSeconds", 86401),
        ({"max_time_seconds": None}, "maxTimeSeconds", "not set"),
    ],
    ids=str,
)
def test_mnp203_time_limit_actions(changes: dict[str, Any], member: str, seen: object) -> None:
    right, wrong = time_limit_action(), time_limit_action(**changes)
    (finding,) = findings(queue(time_limit_actions=(right, wrong)))
    assert finding.rule.id == "MNP203"
    assert str(finding.property_path) == f"jobStateTimeLimitActions[1].{member}"
    assert finding.actual == seen


@pytest.mark.parametrize(
    "changes",
    [
        {"max_time_seconds": 600},
        {"max_time_seconds": 86400},
        *({"reason": reason} for reason in STUCK_REASONS),
        *({member: UNKNOWN} for member in ("state", "action", "reason", "max_time_seconds")),
    ],
    ids=str,
)
def test_mnp203_takes_the_limits_and_what_is_unknown(changes: dict[str, Any]) -> None:
    assert ids(queue(time_limit_actions=(time_limit_action(**changes),))) == []


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        pytest.param((), ["MNP204"], id="none"),
        pytest.param((UNKNOWN,), [], id="one, unknown"),
        pytest.param(UNKNOWN, [], id="an unknown list"),
    ],
)
def test_mnp204_no_time_limit(actions: Any, expected: list[str]) -> None:
    assert ids(queue(time_limit_actions=actions)) == expected


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        pytest.param(ALL // 2, ALL // 2, ["MNP205", "MNP207"], id="only both together"),
        pytest.param(ALL // 2, ALL, ["MNP207"], id="the second takes it whole"),
        pytest.param(ALL // 2, UNKNOWN, ["MNP207"], id="the second may take it whole"),
        pytest.param(ALL // 2, ALL // 2 - 1, ["MNP106", "MNP207"], id="not even both together"),
    ],
)
def test_mnp205_whole_job(first: Any, second: Any, expected: list[str]) -> None:
    both = queue(one_of(1, max_vcpus=first), one_of(2, max_vcpus=second))
    assert ids(both) == expected


def test_mnp205_alone_where_several_environments_are_accepted() -> None:
    both = queue(
        one_of(1, max_vcpus=ALL // 2),
        one_of(2, max_vcpus=ALL // 2),
        acknowledged={"MNP207": "one Region has two halls"},
    )
    assert ids(both) == ["MNP205"]


@pytest.mark.parametrize(
    "third",
    [
        pytest.param(one_of(3, max_vcpus=UNKNOWN), id="unknown max vCPUs"),
        pytest.param(one_of(3, max_vcpus=None), id="max vCPUs left out"),
        pytest.param(one_of(3, type=UNKNOWN), id="unknown kind"),
        pytest.param(one_of(3, instance_types=UNKNOWN), id="unknown types"),
        pytest.param(UNKNOWN, id="unknown environment"),
    ],
)
def test_mnp205_is_silent_where_a_further_environment_may_take_the_job(third: Any) -> None:
    half = ALL // 2
    reported = ids(queue(one_of(1, max_vcpus=half), one_of(2, max_vcpus=half), third))
    assert "MNP205" not in reported
    assert "MNP106" not in reported


@pytest.mark.parametrize(
    ("priority", "expected"),
    [
        pytest.param(-1, ["MNP206"]),
        pytest.param(1001, ["MNP206"]),
        (0, []),
        (1000, []),
        (UNKNOWN, []),
        (None, []),
    ],
)
def test_mnp206_priority(priority: Any, expected: list[str]) -> None:
    assert ids(queue(priority=priority)) == expected


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        pytest.param(one_of(2), ["MNP207"], id="a second one for such jobs"),
        pytest.param(one_of(2, type=UNKNOWN), [], id="a second one of unknown kind"),
        pytest.param(UNKNOWN, [], id="a second one that is unknown"),
        pytest.param(one_of(2, management="UNMANAGED"), [], id="a second one of another kind"),
        pytest.param(one_of(2, state="DISABLED"), [], id="a second one that is disabled"),
        pytest.param(one_of(2, state=UNKNOWN), [], id="a second one that may be disabled"),
        pytest.param(one_of(2, state="ENABLED"), ["MNP207"], id="a second one that is enabled"),
    ],
)
def test_mnp207_several_environments(second: Any, expected: list[str]) -> None:
    assert ids(queue(environment(), second)) == expected


@pytest.mark.parametrize(
    ("types", "most", "expected"),
    [
        pytest.param((INSTANCE_TYPE,), ALL // 2, ["MNP205", "MNP207"], id="one type"),
        pytest.param(("c5",), ALL // 2, ["MNP205", "MNP207"], id="a family"),
        pytest.param(("c5",), 95, ["MNP106", "MNP207"], id="not even both together"),
        pytest.param(("c5",), 192, ["MNP207"], id="each alone"),
        pytest.param(UNKNOWN, ALL // 2, ["MNP205", "MNP207"], id="what nodes request"),
        pytest.param(UNKNOWN, 160, ["MNP207"], id="just what nodes request"),
    ],
)
def test_mnp205_takes_the_smallest_type_of_a_job_without_one(
    types: Any, most: int, expected: list[str]
) -> None:
    asked = container(requirements=requirements(VCPU="40", MEMORY="1024"))
    group = node_group(container_instance_type=None, containers=(asked,))
    both = queue(*(one_of(order, max_vcpus=most, instance_types=types) for order in (1, 2)))
    found = ids(definition(node_groups=(group,)), both)
    assert [each for each in found if each in ("MNP106", "MNP205", "MNP207")] == expected


def test_mnp203_alone_reports_an_action_that_comes_too_soon() -> None:
    assert ids(queue(time_limit_actions=(time_limit_action(max_time_seconds=60),))) == ["MNP203"]
