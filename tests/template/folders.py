"""Templates in folders and cloud assemblies, and what the check finds in them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cdk_batch_mnp.template.checking import TemplateReport, check_together
from cdk_batch_mnp.template.source.files import find
from tests.corpus.changes import base, change

ANYWHERE = "aws://unknown-account/unknown-region"
"""The environment of a stack that does not set one."""

HALF = {"Environment.ComputeResources.MaxvCpus": 144}
"""Halves the vCPUs that the cluster may have: its job does not fit (MNP106)."""

NO_FILES = ["a\0b", "\ud800", "x" * 5000, "/etc/passwd", "../../../etc/passwd", "../b.json"]
"""Names of files that are outside of a folder, or that no file can have."""


def cluster(changes: dict[str, Any] | None = None) -> dict[str, Any]:
    """A valid cluster with a job, but for changes by path."""
    data: dict[str, Any] = json.loads(json.dumps(base("cluster")))
    for path, value in (changes or {}).items():
        change(data["Resources"], path, value)
    return data


def write(path: Path, data: Any) -> Path:
    """Write JSON to a file, and make its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data, indent=1))
    return path


def check(*paths: Path, exclude: tuple[str, ...] = ()) -> TemplateReport:
    """Check these paths, as the command does."""
    found = find([str(path) for path in paths], exclude=exclude)
    return check_together(found.groups, unusable=found.unusable)


def broken_rules(report: TemplateReport) -> list[tuple[str, str]]:
    """The resource and the rule of each finding."""
    return [(finding.finding.resource_id, finding.finding.rule.id) for finding in report.findings]


def names(report: TemplateReport) -> list[str]:
    """The names of the files that were checked."""
    return [Path(file).name for file in report.files]


def assembly(
    folder: Path, stacks: dict[str, tuple[str, dict[str, Any]]], **more: Any
) -> dict[str, Any]:
    """A cloud assembly of stacks, each with its environment and its template."""
    artifacts: dict[str, Any] = {}
    for name, (environment, template) in stacks.items():
        write(folder / f"{name}.template.json", template)
        artifacts[name] = {
            "type": "aws:cloudformation:stack",
            "environment": environment,
            "properties": {"templateFile": f"{name}.template.json"},
            "displayName": name,
        }
    manifest = {"version": "55.0.0", "artifacts": {**artifacts, **more}}
    write(folder / "manifest.json", manifest)
    return manifest


def reasons(*paths: Path) -> list[str]:
    """Check these paths, and return why files of them cannot be used."""
    return [each.reason for each in check(*paths).unusable]
