"""What a rule is, and what it can be about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeAlias, TypeVar

from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.compute_environment import ComputeEnvironment
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.job_queue import JobQueue
from cdk_batch_mnp.model.property_path import PropertyPath
from cdk_batch_mnp.model.resource import Resource
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe


class Severity(StrEnum):
    """How bad a finding is.

    An error: AWS refuses it, or the job can never run. A warning: the job runs slowly, unsafely, or
    costs more than it has to.
    """

    ERROR = "error"
    WARNING = "warning"


ERROR = Severity.ERROR
WARNING = Severity.WARNING


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A job of the definition, submitted to the queue."""

    definition: JobDefinition
    queue: JobQueue


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An environment of the queue that may take the whole job.

    An error that is found here means that it cannot.

    Attributes:
        wanted_types: The instance types that the definitions of the whole setup name; ``UNKNOWN``
            if any of them may run on another type.
    """

    definition: JobDefinition
    queue: JobQueue
    environment: ComputeEnvironment
    wanted_types: Maybe[frozenset[str]] = UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A broken rule, as the rule's check function yields it.

    Attributes:
        resource: What the finding is on.
        property_path: Within the resource, in the API's spelling; empty for all of it.
        message: What is wrong, with the values, in one sentence without a full stop.
        actual: The value found.
        expected: What it may be.
        fix: What to do here, if there is more to say than the rule's own text.
        severity: Where it differs from the rule's.
    """

    resource: Resource
    property_path: PropertyPath
    message: str
    actual: object
    expected: str
    fix: str = ""
    severity: Severity | None = None


Subject = TypeVar("Subject", JobDefinition, JobQueue, ComputeEnvironment, Submission, Candidate)
Check: TypeAlias = Callable[[Subject, Catalogue], Iterator[Violation]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Generic[Subject]):
    """A documented constraint, and the function that finds what breaks it.

    Attributes:
        id: ``MNP`` and three digits; never changes its meaning once published.
        title: The constraint in a few words.
        severity: Of its findings, unless a violation has its own.
        why: What happens if it is broken.
        fix: What to do, in general.
        source: Address of the document that says so.
        subject: What the check function is called with.
        check: Yields a violation for each place that breaks the rule, and none for unknown values.
            Its docstring says exactly what is compared.
        distance: How far a queue is from taking a job if one of its candidates breaks the rule. Of
            several queues that cannot take a job, the nearest is the one reported on.
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
