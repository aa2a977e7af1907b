"""Findings as text, and reports."""

from __future__ import annotations

import pytest

from cdk_batch_mnp.engine.finding import Acknowledged, Finding, Report
from cdk_batch_mnp.engine.rule import Severity
from cdk_batch_mnp.model.property_path import PROPERTIES, PropertyPath
from cdk_batch_mnp.rules.checking import check
from cdk_batch_mnp.rules.queues.job_queue import no_time_limit
from tests.rules.setups import containing, definition, environment, findings, queue, setup


def finding(**changes: object) -> Finding:
    parts: dict[str, object] = {
        "rule": no_time_limit,
        "severity": Severity.WARNING,
        "resource_id": "Stack/Queue",
        "property_path": PROPERTIES / "jobStateTimeLimitActions",
        "message": "nothing ends a job",
        "actual": "none",
        "expected": "at least one",
        "fix": "Give it one.",
    }
    return Finding(**{**parts, **changes})  # type: ignore[arg-type]


def test_a_finding_begins_with_what_is_wrong_and_ends_with_the_source() -> None:
    (found,) = findings(environment(max_vcpus=72))
    assert str(found).splitlines() == [
        "MNP106 Max vCPUs cover every node of the job",
        "  at:       Stack/Job: nodeProperties.numNodes",
        "  problem:  max vCPUs 72 of Stack/Environment cannot hold 4 x c5.18xlarge (288 vCPUs)",
        "  actual:   288 vCPUs",
        "  expected: at most 72 vCPUs",
        f"  why:      {found.rule.why}",
        "  fix:      Set max vCPUs of Stack/Environment to 288, or reduce numNodes.",
        "  source:   https://docs.aws.amazon.com/batch/latest/userguide/mnp-ce.html",
    ]


def test_notes_come_before_the_reason() -> None:
    lines = str(finding(notes=("first", "second"))).splitlines()
    assert lines[5:7] == ["  note:     first", "  note:     second"]
    assert lines[7].startswith("  why:")


@pytest.mark.parametrize(
    ("property_path", "expected"),
    [(PROPERTIES / "priority", "Stack/Queue: priority"), (PROPERTIES, "Stack/Queue")],
)
def test_a_finding_may_be_about_a_whole_resource(
    property_path: PropertyPath, expected: str
) -> None:
    assert finding(property_path=property_path).place == expected


def test_a_report_separates_errors_and_warnings() -> None:
    error, warning = finding(severity=Severity.ERROR), finding()
    report = Report(findings=(error, warning))
    assert report.errors == (error,)
    assert report.warnings == (warning,)


def test_a_hint_is_not_a_finding() -> None:
    report = check(setup(containing(command=("mpirun", "solver"))))
    assert report.findings == report.errors == report.warnings == ()
    (hint,) = report.hints
    assert (hint.rule.id, hint.severity) == ("MNP336", Severity.HINT)


def test_accepted_findings_are_neither() -> None:
    accepted = queue(time_limit_actions=(), acknowledged={"MNP204": "one job at a time"})
    report = check(setup(accepted))
    assert (report.errors, report.warnings) == ((), ())
    (one,) = report.acknowledged
    assert isinstance(one, Acknowledged)
    assert one.reason == "one job at a time"


def test_the_fix_of_a_violation_replaces_that_of_its_rule() -> None:
    (general,) = findings(queue(time_limit_actions=()))
    assert general.fix == general.rule.fix
    (special,) = findings(definition(), environment(max_vcpus=72))
    assert special.fix != special.rule.fix
