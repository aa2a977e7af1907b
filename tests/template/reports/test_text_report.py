"""The report for a terminal."""

from __future__ import annotations

import re

from cdk_batch_mnp.template.checking import TemplateReport
from cdk_batch_mnp.template.reports.formats import writer


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
    assert "acknowledged: MNP204 at Queue: jobStateTimeLimitActions: agreed so" in text
    assert text.endswith("1 error and 1 warning in 1 template, 1 acknowledged, 1 unusable\n")


def test_text_shows_a_hint_below_the_findings(hint: TemplateReport) -> None:
    text = writer("text")(hint, True)
    assert re.search(r"^    hint MNP336 ", text, re.MULTILINE)
    assert text.endswith("no findings in 1 template, 1 hint\n")
