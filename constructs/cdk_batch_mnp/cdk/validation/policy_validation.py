"""The rules as a policy validation plugin: for apps that are not made with our constructs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import jsii
from aws_cdk import (
    IPolicyValidationContext,
    IPolicyValidationPlugin,
    PolicyValidationPluginReport,
)

from cdk_batch_mnp.cdk.validation.policy_report import (
    assembly_folder,
    crash_report,
    is_passed_over,
    policy_report,
    violation,
)
from cdk_batch_mnp.cdk.validation.written_templates import PLUGIN, WrittenTemplates
from cdk_batch_mnp.engine.rule import Severity
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.rules.discovery import rules_with
from cdk_batch_mnp.template.checking import Located, check_together
from cdk_batch_mnp.template.crashed import package_version
from cdk_batch_mnp.template.evaluation.options import Options
from cdk_batch_mnp.template.source.assembly import groups_of


@jsii.implements(IPolicyValidationPlugin)
class MnpPolicyValidation:
    """Holds every template of an app against the rules for multi-node parallel jobs.

    Add it to an app, and ``cdk synth`` fails on setups that cannot work, whoever's constructs made
    them::

        Validations.of(app).add_plugins(MnpPolicyValidation())

    Errors fail the synthesis, and warnings are told; both name the construct. A finding is accepted
    with ``Validations.of(scope).acknowledge(Acknowledgment(id="MNP::MNP204", reason="..."))``.

    Args:
        select: Look only at these rules, or at all whose id begins so (``MNP3``).
        ignore: Leave out these rules, or all whose id begins so.
        strict: Whether warnings fail the synthesis too.
        instances: A catalogue of instance types, as ``instances refresh`` writes it; the one that
            ``CDK_BATCH_MNP_INSTANCES`` names, else the package's, if left out.

    Raises:
        ValueError: No rule has an id that is given in ``select`` or ``ignore``, or none is left to
            look at.
        CatalogueError: The catalogue cannot be used.
    """

    def __init__(
        self,
        *,
        select: Iterable[str] = (),
        ignore: Iterable[str] = (),
        strict: bool = False,
        instances: Path | str | None = None,
    ) -> None:
        self._rules = rules_with(select=select, ignore=ignore)
        if not self._rules:
            raise ValueError("no rule is left to look at: what is selected is also ignored")
        self._strict = strict
        self._catalogue = Catalogue.load(instances) if instances is not None else None

    @property
    def name(self) -> str:
        """The plugin's name: acknowledgements put it before a rule's id."""
        return PLUGIN

    @property
    def version(self) -> str:
        """The version of this package."""
        return package_version()

    @property
    def rule_ids(self) -> list[str]:
        """The ids of the rules that are looked at."""
        return [each.id for each in self._rules]

    def validate(self, context: IPolicyValidationContext) -> PolicyValidationPluginReport:
        """Check the templates that the app has written. Called by the CDK."""
        try:
            return self._validate(context)
        except Exception as error:
            return crash_report(error)

    def _validate(self, context: IPolicyValidationContext) -> PolicyValidationPluginReport:
        if not context.template_paths:
            return policy_report(())
        folder = assembly_folder(context)
        groups, unusable = groups_of(folder, Options())
        report = check_together(
            groups, unusable=unusable, rules=self._rules, catalogue=self._catalogue
        )
        return policy_report(
            [
                violation(
                    each,
                    strict=self._strict,
                    counts_everywhere=is_passed_over(each.place.file, folder, context),
                )
                for each in self._untold(report.findings, context)
            ],
            report.unusable,
            metadata={
                f"acknowledged {each.finding.rule.id} at {each.finding.place}": each.reason or ""
                for each in report.acknowledged
            },
        )

    def _untold(
        self, located: Sequence[Located], context: IPolicyValidationContext
    ) -> Sequence[Located]:
        """Leave out what the constructs of this library have told, and the check of theirs."""
        written = WrittenTemplates.of(lambda: context.app_construct)
        if written is None:
            return located
        by_finding = {id(each.finding): each for each in located}
        told = written.told.rest(self, [each.finding for each in located])
        rest = {id(each) for each in told}
        return [
            each
            for key, each in by_finding.items()
            # Only this plugin fails on warnings, where it is to.
            if (self._strict and each.finding.severity is Severity.WARNING)
            or (key in rest and not written.has_warned(each.finding))
        ]
