"""Report as workflow commands of GitHub Actions, which annotate the lines of a template.

Source: GitHub Actions, workflow commands.
"""

from __future__ import annotations

from cdk_batch_mnp.engine.rule import Severity
from cdk_batch_mnp.template.checking import Located, TemplateReport
from cdk_batch_mnp.template.reports.counting import summary
from cdk_batch_mnp.template.reports.places import relative_to_cwd
from cdk_batch_mnp.template.reports.printable import harmless
from cdk_batch_mnp.template.source.errors import RepeatedKey, TemplateError

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.HINT: "notice"}


def write(report: TemplateReport, strict: bool) -> str:
    """Return a report as workflow commands, with a summary as the last line."""
    lines = [_command(each) for each in (*report.findings, *report.hints)]
    problems: list[tuple[str, TemplateError | RepeatedKey]] = [
        *(("error", error) for error in report.unusable),
        *(("warning", key) for key in report.repeated_keys),
    ]
    for level, problem in problems:
        place = f"file={_property(harmless(relative_to_cwd(problem.file)))}"
        if problem.line is not None:
            place += f",line={problem.line}"
        lines.append(f"::{level} {place},title=cdk-batch-mnp::{_data(harmless(problem.reason))}")
    return "\n".join((*lines, summary(report))) + "\n"


def _command(located: Located) -> str:
    finding, place = located.finding, located.place
    properties = {
        "file": relative_to_cwd(place.file),
        "line": place.line,
        "col": place.column,
        "title": f"{finding.rule.id} {finding.rule.title}",
    }
    written = ",".join(
        f"{name}={_property(harmless(str(value)))}"
        for name, value in properties.items()
        if value is not None
    )
    message = "\n".join(
        harmless(part)
        for part in (
            f"{finding.place}: {finding.message}",
            *finding.notes,
            f"Fix: {finding.fix}",
            f"Source: {finding.rule.source}",
        )
    )
    return f"::{_COMMANDS[finding.severity]} {written}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
