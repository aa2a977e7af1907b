"""Every wrong template breaks exactly one rule, and a right template none.

The messages that users read are in the snapshot, word for word.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from cdk_batch_mnp.engine.finding import Finding
from cdk_batch_mnp.rules.discovery import all_rules
from cdk_batch_mnp.template.checking import TemplateReport, check_together
from cdk_batch_mnp.template.source.files import find
from tests.corpus.mutations import Mutation, mutations

HERE = Path(__file__).parent
MUTATIONS = tuple(mutations())
WRONG = sorted((HERE / "wrong").iterdir())
RIGHT = sorted([*(HERE / "right").iterdir(), *(HERE / "bases").iterdir()])


def checked(path: Path) -> TemplateReport:
    found = find([str(path)])
    return check_together(found.groups, unusable=found.unusable)


def ids(report: TemplateReport) -> set[str]:
    assert report.unusable == ()
    return {each.finding.rule.id for each in (*report.findings, *report.hints)}


def words(finding: Finding) -> str:
    """Return what differs between the findings of a rule."""
    fix = "" if finding.fix == finding.rule.fix else finding.fix
    parts = {
        "at": finding.property_path,
        "problem": finding.message,
        "actual": finding.actual,
        "expected": finding.expected,
        "fix": fix,
    }
    return "\n".join(f"{name}: {part}" for name, part in parts.items() if part != "")


@pytest.mark.parametrize(
    "mutation", MUTATIONS, ids=lambda mutation: f"{mutation.rule} {mutation.what}"
)
def test_a_small_change_breaks_one_rule_alone(
    mutation: Mutation, tmp_path: Path, snapshot: SnapshotAssertion
) -> None:
    path = tmp_path / "template.json"
    path.write_text(json.dumps(mutation.template(), indent=2))
    report = checked(path)
    assert ids(report) == {mutation.rule}
    found = (*report.findings, *report.hints)
    for finding in found:
        assert finding.place.line is not None
        assert finding.place.line > 1
    assert "\n".join(words(each.finding) for each in found) == snapshot


@pytest.mark.parametrize("path", WRONG, ids=lambda path: path.name)
def test_a_wrong_template_breaks_the_rule_in_its_name(path: Path) -> None:
    assert ids(checked(path)) == set(re.findall(r"MNP\d{3}", path.name))


@pytest.mark.parametrize("path", RIGHT, ids=lambda path: path.name)
def test_a_right_template_breaks_none(path: Path) -> None:
    report = checked(path)
    assert [str(finding.finding) for finding in report.findings] == []
    assert report.unusable == ()


def test_the_corpus_is_as_large_as_it_should_be() -> None:
    assert len(MUTATIONS) + len(WRONG) >= 100
    assert len(RIGHT) >= 30


def test_every_rule_is_broken_by_some_template() -> None:
    broken = {mutation.rule for mutation in MUTATIONS}
    broken |= {rule_id for path in WRONG for rule_id in re.findall(r"MNP\d{3}", path.name)}
    assert broken == {rule.id for rule in all_rules()}
