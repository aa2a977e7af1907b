"""Files, folders and cloud assemblies: what is checked, with what, and under which names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.corpus.mutations import change
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


MENDED = "Resources:\n  Job:\n    Type: AWS::Batch::JobDefinition\n"


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        pytest.param("a.yaml", f"{MENDED}    Properties: [\n", 5, id="in YAML"),
        pytest.param("a.yml", "AWSTemplateFormatVersion: 2010-09-09\na: [\n", 3, id="by version"),
        pytest.param("a.yaml", f"# \xe9\n{MENDED}", 1, id="in another encoding"),
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
        key: resource
        for key, resource in data["Resources"].items()
        if "Batch" not in resource["Type"]
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
    for given in (path, tmp_path):
        (error,) = check(given).unusable
        assert error.reason.startswith("nests itself: Again refers to ")


def of_types(data: dict[str, Any], *, batch: bool, **more: Any) -> dict[str, Any]:
    data["Resources"] = {
        key: resource
        for key, resource in data["Resources"].items()
        if (resource["Type"] == "AWS::Batch::JobDefinition") == batch
    }
    return {**data, **more}


def test_stacks_of_an_assembly_are_checked_together(tmp_path: Path) -> None:
    jobs, platform = of_types(cluster(), batch=True), of_types(cluster(HALF), batch=False)
    assembly(tmp_path, {"Jobs": (ANYWHERE, jobs), "Platform": (ANYWHERE, platform)})
    assert broken_rules(check(tmp_path)) == [("Jobs/Job", "MNP106")]
    assert broken_rules(check(tmp_path / "manifest.json")) == [("Jobs/Job", "MNP106")]
    assert broken_rules(check(tmp_path / "Jobs.template.json")) == []


def network_and_jobs(zone: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A network that exports its subnets under its own name, and jobs in two of them."""
    subnets = {
        "First": {"AvailabilityZone": {"Fn::Select": [0, {"Fn::GetAZs": ""}]}},
        "Second": {"AvailabilityZone": zone},
    }
    network = {
        "Resources": {
            name: {"Type": "AWS::EC2::Subnet", "Properties": properties}
            for name, properties in subnets.items()
        },
        "Outputs": {
            name: {
                "Value": {"Ref": name},
                "Export": {"Name": {"Fn::Sub": f"${{AWS::StackName}}-{name}"}},
            }
            for name in subnets
        },
    }
    imports = [{"Fn::ImportValue": f"network-{name}"} for name in subnets]
    return network, cluster({"Environment.ComputeResources.Subnets": imports})


def test_exports_are_found_by_the_name_of_their_stack(tmp_path: Path) -> None:
    own = {"Fn::GetAZs": {"Ref": "AWS::Region"}}
    for zone, expected in (
        ({"Fn::Select": [1, own]}, [("Jobs/Environment", "MNP402")]),
        ({"Fn::Select": [0, own]}, []),
    ):
        network, jobs = network_and_jobs(zone)
        where = "aws://1/eu-west-1"
        assembly(tmp_path, {"network": (where, network), "Jobs": (where, jobs)})
        assert broken_rules(check(tmp_path)) == expected


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


def test_construct_paths_name_the_resources(tmp_path: Path) -> None:
    data = cluster(HALF)
    data["Resources"]["Job"]["Metadata"] = {"aws:cdk:path": "App/Solver/Job/Resource"}
    assert broken_rules(check(write(tmp_path / "a.json", data))) == [("App/Solver/Job", "MNP106")]


def test_resources_with_the_same_path_are_distinguished(tmp_path: Path) -> None:
    data = cluster(HALF)
    data["Resources"]["Job"]["Metadata"] = {"aws:cdk:path": "App"}
    data["Resources"]["Again"] = data["Resources"]["Job"]
    assert broken_rules(check(write(tmp_path / "a.json", data))) == [
        ("App", "MNP106"),
        ("App (Again)", "MNP106"),
    ]


def test_an_empty_stack_of_an_assembly_is_no_fault(tmp_path: Path) -> None:
    assembly(tmp_path, {"Images": (ANYWHERE, {}), "Jobs": (ANYWHERE, cluster(HALF))})
    # The second is what the CDK writes without bootstrapping.
    for written in ('{"Parameters": {"BootstrapVersion": {}}}', "{}"):
        (tmp_path / "Images.template.json").write_text(written)
        report = check(tmp_path)
        assert (names(report), report.unusable) == (["Jobs.template.json"], ())
        assert [rule for _, rule in broken_rules(report)] == ["MNP106"]


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
