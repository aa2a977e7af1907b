"""One budget of work for a whole run: what it counts, and what is said when it is spent."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from benchmarks.check import template
from cdk_batch_mnp import assert_mnp_valid
from cdk_batch_mnp.template.checking import TemplateReport, check_together
from cdk_batch_mnp.template.evaluation.options import Options
from cdk_batch_mnp.template.source.budget import Budget, BudgetSpentError
from cdk_batch_mnp.template.source.errors import TemplateError
from cdk_batch_mnp.template.source.files import find
from cdk_batch_mnp.template.source.limits import MOST_BYTES, STEPS, STEPS_PER_FILE
from cdk_batch_mnp.template.source.opening import Reader
from tests.template.folders import HALF, assembly, broken_rules, cluster, write

SECONDS = 10
"""Of the processor: twice what any of these may take, since the machine may be slow."""

TENTH = STEPS // 10
"""The work that is done until a budget is spent is proportional to it."""


def check(*paths: Path, budget: Budget | None = None) -> TemplateReport:
    options = Options(reader=Reader(budget))
    found = find([str(path) for path in paths], options)
    return check_together(found.groups, unusable=found.unusable)


def queue(priority: Any, **sections: Any) -> dict[str, Any]:
    resource = {"Type": "AWS::Batch::JobQueue", "Properties": {"Priority": priority}}
    return {"Resources": {"Queue": resource}, **sections}


def joins() -> dict[str, Any]:
    listed = {"Type": "CommaDelimitedList", "Default": ",".join("a" * 20_000)}
    return queue([{"Fn::Join": [",", {"Ref": "P"}]}] * 5000, Parameters={"P": listed})


def merges() -> dict[str, Any]:
    listed = {"Type": "CommaDelimitedList", "Default": ",".join("a" * 20_000)}
    unknown = {"Fn::Equals": [{"Ref": "AWS::Region"}, "x"]}
    return queue(
        [{"Fn::If": ["C", {"Ref": "P"}, {"Ref": "Q"}]}] * 5000,
        Parameters={"P": listed, "Q": listed},
        Conditions={"C": unknown},
    )


def maps() -> dict[str, Any]:
    find_in_map = {"Fn::FindInMap": ["M", {"Ref": "AWS::Region"}, {"Ref": "AWS::Region"}]}
    return queue(
        [find_in_map] * 5000,
        Mappings={"M": {f"k{number}": {"a": "x", "b": "x"} for number in range(5000)}},
    )


def splits() -> dict[str, Any]:
    text = {"Type": "String", "Default": "," * 50_000}
    return queue([{"Fn::Split": [",", {"Ref": "P"}]}] * 5000, Parameters={"P": text})


def subs() -> dict[str, Any]:
    return queue([{"Fn::Sub": "x" * 4000 + "${AWS::Region}"}] * 1000)


ALIASES = "a: &a [x, y]\nb: &b [{}]\nc: &c [{}]\nResources:\n  Q:\n{}".format(
    ", ".join(["*a"] * 400),
    ", ".join(["*b"] * 400),
    "    Type: AWS::Batch::JobQueue\n    Properties: {Priority: !Join [',', [*c, *c, *c]]}",
)


@pytest.mark.parametrize("make", [joins, merges, maps, splits])
def test_work_that_multiplies_is_refused_soon_with_one_line(tmp_path: Path, make: Any) -> None:
    path = write(tmp_path / "a.json", make())
    started = time.process_time()
    (error,) = check(path, budget=Budget(TENTH)).unusable
    assert time.process_time() - started < SECONDS / 4
    assert isinstance(error, BudgetSpentError)
    assert str(error) == (
        f"{path}: is too much work to check: stopped while resolving its intrinsic functions. "
        "Repeat less in the templates, or check fewer of them in one run"
    )


def test_aliases_that_multiply_are_refused_soon(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(ALIASES)
    started = time.process_time()
    (error,) = check(path, budget=Budget(TENTH)).unusable
    assert time.process_time() - started < SECONDS / 4
    assert isinstance(error, BudgetSpentError)


def test_texts_that_repeat_a_little_are_checked(tmp_path: Path) -> None:
    assert check(write(tmp_path / "a.json", subs())).unusable == ()


def test_findings_before_the_limit_are_reported_and_unchecked_files_are_named(
    tmp_path: Path,
) -> None:
    first = write(tmp_path / "a.json", cluster(HALF))
    second = write(tmp_path / "b.json", splits())
    others = [write(tmp_path / f"c{number}.json", cluster(HALF)) for number in range(7)]
    report = check(first, second, *others)
    assert broken_rules(report) == [("Job", "MNP106")]
    (error,) = report.unusable
    assert error.file == str(second)
    assert error.reason.endswith(
        f"Not checked: {', '.join(str(path) for path in others[:5])} and 2 more"
    )


def test_what_could_not_be_read_any_more_is_named(tmp_path: Path) -> None:
    first, second = (write(tmp_path / f"{name}.json", cluster()) for name in "ab")
    report = check(first, second, budget=Budget(-MOST_BYTES))
    assert report.unusable[0].reason.partition(". ")[0] == (
        "is too much work to check: stopped while reading it"
    )
    assert str(second) in report.unusable[0].reason


def test_a_file_adds_to_the_budget_once_and_not_without_end() -> None:
    budget = Budget(10)
    budget.add("a", 5)
    budget.add("a", 5)
    assert budget.left == 15 + STEPS_PER_FILE
    budget.add("b", 10 * MOST_BYTES)
    assert budget.left == 15 + 2 * STEPS_PER_FILE + MOST_BYTES
    with pytest.raises(BudgetSpentError):
        budget.spend(budget.left + 1)


def test_functions_in_functions_are_refused_beyond_what_any_template_needs(
    tmp_path: Path,
) -> None:
    for depth, reasons in ((40, []), (120, ["nests intrinsic functions and structures more"])):
        value: Any = "1"
        for _ in range(depth):
            value = {"Fn::Sub": ["${a}", {"a": value}]}
        report = check(write(tmp_path / "a.json", queue(value)))
        assert [error.reason[:45] for error in report.unusable] == reasons


def test_any_number_of_stacks_of_five_hundred_resources_is_far_below(tmp_path: Path) -> None:
    """Each stack adds more to the budget than it spends."""
    stack = template(2, 500)
    assembly(tmp_path, {f"Stack{n}": ("aws://1/eu-west-1", stack) for n in range(20)})
    budget = Budget()
    report = check(tmp_path, budget=budget)
    assert report.unusable == ()
    assert len(report.files) == 20
    assert budget.left > STEPS + 20 * STEPS_PER_FILE


def test_a_template_as_large_as_may_be_read_is_checked(tmp_path: Path) -> None:
    padded = {**cluster(), "Metadata": {"x": "y" * 4_500_000}}
    budget = Budget()
    assert check(write(tmp_path / "a.json", padded), budget=budget).unusable == ()
    assert budget.left > STEPS


def test_assertions_fail_when_the_budget_is_spent(tmp_path: Path) -> None:
    for given in (splits(), write(tmp_path / "a.json", splits())):
        with pytest.raises(TemplateError, match="is too much work to check"):
            assert_mnp_valid(given)


def networks(subnets: int, endpoints: int, rules: int) -> dict[str, Any]:
    """An environment in many subnets of a VPC whose endpoints may be of any service."""
    data = cluster()
    resources = data["Resources"]
    made = {
        f"Subnet{number}": {
            "Type": "AWS::EC2::Subnet",
            "Properties": {"VpcId": {"Ref": "Many"}, "CidrBlock": f"10.{number}.0.0/24"},
        }
        for number in range(subnets)
    }
    group = {
        "GroupDescription": "many",
        "VpcId": {"Ref": "Many"},
        "SecurityGroupIngress": [
            {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "CidrIp": "10.0.0.0/8"}
            for port in range(rules)
        ],
    }
    endpoint = {
        "Type": "AWS::EC2::VPCEndpoint",
        "Properties": {
            "VpcId": {"Ref": "Many"},
            "VpcEndpointType": "Interface",
            "ServiceName": {"Ref": "AWS::StackName"},
            "SubnetIds": [{"Ref": name} for name in made],
            "SecurityGroupIds": [{"Ref": "Group"}],
        },
    }
    resources |= made
    resources["Many"] = {"Type": "AWS::EC2::VPC"}
    resources["Group"] = {"Type": "AWS::EC2::SecurityGroup", "Properties": group}
    resources |= {f"Endpoint{number}": endpoint for number in range(endpoints)}
    inside = resources["Environment"]["Properties"]["ComputeResources"]
    inside["Subnets"] = [{"Ref": name} for name in made]
    return data


def test_networks_that_multiply_are_refused_soon(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", networks(200, 100, 500))
    started = time.process_time()
    (error,) = check(path).unusable
    assert time.process_time() - started < SECONDS
    assert "stopped while following the ways of nodes to services" in error.reason


def test_a_network_as_large_as_aws_allows_is_checked(tmp_path: Path) -> None:
    budget = Budget()
    report = check(write(tmp_path / "a.json", networks(3, 50, 60)), budget=budget)
    assert report.unusable == ()
    assert budget.left > STEPS / 2


def test_five_thousand_wrong_definitions_end_soon(tmp_path: Path) -> None:
    wrong = {"Type": "AWS::Batch::JobDefinition", "Properties": {"Type": "multinode"}}
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"Resources": {f"J{n}": wrong for n in range(5000)}}, indent=1))
    started = time.process_time()
    assert check(path).unusable
    assert time.process_time() - started < SECONDS
