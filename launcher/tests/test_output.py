"""The log of a node is complete and in order, and a slow one delays nothing."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator

import pytest

from cdk_batch_mnp_launch.output import MOST_WAITING, TAIL_BYTES, Output, Tail


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    read, write = os.pipe()
    yield read, write
    for fd in (read, write):
        os.close(fd)


def read_all(fd: int) -> bytes:
    os.set_blocking(fd, False)
    parts = []
    try:
        while part := os.read(fd, 1 << 20):
            parts.append(part)
    except BlockingIOError:
        pass
    return b"".join(parts)


def test_a_message_begins_on_a_line_of_its_own(pipe: tuple[int, int]) -> None:
    read, write = pipe
    output = Output(write)
    output.pass_on(b"50 %")
    output.line(b"a message\n")
    output.pass_on(b"done\n")
    output.line(b"another\n")
    assert output.flush(5)
    assert read_all(read) == b"50 %\na message\ndone\nanother\n"


def test_what_a_command_has_written_comes_before_what_is_said_about_its_end(
    pipe: tuple[int, int],
) -> None:
    read, write = pipe
    command_out, command_in = os.pipe()
    output = Output(write)
    output.copy(command_out)
    os.write(command_in, b"last words\n" * 100)
    os.close(command_in)
    assert output.tail() == "\n".join(["last words"] * 20)
    output.line(b"it has ended\n")
    assert output.flush(5)
    assert read_all(read) == b"last words\n" * 100 + b"it has ended\n"


def test_a_log_that_takes_nothing_blocks_neither_messages_nor_the_tail(
    pipe: tuple[int, int],
) -> None:
    read, write = pipe
    command_out, command_in = os.pipe()
    output = Output(write)
    output.copy(command_out)
    os.set_blocking(command_in, False)
    written = 0
    started = time.monotonic()
    while time.monotonic() < started + 0.5:
        try:
            written += os.write(command_in, b"%063d\n" % written)
        except BlockingIOError:
            time.sleep(0.01)
    # The command waits, as it would without the launcher.
    assert written < 300_000
    for number in range(MOST_WAITING // 1000):
        output.line(b"%01000d\n" % number)
    assert output.tail().splitlines()[-1] == f"{written - 64:063d}"
    assert not output.flush(0.1)
    assert time.monotonic() - started < 5
    # Once the log goes on, nothing is missing, and nothing is out of order.
    found = b""
    while not output.flush(0.01):
        found += read_all(read)
    found += read_all(read)
    lines = [line for line in found.splitlines() if len(line) == 63]
    assert lines == sorted(lines)
    assert len(lines) == written // 64
    os.close(command_in)


def test_messages_that_no_log_takes_do_not_fill_the_memory(pipe: tuple[int, int]) -> None:
    read, write = pipe
    output = Output(write)
    for _ in range(3 * MOST_WAITING // 1000):
        output.line(b"x" * 999 + b"\n")
    found = b""
    while not output.flush(0.01):
        found += read_all(read)
    found += read_all(read)
    assert len(found) < MOST_WAITING + 200_000
    assert found.endswith(b"mnp-launch: the log is too slow, messages were dropped\n")


def test_a_log_that_another_program_has_made_non_blocking_loses_nothing(
    pipe: tuple[int, int],
) -> None:
    read, write = pipe
    os.set_blocking(write, False)
    output = Output(write)
    output.pass_on(b"y" * 500_000)
    found = b""
    while not output.flush(0.01):
        found += read_all(read)
    assert found + read_all(read) == b"y" * 500_000


def test_a_log_that_is_gone_is_no_failure() -> None:
    read, write = os.pipe()
    os.close(read)
    output = Output(write)
    output.line(b"a message\n")
    assert output.flush(5)
    os.close(write)


def test_the_tail_of_output_without_lines_is_bounded() -> None:
    tail = Tail()
    for _ in range(100):
        tail.add(b"z" * 65536)
    assert len(tail.text()) == TAIL_BYTES
    for number in range(100_000):
        tail.add(b"%d\n" % number)
    assert tail.text().split("\n") == [str(number) for number in range(99_980, 100_000)]


def test_of_a_progress_bar_the_tail_has_the_last_state() -> None:
    tail = Tail()
    tail.add(b"epoch 1\r\n")
    for percent in range(101):
        tail.add(b"\r%3d %% done" % percent)
    assert tail.text() == "epoch 1\n100 % done"
    tail.add(b"\nRuntimeError: CUDA out of memory\n")
    assert tail.text() == "epoch 1\n100 % done\nRuntimeError: CUDA out of memory"
    tail.add(b" 50 % done\r 99 % done\r")
    assert tail.text().endswith("\n 99 % done")


def test_messages_are_written_where_no_thread_can_be_started(
    pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", fail)
    read, write = pipe
    output = Output(write)
    output.line(b"a message\n")
    assert output.flush(5)
    assert read_all(read) == b"a message\n"
