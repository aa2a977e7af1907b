"""Messages contain nothing that a terminal or a CI system obeys."""

from __future__ import annotations

import pytest

from cdk_batch_mnp_emulator.printable import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("c5.xlarge – größer", "c5.xlarge – größer"),
        ("a\x1b[31mb", r"a\x1b[31mb"),
        ("a\n::error::b", r"a\n::error::b"),
        ("a\u202eb", r"a\u202eb"),
        ("a\ud800b", r"a\ud800b"),
    ],
)
def test_what_is_not_printable_is_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown
