"""Reports that each format writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdk_batch_mnp.template.checking import TemplateReport, check_together
from cdk_batch_mnp.template.source.files import find
from tests.template.folders import cluster, write
from tests.template.reports.nasty import NASTY, UNUSABLE


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TemplateReport:
    """An error and a warning of which each value is nasty, one of each acknowledged, and a file
    that cannot be read.
    """
    monkeypatch.chdir(tmp_path)
    data = cluster(
        {
            "Job.JobDefinitionName": NASTY,
            "Environment.ComputeResources.MinvCpus": 72,
            "Queue.JobStateTimeLimitActions": [],
            "Queue.Metadata": {"cdk-batch-mnp": {"acknowledged": {"MNP204": f"agreed {NASTY}"}}},
        }
    )
    write(tmp_path / "infra" / "a b.json", data)
    found = find(["infra/a b.json"])
    return check_together(found.groups, unusable=[UNUSABLE])


@pytest.fixture
def hint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TemplateReport:
    """A right template with a hint."""
    monkeypatch.chdir(tmp_path)
    command = "Job.NodeProperties.NodeRangeProperties.0.Container.Command"
    write(tmp_path / "a.json", cluster({command: ["mpirun", "solver"]}))
    return check_together(find(["a.json"]).groups)
