"""Values that a user sets for parameters: which are refused, and why."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_batch_mnp.template.evaluation.parameters import bounds, invalid_reason, unknown_parameters


@pytest.mark.parametrize(
    ("declared", "value", "reason"),
    [
        pytest.param({"Type": "Number"}, "eight", "must be a Number, got 'eight'", id="no number"),
        pytest.param({"Type": "Number"}, "8", None, id="a number"),
        pytest.param({"Type": "Number"}, "1.5", None, id="a fraction"),
        pytest.param({"Type": "Number"}, "1,2", "must be a Number, got '1,2'", id="several"),
        pytest.param({"Type": "List<Number>"}, "1, 2", None, id="a list"),
        pytest.param(
            {"Type": "List<Number>"}, "1,b", "must be a List<Number>, got '1,b'", id="a wrong list"
        ),
        pytest.param(
            {"Type": "Number", "MinValue": 2}, "1", "must be at least 2, got '1'", id="too small"
        ),
        pytest.param({"Type": "Number", "MinValue": "2"}, "2", None, id="the smallest"),
        pytest.param(
            {"Type": "Number", "MaxValue": 2}, "3", "must be at most 2, got '3'", id="too large"
        ),
        pytest.param({"Type": "Number", "MaxValue": {"A": 1}}, "3", None, id="no limit"),
        pytest.param(
            {"Type": "String", "AllowedValues": ["a", True]},
            "b",
            "must be one of a, true, got 'b'",
            id="not allowed",
        ),
        pytest.param({"Type": "String", "AllowedValues": ["a", True]}, "true", None, id="allowed"),
        pytest.param({"Type": "Number", "AllowedValues": [1, 2.0]}, "2", None, id="allowed number"),
        pytest.param(
            {"Type": "CommaDelimitedList", "AllowedValues": ["a"]}, "a,a", None, id="elements"
        ),
        pytest.param({"Type": "String"}, "eight", None, id="any text"),
    ],
)
def test_a_value_is_refused_if_cloudformation_certainly_refuses_it(
    declared: dict[str, Any], value: str, reason: str | None
) -> None:
    assert invalid_reason(declared, value) == reason


def test_an_undeclared_parameter_gets_a_suggestion() -> None:
    assert unknown_parameters(["Nodes", "Node", "Zebra"], ["Nodes", "Subnet"]) == [
        "no template has a parameter 'Node'; did you mean 'Nodes'?",
        "no template has a parameter 'Zebra'",
    ]


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ({"Type": "Number"}, (None, None)),
        ({"Type": "Number", "MinValue": 2, "MaxValue": "8"}, (2, 8)),
        ({"Type": "Number", "MinValue": 1.5, "MaxValue": 2.5}, (2, 2)),
        ({"Type": "Number", "MinValue": "many"}, (None, None)),
        ({"Type": "Number", "AllowedValues": [4, "16", 8]}, (4, 16)),
        ({"Type": "Number", "AllowedValues": [4, "many"], "MinValue": 2}, (2, None)),
    ],
)
def test_the_bounds_of_a_number_are_certain(
    declared: dict[str, object], expected: tuple[int | None, int | None]
) -> None:
    assert bounds(declared) == expected
