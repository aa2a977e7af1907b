"""Frames survive any cutting of the stream; no change of a byte goes unnoticed."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdk_batch_mnp_launch.protocol.frames import (
    HEADER,
    MAX_FIRST_FRAME,
    MAX_FRAME,
    Frame,
    FrameError,
    Opener,
    Sealer,
)

KEY = b"k" * 32
FRAMES = st.builds(
    Frame, st.integers(0, 255), st.integers(0, 2**32 - 1), st.binary(max_size=MAX_FIRST_FRAME - 5)
)


def ends(key: bytes | None) -> tuple[Sealer, Opener]:
    sealer, opener = Sealer(), Opener()
    if key is not None:
        sealer.authenticate(key)
        opener.authenticate(key)
    return sealer, opener


def opened(opener: Opener) -> list[Frame]:
    found = []
    while (frame := opener.next_frame()) is not None:
        found.append(frame)
    return found


@given(st.lists(FRAMES, max_size=8), st.sampled_from([None, KEY]), st.data())
def test_frames_arrive_whole_however_the_stream_is_cut(
    frames: list[Frame], key: bytes | None, data: st.DataObject
) -> None:
    sealer, opener = ends(key)
    stream = b"".join(sealer.seal(frame) for frame in frames)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=10)))
    found = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        opener.feed(stream[start:end])
        found += opened(opener)
    assert found == frames
    assert opener.pending == 0


@given(st.lists(FRAMES, min_size=1, max_size=3), st.data())
def test_a_changed_bit_is_noticed(frames: list[Frame], data: st.DataObject) -> None:
    sealer, opener = ends(KEY)
    stream = bytearray(b"".join(sealer.seal(frame) for frame in frames))
    at = data.draw(st.integers(0, len(stream) - 1))
    stream[at] ^= 1 << data.draw(st.integers(0, 7))
    opener.feed(bytes(stream))
    found = []
    try:
        found = opened(opener)
    except FrameError:
        return
    # A longer length may leave the opener waiting; the changed frame itself never arrives.
    assert len(found) < len(frames)
    assert found == frames[: len(found)]


def test_a_repeated_frame_is_noticed() -> None:
    sealer, opener = ends(KEY)
    once = sealer.seal(Frame(20))
    opener.feed(once + once)
    assert opener.next_frame() == Frame(20)
    with pytest.raises(FrameError, match="wrong tag"):
        opener.next_frame()


@given(st.binary(max_size=3000))
def test_strangers_cannot_make_the_opener_keep_much(garbage: bytes) -> None:
    opener = Opener()
    try:
        for byte in range(0, len(garbage), 100):
            opener.feed(garbage[byte : byte + 100])
            opened(opener)
            assert opener.pending <= 4 + MAX_FIRST_FRAME + 100
    except FrameError:
        pass


@pytest.mark.parametrize("key", [None, KEY])
@pytest.mark.parametrize("length", [0, 4, MAX_FRAME + 1, 2**32 - 1])
def test_a_length_out_of_range_is_an_error(key: bytes | None, length: int) -> None:
    _sealer, opener = ends(key)
    opener.feed(struct.pack(">I", length) + bytes(HEADER.size))
    with pytest.raises(FrameError):
        opener.next_frame()


def test_the_longest_frames() -> None:
    sealer, opener = ends(None)
    longest = Frame(1, 0, bytes(MAX_FIRST_FRAME - 5))
    opener.feed(sealer.seal(longest))
    assert opener.next_frame() == longest
    with pytest.raises(FrameError, match="too long"):
        sealer.seal(Frame(1, 0, bytes(MAX_FIRST_FRAME - 4)))
