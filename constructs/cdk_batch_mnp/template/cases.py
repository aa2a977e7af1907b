"""Find violations that are certain whichever way open conditions and parameters are decided."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from cdk_batch_mnp.engine.finding import Finding, Report
from cdk_batch_mnp.engine.rule import AnyRule, Severity
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.model.setup import MnpSetup
from cdk_batch_mnp.rules.checking import check
from cdk_batch_mnp.template.evaluation.stack import Question, Stack, TemplateResource
from cdk_batch_mnp.template.evaluation.stacks import Stacks
from cdk_batch_mnp.template.readers.setup import JOB_DEFINITION, read_definitions, read_setup
from cdk_batch_mnp.template.source.limits import MAX_CASES, STEPS_OF_CASES

_Key = tuple[str, str, str]


def in_every_case(
    stacks: Stacks,
    setup: MnpSetup,
    report: Report,
    *,
    steps: int,
    rules: Iterable[AnyRule] | None,
    catalogue: Catalogue | None,
) -> Report:
    """Return a report with what is wrong in each case of an open question as well.

    A question is a condition whose value is unknown, or a parameter without a known value that
    allows a few values only. The stacks are checked once for each answer to a question; a
    violation with every answer is certain. Of a question that only the properties of some job
    definitions depend on, these are checked alone. What would take too long is not checked again.

    Args:
        stacks: The stacks, after the setup was read from them.
        setup: The setup.
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
    unresolved = tuple(each for each in stacks.resources.values() if not each.is_resolved)
    rechecks = _Rechecks(stacks, setup, chosen, catalogue, unresolved)
    of_definitions = min(STEPS_OF_CASES, stacks.budget.left // 2)
    touched = {question: rechecks.touched(*question) for question in questions}
    try:
        # Those of job definitions come first: the others make the stacks forget everything.
        for stack, question in sorted(questions, key=lambda each: not touched[each]):
            definitions, answers = touched[stack, question], len(stack.open[question])
            if definitions:
                cost = steps * len(definitions) * answers // len(setup.job_definitions)
                if cost > of_definitions:
                    continue
                of_definitions -= cost
            else:
                limit -= answers
                if limit < 0:
                    break
            found = _in_each(rechecks, stack, question, definitions)
            for key, finding in found.items():
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


@dataclass(frozen=True, slots=True)
class _Rechecks:
    """Checks the stacks again with other assumptions."""

    stacks: Stacks
    setup: MnpSetup
    rules: tuple[AnyRule, ...] | None
    catalogue: Catalogue | None
    unresolved: tuple[TemplateResource, ...]

    def touched(self, stack: Stack, question: Question) -> tuple[TemplateResource, ...]:
        """Return the job definitions whose properties depend on a question.

        Empty if anything else depends on it.
        """
        asked = (stack.name, question)
        if asked in self.stacks.asking:
            return ()
        found = tuple(each for each in self.stacks.resources.values() if asked in each.asked)
        return found if all(each.type == JOB_DEFINITION for each in found) else ()

    def report(self, definitions: tuple[TemplateResource, ...]) -> Report:
        """Check the stacks, or some definitions alone, with the assumptions made by now."""
        if not definitions:
            self.stacks.forget()
            setup = read_setup(self.stacks)
            return check(setup, rules=self.rules, catalogue=self.catalogue)
        # What no one asked for may be asked for now, and depend on the assumptions.
        self.stacks.forget_some((*definitions, *self.unresolved))
        read = read_definitions(self.stacks, definitions)
        setup = replace(
            self.setup,
            job_definitions=tuple(read.get(each.id, each) for each in self.setup.job_definitions),
        )
        return check(setup, rules=self.rules, catalogue=self.catalogue, only=read)


def _in_each(
    rechecks: _Rechecks,
    stack: Stack,
    question: Question,
    definitions: tuple[TemplateResource, ...],
) -> dict[_Key, Finding]:
    """Return the findings with each answer to a question, the mildest of each."""
    common: dict[_Key, Finding] | None = None
    for choice in stack.open[question]:
        stack.assumed[question] = choice
        try:
            report = rechecks.report(definitions)
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
