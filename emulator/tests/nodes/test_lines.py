"""Output becomes lines as CloudWatch Logs takes them."""

from __future__ import annotations

import pytest

from cdk_batch_mnp_emulator.nodes.lines import MOST_BYTES, LineSplitter


def lines_of(*parts: bytes) -> list[str]:
    splitter = LineSplitter()
    found = [line for part in parts for line in splitter.feed(part)]
    return found + splitter.finish()


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        pytest.param([b"a\nb\n"], ["a", "b"], id="two lines"),
        pytest.param([b"a\r\nb\r\n"], ["a", "b"], id="the ends of Windows"),
        pytest.param([b"a\r", b"\nb"], ["a", "b"], id="such an end in two parts"),
        pytest.param([b"10%\r20%\n"], ["10%\r20%"], id="a progress bar"),
        pytest.param([b"a\n\nb\n"], ["a", "", "b"], id="an empty line"),
        pytest.param([b"a", b"b\nlast"], ["ab", "last"], id="a last line without its end"),
        pytest.param([b"\xc3", b"\xa9\n"], ["é"], id="a character in two parts"),
        pytest.param([b"\xff\n"], ["\ufffd"], id="not UTF-8"),
        pytest.param([], [], id="nothing"),
    ],
)
def test_output_is_split(parts: list[bytes], expected: list[str]) -> None:
    assert lines_of(*parts) == expected


def test_a_line_of_the_largest_size_is_whole() -> None:
    assert [len(line) for line in lines_of(b"x" * MOST_BYTES + b"\n")] == [MOST_BYTES]


@pytest.mark.parametrize("shift", range(4))
def test_a_longer_line_is_cut_between_characters(shift: int) -> None:
    text = "x" * shift + "😀" * 200_000
    data = text.encode()
    parts = [data[start : start + 65536] for start in range(0, len(data), 65536)]
    lines = lines_of(*parts, b"\n")
    assert "".join(lines) == text
    assert max(len(line.encode()) for line in lines) <= MOST_BYTES


def test_replaced_bytes_do_not_make_a_line_too_long() -> None:
    lines = lines_of(b"\xff" * MOST_BYTES + b"\n")
    assert "".join(lines) == "\ufffd" * MOST_BYTES
    assert max(len(line.encode()) for line in lines) <= MOST_BYTES


def test_what_waits_for_its_end_stays_small() -> None:
    splitter = LineSplitter()
    for _ in range(200):
        splitter.feed(b"x" * 65536)
        assert splitter._size <= MOST_BYTES + 65536
