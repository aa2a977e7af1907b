"""User data, read as cloud-init reads it, and only as far as it is certain."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cdk_batch_mnp.model.launch_template import UNKNOWN_PART
from cdk_batch_mnp.model.user_data import format_faults

RIGHT = """\
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="//"

--//
Content-Type: text/x-shellscript; charset="us-ascii"

#!/bin/bash
echo hello

--//
Content-Type: text/cloud-config

#cloud-config
packages: [htop]
--//--
"""
LINES = st.sampled_from(
    [
        *RIGHT.splitlines(),
        "",
        " ",
        UNKNOWN_PART,
        "--",
        "Content-Type: multipart/mixed",
        "Content-Transfer-Encoding: base64",
    ]
)


def problems(text: str) -> set[str]:
    return {fault.problem for fault in format_faults(text)}


def test_right_user_data_has_no_fault() -> None:
    assert problems(RIGHT) == set()
    assert problems(RIGHT.replace("\n", "\r\n")) == set()


def test_a_script_of_a_type_that_cloud_init_does_not_know() -> None:
    wrong = RIGHT.replace("text/x-shellscript", "application/x-shellscript")
    assert problems(wrong) == {
        "has a part that cloud-init ignores: part 1 is application/x-shellscript"
    }
    assert problems(RIGHT.replace("text/x-shellscript", "application/octet-stream")) == set()


@given(st.integers(0, len(RIGHT)), st.integers(0, len(RIGHT)))
def test_an_unknown_part_of_right_user_data_is_no_fault(start: int, end: int) -> None:
    start, end = min(start, end), max(start, end)
    assert problems(f"{RIGHT[:start]}{UNKNOWN_PART}{RIGHT[end:]}") == set()


@given(st.lists(LINES, max_size=12).map("\n".join) | st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    for fault in format_faults(text):
        assert fault.problem
        assert fault.expected
