"""Words and names in job definitions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cdk_batch_mnp.model.property_path import PROPERTIES
from cdk_batch_mnp.model.unknown import UNKNOWN
from cdk_batch_mnp.model.word_faults import WordFault
from tests.rules.setups import definition, findings, ids

FAULT = WordFault(
    path=PROPERTIES / "type", problem="the type is 'mpi'", actual="mpi", expected="multinode"
)


@pytest.mark.parametrize("type", ["mpi", "container", None])
def test_mnp340_another_type_with_properties_of_nodes(type: str | None) -> None:
    found = definition(type=type, has_node_properties=True, words=(FAULT,))
    assert ids(found) == ["MNP340"]


def test_mnp340_the_type_in_another_case_is_a_warning() -> None:
    (finding,) = findings(definition(words=(replace(FAULT, is_certain=False),)))
    assert (finding.rule.id, finding.severity) == ("MNP340", "warning")


def test_mnp340_says_nothing_about_an_unknown_type_or_another_kind_of_job() -> None:
    assert ids(definition(type=UNKNOWN, has_node_properties=True)) == []
    assert ids(definition(type="container", words=(FAULT,))) == []
    assert ids(definition(has_node_properties=True)) == []


def test_mnp341_a_property_that_does_not_exist() -> None:
    name = replace(FAULT, is_name=True)
    assert ids(definition(words=(name,))) == ["MNP341"]
    (finding,) = findings(definition(words=(replace(name, is_certain=False),)))
    assert finding.severity == "warning"


def test_mnp351_a_required_property_that_is_not_set() -> None:
    assert ids(definition(words=(replace(FAULT, is_missing=True),))) == ["MNP351"]
    assert ids(definition(words=())) == []
