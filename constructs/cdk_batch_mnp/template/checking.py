"""Check templates against the rules, and locate each finding in its template."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from cdk_batch_mnp.engine.finding import Finding, Report
from cdk_batch_mnp.engine.rule import AnyRule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.property_path import PROPERTIES, PropertyPath
from cdk_batch_mnp.model.setup import MnpSetup
from cdk_batch_mnp.model.unknown import UNKNOWN
from cdk_batch_mnp.rules.checking import check
from cdk_batch_mnp.rules.network.reachable import work_of
from cdk_batch_mnp.template.cases import in_every_case
from cdk_batch_mnp.template.crashed import CheckCrashedError
from cdk_batch_mnp.template.evaluation.dangling import dangling_references
from cdk_batch_mnp.template.evaluation.options import Options
from cdk_batch_mnp.template.evaluation.parameters import unknown_parameters
from cdk_batch_mnp.template.evaluation.stack import Stack, TemplateResource
from cdk_batch_mnp.template.evaluation.stacks import Stacks
from cdk_batch_mnp.template.readers.setup import read_setup
from cdk_batch_mnp.template.source.budget import Budget, BudgetSpentError
from cdk_batch_mnp.template.source.document import Document, Position, Step
from cdk_batch_mnp.template.source.errors import RepeatedKey, TemplateError
from cdk_batch_mnp.template.source.limits import (
    DEFINITION,
    ENVIRONMENT,
    FINDING,
    GROUPS,
    PAIR,
    REACH,
    SECRET,
)

if TYPE_CHECKING:
    from cdk_batch_mnp.template.source.assembly import Group


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a finding.

    Attributes:
        file: The template, as the user named it.
        logical_id: The resource in it.
        type: The resource's type.
        line, column: From 1; ``None`` if they are unknown.
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
        reason: Why it is acknowledged; ``None`` if it is not.
    """

    finding: Finding
    place: Place
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class TemplateReport:
    """The result of checking one or several templates.

    Attributes:
        findings: Errors and warnings in a stable order: by file, by resource, by rule.
        hints: Hints in the same order. Nothing fails because of them.
        acknowledged: Acknowledged findings, each with its reason.
        unusable: Errors of templates that cannot be read or that CloudFormation would reject, and
            crashes of the check (:class:`CheckCrashedError`).
        files: The templates that were read.
        parameters: Names of the parameters that can be set.
        repeated_keys: Keys that are repeated in a mapping, which are like warnings.
        skipped: Number of files in folders that do not look like templates.
    """

    findings: tuple[Located, ...] = ()
    hints: tuple[Located, ...] = ()
    acknowledged: tuple[Located, ...] = ()
    unusable: tuple[TemplateError, ...] = ()
    files: tuple[str, ...] = ()
    parameters: frozenset[str] = frozenset()
    repeated_keys: tuple[RepeatedKey, ...] = ()
    skipped: int = 0

    @property
    def crashes(self) -> tuple[CheckCrashedError, ...]:
        """The crashes of the check."""
        return tuple(error for error in self.unusable if isinstance(error, CheckCrashedError))


def check_stacks(
    stacks: Stacks,
    *,
    rules: Iterable[AnyRule] | None = None,
    catalogue: Catalogue | None = None,
) -> TemplateReport:
    """Check stacks together against the rules.

    Args:
        stacks: The stacks.
        rules: The rules to run. Default: all.
        catalogue: Facts of instance types. Default: the default catalogue.

    Returns:
        The report. If a part of the check failed, that part is ``unusable``.

    Raises:
        BudgetSpentError: The work budget of the run is exhausted.
    """
    file = stacks.all[0].document.file if stacks.all else ""
    setup, report = MnpSetup(), Report()
    dangling: list[TemplateError] = []
    stacks.budget.begin(file, "resolving its intrinsic functions")
    left = stacks.budget.left
    with stacks.reading(file, "reading its resources"):
        found = read_setup(stacks)
        _spend_for_rules(found, stacks.budget)
        setup = found
    with stacks.reading(file, "checking it"):
        report = check(setup, rules=rules, catalogue=catalogue)
        steps = left - stacks.budget.left
        report = in_every_case(stacks, setup, report, steps=steps, rules=rules, catalogue=catalogue)
    for stack in stacks.all:
        with stacks.reading(stack.document.file, "finding undefined references"):
            dangling += dangling_references(stack)
    stacks.budget.doing = f"locating {len(report.findings)} findings"
    stacks.budget.spend(
        sum(FINDING + len(each.resource_id) // 2 for each in (*report.findings, *report.hints))
        + FINDING * len(report.acknowledged)
    )
    return TemplateReport(
        findings=tuple(_located(finding, stacks) for finding in report.findings),
        hints=tuple(_located(hint, stacks) for hint in report.hints),
        acknowledged=tuple(
            _located(acknowledged.finding, stacks, acknowledged.reason)
            for acknowledged in report.acknowledged
        ),
        unusable=(*stacks.problems, *_crashes(report, stacks), *dangling),
        files=tuple(sorted({stack.document.file for stack in stacks.all})),
        parameters=frozenset().union(*(stack.settable for stack in stacks.all)),
        repeated_keys=tuple(
            _in_order({key for stack in stacks.all for key in stack.document.repeated})
        ),
    )


def _located(finding: Finding, stacks: Stacks, reason: str | None = None) -> Located:
    return Located(finding, _place(finding.resource_id, finding.property_path, stacks), reason)


def _crashes(report: Report, stacks: Stacks) -> Iterator[CheckCrashedError]:
    for crash in report.crashes:
        file = _place(crash.resource_id, PROPERTIES, stacks).file
        yield CheckCrashedError(file, f"rule {crash.rule.id} at {crash.resource_id}", crash.error)


def check_template(
    template: Mapping[str, Any],
    *,
    parameters: Mapping[str, str] | None = None,
    parameter_defaults: bool = True,
    rules: Iterable[AnyRule] | None = None,
    catalogue: Catalogue | None = None,
) -> Report:
    """Check a template in memory against the rules.

    Args:
        template: The template, with intrinsic functions in their long form.
        parameters: Values of its parameters, in place of their defaults.
        parameter_defaults: Whether the other parameters take their defaults.
        rules: The rules to run. Default: all.
        catalogue: Facts of instance types. Default: the default catalogue.

    Raises:
        TemplateError: It cannot be written as JSON, has no ``Resources``, has an undefined
            reference, nests functions too deeply, or is more work than a run may do; or a parameter
            cannot take its value.
        CheckCrashedError: The check itself failed through a bug of this package. Its notes list the
            other findings.
        ValueError: It does not have one of the parameters.
    """
    options = Options(parameters=parameters or {}, use_defaults=parameter_defaults)
    stacks = Stacks(options)
    stack = Stack(Document("template", _as_json(template)), stacks)
    if unknown := unknown_parameters(parameters or (), stack.settable):
        raise ValueError("; ".join(unknown))
    for error in dangling_references(stack):
        raise error
    stacks.budget.begin("template", "resolving its intrinsic functions")
    left = stacks.budget.left
    setup = read_setup(stacks)
    for error in stacks.problems:
        raise error
    _spend_for_rules(setup, stacks.budget)
    report = check(setup, rules=rules, catalogue=catalogue)
    for crash in _crashes(report, stacks):
        for finding in report.findings:
            crash.add_note(str(finding))
        raise crash
    steps = left - stacks.budget.left
    return in_every_case(stacks, setup, report, steps=steps, rules=rules, catalogue=catalogue)


def _as_json(template: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a template as CloudFormation reads it: string keys, and dates as strings."""
    try:
        data: Mapping[str, Any] = json.loads(json.dumps(template, default=_date_as_text))
    except (TypeError, ValueError, RecursionError) as error:
        raise TemplateError("template", f"cannot be written as JSON: {error}") from error
    return data


def _date_as_text(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not a JSON type")


def check_together(
    groups: Sequence[Group],
    *,
    unusable: Sequence[TemplateError] = (),
    skipped: int = 0,
    rules: Sequence[AnyRule] | None = None,
    catalogue: Catalogue | None = None,
) -> TemplateReport:
    """Check several groups of stacks; one that cannot be read does not affect the others.

    When the budget is exhausted, checking stops, and the report names what was not checked. Files
    that were ``unusable`` or ``skipped`` when the groups were found are in the report.
    """
    findings: list[Located] = []
    hints: list[Located] = []
    acknowledged: list[Located] = []
    problems = list(unusable)
    files: list[str] = []
    parameters: set[str] = set()
    repeated: set[RepeatedKey] = set()
    for position, group in enumerate(groups):
        try:
            report = check_stacks(group(), rules=rules, catalogue=catalogue)
        except BudgetSpentError as error:
            rest = [file for later in groups[position + 1 :] for file in later.files]
            rest = [*(each for each in group.files if each != error.file), *rest]
            problems.append(error.leaving(rest) if rest else error)
            break
        except TemplateError as error:
            problems.append(error)
            continue
        except Exception as error:
            problems.append(CheckCrashedError("the templates", "reading them", error))
            continue
        findings += report.findings
        hints += report.hints
        acknowledged += report.acknowledged
        problems += report.unusable
        files += report.files
        parameters |= report.parameters
        repeated |= set(report.repeated_keys)
    return TemplateReport(
        findings=tuple(sorted(findings, key=_order)),
        hints=tuple(sorted(hints, key=_order)),
        acknowledged=tuple(sorted(acknowledged, key=_order)),
        unusable=tuple(problems),
        files=tuple(sorted(set(files))),
        parameters=frozenset(parameters),
        repeated_keys=tuple(_in_order(repeated)),
        skipped=skipped,
    )


def _in_order(keys: Iterable[RepeatedKey]) -> list[RepeatedKey]:
    return sorted(keys, key=lambda key: key.order)


def _order(located: Located) -> tuple[str, str, str, str, str]:
    finding = located.finding
    return (
        located.place.file,
        finding.resource_id,
        finding.rule.id,
        str(finding.property_path),
        finding.message,
    )


def _spend_for_rules(setup: MnpSetup, budget: Budget) -> None:
    """Charge the work of the rules to the budget before it is done.

    Rules compare every definition with every environment of every queue, and its node groups with
    each other.
    """
    definitions = len(setup.job_definitions)
    environments = sum(max(1, len(queue.known_environments)) for queue in setup.job_queues)
    budget.doing = (
        f"comparing {definitions} job definitions, with all their node groups, with "
        f"{environments} environments of job queues"
    )
    budget.spend(
        DEFINITION * definitions
        + ENVIRONMENT * (environments + len(setup.compute_environments))
        + PAIR * definitions * environments
        + PAIR * len(setup.job_requests)
        + SECRET * sum(_questions(definition) for definition in setup.job_definitions)
        + GROUPS
        * sum(len(definition.known_node_groups) ** 2 for definition in setup.job_definitions)
    )
    budget.doing = "following the ways of nodes to services"
    in_queues = (used for queue in setup.job_queues for used in queue.known_environments)
    for environment in {
        id(known): known for known in (*in_queues, *setup.compute_environments)
    }.values():
        budget.spend(REACH * work_of(environment))


def _questions(definition: JobDefinition) -> int:
    """Return how many secrets are compared with statements of execution roles."""
    statements = sum(
        len(role.statements) for role in definition.roles if role.statements is not UNKNOWN
    )
    return statements * sum(
        len(container.sources)
        for access in definition.access.values()
        for container in access.containers
    )


def _place(path: str, property_path: PropertyPath, stacks: Stacks) -> Place:
    resource = stacks.resources.get(path)
    if resource is None:
        return Place(stacks.all[0].document.file, "", "", None, None)
    position = None
    with stacks.reading(resource.stack.document.file, f"locating {path}"):
        position = _position(resource, property_path)
    return Place(
        file=resource.stack.document.file,
        logical_id=resource.logical_id,
        type=resource.type,
        line=position.line if position else None,
        column=position.column if position else None,
    )


def _position(resource: TemplateResource, property_path: PropertyPath) -> Position | None:
    """The place of a property, or of its nearest parent that is written."""
    path: list[Step] = ["Resources", resource.logical_id]
    value: Any = resource.body
    for step in ("Properties", *property_path):
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


def _capitalized(name: str) -> str:
    return name[:1].upper() + name[1:]
