"""Report words and names that AWS does not know."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cdk_batch_mnp.engine.rule import WARNING, Violation
from cdk_batch_mnp.model.launch_template import LaunchTemplate
from cdk_batch_mnp.model.network import PlacementGroup
from cdk_batch_mnp.model.property_path import PROPERTIES, PropertyPath
from cdk_batch_mnp.model.resource import Resource
from cdk_batch_mnp.model.unknown import Maybe
from cdk_batch_mnp.model.word_faults import WordFault


def violations(
    resource: Resource, faults: Iterable[WordFault], *, names: bool
) -> Iterator[Violation]:
    """Return the violations of names, or those of other words."""
    for fault in faults:
        if fault.is_name is names and not fault.is_missing:
            yield _violation(resource, fault, fault.path, fault.problem)


def missing(resource: Resource, faults: Iterable[WordFault]) -> Iterator[Violation]:
    """Return the violations of required properties that are not set."""
    for fault in faults:
        if fault.is_missing:
            yield _violation(resource, fault, fault.path, fault.problem)


def violations_inside(
    resource: Resource, used: LaunchTemplate | PlacementGroup, path: PropertyPath, *, names: bool
) -> Iterator[Violation]:
    """Return the violations in what a property of the resource refers to."""
    for fault in used.words:
        if fault.is_name is names:
            inside = PropertyPath((*path, *fault.path))
            yield _violation(resource, fault, inside, f"{fault.problem} (in {used.id})")


def _violation(resource: Resource, fault: WordFault, path: PropertyPath, message: str) -> Violation:
    return Violation(
        resource=resource,
        property_path=path,
        message=message,
        actual=fault.actual,
        expected=fault.expected,
        severity=None if fault.is_certain else WARNING,
    )


def disabled(resource: Resource, state: Maybe[str] | None, what: str) -> Iterator[Violation]:
    """Return the violation of a resource whose state is known to be DISABLED."""
    if state == "DISABLED":
        yield Violation(
            resource=resource,
            property_path=PROPERTIES / "state",
            message=f"the {what} is disabled",
            actual="DISABLED",
            expected="ENABLED",
        )
