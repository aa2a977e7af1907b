"""Rules, the subjects that they check, and violations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Any, Generic, TypeAlias, TypeVar

from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.model.compute_environment import ComputeEnvironment
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.job_queue import JobQueue
from cdk_batch_mnp.model.job_request import JobRequest
from cdk_batch_mnp.model.property_path import PropertyPath
from cdk_batch_mnp.model.resource import Resource
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe


class Severity(StrEnum):
    """The severity of a finding.

    Error: AWS rejects the setup, or the job can never run. Warning: the job runs slowly, with a
    security risk, or at a higher cost than necessary. Hint: nothing is wrong, but something could
    be simpler or safer; a hint is not a finding, and nothing fails because of it.
    """

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


ERROR = Severity.ERROR
WARNING = Severity.WARNING
HINT = Severity.HINT


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A job of the definition, submitted to the queue."""

    definition: JobDefinition
    queue: JobQueue


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An environment of the queue that may run the whole job.

    An error on a candidate means that it cannot.

    Attributes:
        wanted_types: The instance types that the definitions of the whole setup set; ``UNKNOWN`` if
            any of them may run on another type.
    """

    definition: JobDefinition
    queue: JobQueue
    environment: ComputeEnvironment
    wanted_types: Maybe[frozenset[str]] = UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A violation of a rule, as its check function yields it.

    Attributes:
        resource: The resource that violates the rule.
        property_path: The property of the resource, in the API's spelling; empty for the whole
            resource.
        message: The problem with the values, in one sentence without a full stop.
        actual: The actual value.
        expected: The expected value.
        fix: The fix in this case, if it is more specific than that of the rule.
        severity: The severity, if it differs from that of the rule.
    """

    resource: Resource
    property_path: PropertyPath
    message: str
    actual: object
    expected: str
    fix: str = ""
    severity: Severity | None = None


Subject = TypeVar(
    "Subject", JobDefinition, JobQueue, ComputeEnvironment, Submission, Candidate, JobRequest
)
Check: TypeAlias = Callable[[Subject, Catalogue], Iterator[Violation]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Generic[Subject]):
    """A documented constraint, and the function that finds its violations.

    Attributes:
        id: ``MNP`` and three digits; never changes its meaning once published.
        title: The constraint, in a few words.
        severity: Default severity of its violations.
        why: The consequence of a violation.
        fix: How to fix a violation, in general.
        source: URL of the document that states the constraint.
        subject: Type of the argument of the check function.
        check: Yields the violations, and none for unknown values. Its docstring states exactly what
            is compared.
        distance: How far a queue is from running a job if one of its candidates violates the rule.
            If no queue can run a job, the findings are those of the nearest.
    """

    id: str
    title: str
    severity: Severity
    why: str
    fix: str
    source: str
    subject: type[Subject]
    check: Check[Subject]
    distance: int = 1


AnyRule: TypeAlias = Rule[Any]


def rule(
    subject: type[Subject],
    id: str,
    title: str,
    *,
    severity: Severity,
    why: str,
    fix: str,
    source: str,
    distance: int = 1,
) -> Callable[[Check[Subject]], Rule[Subject]]:
    """Make a check function a rule. Rules in :mod:`cdk_batch_mnp.rules` are discovered."""

    def made(check: Check[Subject]) -> Rule[Subject]:
        return Rule(
            id=id,
            title=title,
            severity=severity,
            why=why,
            fix=fix,
            source=source,
            subject=subject,
            check=check,
            distance=distance,
        )

    return made
