"""Acknowledged findings, and the order of a report."""

from __future__ import annotations

from cdk_batch_mnp.model.role import Role
from cdk_batch_mnp.rules.checking import check
from tests.rules.setups import VCPUS, definition, environment, findings, ids, node_group, setup


def test_an_accepted_finding_is_reported_apart_with_its_reason() -> None:
    job = definition(timeout_seconds=None, acknowledged={"MNP317": "it ends by itself"})
    report = check(setup(job))
    assert report.findings == ()
    (accepted,) = report.acknowledged
    assert accepted.finding.rule.id == "MNP317"
    assert accepted.reason == "it ends by itself"


def test_an_acknowledgement_is_for_its_own_rule_and_resource_alone() -> None:
    job = definition(acknowledged={"MNP415": "wrong place"}, timeout_seconds=None)
    assert ids(job, environment(security_groups=None)) == ["MNP317", "MNP415"]
    own = environment(security_groups=None, acknowledged={"MNP415": "the default group will do"})
    assert ids(own) == []


def test_a_finding_at_a_role_is_acknowledged_by_what_uses_the_role() -> None:
    """Unless another one uses it too, and does not acknowledge the finding."""
    role = Role(id="Stack/Role", trust=())
    group = node_group(job_role=role)
    first = definition(
        node_groups=(group,), acknowledged={"MNP605": "it is replaced at submission"}
    )
    second = definition(id="Stack/Other", node_groups=(group,))
    assert ids(first) == []
    assert [each.finding.resource_id for each in check(setup(first)).acknowledged] == ["Stack/Role"]
    assert ids(first, second) == ["MNP605"]
    assert ids(second, first) == ["MNP605"]


def test_what_several_definitions_meet_is_reported_once() -> None:
    jobs = [definition(id=f"Stack/Job{number}") for number in range(3)]
    found = findings(*jobs, environment(security_groups=None))
    assert [each.rule.id for each in found] == ["MNP415"]


def test_errors_and_warnings_are_reported_together_in_the_order_of_their_places() -> None:
    job = definition(main_node=9, timeout_seconds=None)
    wrong = environment(security_groups=None, max_vcpus=VCPUS, min_vcpus=1)
    report = check(setup(job, wrong))
    assert [(finding.resource_id, finding.rule.id) for finding in report.findings] == [
        ("Stack/Environment", "MNP116"),
        ("Stack/Environment", "MNP415"),
        ("Stack/Job", "MNP106"),
        ("Stack/Job", "MNP303"),
        ("Stack/Job", "MNP317"),
    ]
    assert {error.rule.id for error in report.errors} == {"MNP106", "MNP303"}
    assert {warning.rule.id for warning in report.warnings} == {"MNP116", "MNP317", "MNP415"}
