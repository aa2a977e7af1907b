"""Run the server as a child process, and a command against it."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import FrameType, TracebackType
from typing import Self

from cdk_batch_mnp_emulator.access import Access
from cdk_batch_mnp_emulator.orphans import adopt_orphans, children, end_leftovers, signal_group
from cdk_batch_mnp_emulator.settings import Settings
from cdk_batch_mnp_emulator.variables import command_environment, without_theirs

COMMAND_NOT_FOUND = 127
COMMAND_NOT_EXECUTABLE = 126

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_GRACE_SECONDS = 10.0

_NOWHERE = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    # The server calls itself, without a proxy.
    "NO_PROXY": "*",
    "no_proxy": "*",
}
"""Prevents the server from using or looking up a real account."""


REFUSAL = "refused: "
"""What the server's first line begins with if it cannot run as its settings say."""

FOLDER_PREFIX = "cdk-batch-mnp-"
"""Of the names of temporary folders, which hold the files of nodes and functions."""

_DEFAULT_SETTINGS = Settings()


def server_environment() -> dict[str, str]:
    """Return the environment of the server: that of this process, without any account."""
    return without_theirs(os.environ) | _NOWHERE


class ServerError(Exception):
    """The server did not start, or has exited."""


class Interrupted(BaseException):
    """This process received a signal to end.

    No ``Exception``, as ``KeyboardInterrupt`` is none: what it interrupts, such as a request of
    botocore, would take it for an error of its own.
    """

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


class CommandError(Exception):
    """The command cannot be started.

    Attributes:
        status: Exit status that a shell would return.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class Server:
    """The server of the embedded AWS, as a context manager.

    It watches the pipe to this process, and so it ends when this process ends, even if killed.

    Args:
        settings: How jobs run in it.
    """

    def __init__(self, settings: Settings = _DEFAULT_SETTINGS) -> None:
        self._settings = settings
        self._access: Access | None = None
        self._process: subprocess.Popen[str] | None = None
        self._is_ending = False
        self._folder = ""

    @property
    def access(self) -> Access:
        """The address and the credentials of the server.

        Raises:
            ServerError: It has not been started.
        """
        if self._access is None:
            raise ServerError("the embedded AWS has not been started")
        return self._access

    @property
    def pid(self) -> int:
        """The process id of the server.

        Raises:
            ServerError: It has not been started.
        """
        if self._process is None:
            raise ServerError("the embedded AWS has not been started")
        return self._process.pid

    @property
    def folder(self) -> str:
        """The temporary folder of the server, which is removed at the end."""
        return self._folder

    def __enter__(self) -> Self:
        """Start the server and wait for it.

        Raises:
            ServerError: It does not start.
        """
        try:
            self._folder = tempfile.mkdtemp(prefix=FOLDER_PREFIX)
        except OSError as error:
            raise ServerError(
                f"no temporary folder can be made: {error.strerror}; TMPDIR names another place"
            ) from None
        self._process = self._start([self._settings.model_dump_json(), self._folder])
        try:
            assert self._process.stdout is not None  # noqa: S101 - for the type checker
            line = self._process.stdout.readline()
        except BaseException:
            self._end()
            raise
        if not line:
            self._end()
            raise ServerError("the embedded AWS did not start")
        if line.startswith(REFUSAL):
            self._end()
            raise ServerError(line.removeprefix(REFUSAL).strip())
        self._access = Access.from_line(line)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the server."""
        self._end()

    def guard(self, group: int) -> None:
        """Make the server kill a process group if this process ends before :meth:`release`."""
        self._send(str(group))

    def release(self) -> None:
        """Stop guarding the process group."""
        self._send("")

    def wait(self) -> None:
        """Wait until the server exits unexpectedly.

        Raises:
            ServerError: It has exited.
        """
        assert self._process is not None  # noqa: S101 - for the type checker
        self._process.wait()
        raise ServerError("the embedded AWS has exited")

    def watch(self, report: Callable[[str], None]) -> None:
        """Report in one line if the server exits unexpectedly.

        Args:
            report: Called with the line, from another thread.
        """
        process = self._process
        assert process is not None  # noqa: S101 - for the type checker

        def wait() -> None:
            status = process.wait()
            if not self._is_ending:
                how = f"signal {-status}" if status < 0 else f"status {status}"
                report(f"the embedded AWS has exited ({how}); the command continues without it")

        threading.Thread(target=wait, daemon=True).start()

    def _start(self, arguments: Sequence[str]) -> subprocess.Popen[str]:
        return subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-P", "-m", "cdk_batch_mnp_emulator.server", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=server_environment(),
            process_group=0,  # signals of the terminal are for the command, not for the server
        )

    def _send(self, line: str) -> None:
        assert self._process is not None  # noqa: S101 - for the type checker
        assert self._process.stdin is not None  # noqa: S101 - for the type checker
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(f"{line}\n")
            self._process.stdin.flush()

    def _end(self) -> None:
        process = self._process
        self._is_ending = True
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(BrokenPipeError):
                if pipe is not None:
                    pipe.close()
        try:
            process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        # A server that is killed leaves it.
        shutil.rmtree(self._folder, ignore_errors=True)


@contextlib.contextmanager
def ending_signals(handle: Callable[[int], None]) -> Iterator[None]:
    """Handle signals to end a process; ignored signals stay ignored."""

    def handler(number: int, frame: FrameType | None) -> None:
        handle(number)

    before = {
        number: signal.signal(number, handler)
        for number in _ENDING
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, handling in before.items():
            signal.signal(number, handling)


def interrupt(number: int) -> None:
    """Handle a signal by raising an exception.

    Raises:
        Interrupted: Always.
    """
    raise Interrupted(number)


def run_beside(server: Server, command: Sequence[str], region: str) -> int:
    """Run a command against the embedded AWS.

    The command runs in its own process group, in the foreground of the terminal if there is one. It
    receives the signals that this process receives. When it has exited, everything that it started
    is ended too; on Linux that includes processes that left its group, because this process adopts
    them. It stays a subreaper afterwards.

    Args:
        server: The running server.
        command: The program and its arguments.
        region: AWS Region of the command.

    Returns:
        The status that a shell would return: that of the command, or 128 plus the number of the
            signal that ended it. If the command was killed because it ignored a signal to this
            process, the number of that signal.

    Raises:
        CommandError: The command cannot be started.
    """
    received: list[int] = []
    group = 0

    def pass_on(number: int) -> None:
        received.append(number)
        signal_group(group, number if len(received) == 1 else signal.SIGKILL)  # the second time
        signal.setitimer(signal.ITIMER_REAL, _GRACE_SECONDS)

    def kill(number: int, frame: FrameType | None) -> None:
        signal_group(group, signal.SIGKILL)

    adopt_orphans()
    others = children()
    alarm_before = signal.signal(signal.SIGALRM, kill)
    with ending_signals(pass_on):
        group = _start(command, command_environment(os.environ, server.access, region))
        server.guard(group)
        if received:  # before the command had started
            signal_group(group, received[0])
        try:
            with _foreground(group):
                status = _wait(group)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, alarm_before)
            end_leftovers(group, others)
            server.release()
    if status >= 0:
        return status
    return 128 + (received[0] if received else -status)


def _start(command: Sequence[str], environment: Mapping[str, str]) -> int:
    if not command[0]:  # the operating system would report that it is not executable
        raise CommandError("'': command not found", COMMAND_NOT_FOUND)
    try:
        process = subprocess.Popen(command, env=environment, process_group=0)  # noqa: S603
    except FileNotFoundError:
        raise CommandError(f"{command[0]}: command not found", COMMAND_NOT_FOUND) from None
    except OSError as error:
        raise CommandError(f"{command[0]}: {error.strerror}", COMMAND_NOT_EXECUTABLE) from None
    process.returncode = 0  # _wait reaps it
    return process.pid


def _wait(pid: int) -> int:
    while True:
        _, status = os.waitpid(pid, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            return os.waitstatus_to_exitcode(status)
        # Ctrl-Z stopped the command: stop too, so that the shell shows its prompt.
        with _foreground(os.getpgrp()):
            os.kill(os.getpid(), signal.SIGSTOP)
        _set_foreground(pid)
        signal_group(pid, signal.SIGCONT)


@contextlib.contextmanager
def _foreground(group: int) -> Iterator[None]:
    before = _set_foreground(group)
    try:
        yield
    finally:
        if before is not None:
            _set_foreground(before)


def _set_foreground(group: int) -> int | None:
    """Put a process group in the foreground of the terminal; return the group that was there."""
    try:
        terminal = sys.stdin.fileno()
        if not os.isatty(terminal):
            return None
        before = os.tcgetpgrp(terminal)
        # Otherwise taking it back from the background would stop this process.
        handling = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        try:
            os.tcsetpgrp(terminal, group)
        finally:
            signal.signal(signal.SIGTTOU, handling)
    except (OSError, ValueError):
        return None
    return before
