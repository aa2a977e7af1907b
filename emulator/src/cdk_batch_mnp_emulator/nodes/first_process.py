"""The first process of a node: it starts the program, and ends all of the node with it.

It is forked from the host process, so it takes a few milliseconds and no interpreter of its own.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import os
import resource
import select
import signal
import socket
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from cdk_batch_mnp_emulator.nodes.channel import Channel
from cdk_batch_mnp_emulator.nodes.isolation import Isolation
from cdk_batch_mnp_emulator.orphans import children

SIGNALS = (signal.SIGTERM, signal.SIGUSR1, signal.SIGCHLD)
"""Blocked while the process is forked: end the program, end everything, a child has ended."""

_PRESENT = "CannotStartContainerError"
_MOST_DESCRIPTORS = 1 << 16  # more than the host process opens, where the system has no limit


def run(
    order: Mapping[str, Any], output: int, report: int, life: int, isolation: Isolation
) -> NoReturn:
    """Be the first process of a node, from the fork on.

    Args:
        order: What the server asked for.
        output: Descriptor that the program writes to.
        report: Descriptor of a channel for what becomes of the start.
        life: Descriptor of a pipe that ends when the host process ends.
        isolation: Separates the node from others.
    """
    status = 1
    try:
        gc.disable()  # it would write to memory that is shared with the host process
        kept = sorted((output, report, life, *isolation.kept(order)))
        most = min(os.sysconf("SC_OPEN_MAX"), _MOST_DESCRIPTORS)
        for low, high in zip((2, *kept), (*kept, most), strict=True):
            os.closerange(low + 1, high)
        status = _FirstProcess(dict(order), output, report, life, isolation).run()
    finally:
        os._exit(status)


class _FirstProcess:
    def __init__(
        self, order: dict[str, Any], output: int, report: int, life: int, isolation: Isolation
    ) -> None:
        self._order = order
        self._output = output
        self._report = Channel(socket.socket(fileno=report))
        self._life = life
        self._isolation = isolation
        self._signals, wake = os.pipe()
        os.set_blocking(wake, False)
        os.set_blocking(self._signals, False)
        signal.set_wakeup_fd(wake)
        for number in SIGNALS:
            signal.signal(number, ignore)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        self._program = 0

    def run(self) -> int:
        try:
            return self._run()
        except Exception as error:
            return self._fail(f"the node failed: {type(error).__name__}: {error}")

    def _run(self) -> int:
        os.setsid()
        try:
            for warning in self._isolation.enter(self._order):
                self._report.send({"warned": warning})
            self._listen()
        except OSError as error:
            return self._fail(f"the node cannot be set up: {error.strerror or error}")
        if self._host_is_gone(0):
            return 1
        if signal.SIGTERM in self._came() or self._host_is_gone(0):
            return self._fail("the node was stopped before its program started", of_runtime=False)
        return self._start() or self._wait()

    def _listen(self) -> None:
        # A socket stays in the network that it was made in, whichever process accepts on it.
        if (listening := self._isolation.listening(self._order)) is not None:
            with listening:
                self._report.send({"listening": self._order["port"]}, [listening.fileno()])

    def _start(self) -> int:
        failed, fail = os.pipe()
        try:
            self._program = os.fork()
        except OSError as error:
            return self._fail(f"no process can be started: {error.strerror}")
        if self._program == 0:
            reason = "the program ended while it was loaded"
            try:
                reason = _become(self._order, self._output, self._isolation)
            finally:
                os.write(fail, reason.encode(errors="replace"))
                os._exit(127)
        os.close(fail)
        os.close(self._output)
        parts = []
        while part := os.read(failed, 1 << 16):
            parts.append(part)
        os.close(failed)
        if parts:
            return self._fail(b"".join(parts).decode(errors="replace"))
        self._report.send({"started": self._program})
        self._report.close()
        return 0

    def _fail(self, reason: str, *, of_runtime: bool = True) -> int:
        with contextlib.suppress(OSError):
            self._report.send({"failed": f"{_PRESENT}: {reason}" if of_runtime else reason})
        return 1

    def _wait(self) -> int:
        while True:
            if self._host_is_gone(None):
                break
            came = self._came()
            if signal.SIGUSR1 in came:
                break
            if signal.SIGTERM in came:
                # The program alone, as with a container: what it started is its own business.
                with contextlib.suppress(OSError):
                    os.kill(self._program, signal.SIGTERM)
            if (status := self._reap()) is not None:
                self._end_rest()
                return status
        status = 128 + signal.SIGKILL
        if not self._isolation.ends_all:
            with contextlib.suppress(OSError):
                os.killpg(self._program, signal.SIGKILL)
            self._end_rest()
        return status

    def _host_is_gone(self, timeout: int | None) -> bool:
        poll = select.poll()
        poll.register(self._life, select.POLLIN)
        poll.register(self._signals, select.POLLIN)
        return any(each == self._life for each, _ in poll.poll(timeout))

    def _came(self) -> set[int]:
        try:
            return set(os.read(self._signals, 1 << 12))
        except BlockingIOError:
            return set()

    def _reap(self) -> int | None:
        ended = None
        with contextlib.suppress(ChildProcessError):
            while (pair := os.waitpid(-1, os.WNOHANG)) != (0, 0):
                if pair[0] == self._program:
                    code = os.waitstatus_to_exitcode(pair[1])
                    ended = code if code >= 0 else 128 - code
        return ended

    def _end_rest(self) -> None:
        # Orphans become children of this process, so none are left once it has no children.
        if self._isolation.ends_all:
            return
        with contextlib.suppress(OSError):
            os.killpg(self._program, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            while True:
                while os.waitpid(-1, os.WNOHANG) != (0, 0):
                    pass
                for child in _children():
                    with contextlib.suppress(OSError):
                        os.kill(child, signal.SIGKILL)
                select.select([self._signals], [], [], 0.05)
                self._came()


def _children() -> Iterable[int]:
    # Most kernels list them. To look at all processes takes long where a thousand nodes end.
    try:
        own = os.getpid()
        return [int(each) for each in Path(f"/proc/{own}/task/{own}/children").read_text().split()]
    except OSError:
        return children()


def ignore(number: int, frame: FrameType | None) -> None:
    """Do nothing, so that a signal is only written to the descriptor that is waited for."""


def _become(order: Mapping[str, Any], output: int, isolation: Isolation) -> str:
    """Become the program of the node, or return why that fails."""
    os.setsid()
    try:
        os.chdir(order["folder"])
    except OSError as error:
        return f"the working folder {order['folder']} cannot be entered: {error.strerror}"
    os.umask(0o022)
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        with contextlib.suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    _set_limits(order["limits"])
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(source, target)
    return _execute(order["command"], order["environment"])


def _set_limits(limits: Iterable[tuple[str, int, int]]) -> None:
    for name, soft, hard in limits:
        kind = getattr(resource, f"RLIMIT_{name.upper()}", None)
        # Processes are counted for the user on the whole machine, whose others may be above that.
        if kind is None or name == "nproc":
            continue
        most = resource.getrlimit(kind)[1]
        wanted = (_lower(soft, most), _lower(hard, most))
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(kind, wanted)


def _lower(wanted: int, most: int) -> int:
    if wanted < 0 or most == resource.RLIM_INFINITY:
        return most if wanted < 0 else wanted
    return min(wanted, most)


def _execute(command: Sequence[str], environment: Mapping[str, str]) -> str:
    program = command[0]
    if not program:
        return "the command begins with an empty program name"
    path = environment.get("PATH", "")
    places = (
        [program] if "/" in program else [f"{each or '.'}/{program}" for each in path.split(":")]
    )
    refused = ""
    for place in places:
        try:
            os.execve(place, list(command), dict(environment))  # noqa: S606 - what a node is
        except (ValueError, UnicodeError) as error:
            return f"the program {program!r} cannot be started: {error}"
        except OSError as error:
            if error.errno not in {errno.ENOENT, errno.ENOTDIR} or os.path.lexists(place):
                refused = refused or _refusal(place, error)
    if refused:
        return refused
    where = "" if "/" in program else f" in PATH ({path})"
    return f'the program "{program}" was not found{where}'


def _refusal(place: str, error: OSError) -> str:
    if error.errno == errno.ENOENT:
        return f'the program "{place}" exists, but the interpreter that it names does not'
    if error.errno == errno.ENOEXEC:
        return f'the program "{place}" is not a program of this machine, and has no "#!" line'
    if error.errno == errno.EACCES:
        return f'the program "{place}" is not executable'
    return f'the program "{place}" cannot be started: {error.strerror}'
