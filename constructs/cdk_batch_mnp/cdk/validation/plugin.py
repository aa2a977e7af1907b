"""The policy validation plugin that constructs of this library add to their app."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import IPolicyValidationContext, PolicyValidationPluginReport

from cdk_batch_mnp.cdk.validation.assembly_plugin import AssemblyPlugin
from cdk_batch_mnp.cdk.validation.policy_report import (
    assembly_folder,
    is_passed_over,
    policy_report,
    violation,
)
from cdk_batch_mnp.cdk.validation.stage_state import StageState
from cdk_batch_mnp.cdk.validation.written_templates import check_written
from cdk_batch_mnp.rules.discovery import all_rules


class MnpPlugin(AssemblyPlugin):
    """Checks the constructs of this library in the synthesized templates.

    It also reports on queues and environments of other libraries that were passed to them.

    Args:
        states: The stages of the app; others may be added until the CDK calls the plugin.
    """

    def __init__(self, states: Sequence[StageState]) -> None:
        super().__init__(all_rules())
        self._states = states

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
