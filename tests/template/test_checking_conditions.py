"""Conditions, and intrinsic functions wherever they stand: an answer, and never a crash."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cdk_batch_mnp.template.checking import check_template
from tests.corpus.changes import new_base
from tests.template.test_checking_fuzz import PLACES, reported

ON_THE_REGION = {"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]}


def with_condition(condition: Any, **sections: Any) -> dict[str, Any]:
    """A right template with one resource more, which exists on a condition."""
    data = new_base("cluster")
    data["Resources"]["Extra"] = {"Type": "AWS::CDK::Metadata", "Condition": "Wanted"}
    data["Conditions"] = {"Wanted": condition}
    return {**data, **sections}


def rules_broken(template: dict[str, Any]) -> set[str]:
    return {finding.rule.id for finding in check_template(template).findings}


@pytest.mark.parametrize(
    "condition",
    [
        pytest.param(ON_THE_REGION, id="a pseudo parameter"),
        pytest.param({"Fn::Or": [ON_THE_REGION, ON_THE_REGION]}, id="pseudo parameters"),
        pytest.param({"Fn::Equals": [{"Ref": "Nope"}, "x"]}, id="an unknown name"),
        pytest.param({"Fn::Equals": [{"Ref": "Job"}, "x"]}, id="a resource"),
        pytest.param({"Fn::Equals": [{"Ref": "Extra"}, "x"]}, id="its own resource"),
        pytest.param({"Fn::Equals": [{"Fn::GetAtt": ["Job", "Arn"]}, "x"]}, id="an attribute"),
        pytest.param({"Fn::Equals": [{"Fn::Sub": "${Job.Arn}"}, "x"]}, id="an attribute in a text"),
        pytest.param({"Fn::Equals": [{"Fn::ImportValue": "x"}, "x"]}, id="an import"),
        pytest.param({"Fn::Equals": [{"Fn::If": ["Wanted", 1, 2]}, 1]}, id="itself"),
        pytest.param({"Condition": "Nope"}, id="an unknown condition"),
    ],
)
def test_a_condition_that_cannot_be_known_leaves_the_rest_to_be_checked(condition: Any) -> None:
    template = with_condition(condition)
    assert rules_broken(template) == set()
    template["Resources"]["Environment"]["Properties"]["ComputeResources"]["MaxvCpus"] = 1
    assert rules_broken(template) == {"MNP106"}


@pytest.mark.parametrize(("holds", "broken"), [(True, {"MNP106"}), (False, set())])
def test_a_condition_on_a_parameter_still_decides(holds: bool, broken: set[str]) -> None:
    template = with_condition({"Fn::Equals": [{"Ref": "Stage"}, "small"]})
    template["Parameters"] = {
        **template.get("Parameters", {}),
        "Stage": {"Type": "String", "Default": "small" if holds else "large"},
    }
    resources = template["Resources"]["Environment"]["Properties"]["ComputeResources"]
    resources["MaxvCpus"] = {"Fn::If": ["Wanted", 1, resources["MaxvCpus"]]}
    assert rules_broken(template) == broken


NAMES = st.sampled_from(
    [
        *("Job", "Vpc", "Extra", "Size", "Wanted", "Other", "Nope", ""),
        *("AWS::Region", "AWS::NoValue", "AWS::StackName", "AWS::Nope"),
    ]
)
TEXTS = NAMES | st.sampled_from(["${Job}", "${Job.Arn}", "${!x}", "${Size", "a,b", "-1", "Job.Arn"])
LEAVES = TEXTS | st.none() | st.booleans() | st.integers() | st.floats() | st.just(10**30)


def functions(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Every intrinsic function, mostly with as many arguments as it takes."""
    pairs = st.lists(inner, min_size=1, max_size=4)
    arguments = pairs | inner | st.builds(lambda name, rest: [name, *rest], TEXTS, pairs)
    named = [
        *("And", "Base64", "Cidr", "Contains", "EachMemberEquals", "EachMemberIn", "Equals"),
        *("FindInMap", "ForEach::X", "GetAZs", "GetAtt", "GetStackOutput", "If", "ImportValue"),
        *("Join", "Length", "Not", "Or", "RefAll", "Select", "Split", "Sub", "ToJsonString"),
        *("Transform", "ValueOf", "ValueOfAll", "Nope"),
    ]
    function = st.sampled_from([f"Fn::{each}" for each in named])
    return st.one_of(
        st.builds(lambda name: {"Ref": name}, TEXTS),
        st.builds(lambda name: {"Condition": name}, TEXTS),
        st.builds(lambda name, value: {name: value}, function, arguments),
        st.builds(
            lambda name, value, more: {name: value, "Beside": more}, function, arguments, inner
        ),
        st.builds(lambda text, value: {"Fn::Sub": [text, {"Job": value}]}, TEXTS, inner),
    )


VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        functions(inner),
        functions(inner),
        st.lists(inner, max_size=3),
        st.dictionaries(TEXTS, inner, max_size=2),
    ),
    max_leaves=10,
)
BODIES = (
    *("Condition", "DependsOn", "DeletionPolicy", "CreationPolicy", "UpdatePolicy", "Metadata"),
    *("UpdateReplacePolicy", "Type", "Properties"),
)


@st.composite
def templates(draw: st.DrawFn) -> dict[str, Any]:
    """A template with functions and conditions where they are allowed, and where they are not."""
    name = draw(st.sampled_from(["cluster", "efa", "eks"]))
    data = new_base(name)
    data["Conditions"] = {"Wanted": draw(VALUES), "Other": draw(VALUES)}
    data["Parameters"] = {
        **data.get("Parameters", {}),
        "Size": draw(
            VALUES | st.fixed_dictionaries({"Type": LEAVES, "Default": VALUES, "NoEcho": LEAVES})
        ),
    }
    data["Mappings"] = draw(VALUES | st.dictionaries(TEXTS, st.dictionaries(TEXTS, VALUES)))
    data["Outputs"] = draw(
        VALUES
        | st.dictionaries(
            TEXTS,
            st.fixed_dictionaries(
                {"Value": VALUES, "Condition": VALUES, "Export": VALUES | functions(VALUES)}
            ),
        )
    )
    for section in draw(
        st.lists(st.sampled_from(["Metadata", "Rules", "Transform", "Hooks"]), max_size=2)
    ):
        data[section] = draw(VALUES)
    for body in data["Resources"].values():
        if draw(st.integers(0, 3)) == 0:
            body[draw(st.sampled_from(BODIES))] = draw(VALUES | st.just("Wanted"))
    data["Resources"]["Extra"] = draw(
        VALUES | st.fixed_dictionaries({"Type": st.just("AWS::CDK::Metadata"), "Condition": VALUES})
    )
    for path in draw(st.lists(st.sampled_from(PLACES[name]), max_size=3)):
        _put(data, path, draw(functions(VALUES)))
    return data


def _put(data: Any, path: tuple[Any, ...], value: Any) -> None:
    for step in path[:-1]:
        if not isinstance(data, (dict, list)):
            return
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return
    if isinstance(data, (dict, list)) and path[-1] in (
        data if isinstance(data, dict) else range(len(data))
    ):
        data[path[-1]] = value


@settings(suppress_health_check=list(HealthCheck))
@given(templates())
def test_conditions_and_functions_in_every_place_are_answered(template: dict[str, Any]) -> None:
    assert reported(json.dumps(template).encode())


@pytest.mark.parametrize(
    ("value", "broken"),
    [
        pytest.param({"Fn::If": ["Wanted", 30, 3600]}, {"MNP317"}, id="wrong where it exists"),
        pytest.param({"Fn::If": ["Wanted", 3600, 30]}, set(), id="right where it exists"),
        pytest.param({"Fn::If": ["Other", 30, 3600]}, set(), id="another condition"),
    ],
)
def test_the_condition_of_a_resource_holds_inside_it(value: Any, broken: set[str]) -> None:
    template = with_condition(ON_THE_REGION)
    template["Conditions"]["Other"] = {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]}
    job = template["Resources"]["Job"]
    job["Condition"] = "Wanted"
    job["Properties"]["Timeout"]["AttemptDurationSeconds"] = value
    assert rules_broken(template) == broken
