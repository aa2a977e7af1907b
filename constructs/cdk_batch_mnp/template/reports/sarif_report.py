"""Report as SARIF 2.1.0, which code hosts show next to the lines of a template.

Source: OASIS Static Analysis Results Interchange Format, version 2.1.0.
"""

from __future__ import annotations

import json
from functools import cache
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from cdk_batch_mnp.engine.rule import AnyRule, Severity
from cdk_batch_mnp.rules.discovery import all_rules
from cdk_batch_mnp.template.checking import Located, TemplateReport
from cdk_batch_mnp.template.crashed import package_version
from cdk_batch_mnp.template.reports.places import relative_to_cwd
from cdk_batch_mnp.template.reports.printable import json_without_commands, well_formed
from cdk_batch_mnp.template.source.errors import RepeatedKey, TemplateError

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_NAME = "cdk-batch-mnp"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.HINT: "note"}
_HOME = "https://github.com/cdk-batch-mnp/cdk-batch-mnp"


def write(report: TemplateReport, strict: bool) -> str:
    """Return a report as SARIF; acknowledged findings are suppressed results."""
    indexes = {rule.id: position for position, rule in enumerate(all_rules())}
    run = {
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": not report.unusable,
                "toolExecutionNotifications": [
                    *(_notification(error, "error") for error in report.unusable),
                    *(_notification(key, "warning") for key in report.repeated_keys),
                ],
            }
        ],
        "artifacts": [{"location": _artifact(file)} for file in report.files],
        "results": [
            _result(located, indexes)
            for located in (*report.findings, *report.hints, *report.acknowledged)
        ],
    }
    runs = [{"tool": _tool(), **well_formed(run)}]
    # Without line breaks: only that is written by the JSON encoder in C, in a tenth of the time.
    text = json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": runs})
    return json_without_commands(text) + "\n"


@cache
def _tool() -> dict[str, Any]:
    return {
        "driver": {
            "name": _NAME,
            "version": package_version(),
            "informationUri": _HOME,
            "rules": [_rule(rule) for rule in all_rules()],
        }
    }


def _rule(rule: AnyRule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": f"{rule.title}."},
        "fullDescription": {"text": rule.why},
        "help": {
            "text": f"{rule.why}\n\n{rule.fix}",
            "markdown": f"{rule.why}\n\n**Fix:** {rule.fix}\n\n[Source]({rule.source})",
        },
        "helpUri": rule.source,
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _result(located: Located, indexes: dict[str, int]) -> dict[str, Any]:
    finding, place = located.finding, located.place
    physical: dict[str, Any] = {"artifactLocation": _artifact(place.file)}
    if place.line is not None:
        physical["region"] = {"startLine": place.line, "startColumn": place.column}
    text = ". ".join((finding.message, *finding.notes))
    same = "\n".join((place.file, finding.resource_id, finding.rule.id, str(finding.property_path)))
    result: dict[str, Any] = {
        "ruleId": finding.rule.id,
        "ruleIndex": indexes[finding.rule.id],
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{text}. {finding.fix}"},
        "locations": [
            {
                "physicalLocation": physical,
                "logicalLocations": [
                    {"fullyQualifiedName": finding.resource_id, "kind": "resource"}
                ],
            }
        ],
        # Lines move; the resource and its property do not.
        "partialFingerprints": {"resourceProperty/v1": _digest(same)},
    }
    if located.reason is not None:
        result["suppressions"] = [{"kind": "inSource", "justification": located.reason}]
    return result


def _digest(text: str) -> str:
    return sha256(text.encode(errors="backslashreplace")).hexdigest()


def _notification(error: TemplateError | RepeatedKey, level: str) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": _artifact(error.file)}
    if error.line is not None:
        physical["region"] = {"startLine": error.line}
    return {
        "level": level,
        "message": {"text": error.reason},
        "locations": [{"physicalLocation": physical}],
    }


def _artifact(file: str) -> dict[str, str]:
    if file == "-":
        return {"uri": "stdin"}
    try:
        # The bytes of the file's name, whatever their encoding.
        path = quote(relative_to_cwd(file), errors="surrogateescape")
    except UnicodeEncodeError:
        path = quote(relative_to_cwd(file), errors="replace")
    return {"uri": f"file://{path}" if path.startswith("/") else path}
