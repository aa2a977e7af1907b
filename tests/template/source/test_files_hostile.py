"""Folders and assemblies of other people: nothing hangs, nothing outside is read."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from cdk_batch_mnp.template.source.files import find
from tests.template.folders import ANYWHERE, HALF, assembly, broken_rules, check, cluster, write


def reasons(*paths: Path) -> list[str]:
    return [each.reason for each in check(*paths).unusable]


def nesting(name: str, **metadata: str) -> dict[str, Any]:
    data = cluster(HALF)
    data["Resources"]["Inside"] = {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {"TemplateURL": name},
        "Metadata": metadata,
    }
    return data


@pytest.mark.parametrize("name", ["p.json", "p.yaml", "p.template", "manifest.json"])
def test_a_pipe_in_a_folder_is_passed_over(tmp_path: Path, name: str) -> None:
    write(tmp_path / "a.json", cluster(HALF))
    os.mkfifo(tmp_path / name)
    started = time.monotonic()
    assert broken_rules(check(tmp_path)) == [("Job", "MNP106")]
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero")])
def test_what_has_the_name_of_a_template_and_is_not_a_file_is_reported(
    tmp_path: Path, make: Any
) -> None:
    make(tmp_path / "p.template.json")
    (reason,) = reasons(tmp_path)
    assert reason.endswith("not a regular file")


def test_a_folder_named_like_a_template_is_a_folder(tmp_path: Path) -> None:
    write(tmp_path / "x.template.json" / "a.json", cluster(HALF))
    assert broken_rules(check(tmp_path)) == [("Job", "MNP106")]


def test_an_empty_name_is_not_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a.json", cluster())
    monkeypatch.chdir(tmp_path)
    assert [each.reason for each in find([""]).unusable] == ["is an empty path"]


@pytest.mark.parametrize("name", ["\0", "\ud800", "x" * 5000])
def test_a_path_that_no_file_can_have_is_reported(tmp_path: Path, name: str) -> None:
    (reason,) = (each.reason for each in find([f"{tmp_path}/{name}"]).unusable)
    assert reason.startswith("cannot be read: ")


NO_FILES = ["a\0b", "\ud800", "x" * 5000, "/etc/passwd", "../../../etc/passwd", "../b.json"]


@pytest.mark.parametrize("name", NO_FILES)
def test_a_nested_template_that_cannot_be_there_is_unknown(tmp_path: Path, name: str) -> None:
    write(tmp_path / "b.json", cluster(HALF))
    for data in (nesting(name), nesting("x", **{"aws:asset:path": name})):
        report = check(write(tmp_path / "in" / "a.json", data))
        assert broken_rules(report) == [("Job", "MNP106")]
        assert report.unusable == ()


def test_a_nested_template_beside_is_read_within_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "b.json", cluster(HALF))
    path = write(tmp_path / "in" / "a.json", nesting("../b.json"))
    monkeypatch.chdir(tmp_path)
    assert broken_rules(check(path)) == [("Inside/Job", "MNP106"), ("Job", "MNP106")]


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


def test_a_link_that_leads_out_of_an_assembly_is_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "cdk.out"
    assembly(folder, {"Jobs": (ANYWHERE, cluster())})
    template = folder / "Jobs.template.json"
    template.rename(tmp_path / "elsewhere.json")
    template.symlink_to(tmp_path / "elsewhere.json")
    assert reasons(folder) == [f"is not read, because it is outside {folder}"]


def test_an_assembly_behind_a_link_is_read(tmp_path: Path) -> None:
    assembly(tmp_path / "real", {"Jobs": (ANYWHERE, cluster(HALF))})
    (tmp_path / "cdk.out").symlink_to(tmp_path / "real")
    assert broken_rules(check(tmp_path / "cdk.out")) == [("Jobs/Job", "MNP106")]


def test_a_pipe_in_an_assembly_is_reported(tmp_path: Path) -> None:
    assembly(tmp_path, {"Jobs": (ANYWHERE, cluster())})
    (tmp_path / "Jobs.template.json").unlink()
    os.mkfifo(tmp_path / "Jobs.template.json")
    assert reasons(tmp_path) == ["is a pipe, not a regular file"]


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


def test_templates_that_nest_each_other_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "a.json", nesting("b.json"))
    write(tmp_path / "b.json", nesting("a.json"))
    (reason,) = reasons(tmp_path / "a.json")
    assert reason.startswith("nests itself: Inside refers to ")


def test_a_template_that_is_nested_twice_is_checked_twice(tmp_path: Path) -> None:
    data = nesting("b.json")
    data["Resources"]["Other"] = data["Resources"]["Inside"]
    write(tmp_path / "b.json", cluster(HALF))
    assert broken_rules(check(write(tmp_path / "a.json", data))) == [
        ("Job", "MNP106"),
        ("Inside/Job", "MNP106"),
        ("Other/Job", "MNP106"),
    ]


def test_stacks_nested_in_too_many_are_refused(tmp_path: Path) -> None:
    for number in range(15):
        write(tmp_path / f"{number}.json", nesting(f"{number + 1}.json"))
    (reason,) = reasons(tmp_path / "0.json")
    assert reason == "nests stacks more than 10 levels deep"
