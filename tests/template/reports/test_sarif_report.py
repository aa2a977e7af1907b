"""The report as SARIF, which code hosts show."""

from __future__ import annotations

import json

from cdk_batch_mnp.rules.discovery import all_rules
from cdk_batch_mnp.template.checking import TemplateReport
from cdk_batch_mnp.template.reports.formats import writer
from tests.template.reports.nasty import SHOWN, UNUSABLE


def test_sarif_has_the_form_that_code_hosts_take(report: TemplateReport) -> None:
    data = json.loads(writer("sarif")(report, False))
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
    for id, result in results.items():
        assert rules[result["ruleIndex"]]["id"] == id
        assert result["message"]["text"]
        (location,) = result["locations"]
        assert location["physicalLocation"]["artifactLocation"] == {"uri": "infra/a%20b.json"}
        assert location["physicalLocation"]["region"]["startLine"] > 1
        assert location["logicalLocations"][0]["kind"] == "resource"
    assert results["MNP204"]["suppressions"] == [
        {"kind": "inSource", "justification": f"agreed {SHOWN}"}
    ]
    assert "suppressions" not in results["MNP318"]
    fingerprints = [str(each["partialFingerprints"]) for each in run["results"]]
    assert len(set(fingerprints)) == 3


def test_sarif_shows_a_hint_as_a_note(hint: TemplateReport) -> None:
    (result,) = json.loads(writer("sarif")(hint, False))["runs"][0]["results"]
    assert (result["ruleId"], result["level"]) == ("MNP336", "note")
