"""The report as JUnit XML."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from cdk_batch_mnp.template.checking import TemplateReport, check_together
from cdk_batch_mnp.template.reports.formats import writer
from cdk_batch_mnp.template.source.files import find
from tests.template.folders import cluster, write


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


def test_junit_has_a_case_for_a_hint_that_does_not_fail(hint: TemplateReport) -> None:
    root = ElementTree.fromstring(writer("junit")(hint, True))
    assert (root.get("tests"), root.get("failures")) == ("1", "0")
    (case,) = root.iter("testcase")
    assert str(case.findtext("system-out")).startswith("hint: MNP336")
