"""The report of the plugin that constructs of this library add to their app."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import IPolicyValidationContext, PolicyValidationPluginReport

from cdk_batch_mnp.cdk.jsii.proxies import app_of
from cdk_batch_mnp.cdk.validation.policy_report import (
    assembly_folder,
    is_passed_over,
    policy_report,
    violation,
)
from cdk_batch_mnp.cdk.validation.stage_state import StageState
from cdk_batch_mnp.cdk.validation.written_templates import check_written


def report_on(
    states: Sequence[StageState], context: IPolicyValidationContext
) -> PolicyValidationPluginReport:
    """Check the templates that an app has written.

    Args:
        states: The stages of the app.
        context: Context of the plugin.
    """
    app = app_of(context)
    folder = assembly_folder(app, context)
    written = check_written(folder, states, app)
    return policy_report(
        [
            violation(finding, counts_everywhere=is_passed_over(finding.place.file, folder, app))
            for finding in written.findings
        ],
        written.unusable,
    )
