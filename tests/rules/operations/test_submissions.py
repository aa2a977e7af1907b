"""Submissions of multi-node jobs."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_batch_mnp.engine.finding import Finding
from cdk_batch_mnp.model.job_request import SINGLE_NODE_OVERRIDES, Dependency
from cdk_batch_mnp.model.property_path import PROPERTIES
from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.rules.setups import definition, environment, findings, groups, ids, queue, request

JOB = Dependency()
TWO_GROUPS = {"node_groups": groups("0:0", "1:")}
CLOSED = {"node_groups": groups("0:0", "1:3")}


def requested(changes: dict[str, Any], of: dict[str, Any] | None = None) -> list[str]:
    """The rules that a request of a definition breaks."""
    job = definition(**(of or {}))
    return ids(job, request(definition=job, **changes))


def only(**changes: Any) -> Finding:
    (finding,) = findings(request(**changes))
    return finding


@pytest.mark.parametrize("name", SINGLE_NODE_OVERRIDES)
def test_mnp702_overrides_of_one_node(name: str) -> None:
    assert requested({"overrides": (name,)}) == ["MNP702"]
    assert only(overrides=(name,)).message == f"state Solve: {name} is set for a multi-node job"


def test_mnp702_no_overrides() -> None:
    assert requested({"changes_nodes": True, "targets": ("0:",)}) == []


def test_mnp702_the_definition_is_not_known() -> None:
    assert ids(request(definition=UNKNOWN, overrides=("containerOverrides",))) == []


def test_mnp703_an_array() -> None:
    assert requested({"is_array": True}) == ["MNP703"]


def test_mnp703_no_array() -> None:
    assert requested({"is_array": False}) == []


def test_mnp703_the_definition_is_not_known() -> None:
    assert ids(request(definition=UNKNOWN, is_array=True)) == []


@pytest.mark.parametrize(
    ("number", "of", "expected"),
    [
        pytest.param(5, CLOSED, ["MNP309", "MNP704"], id="no open range"),
        pytest.param(1, TWO_GROUPS, ["MNP704"], id="a range begins after the last node"),
        pytest.param(2, TWO_GROUPS, [], id="at the limit"),
        pytest.param(2, {"main_node": 2}, ["MNP704"], id="the main node is after the last"),
        pytest.param(3, {"main_node": 2}, [], id="the main node is the last"),
        pytest.param(UNKNOWN, CLOSED, ["MNP309"], id="unknown number"),
        pytest.param(5, {"node_groups": UNKNOWN}, [], id="unknown groups"),
        pytest.param(5, {"node_groups": (*groups("0:3"), UNKNOWN)}, [], id="unknown group"),
        pytest.param(5, {"main_node": UNKNOWN}, [], id="unknown main node"),
    ],
)
def test_mnp704_the_number_of_nodes(number: Any, of: dict[str, Any], expected: list[str]) -> None:
    assert requested({"num_nodes": number, "changes_nodes": True}, of) == expected


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        pytest.param(("0:", "1:"), ["MNP705"], id="another range"),
        pytest.param(("0:0", "1:"), [], id="both ranges"),
        pytest.param(("0", ":0", "1:3"), [], id="the same nodes in other words"),
        pytest.param((UNKNOWN, None), [], id="unknown target"),
        pytest.param(UNKNOWN, [], id="unknown targets"),
    ],
)
def test_mnp705_targets(targets: Any, expected: list[str]) -> None:
    assert requested({"targets": targets, "changes_nodes": True}, TWO_GROUPS) == expected


def test_mnp705_the_groups_are_not_known() -> None:
    assert requested({"targets": ("1:",)}, {"node_groups": UNKNOWN}) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"attempts": 0}, ["MNP706"], id="no attempt"),
        pytest.param({"attempts": 11}, ["MNP706"], id="11 attempts"),
        pytest.param({"attempts": 1}, [], id="1 attempt"),
        pytest.param({"attempts": 10}, [], id="10 attempts"),
        pytest.param({"attempts": UNKNOWN}, [], id="unknown attempts"),
        pytest.param({"timeout_seconds": 59}, ["MNP706"], id="59 seconds"),
        pytest.param({"timeout_seconds": 60}, [], id="60 seconds"),
        pytest.param({"timeout_seconds": UNKNOWN}, [], id="unknown timeout"),
        pytest.param({"dependencies": (JOB,) * 21}, ["MNP706"], id="21 jobs"),
        pytest.param({"dependencies": (JOB,) * 20}, [], id="20 jobs"),
        pytest.param({"dependencies": UNKNOWN}, [], id="unknown jobs"),
        pytest.param({"dependencies": (UNKNOWN,)}, [], id="unknown job"),
        pytest.param({"dependencies": (Dependency(type="N_TO_N"),)}, ["MNP706"], id="N_TO_N"),
        pytest.param(
            {"dependencies": (Dependency(type="SEQUENTIAL", names_job=False),)},
            ["MNP706"],
            id="itself",
        ),
        pytest.param({"dependencies": (Dependency(type=UNKNOWN),)}, [], id="unknown type"),
    ],
)
def test_mnp706_limits(changes: dict[str, Any], expected: list[str]) -> None:
    assert requested(changes) == expected


def test_mnp707_a_fixed_revision() -> None:
    assert requested({"fixed_revision": 3}) == ["MNP707"]
    assert only(fixed_revision=3).severity == "warning"


def test_mnp707_no_revision() -> None:
    assert requested({"fixed_revision": None}) == []


def test_mnp707_the_definition_is_not_known() -> None:
    assert ids(request(definition=UNKNOWN, fixed_revision=3)) == []


FAIR, FIFO = queue(has_fair_share=True), queue(has_fair_share=False)


@pytest.mark.parametrize(
    ("submitted_to", "has_share", "expected"),
    [
        pytest.param(FAIR, False, ["MNP708"], id="fair share without an identifier"),
        pytest.param(FAIR, True, [], id="fair share with an identifier"),
        pytest.param(FAIR, UNKNOWN, [], id="fair share with perhaps an identifier"),
        pytest.param(FIFO, True, ["MNP708"], id="no policy with an identifier"),
        pytest.param(FIFO, False, [], id="no policy without an identifier"),
        pytest.param(queue(has_fair_share=UNKNOWN), False, [], id="unknown policy"),
        pytest.param(UNKNOWN, False, [], id="unknown queue"),
    ],
)
def test_mnp708_share_identifiers(submitted_to: Any, has_share: Any, expected: list[str]) -> None:
    job = definition(scheduling_priority=1)
    assert ids(job, request(definition=job, queue=submitted_to, has_share=has_share)) == expected


def test_mnp708_names_the_queue() -> None:
    job = definition(scheduling_priority=1)
    (finding,) = findings(job, request(definition=job, queue=FAIR))
    assert finding.message == (
        "state Solve: the queue Stack/Queue has a fair-share policy, but the job has no share "
        "identifier"
    )


SPOT = queue(environment(id="Stack/Cheap", type="SPOT"), id="Stack/CheapQueue")


def test_the_queue_of_a_request_runs_the_job_though_another_queue_could() -> None:
    assert ids(queue(), SPOT, request()) == []
    (finding,) = findings(queue(), SPOT, request(queue=SPOT))
    assert (finding.rule.id, finding.resource_id) == ("MNP101", "Stack/Job")
    assert finding.notes == (
        "Stack/Machine, state Solve, submits Stack/Job to queue Stack/CheapQueue",
    )


def test_a_request_that_changes_nodes_may_fit_its_queue() -> None:
    assert ids(queue(), SPOT, request(queue=SPOT, changes_nodes=True)) == []


def test_the_queue_of_a_request_is_not_known() -> None:
    assert ids(queue(), SPOT, request(queue=UNKNOWN)) == []


def test_a_finding_is_at_the_property_unless_the_request_is_a_text() -> None:
    path = PROPERTIES / "targets" / 0 / "batchParameters"
    finding = only(is_text=False, path=path, attempts=0)
    assert str(finding.property_path) == "targets[0].batchParameters.retryStrategy.attempts"
    assert str(only(attempts=0).property_path) == "definitionString"


def test_a_single_node_definition_is_not_checked() -> None:
    job = definition(type="container", node_groups=())
    assert ids(request(definition=job, overrides=("containerOverrides",), is_array=True)) == []
