"""The report as JSON."""

from __future__ import annotations

import json
from pathlib import Path

from cdk_batch_mnp.template.checking import TemplateReport
from cdk_batch_mnp.template.reports.formats import writer
from tests.template.reports.nasty import SHOWN


def test_json_has_every_member_of_a_finding(report: TemplateReport) -> None:
    data = json.loads(writer("json")(report, False))
    environment, job = data["findings"]
    assert environment["rule"] == "MNP116"
    assert environment["severity"] == "warning"
    assert environment["actual"] == 72
    assert (job["rule"], job["resource"], job["logicalId"]) == ("MNP318", "Job", "Job")
    lines = Path("infra/a b.json").read_text().splitlines()
    assert "JobDefinitionName" in lines[job["line"] - 1]
    assert data["acknowledged"][0]["reason"] == f"agreed {SHOWN}"
    assert data["unusable"] == [
        {"file": "x,y:z.yaml", "line": 3, "reason": "is not YAML: 50% of it"}
    ]
    assert data["hints"] == []
    assert data["summary"] == {
        "errors": 1,
        "warnings": 1,
        "hints": 0,
        "acknowledged": 1,
        "repeatedKeys": 0,
        "unusable": 1,
        "skipped": 0,
    }


def test_json_has_hints_beside_the_findings(hint: TemplateReport) -> None:
    data = json.loads(writer("json")(hint, False))
    assert data["findings"] == []
    (found,) = data["hints"]
    assert (found["rule"], found["severity"], found["actual"]) == ("MNP336", "hint", "mpirun")
    assert data["summary"]["hints"] == 1
