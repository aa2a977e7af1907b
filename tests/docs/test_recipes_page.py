"""Each recipe has a rule, and a template that the tests of the corpus know to break it."""

from __future__ import annotations

import re

import pytest

from cdk_batch_mnp.rules.discovery import all_rules
from tests.docs.pages import ROOT

PAGE = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")
RECIPES = dict(re.findall(r"^### (.+)\n\n((?:(?!^#).*\n)+)", PAGE, re.MULTILINE))


def test_all_recipes_are_read() -> None:
    assert len(RECIPES) == PAGE.count("\n### ") >= 20


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES.keys())
def test_a_recipe_leads_from_the_symptom_to_the_rule(recipe: str) -> None:
    labels = re.findall(r"^- (\w+): ", recipe, flags=re.MULTILINE)
    rules = re.findall(r"\(rules\.md#(mnp\d+)\)", recipe)
    assert labels in (
        ["Symptom", "Cause", "Fix", "Rule", "Reported"],
        ["Symptom", "Cause", "Fix", "Reported"],
    )
    assert len(rules) == labels.count("Rule")
    assert {rule.upper() for rule in rules} <= {rule.id for rule in all_rules()}
    for template in re.findall(r"tests/corpus/wrong/(\w+)\.yaml", recipe):
        assert rules[0].upper() in template.split("_")
