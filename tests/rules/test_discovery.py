"""Rules are found by themselves."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module, invalidate_caches
from pathlib import Path
from typing import Any

import pytest

import cdk_batch_mnp.rules as package
from cdk_batch_mnp.rules.discovery import all_rules, rules_with

MODULE = """
from cdk_batch_mnp.model.job_queue import JobQueue
from cdk_batch_mnp.engine.rule import ERROR, rule


@rule(JobQueue, "{id}", "A rule of a test", severity=ERROR, why=".", fix=".", source=".")
def found_by_itself(queue, catalogue):
    return iter(())
"""


@pytest.fixture
def further_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder whose modules count as the package's own."""
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])
    all_rules.cache_clear()
    yield tmp_path
    all_rules.cache_clear()
    sys.modules.pop(f"{package.__name__}.of_a_test", None)
    vars(package).pop("of_a_test", None)


def test_a_rule_in_a_new_module_needs_no_registration(further_folder: Path) -> None:
    before = {rule.id for rule in all_rules()}
    all_rules.cache_clear()
    (further_folder / "of_a_test.py").write_text(MODULE.format(id="MNP999"))
    invalidate_caches()
    assert {rule.id for rule in all_rules()} - before == {"MNP999"}


def test_two_rules_of_one_id_are_refused(further_folder: Path) -> None:
    (further_folder / "of_a_test.py").write_text(MODULE.format(id="MNP101"))
    invalidate_caches()
    with pytest.raises(ValueError, match="two rules have the ID MNP101"):
        all_rules()


def test_a_rule_that_another_module_imports_is_found_once() -> None:
    on_demand = import_module("cdk_batch_mnp.rules.environments.environment_fit").on_demand
    assert [rule for rule in all_rules() if rule.id == "MNP101"] == [on_demand]


@pytest.mark.parametrize(
    ("given", "hint"), [(3, "got 3"), ("MNP3", r"use \['MNP3'\]"), ({3}, r"got \[3\]")]
)
def test_rules_are_selected_by_a_list_of_strings(given: Any, hint: str) -> None:
    with pytest.raises(TypeError, match=f"ignore must be a list of rule IDs or prefixes.*{hint}"):
        rules_with(ignore=given)
