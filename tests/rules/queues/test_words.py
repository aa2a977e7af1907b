"""Words and names in job queues."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cdk_batch_mnp.model.property_path import PROPERTIES
from cdk_batch_mnp.model.unknown import UNKNOWN
from cdk_batch_mnp.model.word_faults import WordFault
from tests.rules.setups import findings, ids, queue

FAULT = WordFault(
    path=PROPERTIES / "state", problem="state is 'ENABELD'", actual="ENABELD", expected="ENABLED"
)


def test_mnp220_a_misspelt_word() -> None:
    assert ids(queue(words=(FAULT,))) == ["MNP220"]
    (finding,) = findings(queue(words=(replace(FAULT, is_certain=False),)))
    assert finding.severity == "warning"
    assert ids(queue(words=())) == []


@pytest.mark.parametrize(
    ("state", "expected"),
    [("DISABLED", ["MNP221"]), ("ENABLED", []), (None, []), (UNKNOWN, [])],
)
def test_mnp221_a_disabled_queue_takes_no_job(state: str, expected: list[str]) -> None:
    assert ids(queue(state=state)) == expected


def test_mnp222_a_property_that_does_not_exist() -> None:
    name = replace(FAULT, is_name=True)
    assert ids(queue(words=(name,))) == ["MNP222"]
    (finding,) = findings(queue(words=(replace(name, is_certain=False),)))
    assert finding.severity == "warning"


def test_mnp223_a_required_property_that_is_not_set() -> None:
    assert ids(queue(words=(replace(FAULT, is_missing=True),))) == ["MNP223"]
    assert ids(queue(words=())) == []
