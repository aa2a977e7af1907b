"""Count the findings of a report."""

from __future__ import annotations

from cdk_batch_mnp.engine.rule import Severity
from cdk_batch_mnp.template.checking import TemplateReport


def errors(report: TemplateReport) -> int:
    """Return the number of errors."""
    return sum(finding.finding.severity is Severity.ERROR for finding in report.findings)


def warnings(report: TemplateReport) -> int:
    """Return the number of warnings."""
    return len(report.findings) - errors(report)


def counted(number: int, thing: str) -> str:
    """Return a number with a noun: ``1 error``, ``2 errors``."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def summary(report: TemplateReport) -> str:
    """Return the result in one line."""
    templates = counted(len(report.files), "template")
    found = (
        f"{counted(errors(report), 'error')} and {counted(warnings(report), 'warning')} in "
        if report.findings
        else "no findings in "
    )
    hints = f", {counted(len(report.hints), 'hint')}" if report.hints else ""
    accepted = f", {len(report.acknowledged)} acknowledged" if report.acknowledged else ""
    keys = f", {counted(len(report.repeated_keys), 'repeated key')}" if report.repeated_keys else ""
    unusable = f", {len(report.unusable)} unusable" if report.unusable else ""
    skipped = f", {counted(report.skipped, 'other file')} skipped" if report.skipped else ""
    return f"{found}{templates}{hints}{accepted}{keys}{unusable}{skipped}"
