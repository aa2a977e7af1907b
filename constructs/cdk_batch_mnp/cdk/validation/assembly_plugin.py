"""What the policy validation plugins of this library share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import jsii
from aws_cdk import (
    IPolicyValidationContext,
    IPolicyValidationPlugin,
    PolicyValidationPluginReport,
)

from cdk_batch_mnp.cdk.validation.policy_report import PLUGIN, crash_report
from cdk_batch_mnp.engine.rule import AnyRule
from cdk_batch_mnp.template.crashed import package_version


@jsii.implements(IPolicyValidationPlugin)
class AssemblyPlugin(ABC):
    """A plugin that checks the assembly of an app, and fails the synthesis if it fails itself.

    Args:
        rules: The rules that are checked.
    """

    def __init__(self, rules: Sequence[AnyRule]) -> None:
        self._rules = rules

    @property
    def name(self) -> str:
        """The plugin's name, which comes before a rule's id in acknowledgements."""
        return PLUGIN

    @property
    def version(self) -> str:
        """The version of this package."""
        return package_version()

    @property
    def rule_ids(self) -> list[str]:
        """The ids of the rules that are checked."""
        return [each.id for each in self._rules]

    def validate(self, context: IPolicyValidationContext) -> PolicyValidationPluginReport:
        """Check the templates that the app has written. Called by the CDK."""
        try:
            return self._validate(context)
        except Exception as error:
            return crash_report(error)

    @abstractmethod
    def _validate(self, context: IPolicyValidationContext) -> PolicyValidationPluginReport:
        """Check the templates."""
