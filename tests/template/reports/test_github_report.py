"""The report as commands of GitHub Actions."""

from __future__ import annotations

import re

from cdk_batch_mnp.template.checking import TemplateReport
from cdk_batch_mnp.template.reports.formats import writer


def test_github_gets_one_command_a_line(report: TemplateReport) -> None:
    lines = writer("github")(report, False).splitlines()
    assert [line.split(" ")[0] for line in lines] == ["::warning", "::error", "::error", "1"]
    assert re.match(r"::error file=infra/a b\.json,line=\d+,col=\d+,title=MNP318 ", lines[1])
    assert "%0A" in lines[1]
    assert lines[2] == (
        "::error file=x%2Cy%3Az.yaml,line=3,title=cdk-batch-mnp::is not YAML: 50%25 of it"
    )


def test_github_shows_a_hint_as_a_notice(hint: TemplateReport) -> None:
    (line, last) = writer("github")(hint, True).splitlines()
    assert line.startswith("::notice file=a.json,line=")
    assert last == "no findings in 1 template, 1 hint"
