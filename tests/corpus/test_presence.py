"""What every rule makes of a value that is unknown: certain in each case, or silent.

Each small change of the corpus that breaks a rule is made under a condition that is not known.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from cdk_batch_mnp.rules.discovery import all_rules
from cdk_batch_mnp.template.checking import check_template
from tests.corpus.changes import LEFT_OUT, RESOURCES, change, new_base
from tests.corpus.mutations import Mutation, mutations
from tests.corpus.presence import NO_CONDITIONAL_CHANGE, PARAMETERS, PRESENT, WITHOUT

OPEN = "IsOpen"
STATE = "Environment.State"
NO_VALUE = {"Ref": "AWS::NoValue"}


def original(resources: dict[str, Any], path: str) -> Any:
    logical_id, *steps = path.split(".")
    inside: Any = resources[logical_id].get("Properties", {})
    for step in steps:
        try:
            inside = inside[int(step)] if isinstance(inside, list) else inside[step]
        except (KeyError, IndexError, ValueError):
            return LEFT_OUT
    return inside


def value_of(found: Any) -> Any:
    return NO_VALUE if found is LEFT_OUT else found


def either(one: Any, other: Any) -> dict[str, Any]:
    return {"Fn::If": [OPEN, deepcopy(one), deepcopy(other)]}


def is_of_property(path: str) -> bool:
    """Whether a path names a property, not a whole resource or its Metadata."""
    _, *steps = path.split(".")
    return bool(steps) and steps[0] != "Metadata"


def one_of_each_rule() -> Iterator[Mutation]:
    seen: set[str] = set()
    for mutation in mutations():
        if mutation.rule not in seen and any(map(is_of_property, mutation.changes)):
            seen.add(mutation.rule)
            yield mutation


CONDITIONAL = list(one_of_each_rule())


def template_of(name: str) -> dict[str, Any]:
    """A right template with parameters and a condition that are unknown."""
    template = new_base(name)
    template["Parameters"] = {**template.get("Parameters", {}), **PARAMETERS}
    template["Conditions"] = {
        **template.get("Conditions", {}),
        OPEN: {"Fn::Equals": [{"Ref": "Open"}, "yes"]},
    }
    return template


def rules_broken(template: dict[str, Any]) -> set[str]:
    report = check_template(template)
    return {each.rule.id for each in (*report.findings, *report.hints)}


def broken(mutation: Mutation, *, in_both: bool) -> set[str]:
    """Return the rules that are broken with the change in both branches, or in one of them."""
    template = template_of(mutation.base)
    for path, changed in mutation.changes.items():
        if not is_of_property(path):
            change(template["Resources"], path, changed)
            continue
        wrong = value_of(changed)
        right = value_of(original(template["Resources"], path))
        # Neither branch shows what both have in common: only one case after the other does.
        otherwise = either(right, wrong) if in_both else right
        change(template["Resources"], path, either(wrong, otherwise))
    return rules_broken(template)


@pytest.mark.parametrize("mutation", CONDITIONAL, ids=lambda mutation: mutation.rule)
def test_what_is_wrong_in_one_branch_only_is_not_reported(mutation: Mutation) -> None:
    assert broken(mutation, in_both=False) == set()


@pytest.mark.parametrize("mutation", CONDITIONAL, ids=lambda mutation: mutation.rule)
def test_what_is_wrong_in_both_branches_is_reported(mutation: Mutation) -> None:
    assert broken(mutation, in_both=True) == {mutation.rule}


def test_every_rule_is_checked_under_a_condition_or_says_why_not() -> None:
    rules = {rule.id for rule in all_rules()}
    conditional = {mutation.rule for mutation in CONDITIONAL}
    assert rules - conditional == set(NO_CONDITIONAL_CHANGE)


@pytest.mark.parametrize("rule", PRESENT)
def test_what_is_set_counts_although_its_value_is_unknown(rule: str) -> None:
    name, changes = PRESENT[rule]
    template = template_of(name)
    for path, changed in changes.items():
        change(template["Resources"], path, changed)
    assert rule in rules_broken(template)


@pytest.mark.parametrize("rule", PRESENT)
def test_what_may_not_be_set_does_not_count(rule: str) -> None:
    name, changes = PRESENT[rule]
    template = template_of(name)
    for path, changed in changes.items():
        right = value_of(original(template["Resources"], path))
        change(template["Resources"], path, either(value_of(changed), right))
    assert rules_broken(template) == set()


def test_every_rule_says_what_presence_without_value_means_for_it() -> None:
    assert {rule.id for rule in all_rules()} == {*PRESENT, *WITHOUT}
    assert set(PRESENT) & set(WITHOUT) == set()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({STATE: {"Ref": "State"}}, {"MNP142"}, id="one word of a parameter misspelt"),
        pytest.param({STATE: either("DISABELD", "disabled")}, {"MNP142"}, id="one of a condition"),
        pytest.param({STATE: either("DISABELD", "ENABELD")}, {"MNP140"}, id="both, not the same"),
        pytest.param({STATE: either("DISABELD", "ENABLED")}, set(), id="one that is right"),
        pytest.param(
            {f"{RESOURCES}.Type": either("SPOOT", "spot")}, {"MNP101"}, id="the same type"
        ),
        pytest.param(
            {f"{RESOURCES}.MaxvCpu": either(1, 2), f"{RESOURCES}.MaxvCpus": LEFT_OUT},
            {"MNP106", "MNP143"},
            id="a misspelt name with two values",
        ),
        pytest.param({f"{RESOURCES}.Novelty": either(1, NO_VALUE)}, set(), id="a name left out"),
    ],
)
def test_misspelt_words_and_names_are_read_under_a_condition(
    changes: dict[str, Any], expected: set[str]
) -> None:
    template = template_of("cluster")
    template["Parameters"]["State"] = {"Type": "String", "AllowedValues": ["DISABELD", "DISABLED"]}
    for path, changed in changes.items():
        change(template["Resources"], path, changed)
    assert rules_broken(template) == expected
