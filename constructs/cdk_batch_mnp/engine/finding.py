"""What a check yields, a violation, and what is reported to people, a finding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cdk_batch_mnp.engine.rule import AnyRule, Severity
from cdk_batch_mnp.model.property_path import PropertyPath

MAX_TEXT = 2000
"""Longest text in a finding, in characters. Values of a template have no limit of their own."""

_LISTED = 10


def few(names: Sequence[str]) -> str:
    """Return the first of many names as text, with the number of the others."""
    more = len(names) - _LISTED
    return ", ".join(names[:_LISTED]) + (f" and {more} more" if more > 0 else "")


def _shortened(value: str) -> str:
    return f"{value[:MAX_TEXT]}... ({len(value) - MAX_TEXT} more characters)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A broken rule, with all that is needed to understand and to fix it.

    Attributes:
        rule: The rule that is broken.
        severity: How bad it is here.
        resource_id: Construct path or logical id of the resource.
        property_path: Property path within the resource, in the API's spelling.
        message: What is wrong, in one sentence without a full stop.
        actual: The value found.
        expected: What it may be.
        fix: What to do.
        notes: Further lines, such as why each of the other queues cannot take the job.
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
        """Shorten texts that are too long to read."""
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
    """A finding that is accepted, and why."""

    finding: Finding
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Crash:
    """A rule that raised an exception, which is a bug of this package.

    Attributes:
        rule: The rule.
        resource_id: Construct path or logical id of the resource that it was checking.
        error: What it raised.
    """

    rule: AnyRule
    resource_id: str
    error: Exception


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All findings on a setup, in one stable order: by path, then by rule.

    Attributes:
        findings: What is wrong.
        acknowledged: What is accepted, each with its reason.
        crashes: Rules that failed. The findings of the others are complete, but a setup with a
            crash has not passed.
    """

    findings: tuple[Finding, ...] = ()
    acknowledged: tuple[Acknowledged, ...] = ()
    crashes: tuple[Crash, ...] = ()

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that are errors."""
        return tuple(each for each in self.findings if each.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings that are warnings."""
        return tuple(each for each in self.findings if each.severity is Severity.WARNING)
