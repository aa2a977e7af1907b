"""The formats of a report: for people, for programs and for CI systems."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from cdk_batch_mnp.template.checking import TemplateReport

FORMATS = {
    "text": "text_report",
    "json": "json_report",
    "sarif": "sarif_report",
    "github": "github_report",
    "junit": "junit_report",
}
"""Each format and the module that writes it, imported only when it is chosen."""


def writer(format: str) -> Callable[[TemplateReport, bool], str]:
    """Return the function that writes a report in a format.

    It takes the report, and whether warnings fail as errors do.

    Raises:
        KeyError: The format is unknown.
    """
    module = import_module(f"cdk_batch_mnp.template.reports.{FORMATS[format]}")
    write: Callable[[TemplateReport, bool], str] = module.write
    return write
