"""Asserting in a snapshot test that a template holds."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cdk_batch_mnp import assert_mnp_valid
from cdk_batch_mnp.engine.rule import Violation
from cdk_batch_mnp.instances import CatalogueError, InstanceType, default_catalogue
from cdk_batch_mnp.rules.discovery import all_rules
from cdk_batch_mnp.template.crashed import CheckCrashedError
from cdk_batch_mnp.template.source.errors import TemplateError


def template(**changes: Any) -> dict[str, Any]:
    """A definition that is right, and whose properties can be changed."""
    properties = {
        "Type": "multinode",
        "NodeProperties": {
            "NumNodes": 4,
            "MainNode": 0,
            "NodeRangeProperties": [
                {
                    "TargetNodes": "0:",
                    "Container": {
                        "Image": "solver",
                        "InstanceType": "c5.18xlarge",
                        "ResourceRequirements": [
                            {"Type": "VCPU", "Value": "72"},
                            {"Type": "MEMORY", "Value": "130000"},
                        ],
                    },
                }
            ],
        },
        "Timeout": {"AttemptDurationSeconds": 3600},
    }
    return {
        "Resources": {
            "Job": {"Type": "AWS::Batch::JobDefinition", "Properties": {**properties, **changes}}
        }
    }


HASTY = {"Timeout": {"AttemptDurationSeconds": 30}, "SchedulingPriority": 10_000}


def test_a_right_template_passes() -> None:
    assert_mnp_valid(template())


def test_a_file_passes_too(tmp_path: Path) -> None:
    path = tmp_path / "template.json"
    path.write_text(json.dumps(template()))
    assert_mnp_valid(path)
    assert_mnp_valid(str(path))


def test_all_that_is_wrong_is_reported_with_its_fix() -> None:
    with pytest.raises(AssertionError) as caught:
        assert_mnp_valid(template(**HASTY))
    message = str(caught.value)
    assert "MNP317" in message
    assert "MNP323" in message
    assert "fix:      Set a scheduling priority from 0 to 9999" in message
    assert "source:   https://" in message


def test_an_expected_finding_is_not_a_failure() -> None:
    assert_mnp_valid(template(**HASTY), expected=["MNP317", "MNP323"])


def test_the_difference_from_what_is_expected_is_shown() -> None:
    with pytest.raises(AssertionError) as caught:
        assert_mnp_valid(template(SchedulingPriority=10_000), expected=["MNP317"])
    lines = str(caught.value).splitlines()
    assert "- MNP317" in lines
    assert "+ MNP323" in lines


def test_rules_can_be_chosen() -> None:
    assert_mnp_valid(template(**HASTY), ignore=["MNP317", "MNP323"])
    assert_mnp_valid(template(**HASTY), select=["MNP31"], expected=["MNP317"])


def test_warnings_count_unless_they_are_left_out() -> None:
    no_timeout = template(Timeout=None)
    with pytest.raises(AssertionError, match="MNP317"):
        assert_mnp_valid(no_timeout)
    assert_mnp_valid(no_timeout, warnings=False)


def test_hints_never_count() -> None:
    with_hint = template(Timeout={"AttemptDurationSeconds": 3600})
    nodes = with_hint["Resources"]["Job"]["Properties"]["NodeProperties"]
    nodes["NodeRangeProperties"][0]["Container"]["Command"] = ["mpirun", "solver"]
    assert_mnp_valid(with_hint)


def test_parameters_have_values() -> None:
    parametrized = template(SchedulingPriority={"Ref": "Priority"})
    parametrized["Parameters"] = {"Priority": {"Type": "Number", "Default": 1}}
    assert_mnp_valid(parametrized)
    assert_mnp_valid(parametrized, parameters={"Priority": "10000"}, expected=["MNP323"])


def test_parameters_that_the_template_cannot_take_are_refused() -> None:
    parametrized = template(SchedulingPriority={"Ref": "Priority"})
    parametrized["Parameters"] = {"Priority": {"Type": "Number", "Default": 1}}
    with pytest.raises(ValueError, match="did you mean 'Priority'"):
        assert_mnp_valid(parametrized, parameters={"Prioriti": "2"})
    with pytest.raises(TemplateError, match="parameter Priority must be a Number, got 'two'"):
        assert_mnp_valid(parametrized, parameters={"Priority": "two"})


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda: assert_mnp_valid(template(), expected=["MNP999"]), id="expected"),
        pytest.param(lambda: assert_mnp_valid(template(), select=["MNP999"]), id="select"),
        pytest.param(lambda: assert_mnp_valid(template(), ignore=["MNP999"]), id="ignore"),
    ],
)
def test_an_id_that_no_rule_has_is_refused(call: Callable[[], None]) -> None:
    with pytest.raises(ValueError, match="MNP999"):
        call()


def test_to_look_at_no_rule_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="no rules to run"):
        assert_mnp_valid(template(), select=["MNP1"], ignore=["MNP1"])


def test_what_is_not_a_template_is_reported() -> None:
    with pytest.raises(TemplateError, match="no Resources"):
        assert_mnp_valid({})


def test_your_own_catalogue_can_be_used(tmp_path: Path) -> None:
    small = InstanceType(name="c5.18xlarge", vcpus=36, memory_mib=147456)
    path = tmp_path / "types.json"
    default_catalogue().with_types(small).save(path)
    assert_mnp_valid(template(), instances=path, expected=["MNP312"])


def test_a_catalogue_that_cannot_be_used_is_reported(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match=r"types\.json"):
        assert_mnp_valid(template(), instances=tmp_path / "types.json")


def test_a_crash_of_the_check_fails_the_test_and_names_what_else_is_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(subject: object, catalogue: object) -> Iterator[Violation]:
        raise KeyError("a broken rule")

    rules = tuple(
        replace(rule, check=broken) if rule.id == "MNP302" else rule for rule in all_rules()
    )
    monkeypatch.setattr("cdk_batch_mnp.template.asserting.rules_with", lambda **_: rules)
    with pytest.raises(CheckCrashedError, match="rule MNP302 at Job crashed: KeyError") as raised:
        assert_mnp_valid(template(**HASTY), expected=["MNP314", "MNP317"])
    assert any("MNP317" in note for note in raised.value.__notes__)


@pytest.mark.parametrize(
    "value",
    [{1: "x"}, {None: "x"}, {True: "x"}, date(2026, 1, 1), ("a", "b"), float("inf"), 10**400],
    ids=repr,
)
def test_what_python_has_and_json_has_not_is_taken_as_it_will_be_written(value: Any) -> None:
    assert_mnp_valid(template(Parameters=value))


@pytest.mark.parametrize("value", [{("a",): 1}, {1, 2}, b"x", object()], ids=["tuple", *"sbo"])
def test_what_json_cannot_represent_is_refused(value: Any) -> None:
    with pytest.raises(TemplateError, match="cannot be written as JSON"):
        assert_mnp_valid(template(Parameters=value))


def test_a_folder_of_templates(tmp_path: Path) -> None:
    (tmp_path / "right.template.json").write_text(json.dumps(template()))
    assert_mnp_valid(tmp_path, warnings=False)
    (tmp_path / "wrong.template.json").write_text(
        json.dumps(template(Timeout={"AttemptDurationSeconds": 59}))
    )
    assert_mnp_valid(str(tmp_path), warnings=False, expected=["MNP317"])


def test_a_folder_without_templates(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="has no template"):
        assert_mnp_valid(tmp_path)


def test_a_folder_in_which_no_template_has_a_parameter(tmp_path: Path) -> None:
    (tmp_path / "right.template.json").write_text(json.dumps(template()))
    with pytest.raises(ValueError, match="no template has a parameter 'Nodes'"):
        assert_mnp_valid(tmp_path, parameters={"Nodes": "4"})


def test_defaults_of_parameters() -> None:
    wrong = template(Timeout={"AttemptDurationSeconds": {"Ref": "Seconds"}})
    wrong["Parameters"] = {"Seconds": {"Type": "Number", "Default": 59}}
    assert_mnp_valid(wrong, warnings=False, expected=["MNP317"])
    assert_mnp_valid(wrong, warnings=False, parameter_defaults=False)


def test_something_else() -> None:
    wrong: Any = 3
    with pytest.raises(TypeError, match=r"an aws_cdk\.Stack, or the path .* not int"):
        assert_mnp_valid(wrong)
