"""Holding templates against the rules, and telling where in a template each finding is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.setup import MnpSetup
from cdk_batch_mnp.rules.checking import check
from cdk_batch_mnp.rules.finding import Finding, Report
from cdk_batch_mnp.rules.rule import AnyRule
from cdk_batch_mnp.template.budget import (
    DEFINITION,
    ENVIRONMENT,
    FINDING,
    GROUPS,
    PAIR,
    Budget,
    BudgetSpentError,
)
from cdk_batch_mnp.template.dangling import dangling_references
from cdk_batch_mnp.template.document import Document, Position, Step, TemplateError
from cdk_batch_mnp.template.parameters import misnamed
from cdk_batch_mnp.template.setup import read_setup
from cdk_batch_mnp.template.stack import Declared, Options, Stack, Stacks

if TYPE_CHECKING:
    from cdk_batch_mnp.template.files import Group

_STEP = re.compile(r"([^.\[\]]+)|\[([0-9]+)\]")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a finding is.

    Attributes:
        file: The template, as the user named it.
        logical_id: The resource in it.
        type: The resource's type.
        line, column: From 1, where they are known.
    """

    file: str
    logical_id: str
    type: str
    line: int | None
    column: int | None


@dataclass(frozen=True, slots=True)
class Located:
    """A finding and its place.

    Attributes:
        reason: Why it is accepted; ``None`` if it is not.
    """

    finding: Finding
    place: Place
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class TemplateReport:
    """All that is to be said of one or several templates.

    Attributes:
        findings: What is wrong, in one stable order: by file, by resource, by rule.
        acknowledged: What was accepted, each with its reason.
        unusable: What could not be read, or what CloudFormation would refuse as a whole.
        files: The templates that were read.
        parameters: Names of the parameters to which values can be given.
    """

    findings: tuple[Located, ...] = ()
    acknowledged: tuple[Located, ...] = ()
    unusable: tuple[TemplateError, ...] = ()
    files: tuple[str, ...] = ()
    parameters: frozenset[str] = frozenset()


def check_stacks(
    stacks: Stacks,
    *,
    rules: Iterable[AnyRule] | None = None,
    catalogue: Catalogue | None = None,
) -> TemplateReport:
    """Hold stacks that are read together against the rules.

    Args:
        stacks: What to check.
        rules: The rules to hold it against; all if left out.
        catalogue: Facts of the instance types; the library's own if left out.

    Raises:
        TemplateError: They nest functions too deeply, or are more work than a run may do.
    """
    stacks.budget.begin(stacks.all[0].document.file, "following its intrinsic functions")
    setup = read_setup(stacks)
    _spend_for_rules(setup, stacks.budget)
    report = check(setup, rules=rules, catalogue=catalogue)
    stacks.budget.doing = f"locating {len(report.findings)} findings"
    stacks.budget.spend(
        sum(FINDING + len(each.path) // 2 for each in report.findings)
        + FINDING * len(report.acknowledged)
    )
    return TemplateReport(
        findings=tuple(Located(each, _place(each, stacks)) for each in report.findings),
        acknowledged=tuple(
            Located(each.finding, _place(each.finding, stacks), each.reason)
            for each in report.acknowledged
        ),
        unusable=tuple(error for each in stacks.all for error in dangling_references(each)),
        files=tuple(sorted({each.document.file for each in stacks.all})),
        parameters=frozenset().union(*(each.settable for each in stacks.all)),
    )


def check_template(
    template: Mapping[str, Any],
    *,
    parameters: Mapping[str, str] | None = None,
    rules: Iterable[AnyRule] | None = None,
    catalogue: Catalogue | None = None,
) -> Report:
    """Hold a template that is already in memory against the rules.

    Args:
        template: As CloudFormation takes it, with intrinsic functions in their long form.
        parameters: Values of its parameters, in place of their defaults.
        rules: The rules to hold it against; all if left out.
        catalogue: Facts of the instance types; the library's own if left out.

    Raises:
        TemplateError: It has no ``Resources``, a parameter cannot have the value given, or it
            refers to something that it does not have, nests functions too deeply or is more work
            than a run may do.
        ValueError: It has no parameter of a name that is given.
    """
    stacks = Stacks(Options(parameters=parameters or {}))
    stack = Stack(Document("template", template), stacks)
    if told := misnamed(parameters or (), stack.settable):
        raise ValueError("; ".join(told))
    for error in dangling_references(stack):
        raise error
    stacks.budget.begin("template", "following its intrinsic functions")
    setup = read_setup(stacks)
    _spend_for_rules(setup, stacks.budget)
    return check(setup, rules=rules, catalogue=catalogue)


def check_together(
    groups: Sequence[Group],
    *,
    unusable: Sequence[TemplateError] = (),
    rules: Sequence[AnyRule] | None = None,
    catalogue: Catalogue | None = None,
) -> TemplateReport:
    """Hold several groups of stacks against the rules; what cannot be read spoils no other.

    When the budget is spent, nothing further is checked, and the report says what was not.
    """
    findings: list[Located] = []
    acknowledged: list[Located] = []
    problems = list(unusable)
    files: list[str] = []
    parameters: set[str] = set()
    for position, group in enumerate(groups):
        try:
            report = check_stacks(group(), rules=rules, catalogue=catalogue)
        except BudgetSpentError as error:
            rest = [file for each in groups[position + 1 :] for file in each.files]
            rest = [*(each for each in group.files if each != error.file), *rest]
            problems.append(error.leaving(rest) if rest else error)
            break
        except TemplateError as error:
            problems.append(error)
            continue
        findings += report.findings
        acknowledged += report.acknowledged
        problems += report.unusable
        files += report.files
        parameters |= report.parameters
    return TemplateReport(
        findings=tuple(sorted(findings, key=_order)),
        acknowledged=tuple(sorted(acknowledged, key=_order)),
        unusable=tuple(problems),
        files=tuple(sorted(set(files))),
        parameters=frozenset(parameters),
    )


def _order(located: Located) -> tuple[str, str, str, str, str]:
    finding = located.finding
    return (
        located.place.file,
        finding.path,
        finding.rule.id,
        finding.property_path,
        finding.message,
    )


def _spend_for_rules(setup: MnpSetup, budget: Budget) -> None:
    """Take the work of the rules before it is done.

    Every definition may be compared with every environment of every queue, and each of its node
    groups with every other.
    """
    definitions = len(setup.job_definitions)
    environments = sum(max(1, len(each.known_environments)) for each in setup.job_queues)
    budget.doing = (
        f"comparing {definitions} job definitions, with all their node groups, with "
        f"{environments} environments of job queues"
    )
    budget.spend(
        DEFINITION * definitions
        + ENVIRONMENT * (environments + len(setup.compute_environments))
        + PAIR * definitions * environments
        + GROUPS * sum(len(each.known_node_groups) ** 2 for each in setup.job_definitions)
    )


def _place(finding: Finding, stacks: Stacks) -> Place:
    resource = stacks.resources.get(finding.path)
    if resource is None:
        return Place(stacks.all[0].document.file, "", "", None, None)
    position = _position(resource, finding.property_path)
    return Place(
        file=resource.stack.document.file,
        logical_id=resource.logical_id,
        type=resource.type,
        line=position.line if position else None,
        column=position.column if position else None,
    )


def _position(resource: Declared, property_path: str) -> Position | None:
    """Where a property is, or the nearest one around it that is written."""
    path: list[Step] = ["Resources", resource.logical_id]
    value: Any = resource.body
    for step in _steps(property_path):
        if isinstance(step, str) and isinstance(value, Mapping):
            key = next((each for each in (step, _capitalized(step)) if each in value), None)
            if key is None:
                break
            path.append(key)
            value = value[key]
        elif isinstance(step, int) and isinstance(value, list) and step < len(value):
            path.append(step)
            value = value[step]
        else:
            break
    return resource.stack.document.position(path)


def _steps(property_path: str) -> Iterator[Step]:
    yield "Properties"
    for name, index in _STEP.findall(property_path):
        yield name or int(index)


def _capitalized(name: str) -> str:
    return name[0].upper() + name[1:]
