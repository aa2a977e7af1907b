"""The third state of a value."""

from __future__ import annotations

import pytest

from cdk_batch_mnp.model.unknown import UNKNOWN, Unknown, has_value, is_known


def test_unknown_is_neither_true_nor_false() -> None:
    with pytest.raises(TypeError, match="neither true nor false"):
        bool(UNKNOWN)
    with pytest.raises(TypeError, match="is_known"):
        assert not UNKNOWN


def test_there_is_one_unknown() -> None:
    assert list(Unknown) == [UNKNOWN]
    assert repr(UNKNOWN) == "UNKNOWN"


@pytest.mark.parametrize(
    ("value", "known", "given"),
    [
        (UNKNOWN, False, False),
        (None, True, False),
        (0, True, True),
        ("", True, True),
        (False, True, True),
        ((), True, True),
    ],
    ids=repr,
)
def test_left_out_is_known_and_has_no_value(value: object, known: bool, given: bool) -> None:
    assert is_known(value) is known
    assert has_value(value) is given
