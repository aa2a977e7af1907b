"""Report for people: the findings, resource by resource, and how to fix them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from itertools import groupby

from cdk_batch_mnp.engine.rule import Severity
from cdk_batch_mnp.rules.discovery import all_rules
from cdk_batch_mnp.template.checking import Located, TemplateReport
from cdk_batch_mnp.template.reports.counting import summary
from cdk_batch_mnp.template.reports.printable import harmless

_COLOURS = {"error": "31;1", "warning": "33;1", "hint": "36;1", "bold": "1", "dim": "2"}


def write(report: TemplateReport, strict: bool) -> str:
    """Return a report for a terminal, or for a file if output is not a terminal."""
    return "\n".join(_Writer(coloured=_is_terminal()).lines(report)) + "\n"


def _is_terminal() -> bool:
    # NO_COLOR and dumb terminals: https://no-color.org
    return (
        sys.stdout is not None
        and sys.stdout.isatty()
        and not os.environ.get("NO_COLOR")
        and os.environ.get("TERM") != "dumb"
    )


_CONSEQUENCES = {
    Severity.ERROR: "",
    Severity.WARNING: " (fails the check with --strict)",
    Severity.HINT: " (never fails the check)",
}


class _Writer:
    def __init__(self, *, coloured: bool) -> None:
        self._coloured = coloured

    def lines(self, report: TemplateReport) -> Iterator[str]:
        yield from self._grouped(report.findings)
        yield from self._grouped(report.hints)
        for acknowledged in report.acknowledged:
            finding = acknowledged.finding
            yield self._in(
                "dim",
                f"acknowledged: {finding.rule.id} at {harmless(finding.place)}: "
                f"{harmless(acknowledged.reason or '')}",
            )
        yield summary(report)

    def _grouped(self, located: Iterable[Located]) -> Iterator[str]:
        for file, in_file in groupby(located, key=lambda each: each.place.file):
            yield self._in("bold", harmless(file))
            for path, on_resource in groupby(in_file, key=lambda each: each.finding.resource_id):
                findings = list(on_resource)
                yield f"  {self._in('bold', harmless(path))} {harmless(findings[0].place.type)}"
                for finding in findings:
                    yield from self._finding(finding)
                yield ""

    def _finding(self, located: Located) -> Iterator[str]:
        finding, place = located.finding, located.place
        severity = str(finding.severity)
        where = f"{harmless(place.file)}:{place.line}:{place.column}" if place.line else ""
        yield (
            f"    {self._in(severity, severity)} {self._in('bold', finding.rule.id)} "
            f"{finding.rule.title}"
        )
        facts = [
            (
                "at",
                " ".join(each for each in (where, harmless(str(finding.property_path))) if each),
            ),
            ("problem", harmless(finding.message)),
            *(("note", harmless(note)) for note in finding.notes),
            ("expected", harmless(finding.expected)),
            ("why", finding.rule.why),
            ("fix", harmless(finding.fix)),
            ("source", finding.rule.source),
        ]
        for name, text in facts:
            if text:
                label = f"{name}:".ljust(10)
                yield f"      {self._in('dim', label)}{text}"

    def _in(self, style: str, text: str) -> str:
        return f"\033[{_COLOURS[style]}m{text}\033[0m" if self._coloured else text


def explain(rule_id: str) -> str:
    """Return the documentation of a rule.

    Raises:
        KeyError: No rule has this ID.
    """
    rule = {known.id: known for known in all_rules()}[rule_id]
    checks = " ".join((rule.check.__doc__ or "").split())
    lines = [
        f"{rule.id} {rule.title}",
        "",
        f"severity: {rule.severity}{_CONSEQUENCES[rule.severity]}",
        f"why:      {rule.why}",
        f"fix:      {rule.fix}",
        f"checks:   {checks}",
        f"source:   {rule.source}",
    ]
    return "\n".join(lines) + "\n"
