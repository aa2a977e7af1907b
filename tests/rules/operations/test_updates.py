"""Updates of stacks."""

from __future__ import annotations

from tests.rules.setups import definition, findings, ids


def test_mnp701_an_export_of_the_arn_with_the_revision() -> None:
    (finding,) = findings(definition(exported_by=("SolverArn",)))
    assert (finding.rule.id, finding.severity) == ("MNP701", "warning")
    assert "SolverArn" in finding.message


def test_mnp701_breaks_no_other_rule() -> None:
    assert ids(definition(exported_by=("SolverArn",))) == ["MNP701"]


def test_mnp701_names_all_exports() -> None:
    (finding,) = findings(definition(exported_by=("A", "B")))
    assert finding.message.endswith("with its revision, by A, B")


def test_mnp701_nothing_is_exported() -> None:
    assert ids(definition()) == []
