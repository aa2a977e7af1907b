"""Each format says what its readers look for, whatever stands in the template."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from cdk_batch_mnp.rules.discovery import all_rules
from cdk_batch_mnp.template.checking import TemplateReport, check_together
from cdk_batch_mnp.template.reports.formats import writer
from cdk_batch_mnp.template.source.errors import TemplateError
from cdk_batch_mnp.template.source.files import find
from tests.template.folders import cluster, write

NASTY = "so\x1b[31mlver\n::error::%,\ud800:<&"
SHOWN = NASTY.replace("\ud800", "\N{REPLACEMENT CHARACTER}")
UNUSABLE = TemplateError("x,y:z.yaml", "is not YAML: 50% of it", 3)


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TemplateReport:
    """An error and a warning of which each value is nasty, one of each acknowledged, and a file
    that cannot be read.
    """
    monkeypatch.chdir(tmp_path)
    data = cluster(
        {
            "Job.JobDefinitionName": NASTY,
            "Environment.ComputeResources.MinvCpus": 72,
            "Queue.JobStateTimeLimitActions": [],
            "Queue.Metadata": {"cdk-batch-mnp": {"acknowledged": {"MNP204": f"told {NASTY}"}}},
        }
    )
    write(tmp_path / "infra" / "a b.json", data)
    found = find(["infra/a b.json"])
    return check_together(found.groups, unusable=[UNUSABLE])


def as_json(report: TemplateReport, format: str) -> Any:
    return json.loads(writer(format)(report, False))


def test_text_is_grouped_by_resource_and_shows_the_fix_and_the_source(
    report: TemplateReport,
) -> None:
    text = writer("text")(report, False)
    assert "\x1b" not in text
    assert re.search(r"^infra/a b\.json$", text, re.MULTILINE)
    assert re.search(r"^  Environment AWS::Batch::ComputeEnvironment$", text, re.MULTILINE)
    assert re.search(r"^    error MNP318 ", text, re.MULTILINE)
    assert re.search(r"at: +infra/a b\.json:\d+:\d+ jobDefinitionName$", text, re.MULTILINE)
    assert text.count("fix:  ") == text.count("source:   https://") == 2
    assert "acknowledged: MNP204 at Queue: jobStateTimeLimitActions: told so" in text
    assert text.endswith("1 error and 1 warning in 1 template, 1 acknowledged, 1 unusable\n")


def test_json_tells_all_of_a_finding(report: TemplateReport) -> None:
    data = as_json(report, "json")
    environment, job = data["findings"]
    assert environment["rule"] == "MNP116"
    assert environment["severity"] == "warning"
    assert environment["actual"] == 72
    assert (job["rule"], job["resource"], job["logicalId"]) == ("MNP318", "Job", "Job")
    lines = Path("infra/a b.json").read_text().splitlines()
    assert "JobDefinitionName" in lines[job["line"] - 1]
    assert data["acknowledged"][0]["reason"] == f"told {SHOWN}"
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


def test_sarif_has_the_form_that_code_hosts_take(report: TemplateReport) -> None:
    data = as_json(report, "sarif")
    assert data["version"] == "2.1.0"
    (run,) = data["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [rule.id for rule in all_rules()]
    levels = {rule["defaultConfiguration"]["level"] for rule in rules}
    assert levels == {"error", "warning", "note"}
    assert not run["invocations"][0]["executionSuccessful"]
    (notification,) = run["invocations"][0]["toolExecutionNotifications"]
    assert notification["message"]["text"] == UNUSABLE.reason
    results = {each["ruleId"]: each for each in run["results"]}
    assert set(results) == {"MNP116", "MNP204", "MNP318"}
    for rule_id, result in results.items():
        assert rules[result["ruleIndex"]]["id"] == rule_id
        assert result["message"]["text"]
        (location,) = result["locations"]
        assert location["physicalLocation"]["artifactLocation"] == {"uri": "infra/a%20b.json"}
        assert location["physicalLocation"]["region"]["startLine"] > 1
        assert location["logicalLocations"][0]["kind"] == "resource"
    assert results["MNP204"]["suppressions"] == [
        {"kind": "inSource", "justification": f"told {SHOWN}"}
    ]
    assert "suppressions" not in results["MNP318"]
    fingerprints = [str(each["partialFingerprints"]) for each in run["results"]]
    assert len(set(fingerprints)) == 3


def test_github_gets_one_command_a_line(report: TemplateReport) -> None:
    lines = writer("github")(report, False).splitlines()
    assert [line.split(" ")[0] for line in lines] == ["::warning", "::error", "::error", "1"]
    assert re.match(r"::error file=infra/a b\.json,line=\d+,col=\d+,title=MNP318 ", lines[1])
    assert "%0A" in lines[1]
    assert lines[2] == (
        "::error file=x%2Cy%3Az.yaml,line=3,title=cdk-batch-mnp::is not YAML: 50%25 of it"
    )


@pytest.mark.parametrize(("strict", "failures"), [(False, 1), (True, 2)])
def test_junit_is_xml_and_counts_right(report: TemplateReport, strict: bool, failures: int) -> None:
    text = writer("junit")(report, strict)
    root = ElementTree.fromstring(text.encode())
    assert root.attrib == {
        "name": "cdk-batch-mnp",
        "tests": "4",
        "failures": str(failures),
        "errors": "1",
        "skipped": "1",
    }
    assert [each.get("name") for each in root.iter("testsuite")] == [
        "infra/a b.json",
        "x,y:z.yaml",
    ]
    failed = [
        case.get("classname") for case in root.iter("testcase") if case.find("failure") is not None
    ]
    assert "Job" in failed


def test_junit_has_a_case_for_a_template_that_is_right(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", cluster())
    root = ElementTree.fromstring(writer("junit")(check_together(find([str(path)]).groups), True))
    assert (root.get("tests"), root.get("failures")) == ("1", "0")


@pytest.fixture
def hint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TemplateReport:
    """A right template with a hint."""
    monkeypatch.chdir(tmp_path)
    command = "Job.NodeProperties.NodeRangeProperties.0.Container.Command"
    write(tmp_path / "a.json", cluster({command: ["mpirun", "solver"]}))
    return check_together(find(["a.json"]).groups)


def test_text_shows_a_hint_below_the_findings(hint: TemplateReport) -> None:
    text = writer("text")(hint, True)
    assert re.search(r"^    hint MNP336 ", text, re.MULTILINE)
    assert text.endswith("no findings in 1 template, 1 hint\n")


def test_json_has_hints_beside_the_findings(hint: TemplateReport) -> None:
    data = as_json(hint, "json")
    assert data["findings"] == []
    (found,) = data["hints"]
    assert (found["rule"], found["severity"], found["actual"]) == ("MNP336", "hint", "mpirun")
    assert data["summary"]["hints"] == 1


def test_code_hosts_show_a_hint_as_a_note(hint: TemplateReport) -> None:
    (result,) = as_json(hint, "sarif")["runs"][0]["results"]
    assert (result["ruleId"], result["level"]) == ("MNP336", "note")
    (line, last) = writer("github")(hint, True).splitlines()
    assert line.startswith("::notice file=a.json,line=")
    assert last == "no findings in 1 template, 1 hint"


def test_junit_has_a_case_for_a_hint_that_does_not_fail(hint: TemplateReport) -> None:
    root = ElementTree.fromstring(writer("junit")(hint, True))
    assert (root.get("tests"), root.get("failures")) == ("1", "0")
    (case,) = root.iter("testcase")
    assert str(case.findtext("system-out")).startswith("hint: MNP336")
