"""Files and folders: which templates are found, and what is passed over."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from cdk_batch_mnp.template.source.files import find
from tests.template.folders import HALF, broken_rules, check, cluster, names, write


def test_a_folder_is_searched_for_templates_and_nothing_else(tmp_path: Path) -> None:
    write(tmp_path / "infra" / "jobs.json", cluster(HALF))
    write(tmp_path / "package.json", {"name": "x"})
    write(tmp_path / "Resources.json", {"Resources": {"a": 1}})
    write(tmp_path / "node_modules" / "x.template.json", cluster(HALF))
    write(tmp_path / ".hidden" / "x.template.json", cluster(HALF))
    (tmp_path / "broken.yaml").write_text("a: [")
    report = check(tmp_path)
    assert names(report) == ["jobs.json"]
    assert broken_rules(report) == [("Job", "MNP106")]
    assert report.unusable == ()


def test_a_broken_file_is_reported_if_its_name_is_that_of_a_template(tmp_path: Path) -> None:
    (tmp_path / "x.template.yaml").write_text("a: [")
    (tmp_path / "y.template.json").write_text("[]")
    assert [Path(each.file).name for each in check(tmp_path).unusable] == [
        "x.template.yaml",
        "y.template.json",
    ]


CORRECT = "Resources:\n  Job:\n    Type: AWS::Batch::JobDefinition\n"


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        pytest.param("a.yaml", f"{CORRECT}    Properties: [\n", 5, id="in YAML"),
        pytest.param("a.yml", "AWSTemplateFormatVersion: 2010-09-09\na: [\n", 3, id="by version"),
        pytest.param("a.yaml", f"# \xe9\n{CORRECT}", 1, id="in another encoding"),
        pytest.param("a.json", '{"Resources": {"A": {"Type": "AWS::SNS::Topic"', 1, id="cut off"),
        pytest.param("a.json", '{"AWSTemplateFormatVersion" :\n}', 2, id="by version, in JSON"),
        pytest.param("manifest.json", '{"a": "aws:cloudformation:stack"', 1, id="a manifest"),
    ],
)
def test_a_broken_file_is_reported_if_its_text_is_that_of_a_template(
    tmp_path: Path, name: str, text: str, line: int
) -> None:
    (tmp_path / name).write_bytes(text.encode("latin-1"))
    (error,) = check(tmp_path).unusable
    assert (error.file, error.line) == (str(tmp_path / name), line)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("a.yaml", "a: 1\n---\nb: |\n  Resources:\n    Type: AWS::X\n", id="quoted"),
        pytest.param("a.yaml", "Resources:\n  limits: {{ cpu }}\n", id="resources of others"),
        pytest.param("a.json", '{"Resources": [1, 2', id="resources of others in JSON"),
        pytest.param("manifest.json", '{"name": "site"', id="another manifest"),
        pytest.param("a.json", "", id="empty"),
    ],
)
def test_a_broken_file_of_another_kind_is_passed_over(tmp_path: Path, name: str, text: str) -> None:
    write(tmp_path / "right.json", cluster())
    (tmp_path / name).write_text(text)
    report = check(tmp_path)
    assert (names(report), report.unusable) == (["right.json"], ())


def test_a_template_whose_resources_are_misspelt_is_reported(tmp_path: Path) -> None:
    write(tmp_path / "a.json", {"AWSTemplateFormatVersion": "2010-09-09", "Resource": {}})
    (error,) = check(tmp_path).unusable
    assert "has no Resources" in error.reason


def test_files_can_be_left_out_of_a_folder(tmp_path: Path) -> None:
    write(tmp_path / "old" / "a.json", cluster(HALF))
    write(tmp_path / "b.json", cluster())
    assert names(check(tmp_path, exclude=("*/old/*",))) == ["b.json"]
    assert names(check(tmp_path, exclude=("a.*",))) == ["b.json"]


def test_templates_of_a_folder_are_checked_apart(tmp_path: Path) -> None:
    write(tmp_path / "small.json", cluster(HALF))
    write(tmp_path / "large.json", cluster())
    assert broken_rules(check(tmp_path)) == [("Job", "MNP106")]


@pytest.mark.parametrize("name", ["p.json", "p.yaml", "p.template", "manifest.json"])
def test_a_pipe_in_a_folder_is_passed_over(tmp_path: Path, name: str) -> None:
    write(tmp_path / "a.json", cluster(HALF))
    os.mkfifo(tmp_path / name)
    started = time.monotonic()
    assert broken_rules(check(tmp_path)) == [("Job", "MNP106")]
    assert time.monotonic() - started < 5


def test_a_folder_named_like_a_template_is_a_folder(tmp_path: Path) -> None:
    write(tmp_path / "x.template.json" / "a.json", cluster(HALF))
    assert broken_rules(check(tmp_path)) == [("Job", "MNP106")]


def test_an_empty_name_is_not_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a.json", cluster())
    monkeypatch.chdir(tmp_path)
    assert [each.reason for each in find([""]).unusable] == ["is an empty path"]
