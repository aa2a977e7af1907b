"""Findings: what is reported for violations of rules."""

from __future__ import annotations

from collections.abc import Sequence

from cdk_batch_mnp.engine.rule import AnyRule, Severity
from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.model.property_path import PropertyPath

MAX_TEXT = 2000
"""Maximum length of a text in a finding. Values in templates can be longer."""

_LISTED = 10


def few(names: Sequence[str]) -> str:
    """Return the first names as text, with the number of the others."""
    more = len(names) - _LISTED
    return ", ".join(names[:_LISTED]) + (f" and {more} more" if more > 0 else "")


def _shortened(value: str) -> str:
    return f"{value[:MAX_TEXT]}... ({len(value) - MAX_TEXT} more characters)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A violation of a rule, with everything that is needed to understand and fix it.

    Attributes:
        rule: The violated rule.
        severity: Severity of this finding.
        resource_id: Construct path or logical id of the resource.
        property_path: Property path within the resource, in the API's spelling.
        message: The problem, in one sentence without a full stop.
        actual: The actual value.
        expected: The expected value.
        fix: How to fix it.
        notes: Further lines, such as why each of the other queues cannot run the job.
    """

    rule: AnyRule
    severity: Severity
    resource_id: str
    property_path: PropertyPath
    message: str
    actual: object
    expected: str
    fix: str
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Truncate texts that are too long to read."""
        for name in ("message", "actual", "expected", "fix"):
            value = getattr(self, name)
            if isinstance(value, str) and len(value) > MAX_TEXT:
                object.__setattr__(self, name, _shortened(value))

    @property
    def place(self) -> str:
        """The resource, and the property in it if there is one."""
        return (
            f"{self.resource_id}: {self.property_path}" if self.property_path else self.resource_id
        )

    def __str__(self) -> str:
        """Return the finding as text for people."""
        lines = [
            f"{self.rule.id} {self.rule.title}",
            f"  at:       {self.place}",
            f"  problem:  {self.message}",
            f"  actual:   {self.actual}",
            f"  expected: {self.expected}",
            *(f"  note:     {note}" for note in self.notes),
            f"  why:      {self.rule.why}",
            f"  fix:      {self.fix}",
            f"  source:   {self.rule.source}",
        ]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """An acknowledged finding, with the reason."""

    finding: Finding
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Crash:
    """A rule that raised an exception, which is a bug in this package.

    Attributes:
        rule: The rule.
        resource_id: Construct path or logical id of the resource that it was checking.
        error: The exception.
    """

    rule: AnyRule
    resource_id: str
    error: Exception


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All findings on a setup, in a stable order: by path, then by rule.

    Attributes:
        findings: The errors and warnings that are not acknowledged.
        hints: The hints that are not acknowledged.
        acknowledged: The acknowledged findings, each with its reason.
        crashes: Rules that raised an exception. The findings of the others are complete, but a
            setup with a crash has not passed.
    """

    findings: tuple[Finding, ...] = ()
    hints: tuple[Finding, ...] = ()
    acknowledged: tuple[Acknowledged, ...] = ()
    crashes: tuple[Crash, ...] = ()

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that are errors."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings that are warnings."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.WARNING)
