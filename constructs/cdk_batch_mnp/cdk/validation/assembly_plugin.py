"""What the policy validation plugins of this library share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

import jsii
from aws_cdk import (
    IPolicyValidationContext,
    IPolicyValidationPlugin,
    PolicyValidationPluginReport,
    PolicyViolatingResource,
    PolicyViolation,
)

from cdk_batch_mnp.cdk.validation.acknowledgements import PLUGIN

if TYPE_CHECKING:
    from cdk_batch_mnp.engine.rule import AnyRule


@jsii.implements(IPolicyValidationPlugin)
class AssemblyPlugin(ABC):
    """A plugin that checks the assembly of an app, and fails the synthesis if it fails itself.

    Its subclasses import the check when the CDK calls them.
    """

    @property
    def name(self) -> str:
        """The plugin's name, which comes before a rule's id in acknowledgements."""
        return PLUGIN

    @property
    def version(self) -> str:
        """The version of this package."""
        from cdk_batch_mnp.template.crashed import package_version

        return package_version()

    @property
    def rule_ids(self) -> list[str]:
        """The ids of the rules that are checked."""
        return [rule.id for rule in self._rules]

    @property
    @abstractmethod
    def _rules(self) -> Sequence[AnyRule]:
        """The rules that are checked."""

    def validate(self, context: IPolicyValidationContext) -> PolicyValidationPluginReport:
        """Check the templates that the app has written. Called by the CDK."""
        try:
            return self._validate(context)
        except Exception as error:
            return _crash_report(error)

    @abstractmethod
    def _validate(self, context: IPolicyValidationContext) -> PolicyValidationPluginReport:
        """Check the templates."""


def _crash_report(error: Exception) -> PolicyValidationPluginReport:
    """Return a report that fails the synthesis, also if a module of this package is missing."""
    try:
        from cdk_batch_mnp.cdk.validation.policy_report import crash_report
    except Exception:
        violation = PolicyViolation(
            rule_name="crashed",
            description=f"not checked: cdk-batch-mnp is not completely installed: {error}",
            severity="fatal",
            violating_resources=[PolicyViolatingResource(locations=[])],
        )
        return PolicyValidationPluginReport(success=False, violations=[violation])
    return crash_report(error)
