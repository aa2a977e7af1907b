"""The policy validation plugin that constructs of this library add to their app."""

from __future__ import annotations

from collections.abc import Sequence

import jsii
from aws_cdk import (
    IPolicyValidationContext,
    IPolicyValidationPlugin,
    PolicyValidationPluginReport,
)

from cdk_batch_mnp.cdk.validation.policy_report import (
    PLUGIN,
    assembly_folder,
    crash_report,
    is_passed_over,
    policy_report,
    violation,
)
from cdk_batch_mnp.cdk.validation.stage_state import StageState
from cdk_batch_mnp.cdk.validation.written_templates import check_written
from cdk_batch_mnp.rules.discovery import all_rules
from cdk_batch_mnp.template.crashed import package_version


@jsii.implements(IPolicyValidationPlugin)
class MnpPlugin:
    """Checks the constructs of this library in the synthesized templates.

    It also reports on queues and environments of other libraries that were passed to them.

    Args:
        states: The stages of the app; others may be added until the CDK calls the plugin.
    """

    def __init__(self, states: Sequence[StageState]) -> None:
        self._states = states

    @property
    def name(self) -> str:
        """The plugin's name."""
        return PLUGIN

    @property
    def version(self) -> str:
        """The version of this package."""
        return package_version()

    @property
    def rule_ids(self) -> list[str]:
        """The ids of the rules that are checked, which are all."""
        return [rule.id for rule in all_rules()]

    def validate(self, context: IPolicyValidationContext) -> PolicyValidationPluginReport:
        """Check the synthesized templates. The CDK calls this method."""
        try:
            return self._validate(context)
        except Exception as error:
            return crash_report(error)

    def _validate(self, context: IPolicyValidationContext) -> PolicyValidationPluginReport:
        folder = assembly_folder(context)
        written = check_written(folder, self._states)
        return policy_report(
            [
                violation(
                    finding, counts_everywhere=is_passed_over(finding.place.file, folder, context)
                )
                for finding in written.findings
            ],
            written.unusable,
        )
