"""Cloud assemblies whose manifests are wrong or lead elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.template.folders import (
    ANYWHERE,
    HALF,
    NO_FILES,
    assembly,
    broken_rules,
    check,
    cluster,
    reasons,
    write,
)


@pytest.mark.parametrize("key", ["templateFile", "directoryName", "additionalMetadataFile"])
@pytest.mark.parametrize("name", NO_FILES)
def test_an_assembly_reads_nothing_outside_of_it(tmp_path: Path, key: str, name: str) -> None:
    write(tmp_path / "b.json", cluster(HALF))
    write(tmp_path / "manifest.json", {"version": "1"})
    folder = tmp_path / "cdk.out"
    more: dict[str, Any] = {
        "type": "aws:cdk:tree" if key == "additionalMetadataFile" else "aws:cloudformation:stack",
        "properties": {key: name},
    }
    if key == "directoryName":
        more["type"] = "cdk:cloud-assembly"
    if key == "additionalMetadataFile":
        more = {
            "type": "aws:cloudformation:stack",
            "properties": {"templateFile": "Jobs.template.json"},
            key: name,
        }
    assembly(folder, {"Jobs": (ANYWHERE, cluster())}, More=more)
    (reason,) = reasons(folder)
    assert reason.startswith(("is not read, because it is outside ", "cannot be read: "))


@pytest.mark.parametrize("properties", [None, "x", {}, {"templateFile": 3, "directoryName": []}])
@pytest.mark.parametrize(
    ("kind", "key"),
    [("aws:cloudformation:stack", "templateFile"), ("cdk:cloud-assembly", "directoryName")],
)
def test_a_stack_or_stage_that_names_no_file_is_not_passed_over(
    tmp_path: Path, kind: str, key: str, properties: Any
) -> None:
    more = {"type": kind, "properties": properties}
    assembly(tmp_path, {"Jobs": (ANYWHERE, cluster())}, More=more)
    assert reasons(tmp_path) == [f"has no {key} that is text for More"]


def test_an_artifact_that_is_not_a_mapping_is_not_passed_over(tmp_path: Path) -> None:
    assembly(tmp_path, {"Jobs": (ANYWHERE, cluster())}, More=["cdk:cloud-assembly"])
    assert reasons(tmp_path) == ["has an artifact that is not a mapping: More"]


def test_artifacts_that_are_a_list_are_not_passed_over(tmp_path: Path) -> None:
    stage = {"type": "cdk:cloud-assembly", "properties": {"directoryName": "stage"}}
    assembly(tmp_path, {"Jobs": (ANYWHERE, cluster())}, Stage=stage)
    (tmp_path / "stage").mkdir()
    write(tmp_path / "stage" / "manifest.json", {"version": "55.0.0", "artifacts": [stage]})
    assert reasons(tmp_path) == ["has artifacts that are not a mapping"]


@pytest.mark.parametrize("name", [".", "./", "../cdk.out", "other/.."])
def test_an_assembly_that_is_its_own_stage_is_reported_and_read_once(
    tmp_path: Path, name: str
) -> None:
    folder = tmp_path / "cdk.out"
    (folder / "other").mkdir(parents=True)
    stage = {"type": "cdk:cloud-assembly", "properties": {"directoryName": name}}
    more = {f"Stage{number}": stage for number in range(3)}
    assembly(folder, {"Jobs": (ANYWHERE, cluster(HALF))}, **more)
    report = check(folder)
    assert broken_rules(report) == [("Jobs/Job", "MNP106")]
    assert len(report.unusable) == 3
    assert report.unusable[0].reason.startswith("reads the folder of a stage twice: ")
