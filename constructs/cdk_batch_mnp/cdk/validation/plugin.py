"""The policy validation plugin that constructs of this library add to their app."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aws_cdk import IPolicyValidationContext, PolicyValidationPluginReport

from cdk_batch_mnp.cdk.validation.assembly_plugin import AssemblyPlugin
from cdk_batch_mnp.cdk.validation.stage_state import StageState
from cdk_batch_mnp.lazy.importing import importing

if TYPE_CHECKING:
    from cdk_batch_mnp.engine.rule import AnyRule


class MnpPlugin(AssemblyPlugin):
    """Checks the constructs of this library in the synthesized templates.

    It also reports on queues and environments of other libraries that were passed to them.

    Args:
        states: The stages of the app; others may be added until the CDK calls the plugin.
    """

    def __init__(self, states: Sequence[StageState]) -> None:
        self._states = states

    @property
    def _rules(self) -> Sequence[AnyRule]:
        from cdk_batch_mnp.rules.discovery import all_rules

        return all_rules()

    def _validate(self, context: IPolicyValidationContext) -> PolicyValidationPluginReport:
        with importing():
            from cdk_batch_mnp.cdk.validation.app_report import report_on

        return report_on(self._states, context)
