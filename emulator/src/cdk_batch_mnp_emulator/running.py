"""The server of the embedded AWS as a child process, and a command beside it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from types import FrameType, TracebackType
from typing import Self

from cdk_batch_mnp_emulator.access import Access
from cdk_batch_mnp_emulator.orphans import adopt_orphans, children, end_orphans, reap
from cdk_batch_mnp_emulator.variables import command_environment, without_theirs

COMMAND_NOT_FOUND = 127
COMMAND_NOT_EXECUTABLE = 126

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_GRACE_SECONDS = 10.0

_NOWHERE = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    # The server calls itself, which no proxy is to see.
    "NO_PROXY": "*",
    "no_proxy": "*",
}
"""What keeps the server from finding a real account, or from asking for one."""


class ServerError(Exception):
    """The server did not start, or is gone."""


class Interrupted(Exception):  # noqa: N818 - a request from outside, no error
    """A signal asks this process to end."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


class CommandError(Exception):
    """The command cannot be started.

    Attributes:
        status: What a shell would exit with.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class Server:
    """The server of the embedded AWS, from ``with`` to the end of its block.

    It ends with this process too, however that goes: it watches the pipe between them.
    """

    def __init__(self) -> None:
        self._access: Access | None = None
        self._process: subprocess.Popen[str] | None = None
        self._is_ending = False

    @property
    def access(self) -> Access:
        """Where the server listens, and its credentials.

        Raises:
            ServerError: It has not been started.
        """
        if self._access is None:
            raise ServerError("the embedded AWS has not been started")
        return self._access

    def __enter__(self) -> Self:
        """Start the server and wait for it.

        Raises:
            ServerError: It does not start.
        """
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "cdk_batch_mnp_emulator.server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=without_theirs(os.environ) | _NOWHERE,
            process_group=0,  # what a terminal sends to stop the command is not for the server
        )
        try:
            assert self._process.stdout is not None  # noqa: S101 - for the type checker
            line = self._process.stdout.readline()
        except BaseException:
            self._end()
            raise
        if not line:
            self._end()
            raise ServerError("the embedded AWS did not start")
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
        """Let the server kill a process group, should this process end before :meth:`release`."""
        self._tell(str(group))

    def release(self) -> None:
        """Let the server leave the process group alone."""
        self._tell("")

    def wait(self) -> None:
        """Wait until the server ends, which it does not do by itself.

        Raises:
            ServerError: It has ended.
        """
        assert self._process is not None  # noqa: S101 - for the type checker
        self._process.wait()
        raise ServerError("the embedded AWS is gone")

    def watch(self, tell: Callable[[str], None]) -> None:
        """Report in one line if the server ends before it is asked to.

        Args:
            tell: Called with the line, from another thread.
        """
        process = self._process
        assert process is not None  # noqa: S101 - for the type checker

        def wait() -> None:
            status = process.wait()
            if not self._is_ending:
                how = f"signal {-status}" if status < 0 else f"status {status}"
                tell(f"the embedded AWS has ended ({how}); the command goes on without it")

        threading.Thread(target=wait, daemon=True).start()

    def _tell(self, line: str) -> None:
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


@contextlib.contextmanager
def ending_signals(handle: Callable[[int], None]) -> Iterator[None]:
    """Have the signals that ask a process to end handled; ignored ones stay ignored."""

    def handler(number: int, frame: FrameType | None) -> None:
        handle(number)

    before = {
        each: signal.signal(each, handler)
        for each in _ENDING
        if signal.getsignal(each) is not signal.SIG_IGN
    }
    try:
        yield
    finally:
        for each, handling in before.items():
            signal.signal(each, handling)


def interrupt(number: int) -> None:
    """Handle a signal by leaving whatever is being done.

    Raises:
        Interrupted: Always.
    """
    raise Interrupted(number)


def run_beside(server: Server, command: Sequence[str], region: str) -> int:
    """Run a command with the embedded AWS as its only AWS.

    The command is a process group of its own, and has the terminal if there is one. It is told of
    the signals that ask us to end. When it has ended, so has all that it started: on Linux also
    what has left its group. This process adopts that, and stays a parent of orphans afterwards.

    Args:
        server: Running.
        command: The program and its arguments.
        region: The Region to work in.

    Returns:
        What a shell would: the command's status, or 128 and the number of the signal that ended
        it; of the one that we were sent, if the command had to be killed for it.

    Raises:
        CommandError: The command cannot be started.
    """
    told: list[int] = []
    group = 0

    def pass_on(number: int) -> None:
        told.append(number)
        signal_group(group, number if len(told) == 1 else signal.SIGKILL)  # twice is meant
        signal.setitimer(signal.ITIMER_REAL, _GRACE_SECONDS)

    def kill(number: int, frame: FrameType | None) -> None:
        signal_group(group, signal.SIGKILL)

    adopt_orphans()
    others = children()
    alarm_before = signal.signal(signal.SIGALRM, kill)
    with ending_signals(pass_on):
        group = _start(command, command_environment(os.environ, server.access, region))
        server.guard(group)
        if told:  # while there was nobody to tell
            signal_group(group, told[0])
        try:
            with _terminal_of(group):
                status = _wait(group)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, alarm_before)
            end_group(group, others)
            end_orphans(others)
            server.release()
    if status >= 0:
        return status
    return 128 + (told[0] if told else -status)


def _start(command: Sequence[str], environment: Mapping[str, str]) -> int:
    if not command[0]:  # which the system takes for a file that may not be executed
        raise CommandError("'': command not found", COMMAND_NOT_FOUND)
    try:
        process = subprocess.Popen(command, env=environment, process_group=0)  # noqa: S603
    except FileNotFoundError:
        raise CommandError(f"{command[0]}: command not found", COMMAND_NOT_FOUND) from None
    except OSError as error:
        raise CommandError(f"{command[0]}: {error.strerror}", COMMAND_NOT_EXECUTABLE) from None
    process.returncode = 0  # it is waited for elsewhere
    return process.pid


def signal_group(group: int, number: int) -> None:
    """Send a signal to a process group, if there still is one."""
    if group:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)


def end_group(group: int, others: Set[int]) -> None:
    """End what is left of a process group: by asking, then by force.

    Args:
        group: Its number.
        others: Children of this process that have nothing to do with the group.
    """
    for number in (signal.SIGTERM, signal.SIGKILL):
        signal_group(group, number)
        deadline = time.monotonic() + 2
        reap(others)  # what has ended counts as a member until somebody has asked how
        while _is_alive(group) and time.monotonic() < deadline:
            time.sleep(0.02)
            reap(others)


def _is_alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _wait(pid: int) -> int:
    while True:
        _, status = os.waitpid(pid, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            return os.waitstatus_to_exitcode(status)
        # Ctrl-Z stopped the command: stop too, so that the shell has its prompt back.
        with _terminal_of(os.getpgrp()):
            os.kill(os.getpid(), signal.SIGSTOP)
        _give_terminal(pid)
        signal_group(pid, signal.SIGCONT)


@contextlib.contextmanager
def _terminal_of(group: int) -> Iterator[None]:
    before = _give_terminal(group)
    try:
        yield
    finally:
        if before is not None:
            _give_terminal(before)


def _give_terminal(group: int) -> int | None:
    """Give the terminal, if it is ours to give, to a process group; tell whose it was."""
    try:
        terminal = sys.stdin.fileno()
        if not os.isatty(terminal):
            return None
        before = os.tcgetpgrp(terminal)
        # Taking it back from the background would stop us otherwise.
        handling = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        try:
            os.tcsetpgrp(terminal, group)
        finally:
            signal.signal(signal.SIGTTOU, handling)
    except (OSError, ValueError):
        return None
    return before
