"""The report that a policy validation plugin of this library returns to the CDK.

The CDK (2.275) decides where it is shown. Under pytest, or with ``CDK_APP_MODE=inmemory`` in the
environment, the CDK raises one exception with all violations of all plugins. In a plain
``python app.py`` it prints them to standard error, and then raises an exception that names the
report. The CDK's command prints them and exits non-zero.

Three facts about the CDK and its command (2.1148) decide the form of a report:

- A plugin that raises an exception does not fail the synthesis, so a plugin must never raise one.
- The command treats a failed report without violations as passed, and one whose only violations are
  acknowledged as a success. A violation with the severity ``fatal`` cannot be acknowledged.
- The command drops violations of constructs that are not in a selected stack. It always keeps
  violations without a construct.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from aws_cdk import (
    IPolicyValidationContext,
    PolicyValidationPluginReport,
    PolicyViolatingResource,
    PolicyViolation,
    Stage,
)
from constructs import IConstruct

from cdk_batch_mnp.cdk.jsii.unchanging import node_of
from cdk_batch_mnp.cdk.validation.acknowledgements import PLUGIN
from cdk_batch_mnp.engine.finding import Finding
from cdk_batch_mnp.engine.rule import AnyRule, Severity
from cdk_batch_mnp.instances.catalogue import INSTANCES_CONTEXT, CatalogueError
from cdk_batch_mnp.model.property_path import PropertyPath
from cdk_batch_mnp.template.checking import Located
from cdk_batch_mnp.template.crashed import CheckCrashedError
from cdk_batch_mnp.template.source.budget import BudgetSpentError
from cdk_batch_mnp.template.source.errors import TemplateError

CRASHED = "crashed"
UNREADABLE = "unreadable"
_FATAL = "fatal"
_BATCH = b"AWS::Batch::"
_RESOURCES = b"Resources"
_FAILS_BY_ITSELF = "@aws-cdk/core:failSynthOnValidationErrors"
_SELECTED = "aws:cdk:bundling-stacks"
"""Context key under which the command passes the names of the selected stacks."""


def policy_report(
    violations: Sequence[PolicyViolation],
    unusable: Sequence[TemplateError] = (),
    *,
    metadata: Mapping[str, str] | None = None,
) -> PolicyValidationPluginReport:
    """Return a plugin's report.

    Args:
        violations: Violations of rules. An error fails the synthesis.
        unusable: Templates that could not be checked. They fail the synthesis if they may have AWS
            Batch resources, and are a warning otherwise.
        metadata: Further texts in the report.
    """
    unchecked = [error for error in unusable if not _is_empty(error)]
    all_violations = [*(_unchecked(error) for error in unchecked), *violations]
    return PolicyValidationPluginReport(
        success=all(violation.severity == Severity.WARNING for violation in all_violations),
        violations=all_violations,
        metadata={
            **(metadata or {}),
            **{f"unreadable {number}": str(each) for number, each in enumerate(unchecked, start=1)},
        },
    )


def crash_report(error: Exception) -> PolicyValidationPluginReport:
    """Return a report that fails the synthesis because the plugin itself failed."""
    return policy_report((), [CheckCrashedError("cdk.out", "the plugin", error)])


def catalogue_report(error: CatalogueError) -> PolicyValidationPluginReport:
    """Return a report that fails the synthesis because the instance types cannot be read."""
    return PolicyValidationPluginReport(
        success=False,
        violations=[
            PolicyViolation(
                rule_name=UNREADABLE,
                description=f"not checked: {error}",
                severity=_FATAL,
                fix=f"Correct the file, or the path in the app's context {INSTANCES_CONTEXT}.",
                violating_resources=[PolicyViolatingResource(locations=[])],
            )
        ],
    )


def violation(
    located: Located, *, strict: bool = False, counts_everywhere: bool = False
) -> PolicyViolation:
    """Return a finding as a violation of the CDK.

    Args:
        located: The finding.
        strict: Whether a warning is an error.
        counts_everywhere: Whether the command must keep it even if its stack is not selected. Then
            only the message names the construct.
    """
    finding, place = located.finding, located.place
    rule: AnyRule = finding.rule
    return PolicyViolation(
        rule_name=rule.id,
        description=_description(finding, with_path=counts_everywhere),
        severity=str(Severity.ERROR if strict else finding.severity),
        fix=_fix(finding),
        rule_metadata={
            "actual": str(finding.actual),
            "expected": finding.expected,
            "why": rule.why,
            "source": rule.source,
        },
        violating_resources=[
            PolicyViolatingResource(locations=[])
            if counts_everywhere
            else PolicyViolatingResource(
                resource_logical_id=place.logical_id,
                template_path=place.file,
                locations=[_location(finding.property_path)],
            )
        ],
    )


def violation_text(finding: Finding) -> str:
    """Return a finding in the form in which the CDK prints a violation of a plugin."""
    return "\n".join(
        [
            f"{finding.severity.upper()} {_description(finding, with_path=True)}",
            *(f"   {line}" for line in f"Suggested fix: {_fix(finding)}".splitlines()),
            f"   Acknowledge with '{PLUGIN}::{finding.rule.id}'",
        ]
    )


def _fix(finding: Finding) -> str:
    return f"{finding.fix}\nSource: {finding.rule.source}"


def _description(finding: Finding, *, with_path: bool) -> str:
    """Return the text that the CDK prints between the severity and the construct's path.

    The CDK prints neither the property nor the rule's metadata, and does not indent this text.
    """
    place = finding.place if with_path else finding.property_path
    lines = [
        f"{finding.rule.id} {finding.rule.title}",
        *([f"at:       {place}"] if place else []),
        f"problem:  {finding.message}",
        f"actual:   {finding.actual}",
        f"expected: {finding.expected}",
        *(f"note:     {note}" for note in finding.notes),
        f"why:      {finding.rule.why}",
    ]
    return "\n   ".join(lines)


def _unchecked(error: TemplateError) -> PolicyViolation:
    """Return a violation for something that could not be checked, regardless of its stack."""
    crashed = isinstance(error, CheckCrashedError)
    return PolicyViolation(
        rule_name=CRASHED if crashed else UNREADABLE,
        description=f"not checked: {error}",
        severity=_FATAL if concerns_batch(error) else str(Severity.WARNING),
        fix=None
        if crashed
        else "Correct the template, or what writes it: it was not checked for multi-node parallel "
        "jobs.",
        violating_resources=[PolicyViolatingResource(locations=[])],
    )


def concerns_batch(error: TemplateError) -> bool:
    """Whether a template that could not be checked may have AWS Batch resources."""
    # When the budget is exhausted, some templates were not even opened.
    return isinstance(error, CheckCrashedError | BudgetSpentError) or _says(error, _BATCH)


def _is_empty(error: TemplateError) -> bool:
    """Whether the template is of an empty stack, which the CDK does not deploy."""
    return not isinstance(error, CheckCrashedError | BudgetSpentError) and not _says(
        error, _RESOURCES
    )


def _says(error: TemplateError, text: bytes) -> bool:
    """Whether the file contains a text, or cannot be read."""
    try:
        return text in Path(error.file).read_bytes()
    except (OSError, ValueError):
        return True


def assembly_folder(app: IConstruct, context: IPolicyValidationContext) -> Path:
    """Return the folder of the app's assembly, which contains the assemblies of its stages."""
    if isinstance(app, Stage):
        return Path(app.outdir)
    return Path(os.path.commonpath([Path(path).parent for path in context.template_paths]))


def is_passed_over(template: str, assembly: Path, app: IConstruct) -> bool:
    """Whether the CDK's command would drop findings in a template.

    Unless stacks are named, the command selects only the stacks outside stages. It passes the names
    to the app only with ``--exclusively``.

    Args:
        template: The template's path.
        assembly: The folder of the app's assembly.
        app: The app.
    """
    if Path(template).parent == assembly:
        return False
    node = node_of(app)
    if node.try_get_context(_FAILS_BY_ITSELF) not in (False, "false"):
        return False  # The app was not started by the command.
    selected = node.try_get_context(_SELECTED)
    return not isinstance(selected, list) or "**" in selected


def _location(property_path: PropertyPath) -> str:
    return f"Properties.{property_path}" if property_path else "Properties"
