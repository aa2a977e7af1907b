"""What is certain of lists with members that may not be there."""

from __future__ import annotations

import pytest

from cdk_batch_mnp.model.api_struct import ApiStruct
from cdk_batch_mnp.model.presence import PartialList, fewest, same_length
from cdk_batch_mnp.model.unknown import PERHAPS, UNKNOWN


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param(None, 0, id="not set"),
        pytest.param(UNKNOWN, 0, id="unknown"),
        pytest.param((), 0, id="empty"),
        pytest.param(("a", UNKNOWN), 2, id="unknown members"),
        pytest.param(PartialList.of(["a", PERHAPS, PERHAPS]), 1, id="members that may be left out"),
        pytest.param({"a": 1, "b": UNKNOWN, "c": PERHAPS}, 2, id="a mapping"),
    ],
)
def test_a_list_has_at_least_the_members_that_are_certain(values: object, expected: int) -> None:
    assert fewest(values) == expected  # type: ignore[arg-type]


def test_a_member_that_may_be_left_out_is_unknown() -> None:
    found = PartialList.of(["a", PERHAPS])
    assert found == ("a", UNKNOWN)


def test_what_is_read_from_a_list_keeps_how_many_are_certain() -> None:
    given = PartialList.of(["a", PERHAPS])
    read = same_length(given, (1, UNKNOWN))
    assert (read, fewest(read)) == ((1, UNKNOWN), 1)
    assert fewest(same_length((1, 2), (3, 4))) == 2


def test_lists_of_a_structure_keep_how_many_members_are_certain() -> None:
    shape = ApiStruct({"texts": ["a", PERHAPS], "shapes": [{}, PERHAPS, PERHAPS]})
    assert fewest(shape.items("texts")) == 1
    assert fewest(shape.texts("texts")) == 1
    assert fewest(shape.constants("texts")) == 1
    assert fewest(shape.shapes("shapes")) == 1
    assert fewest(shape.each("shapes", lambda each: each)) == 1


@pytest.mark.parametrize(
    ("value", "has", "sets", "is_set"),
    [
        pytest.param(None, False, False, False, id="not set"),
        pytest.param("", True, False, False, id="an empty text"),
        pytest.param("a", True, True, True, id="set"),
        pytest.param(UNKNOWN, True, True, True, id="an unknown value"),
        pytest.param(PERHAPS, True, False, UNKNOWN, id="perhaps"),
    ],
)
def test_a_member_is_set_not_set_or_perhaps(
    value: object, has: bool, sets: bool, is_set: object
) -> None:
    shape = ApiStruct({"Name": value})
    assert (shape.has("name"), shape.sets("name"), shape.is_set("name")) == (has, sets, is_set)
    assert shape.raw("name") == (UNKNOWN if value is PERHAPS else value)
