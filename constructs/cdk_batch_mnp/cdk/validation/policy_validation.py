"""A policy validation plugin that users add to apps with stock or other constructs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aws_cdk import IPolicyValidationContext, PolicyValidationPluginReport

from cdk_batch_mnp.cdk.jsii.checked import checked
from cdk_batch_mnp.cdk.jsii.proxies import app_of
from cdk_batch_mnp.cdk.jsii.unchanging import node_of
from cdk_batch_mnp.cdk.validation.assembly_plugin import AssemblyPlugin
from cdk_batch_mnp.cdk.validation.policy_report import (
    assembly_folder,
    catalogue_report,
    is_passed_over,
    policy_report,
    violation,
)
from cdk_batch_mnp.cdk.validation.stage_state import (
    StageState,
    catalogue_of,
    states_of,
    takes_defaults,
)
from cdk_batch_mnp.cdk.validation.tree_metadata import tree_metadata
from cdk_batch_mnp.cdk.validation.written_templates import has_resources_of, library_paths
from cdk_batch_mnp.engine.rule import AnyRule, Severity
from cdk_batch_mnp.instances import CatalogueError
from cdk_batch_mnp.rules.discovery import rules_with
from cdk_batch_mnp.template.checking import check_together
from cdk_batch_mnp.template.evaluation.options import Options
from cdk_batch_mnp.template.evaluation.stacks import Stacks
from cdk_batch_mnp.template.readers.setup import read_setup
from cdk_batch_mnp.template.source.assembly import Group, groups_of


class MnpPolicyValidation(AssemblyPlugin):
    """Checks every template of an app, regardless of which construct library created it.

    The constructs of this library are always checked, so this plugin reports on all others::

        Validations.of(app).add_plugins(MnpPolicyValidation())

    Instance types are those of the catalogue that the app's context names, as for the constructs.
    So is whether template parameters take their defaults (``cdk-batch-mnp:parameter-defaults``).
    Errors fail the synthesis, warnings are printed; both name the construct. To accept a finding,
    use ``Validations.of(scope).acknowledge(Acknowledgment(id="MNP::MNP204", reason="..."))``.

    Args:
        select: Run only these rules: IDs, or prefixes such as ``MNP3``. Default: all rules.
        ignore: Skip these rules: IDs or prefixes. Default: none.
        strict: Whether warnings fail the synthesis too. Warnings on the constructs of this library
            are then also reported by this plugin, as errors. Default: ``False``.

    Raises:
        ArgumentTypeError: An argument is unknown or of the wrong type.
        ValueError: An ID in ``select`` or ``ignore`` matches no rule, or no rule is left to run.
    """

    @checked
    def __init__(
        self,
        *,
        select: Iterable[str] = (),
        ignore: Iterable[str] = (),
        strict: bool = False,
    ) -> None:
        rules = rules_with(select=select, ignore=ignore)
        if not rules:
            raise ValueError("no rule is left to run: all selected rules are also ignored")
        self._selected = rules
        self._strict = strict

    @property
    def _rules(self) -> Sequence[AnyRule]:
        return self._selected

    def _validate(self, context: IPolicyValidationContext) -> PolicyValidationPluginReport:
        if not context.template_paths:
            return policy_report(())
        app = app_of(context)
        node = node_of(app)
        try:
            catalogue = catalogue_of(node)
        except CatalogueError as error:
            return catalogue_report(error)
        folder = assembly_folder(app, context)
        states = states_of(app)
        options = Options(use_defaults=takes_defaults(node))
        groups, unusable = groups_of(folder, options, tree_metadata(lambda: app))
        partition = _Partition(states)
        report = check_together(
            [partition.noting(group) for group in groups],
            unusable=unusable,
            rules=self._rules,
            catalogue=catalogue,
        )
        return policy_report(
            [
                violation(
                    finding,
                    strict=self._strict,
                    counts_everywhere=is_passed_over(finding.place.file, folder, app),
                )
                for finding in report.findings
                if finding.finding.resource_id not in partition.library
                # Only this plugin can fail on warnings.
                or (self._strict and finding.finding.severity is Severity.WARNING)
            ],
            report.unusable,
            metadata={
                f"acknowledged {known.finding.rule.id} at {known.finding.place}": known.reason or ""
                for known in report.acknowledged
            },
        )


class _Partition:
    """Divides resources between the two plugins of this library, regardless of findings.

    Attributes:
        library: The resources that the library's own plugin reports on.
    """

    def __init__(self, states: Sequence[StageState]) -> None:
        self._states = states
        self.library: set[str] = set()

    def noting(self, group: Group) -> Group:
        """Return the group, and record the library's resources when it is read."""

        def read() -> Stacks:
            stacks = group()
            for state in self._states:
                if has_resources_of(stacks, state):
                    self.library |= library_paths(read_setup(stacks), state.registered.keys())
            return stacks

        return Group(group.files, read)
