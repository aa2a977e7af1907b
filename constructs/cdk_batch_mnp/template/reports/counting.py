"""How much was found, in words."""

from __future__ import annotations

from cdk_batch_mnp.engine.rule import Severity
from cdk_batch_mnp.template.checking import TemplateReport


def errors(report: TemplateReport) -> int:
    """How many of the findings are errors."""
    return sum(each.finding.severity is Severity.ERROR for each in report.findings)


def warnings(report: TemplateReport) -> int:
    """How many of the findings are warnings."""
    return len(report.findings) - errors(report)


def counted(number: int, thing: str) -> str:
    """``1 error``, ``2 errors``."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def summary(report: TemplateReport) -> str:
    """What was found, in one line."""
    templates = counted(len(report.files), "template")
    found = (
        f"{counted(errors(report), 'error')} and {counted(warnings(report), 'warning')} in "
        if report.findings
        else "nothing wrong in "
    )
    accepted = f", {len(report.acknowledged)} acknowledged" if report.acknowledged else ""
    unusable = f", {len(report.unusable)} unusable" if report.unusable else ""
    return f"{found}{templates}{accepted}{unusable}"
