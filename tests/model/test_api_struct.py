"""Reading a structure of an AWS API without trusting it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdk_batch_mnp.model.api_struct import ApiStruct, as_integer
from cdk_batch_mnp.model.unknown import UNKNOWN

READERS: dict[str, Callable[[ApiStruct, str], Any]] = {
    "text": ApiStruct.text,
    "constant": ApiStruct.constant,
    "integer": ApiStruct.integer,
    "boolean": ApiStruct.boolean,
    "items": ApiStruct.items,
    "texts": ApiStruct.texts,
    "constants": ApiStruct.constants,
    "shape": ApiStruct.shape,
    "shapes": ApiStruct.shapes,
    "mapping": ApiStruct.mapping,
}


@pytest.mark.parametrize("name", ["maxvCpus", "MaxvCpus"])
def test_a_member_is_found_in_the_spelling_of_the_api_and_of_cloudformation(name: str) -> None:
    shape = ApiStruct({name: 72})
    assert shape.integer("maxvCpus") == 72
    assert shape.has("maxvCpus")
    assert list(shape) == [name]


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
def test_what_is_left_out_is_none_and_what_is_unknown_stays_unknown(
    reader: Callable[[ApiStruct, str], Any],
) -> None:
    assert reader(ApiStruct({}), "member") is None
    assert reader(ApiStruct({"member": UNKNOWN}), "member") is UNKNOWN


@pytest.mark.parametrize(
    ("reader", "value"),
    [
        ("text", {}),
        ("text", []),
        ("constant", {}),
        ("integer", "many"),
        ("integer", 1.5),
        ("integer", float("inf")),
        ("integer", float("nan")),
        ("integer", True),
        ("integer", []),
        ("boolean", 1),
        ("boolean", "yes"),
        ("items", "text"),
        ("items", b"bytes"),
        ("items", {}),
        ("texts", "text"),
        ("shape", []),
        ("shape", "text"),
        ("shapes", {}),
        ("mapping", []),
    ],
)
def test_a_member_of_the_wrong_type_is_unknown(reader: str, value: object) -> None:
    assert READERS[reader](ApiStruct({"member": value}), "member") is UNKNOWN


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (72, 72),
        ("72", 72),
        ("-1", -1),
        ("0", 0),
        (72.0, 72),
        ("", UNKNOWN),
        (" 72", UNKNOWN),
        ("7_2", UNKNOWN),
        ("72.0", UNKNOWN),
        ("٧٢", UNKNOWN),
        ("9" * 5000, UNKNOWN),
        (None, UNKNOWN),
    ],
    ids=lambda each: repr(each)[:12],
)
def test_a_number_may_be_written_as_its_digits(value: object, expected: object) -> None:
    assert as_integer(value) == expected


@given(st.integers(-(10**17), 10**17))
def test_every_number_is_read_from_its_digits(number: int) -> None:
    assert as_integer(str(number)) == number


@pytest.mark.parametrize(
    ("value", "expected"), [("a", "a"), (4, "4"), (0.5, "0.5"), (True, "true"), (False, "false")]
)
def test_a_string_may_be_written_as_a_number_or_a_truth_value(value: object, expected: str) -> None:
    assert ApiStruct({"member": value}).text("member") == expected


@pytest.mark.parametrize(
    ("value", "expected"), [(True, True), (False, False), ("true", True), ("False", False)]
)
def test_a_truth_value_may_be_written_as_a_string(value: object, expected: bool) -> None:
    assert ApiStruct({"member": value}).boolean("member") is expected


def test_an_element_of_a_list_may_be_unknown_by_itself() -> None:
    shape = ApiStruct({"types": ["c5", UNKNOWN, None, {}], "groups": [{"id": "a"}, UNKNOWN, "b"]})
    assert shape.texts("types") == ("c5", UNKNOWN, UNKNOWN, UNKNOWN)
    groups = shape.shapes("groups")
    assert groups is not None
    assert groups is not UNKNOWN
    assert isinstance(groups[0], ApiStruct)
    assert groups[1:] == (UNKNOWN, UNKNOWN)
    assert shape.each("groups", lambda each: each.text("id")) == ("a", UNKNOWN, UNKNOWN)


def test_a_list_that_is_left_out_has_no_members() -> None:
    assert ApiStruct({}).each("groups", lambda each: each) == ()
    assert ApiStruct({"groups": UNKNOWN}).each("groups", lambda each: each) is UNKNOWN


def test_a_written_member_is_there_even_if_it_is_unknown() -> None:
    assert ApiStruct({"member": UNKNOWN}).has("member")
    assert not ApiStruct({"member": None}).has("member")
    assert not ApiStruct({}).has("member")


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.just(UNKNOWN),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(json_values, st.sampled_from(sorted(READERS)))
def test_no_value_makes_a_reader_fail(value: object, reader: str) -> None:
    READERS[reader](ApiStruct({"member": value}), "member")


@pytest.mark.parametrize(
    ("value", "expected"),
    [("unmanaged", "UNMANAGED"), ("Spot", "SPOT"), (None, None), (UNKNOWN, UNKNOWN), ([], UNKNOWN)],
    ids=repr,
)
def test_fixed_values_may_be_written_in_any_case(value: object, expected: object) -> None:
    assert ApiStruct({"member": value}).constant("member") == expected
    several = ApiStruct({"member": [value, "ec2"]}).constants("member")
    assert several == (UNKNOWN if expected is None else expected, "EC2")
