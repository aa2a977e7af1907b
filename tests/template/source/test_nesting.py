"""Nested stacks: which templates are read for them, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.corpus.changes import change
from tests.template.folders import (
    ANYWHERE,
    HALF,
    NO_FILES,
    assembly,
    broken_rules,
    check,
    cluster,
    names,
    reasons,
    write,
)


def nested_in(parent: Path, address: str) -> dict[str, Any]:
    """A network in one template, and the jobs in another that it nests."""
    jobs = cluster()
    subnet = jobs["Resources"]["Environment"]["Properties"]["ComputeResources"]
    subnet["Subnets"] = [{"Ref": "Subnet"}]
    jobs["Parameters"]["Subnet"] = {"Type": "AWS::EC2::Subnet::Id"}
    jobs["Parameters"]["Network"] = {"Type": "AWS::EC2::VPC::Id"}
    jobs["Resources"]["Nodes"]["Properties"]["VpcId"] = {"Ref": "Network"}
    write(parent.parent / "jobs.nested.json", jobs)
    data = cluster()
    data["Resources"] = {
        key: each for key, each in data["Resources"].items() if "Batch" not in each["Type"]
    }
    data["Resources"]["Jobs"] = {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {
            "TemplateURL": address,
            "Parameters": {"Subnet": {"Ref": "PublicSubnet"}, "Network": {"Ref": "Vpc"}},
        },
    }
    return data


def test_a_nested_stack_is_checked_with_its_parameters(tmp_path: Path) -> None:
    path = write(tmp_path / "all.json", nested_in(tmp_path / "all.json", "./jobs.nested.json"))
    for report in (check(path), check(tmp_path)):
        assert broken_rules(report) == [("Jobs/Environment", "MNP420")]
        assert names(report) == ["all.json", "jobs.nested.json"]


def test_a_nested_stack_gets_lists_as_text(tmp_path: Path) -> None:
    data = nested_in(tmp_path / "all.json", "jobs.nested.json")
    jobs = json.loads((tmp_path / "jobs.nested.json").read_text())
    jobs["Parameters"]["Subnet"]["Type"] = "List<AWS::EC2::Subnet::Id>"
    change(jobs["Resources"], "Environment.ComputeResources.Subnets", {"Ref": "Subnet"})
    write(tmp_path / "jobs.nested.json", jobs)
    subnets = {"Fn::Join": [",", [{"Ref": "NodeSubnet"}, {"Ref": "OtherSubnet"}]]}
    data["Resources"]["Jobs"]["Properties"]["Parameters"]["Subnet"] = subnets
    path = write(tmp_path / "all.json", data)
    assert broken_rules(check(path)) == [("Jobs/Environment", "MNP402")]


def test_a_nested_stack_elsewhere_is_passed_over(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", nested_in(tmp_path / "a.json", "https://x/jobs.yaml"))
    assert broken_rules(check(path)) == []


def test_a_template_that_nests_itself_is_refused(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.json",
        {
            "Resources": {
                "Again": {
                    "Type": "AWS::CloudFormation::Stack",
                    "Properties": {"TemplateURL": "a.json"},
                }
            }
        },
    )
    for each in (path, tmp_path):
        (error,) = check(each).unusable
        assert error.reason.startswith("nests itself: Again refers to ")


def test_a_nested_stack_whose_file_is_missing_from_an_assembly(tmp_path: Path) -> None:
    nested = {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {"TemplateURL": {"Fn::Sub": "https://${AWS::URLSuffix}/x"}},
        "Metadata": {"aws:asset:path": "Gone.nested.template.json"},
    }
    data = cluster(HALF)
    data["Resources"]["Nested"] = nested
    assembly(tmp_path, {"Jobs": (ANYWHERE, data)})
    report = check(tmp_path)
    (error,) = report.unusable
    assert "has no file Gone.nested.template.json" in error.reason
    assert [rule for _, rule in broken_rules(report)] == ["MNP106"]
    # A template alone, such as one of a deployed stack, has no files beside it.
    (tmp_path / "manifest.json").unlink()
    assert check(tmp_path / "Jobs.template.json").unusable == ()


def nesting(name: str, **metadata: str) -> dict[str, Any]:
    data = cluster(HALF)
    data["Resources"]["Inside"] = {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {"TemplateURL": name},
        "Metadata": metadata,
    }
    return data


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
