"""Paths from a resource to one of its properties."""

from __future__ import annotations

import copy
import pickle

import pytest

from cdk_batch_mnp.model.property_path import PROPERTIES, PropertyPath


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (PROPERTIES, ""),
        (PROPERTIES / "timeout", "timeout"),
        (PROPERTIES / "timeout" / "attemptDurationSeconds", "timeout.attemptDurationSeconds"),
        (PROPERTIES / "nodes" / 0, "nodes[0]"),
        (PROPERTIES / "nodes" / 10 / "name", "nodes[10].name"),
        (PROPERTIES / "rows" / 1 / 2, "rows[1][2]"),
    ],
)
def test_a_path_is_written_as_the_documents_write_it(path: PropertyPath, text: str) -> None:
    assert str(path) == text
    assert f"{path}" == text


def test_a_longer_path_leaves_the_shorter_one_as_it_was() -> None:
    timeout = PROPERTIES / "timeout"
    assert timeout / "attemptDurationSeconds" == ("timeout", "attemptDurationSeconds")
    assert timeout == ("timeout",)
    assert PROPERTIES == ()


def test_a_name_with_a_dot_stays_one_step() -> None:
    path = PROPERTIES / "tags" / "cost.centre"
    assert len(path) == 2
    assert path[-1] == "cost.centre"


def test_only_the_path_of_the_whole_resource_is_empty() -> None:
    assert not PROPERTIES
    assert PROPERTIES / "timeout"


def test_a_path_can_be_copied_and_pickled() -> None:
    path = PROPERTIES / "nodes" / 0
    for again in (copy.deepcopy(path), pickle.loads(pickle.dumps(path))):
        assert type(again) is PropertyPath
        assert again == path
