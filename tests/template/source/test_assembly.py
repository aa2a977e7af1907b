"""Cloud assemblies: which of their stacks are checked, with what, and under which names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.template.folders import (
    ANYWHERE,
    HALF,
    assembly,
    broken_rules,
    check,
    cluster,
    names,
    write,
)


def of_types(data: dict[str, Any], *, batch: bool, **more: Any) -> dict[str, Any]:
    data["Resources"] = {
        key: each
        for key, each in data["Resources"].items()
        if (each["Type"] == "AWS::Batch::JobDefinition") == batch
    }
    return {**data, **more}


def test_stacks_of_an_assembly_are_checked_together(tmp_path: Path) -> None:
    jobs, platform = of_types(cluster(), batch=True), of_types(cluster(HALF), batch=False)
    assembly(tmp_path, {"Jobs": (ANYWHERE, jobs), "Platform": (ANYWHERE, platform)})
    assert broken_rules(check(tmp_path)) == [("Jobs/Job", "MNP106")]
    assert broken_rules(check(tmp_path / "manifest.json")) == [("Jobs/Job", "MNP106")]
    assert broken_rules(check(tmp_path / "Jobs.template.json")) == []


def test_stacks_of_other_regions_do_not_help(tmp_path: Path) -> None:
    small, large = cluster(HALF), cluster()
    where = {"Small": ("aws://1/eu-west-1", small), "Large": ("aws://1/us-east-1", large)}
    assembly(tmp_path, where)
    assert broken_rules(check(tmp_path)) == [("Small/Job", "MNP106")]
    where = {"Small": ("aws://1/eu-west-1", small), "Large": ("aws://1/eu-west-1", large)}
    assembly(tmp_path, where)
    assert broken_rules(check(tmp_path)) == []


def test_a_stage_is_an_assembly_of_its_own(tmp_path: Path) -> None:
    assembly(tmp_path / "assembly-Prod", {"Prod": (ANYWHERE, cluster(HALF))})
    stage = {"type": "cdk:cloud-assembly", "properties": {"directoryName": "assembly-Prod"}}
    assembly(tmp_path, {"Pipeline": (ANYWHERE, cluster())}, **{"assembly-Prod": stage})
    assert broken_rules(check(tmp_path)) == [("Prod/Job", "MNP106")]


def test_what_is_acknowledged_in_the_cdk_is_accepted(tmp_path: Path) -> None:
    manifest = assembly(tmp_path, {"Jobs": (ANYWHERE, cluster(HALF))})
    manifest["artifacts"]["Jobs"]["additionalMetadataFile"] = "Jobs.metadata.json"
    write(tmp_path / "manifest.json", manifest)
    write(
        tmp_path / "Jobs.metadata.json",
        {
            "/Jobs": [
                {"type": "aws:cdk:acknowledged-rules", "data": {"Annotation::MNP106": "queued"}}
            ],
            "/Jobs/Solver/Job": [{"type": "aws:cdk:logicalId", "data": "Job"}],
        },
    )
    report = check(tmp_path)
    assert broken_rules(report) == []
    assert [(each.finding.resource_id, each.reason) for each in report.acknowledged] == [
        ("Jobs/Solver/Job", "queued")
    ]


def test_an_empty_stack_of_an_assembly_is_no_fault(tmp_path: Path) -> None:
    assembly(tmp_path, {"Images": (ANYWHERE, {}), "Jobs": (ANYWHERE, cluster(HALF))})
    # The second is what the CDK writes without bootstrapping.
    for written in ('{"Parameters": {"BootstrapVersion": {}}}', "{}"):
        (tmp_path / "Images.template.json").write_text(written)
        report = check(tmp_path)
        assert (names(report), report.unusable) == (["Jobs.template.json"], ())
        assert [rule for _, rule in broken_rules(report)] == ["MNP106"]


def test_a_stack_that_cannot_be_read_keeps_no_other_from_being_checked(tmp_path: Path) -> None:
    assembly(tmp_path, {"Images": (ANYWHERE, {}), "Jobs": (ANYWHERE, cluster(HALF))})
    (tmp_path / "Images.template.json").write_text("{")
    report = check(tmp_path)
    assert [Path(each.file).name for each in report.unusable] == ["Images.template.json"]
    assert [rule for _, rule in broken_rules(report)] == ["MNP106"]


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        pytest.param("{", "is not JSON", id="a template that is broken"),
        pytest.param(None, "cannot be read", id="a template that is not there"),
        pytest.param("[]", "is not", id="a list"),
        pytest.param('{"Resource": {}}', "has no Resources", id="a misspelt section"),
    ],
)
def test_a_broken_stack_of_an_assembly_is_reported(
    tmp_path: Path, broken: str | None, reason: str
) -> None:
    assembly(tmp_path, {"Jobs": (ANYWHERE, cluster())})
    template = tmp_path / "Jobs.template.json"
    template.unlink()
    if broken is not None:
        template.write_text(broken)
    (error,) = check(tmp_path).unusable
    assert error.file == str(template)
    assert reason in error.reason
