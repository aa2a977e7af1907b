"""What synthesis and the check report about a setup."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from aws_cdk import App, Stack

from cdk_batch_mnp.engine.rule import Severity
from cdk_batch_mnp.template.checking import check_template
from tools.comparison.setups import Setup

NAME = "Comparison"


@dataclass(frozen=True)
class Outcome:
    """What is reported about a setup.

    Attributes:
        message: The error that ends synthesis before there is a template, or ``None``.
        synthesis: IDs of the rules whose errors fail synthesis.
        errors: IDs of the rules that the template breaks, as the check reports them.
        warnings: IDs of the rules about which the check only warns.
    """

    message: str | None = None
    synthesis: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def outcome(add: Callable[[Stack, Setup], None], setup: Setup) -> Outcome:
    """Synthesize a setup, and check its template."""
    with TemporaryDirectory() as folder:
        app = App(outdir=folder)
        stack = Stack(app, NAME)
        template = Path(folder) / f"{NAME}.template.json"
        try:
            add(stack, setup)
            app.synth()
        # Errors of jsii are RuntimeError and TypeError, those of our arguments ValueError.
        except (RuntimeError, TypeError, ValueError) as error:
            if not template.exists():
                return Outcome(message=str(error).strip().splitlines()[0])
        findings = check_template(json.loads(template.read_text())).findings
        errors = {finding.rule.id for finding in findings if finding.severity is Severity.ERROR}
        return Outcome(
            synthesis=_reported(Path(folder) / "validation-report.json"),
            errors=tuple(sorted(errors)),
            warnings=tuple(sorted({finding.rule.id for finding in findings} - errors)),
        )


def _reported(report: Path) -> tuple[str, ...]:
    if not report.exists():
        return ()
    violations = [
        violation
        for plugin in json.loads(report.read_text())["pluginReports"]
        for violation in plugin["violations"]
    ]
    return tuple(
        sorted({found["ruleName"] for found in violations if found["severity"] == "error"})
    )
