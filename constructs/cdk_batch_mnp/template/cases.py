"""Find violations that are certain whichever way open conditions and parameters are decided."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from cdk_batch_mnp.engine.finding import Finding, Report
from cdk_batch_mnp.engine.rule import AnyRule, Severity
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.rules.checking import check
from cdk_batch_mnp.template.evaluation.stack import Question, Stack
from cdk_batch_mnp.template.evaluation.stacks import Stacks
from cdk_batch_mnp.template.readers.setup import read_setup
from cdk_batch_mnp.template.source.limits import MAX_CASES, STEPS_OF_CASES

_Key = tuple[str, str, str]


def in_every_case(
    stacks: Stacks,
    report: Report,
    *,
    steps: int,
    rules: Iterable[AnyRule] | None,
    catalogue: Catalogue | None,
) -> Report:
    """Return a report with what is wrong in each case of an open question as well.

    A question is a condition whose value is unknown, or a parameter without a known value that
    allows a few values only. The stacks are checked once for each answer to a question; a
    violation with every answer is certain. Large templates are not checked again.

    Args:
        stacks: The stacks, after the setup was read from them.
        report: The result of the check with the questions left open.
        steps: Steps of work that this check took.
        rules: The rules.
        catalogue: Facts of instance types.
    """
    questions = list(_questions(stacks))
    if not questions or report.crashes:
        return report
    steps = max(1, steps)
    limit = min(MAX_CASES, STEPS_OF_CASES // steps, stacks.budget.left // (2 * steps))
    chosen = None if rules is None else tuple(rules)
    known = {_key(finding) for finding in (*report.findings, *report.hints)}
    known |= {_key(each.finding) for each in report.acknowledged}
    added: dict[_Key, Finding] = {}
    problems = list(stacks.problems)
    try:
        for stack, question in questions:
            choices = stack.open[question]
            limit -= len(choices)
            if limit < 0:
                break
            for key, finding in _in_each(stacks, stack, question, chosen, catalogue).items():
                if key not in known:
                    added.setdefault(key, finding)
    finally:
        stacks.forget()
        stacks.problems[:] = problems
    if not added:
        return report
    hints = [each for each in added.values() if each.severity is Severity.HINT]
    findings = [each for each in added.values() if each.severity is not Severity.HINT]
    return replace(
        report,
        findings=tuple(sorted((*report.findings, *findings), key=_order)),
        hints=tuple(sorted((*report.hints, *hints), key=_order)),
    )


def _questions(stacks: Stacks) -> Iterator[tuple[Stack, Question]]:
    for stack in stacks.all:
        for question in stack.open:
            yield stack, question


def _in_each(
    stacks: Stacks,
    stack: Stack,
    question: Question,
    rules: tuple[AnyRule, ...] | None,
    catalogue: Catalogue | None,
) -> dict[_Key, Finding]:
    """Return the findings with each answer to a question, the mildest of each."""
    common: dict[_Key, Finding] | None = None
    for choice in stack.open[question]:
        stacks.forget()
        stack.assumed[question] = choice
        try:
            report = check(read_setup(stacks), rules=rules, catalogue=catalogue)
        finally:
            del stack.assumed[question]
        found = {_key(finding): finding for finding in (*report.findings, *report.hints)}
        if common is not None:
            found = {
                key: _milder(common[key], finding)
                for key, finding in found.items()
                if key in common
            }
        common = found
        if not common:
            break
    _, name = question
    return {
        key: replace(finding, notes=(*finding.notes, f"This holds whatever {name} is."))
        for key, finding in (common or {}).items()
    }


def _key(finding: Finding) -> _Key:
    return finding.rule.id, finding.resource_id, str(finding.property_path)


def _order(finding: Finding) -> tuple[str, str]:
    return finding.resource_id, finding.rule.id


def _milder(one: Finding, other: Finding) -> Finding:
    return other if other.severity is Severity.WARNING else one
