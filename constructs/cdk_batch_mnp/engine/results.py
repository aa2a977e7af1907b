"""Findings and whether they are acknowledged, and the report of all of them."""

from __future__ import annotations

from collections.abc import Iterable

from cdk_batch_mnp.engine.finding import Acknowledged, Crash, Finding, Report
from cdk_batch_mnp.engine.rule import AnyRule, Candidate, Severity, Submission, Violation
from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.model.compute_environment import ComputeEnvironment
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.job_queue import JobQueue
from cdk_batch_mnp.model.resource import Resource


@dataclass(frozen=True, slots=True)
class Result:
    """A finding, and whether it is acknowledged."""

    finding: Finding
    reason: str | None
    """Why it is acknowledged; ``None`` if it is not."""

    @property
    def is_error(self) -> bool:
        """Whether it is an error that is not acknowledged."""
        return self.reason is None and self.finding.severity is Severity.ERROR

    @property
    def is_hint(self) -> bool:
        """Whether it is a hint, acknowledged or not."""
        return self.finding.severity is Severity.HINT


def resource_id_of(subject: object) -> str:
    """Return the id of the resource that a subject of rules is about; empty if there is none."""
    if isinstance(subject, Candidate):
        return subject.environment.id
    if isinstance(subject, Submission):
        return subject.definition.id
    return subject.id if isinstance(subject, Resource) else ""


def result_of(rule: AnyRule, violation: Violation, subject: object) -> Result:
    """Return the finding for a violation, acknowledged if the resource or its user says so."""
    finding = Finding(
        rule=rule,
        severity=violation.severity or rule.severity,
        resource_id=violation.resource.id,
        property_path=violation.property_path,
        message=violation.message,
        actual=violation.actual,
        expected=violation.expected,
        fix=violation.fix or rule.fix,
    )
    return Result(finding, _reason(rule, violation.resource, subject))


def _reason(rule: AnyRule, resource: Resource, subject: object) -> str | None:
    """Return why a finding is acknowledged: at its resource, or at what uses that resource."""
    users: tuple[Resource, ...] = ()
    if isinstance(subject, Resource):
        users = (subject,)
    elif isinstance(subject, Candidate):
        users = (subject.environment, subject.definition)
    # A definition, a queue or an environment is acknowledged by itself alone.
    places = (resource,) if isinstance(resource, _USERS) else (resource, *users)
    reasons = (place.acknowledged.get(rule.id) for place in places)
    return next((reason for reason in reasons if reason is not None), None)


_USERS = (JobDefinition, JobQueue, ComputeEnvironment)


def _precedence(result: Result) -> tuple[bool, str, tuple[str, ...]]:
    return result.reason is not None, result.reason or "", result.finding.notes


def report_of(results: Iterable[Result], crashes: Iterable[Crash]) -> Report:
    """Return the report, in which each finding stands once and in the order of its resource."""
    once: dict[tuple[str, str, str, str], Result] = {}
    for result in results:
        finding = result.finding
        key = (finding.resource_id, finding.rule.id, str(finding.property_path), finding.message)
        # The notes of a repeated finding may differ. Keep the same ones, whatever the order. A
        # finding that one of its subjects does not acknowledge is open.
        if key not in once or _precedence(result) < _precedence(once[key]):
            once[key] = result
    ordered = [once[key] for key in sorted(once)]
    return Report(
        findings=tuple(
            result.finding for result in ordered if result.reason is None and not result.is_hint
        ),
        hints=tuple(
            result.finding for result in ordered if result.reason is None and result.is_hint
        ),
        acknowledged=tuple(
            Acknowledged(finding=result.finding, reason=result.reason)
            for result in ordered
            if result.reason is not None
        ),
        crashes=tuple({(crash.rule.id, crash.resource_id): crash for crash in crashes}.values()),
    )
