"""Resources of a stack and their names, and the values of its parameters."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdk_batch_mnp.model.unknown import PERHAPS, UNKNOWN
from cdk_batch_mnp.template.evaluation.intrinsics import resolve
from cdk_batch_mnp.template.evaluation.options import Options
from cdk_batch_mnp.template.evaluation.values import Pseudo
from tests.template.evaluation.expressions import value
from tests.template.folders import HALF, broken_rules, check, cluster, write
from tests.template.stacks import stacks


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


def test_a_parameter_can_be_set() -> None:
    assert value("!Ref Open", parameters={"Open": "green"}) == "green"
    assert value("!If [Unsure, a, b]", parameters={"Open": "blue"}) == "a"
    assert value("!Ref List", parameters={"List": "x,y"}) == ["x", "y"]


def test_defaults_can_be_left_unknown() -> None:
    assert value("!Ref Known", use_defaults=False) == Pseudo("Known", "template.yaml")
    assert value("!If [Yes, a, b]", use_defaults=False) is UNKNOWN


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ("{Type: String}", Pseudo("Name", "template.yaml")),
        ("{Type: String, Default: a}", Pseudo("Name", "template.yaml")),
        ("{Type: Number, MinValue: 1}", Pseudo("Name", "template.yaml")),
        ("{Type: AWS::EC2::Image::Id}", Pseudo("Name", "template.yaml")),
        ("{Type: CommaDelimitedList}", UNKNOWN),
        ("{Type: List<AWS::EC2::Subnet::Id>}", UNKNOWN),
        ("{Type: AWS::SSM::Parameter::Value<List<String>>}", UNKNOWN),
        ("{Type: String, Default: ''}", PERHAPS),
        ("{Type: String, AllowedValues: ['', a]}", PERHAPS),
    ],
)
def test_a_parameter_that_may_be_empty_may_set_nothing(declared: str, expected: object) -> None:
    written = f"""
    Parameters: {{Name: {declared}}}
    Resources: {{Queue: {{Type: AWS::Batch::JobQueue, Properties: {{JobQueueName: !Ref Name}}}}}}
    """
    (stack,) = stacks(written, options=Options(use_defaults=False)).all
    assert resolve(stack, {"Ref": "Name"}) == expected
