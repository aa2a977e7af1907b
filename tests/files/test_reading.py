"""Files of other people: what is opened, and how much of it is read."""

from __future__ import annotations

import os
import socket
import threading
import time
from pathlib import Path

import pytest

from cdk_batch_mnp.files.reading import UnreadableFileError, is_folder, is_regular, read_bytes


def test_a_file_is_read_up_to_one_byte_more_than_the_limit(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"12345")
    assert read_bytes(file, 5) == b"12345"
    assert read_bytes(file, 3) == b"1234"


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        pytest.param(os.mkfifo, "is a pipe, not a regular file", id="a pipe"),
        pytest.param(os.mkdir, "is a folder, not a regular file", id="a folder"),
        pytest.param(
            lambda path: path.symlink_to("/dev/zero"),
            "is a device, not a regular file",
            id="device",
        ),
        pytest.param(
            lambda path: path.symlink_to(path), "cannot be read: Too many levels", id="a loop"
        ),
        pytest.param(lambda path: None, "cannot be read: No such file", id="nothing"),
    ],
)
def test_what_is_not_a_regular_file_is_refused_at_once(
    tmp_path: Path, make: object, reason: str
) -> None:
    path = tmp_path / "a"
    assert callable(make)
    make(path)
    started = time.monotonic()
    with pytest.raises(UnreadableFileError, match=reason):
        read_bytes(path, 10)
    assert time.monotonic() - started < 1
    assert not is_regular(path)


def test_a_socket_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # A socket's path is short.
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind("s")
        with pytest.raises(UnreadableFileError, match="is a socket"):
            read_bytes("s", 10)


def test_a_pipe_is_never_opened_unless_it_may_be_one(tmp_path: Path) -> None:
    pipe = tmp_path / "p"
    os.mkfifo(pipe)
    with pytest.raises(UnreadableFileError):
        read_bytes(pipe, 10)
    with pytest.raises(OSError, match="No such device"):  # The error of a pipe without a reader.
        os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)


def test_a_pipe_is_read_to_its_end_or_to_the_limit(tmp_path: Path) -> None:
    pipe = tmp_path / "p"
    os.mkfifo(pipe)

    def write() -> None:
        with pipe.open("wb") as opened:
            for _ in range(3):
                opened.write(b"abc")
                opened.flush()
                time.sleep(0.05)

    for limit, expected in ((100, b"abcabcabc"), (9, b"abcabcabc")):
        writer = threading.Thread(target=write)
        writer.start()
        assert read_bytes(pipe, limit, may_be_pipe=True) == expected
        writer.join()


def test_a_pipe_without_a_writer_is_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cdk_batch_mnp.files.reading._SECONDS_FOR_A_WRITER", 0.05)
    os.mkfifo(tmp_path / "p")
    assert read_bytes(tmp_path / "p", 10, may_be_pipe=True) == b""


@pytest.mark.parametrize("name", ["a\0b", "\ud800", "x" * 5000, "a/" * 5000])
def test_a_name_that_no_file_can_have_is_refused(name: str) -> None:
    with pytest.raises(UnreadableFileError, match="cannot be read: "):
        read_bytes(name, 10)
    assert not is_regular(name)
    assert not is_folder(name)
