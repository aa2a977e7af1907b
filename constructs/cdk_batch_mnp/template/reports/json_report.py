"""Report as JSON: every finding with all of its fields."""

from __future__ import annotations

import json
from typing import Any

from cdk_batch_mnp.template.checking import Located, TemplateReport
from cdk_batch_mnp.template.crashed import CheckCrashedError
from cdk_batch_mnp.template.reports.counting import errors, warnings
from cdk_batch_mnp.template.reports.printable import json_without_commands, well_formed

VERSION = 1
"""Version of the layout. Members may be added, but do not change their meaning."""


def write(report: TemplateReport, strict: bool) -> str:
    """Return a report as JSON."""
    data = {
        "version": VERSION,
        "files": list(report.files),
        "findings": [_finding(finding) for finding in report.findings],
        "hints": [_finding(hint) for hint in report.hints],
        "acknowledged": [{**_finding(each), "reason": each.reason} for each in report.acknowledged],
        "unusable": [
            {
                "file": error.file,
                "line": error.line,
                "reason": error.reason,
                **({"crashed": True} if isinstance(error, CheckCrashedError) else {}),
            }
            for error in report.unusable
        ],
        "repeatedKeys": [
            {"file": key.file, "line": key.line, "first": key.first, "key": key.key}
            for key in report.repeated_keys
        ],
        "summary": {
            "errors": errors(report),
            "warnings": warnings(report),
            "hints": len(report.hints),
            "acknowledged": len(report.acknowledged),
            "repeatedKeys": len(report.repeated_keys),
            "unusable": len(report.unusable),
            "skipped": report.skipped,
        },
    }
    return json_without_commands(json.dumps(well_formed(data), indent=2)) + "\n"


def _finding(located: Located) -> dict[str, Any]:
    finding, place = located.finding, located.place
    actual = finding.actual
    return {
        "rule": finding.rule.id,
        "title": finding.rule.title,
        "severity": str(finding.severity),
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "resource": finding.resource_id,
        "logicalId": place.logical_id,
        "type": place.type,
        "property": str(finding.property_path),
        "problem": finding.message,
        "actual": actual
        if isinstance(actual, (str, int, float, bool)) or actual is None
        else str(actual),
        "expected": finding.expected,
        "notes": list(finding.notes),
        "why": finding.rule.why,
        "fix": finding.fix,
        "source": finding.rule.source,
    }
