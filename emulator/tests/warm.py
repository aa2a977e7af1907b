"""Processes of the emulator that start with its modules loaded.

To start Python and to load moto takes a second; to fork a process that has done so takes a few
hundredths of one. What the start itself is about, and the standard streams at the start, is tested
with real processes: `command_line.COMMAND`, `cdk_batch_mnp_emulator.running.Server`.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from functools import cache
from pathlib import Path
from typing import IO, Any, Self, TextIO, cast
from zlib import crc32

from cdk_batch_mnp_emulator.running import Server, server_environment
from warm_folder import SOCKET, locked

COMMAND, SERVER = "command", "server"
NUMBER = struct.Struct("i")
_START = Path(__file__).with_name("warm_start.py")


class WarmProcess:
    """A process of the emulator, with what the tests use of :class:`subprocess.Popen`.

    Args:
        arguments: Of the command.
        what: The command, or the server itself.
        cwd: Where it runs.
        env: Its environment; that of this process by default.
        stdin: As for :class:`subprocess.Popen`.
        stdout: As for :class:`subprocess.Popen`.
        stderr: As for :class:`subprocess.Popen`.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        what: str = COMMAND,
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        stdin: int | IO[Any] | None = None,
        stdout: int | IO[Any] | None = None,
        stderr: int | IO[Any] | None = None,
    ) -> None:
        asked = {
            "what": what,
            "arguments": list(arguments),
            "folder": str(cwd or Path.cwd()),
            "environment": dict(os.environ if env is None else env),
        }
        self._code: int | None = None
        with ExitStack() as theirs:
            self.stdin, its_input = _stream(stdin, 0, theirs)
            self.stdout, its_output = _stream(stdout, 1, theirs)
            self.stderr, its_errors = _stream(stderr, 2, theirs)
            self._pipe, pipe = os.pipe()
            theirs.callback(os.close, pipe)
            _parent().ask(asked, its_input, its_output, its_errors, pipe)
        self.pid = self._number()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        for stream in (self.stdin, self.stdout, self.stderr):
            if stream is not None:
                stream.close()
        self.wait()

    def poll(self) -> int | None:
        with suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self._code

    def wait(self, timeout: float | None = None) -> int:
        if self._code is None:
            if not select.select([self._pipe], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("the emulator", timeout or 0)
            self._code = self._number()
            os.close(self._pipe)
        return self._code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _number(self) -> int:
        (number,) = NUMBER.unpack(os.read(self._pipe, NUMBER.size))
        return int(number)


class WarmServer(Server):
    """The server of the embedded AWS, with its modules loaded."""

    def _start(self, arguments: Sequence[str]) -> subprocess.Popen[str]:
        process = WarmProcess(
            arguments,
            SERVER,
            env=server_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        return cast("subprocess.Popen[str]", process)


def run_warm(
    *arguments: str,
    cwd: Path | None = None,
    timeout: float | None = None,
    env: Mapping[str, str] | None = None,
    encoding: str | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end, as :func:`subprocess.run` does with `capture_output`."""
    if encoding:
        env = {**(os.environ if env is None else env), "PYTHONIOENCODING": encoding}
    with (
        tempfile.TemporaryFile("w+", encoding=encoding) as out,
        tempfile.TemporaryFile("w+", encoding=encoding) as error,
    ):
        process = WarmProcess(arguments, cwd=cwd, env=env, stdout=out, stderr=error)
        try:
            code = process.wait(timeout)
        except BaseException:
            process.kill()
            raise
        out.seek(0)
        error.seek(0)
        return subprocess.CompletedProcess(arguments, code, out.read(), error.read())


class _Parent:
    """The process that is forked, one for all workers of a run of the tests."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        # Tests that run the tests of another checkout must not get to this one.
        run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
        folder = Path(tempfile.gettempdir(), f"warm-{crc32(f'{run} {_START}'.encode()):08x}")
        with locked(folder) as found:
            self._socket = self._connect(found / SOCKET)
        atexit.register(self._end)

    def ask(self, asked: Mapping[str, Any], *descriptors: int) -> None:
        body = json.dumps(asked).encode()
        socket.send_fds(self._socket, [NUMBER.pack(len(body))], descriptors)
        self._socket.sendall(body)

    def _connect(self, path: Path) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX)
        if path.exists():
            connection.connect(str(path))
            return connection
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(path))
            listening.listen()
            connection.connect(str(path))  # even if this process is killed now, the other one ends
            command = [sys.executable, str(_START), str(path.parent)]
            self._process = subprocess.Popen(command, stdin=listening.fileno())
        return connection

    def _end(self) -> None:
        self._socket.close()
        if self._process is not None:
            self._process.wait()


_parent = cache(_Parent)


def _stream(
    wanted: int | IO[Any] | None, number: int, theirs: ExitStack
) -> tuple[TextIO | None, int]:
    """Return this process's end of a standard stream, and the other process's."""
    if wanted is None:
        return None, number
    if wanted == subprocess.DEVNULL:
        opened = os.open(os.devnull, os.O_RDWR)
        theirs.callback(os.close, opened)
        return None, opened
    if wanted != subprocess.PIPE:
        return None, wanted if isinstance(wanted, int) else wanted.fileno()
    read, write = os.pipe()
    end = read if number == 0 else write
    theirs.callback(os.close, end)
    return os.fdopen(write, "w") if number == 0 else os.fdopen(read), end
