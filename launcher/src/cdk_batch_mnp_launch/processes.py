"""The processes of a node: starting, reaping, signaling and ending them, daemons included."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
from functools import partial
from typing import Any, Callable, Iterable, Mapping, NamedTuple, Sequence

from cdk_batch_mnp_launch import exit_codes
from cdk_batch_mnp_launch.reactor import Reactor, Timer

_PR_SET_CHILD_SUBREAPER = 36
_POLL_SECONDS = 0.05
_SWIFT = 50
KILL_SECONDS = 5.0
"""How long processes may take to end after SIGKILL before the launcher goes on without them."""


def become_subreaper() -> bool:
    """Make orphaned descendants children of this process, as they are of PID 1."""
    if os.getpid() == 1:
        return True
    try:
        import ctypes

        return bool(ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0)
    except (ImportError, OSError, AttributeError):
        return False


class Process(NamedTuple):
    """A process of this node.

    Attributes:
        parent: Process ID of its parent.
        ended: Whether its parent only has to collect its status.
    """

    parent: int
    ended: bool


def process_table() -> dict[int, Process]:
    """Return all processes by their IDs."""
    found: dict[int, Process] = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        fields = _stat(int(entry))
        if fields:
            # A process whose first thread has ended counts as a zombie, while the others run on.
            ended = fields[0] in b"ZX" and int(fields[17]) <= 1
            found[int(entry)] = Process(int(fields[1]), ended)
    return found


def name_of(pid: int) -> str:
    """Return the name of a process's program, at most 15 characters; empty if it is gone."""
    try:
        with open(f"/proc/{pid}/comm", "rb") as file:
            return file.read().decode("utf-8", "replace").rstrip("\n")
    except OSError:
        return ""


def descendants(root: int) -> list[int]:
    """Return the IDs of the living processes below a process, parents before children."""
    children: dict[int, list[int]] = {}
    for pid, process in process_table().items():
        if not process.ended:
            children.setdefault(process.parent, []).append(pid)
    found: list[int] = []
    pending = [root]
    while pending:
        below = children.get(pending.pop(0), [])
        found += below
        pending += below
    return found


def _stat(pid: int) -> list[bytes]:
    """Return the fields of `/proc/<pid>/stat` from the state on; none if the process is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            stat = file.read()
    except OSError:
        return []
    # The name of the program, in parentheses, may itself contain parentheses and spaces.
    return stat[stat.rindex(b")") + 2 :].split()


def _started(pid: int) -> bytes:
    """Return when a process started; with its ID, that is unique."""
    fields = _stat(pid)
    return fields[19] if fields else b""


def groups_of(pids: Iterable[int]) -> set[int]:
    """Return the process groups of processes below the launcher, without its own."""
    groups = {int(fields[2]) for fields in map(_stat, pids) if fields}
    # Every command is started in a session, so in a group, of its own.
    return {each for each in groups if each > 1} - {os.getpgrp()}


def kill(pids: Sequence[int], groups: Iterable[int] = ()) -> None:
    """Send SIGKILL to processes below the launcher, and to what they start meanwhile.

    A program that replaces itself all the time can be gone each time that its ID is used. Signals
    to all processes and to groups reach it, because no process can be started while they are sent.
    """
    if os.getpid() == 1:
        send_signal([-1], signal.SIGKILL)
    else:
        send_signal([*(-each for each in {*groups, *groups_of(pids)}), *pids], signal.SIGKILL)


def children() -> list[int]:
    """Return the IDs of this process's own children; faster than `descendants`."""
    found: list[int] = []
    for thread in os.listdir("/proc/self/task"):
        try:
            with open(f"/proc/self/task/{thread}/children") as file:
                found += map(int, file.read().split())
        except OSError:
            continue  # the thread has ended, or the kernel has no such file
    return found


def send_signal(pids: Sequence[int], number: int) -> None:
    """Send a signal to processes; those that are gone are skipped."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except (ProcessLookupError, PermissionError):
            continue


class Processes:
    """The processes below the launcher.

    Attributes:
        stopped: Whether they have been asked to end. No other is started then.
    """

    def __init__(self, reactor: Reactor) -> None:
        self.stopped = False
        self._reactor = reactor
        self._on_exit: dict[int, Callable[[int], None]] = {}
        self._popen: dict[int, subprocess.Popen[bytes]] = {}
        self._files: tuple[int, int] | None = None  # limits of commands, if not the launcher's own
        self._timer: Timer | None = None
        self._kill_at = 0.0
        self._groups: set[int] = set()  # of processes that are being stopped
        self._when_stopped: list[Callable[[list[int]], None]] = []
        become_subreaper()
        reactor.on_signal(signal.SIGCHLD, self._child_ended)

    def allow_files(self, count: int) -> int:
        """Allow the launcher, but not its commands, to open this many files.

        Containers often start with 1024, which a job of 1000 nodes uses up.

        Returns:
            How many it may open in the end.
        """
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft == resource.RLIM_INFINITY or soft >= count:
            return count
        most = count if hard == resource.RLIM_INFINITY else min(count, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        self._files = (soft, hard)
        return most

    def spawn(
        self,
        argv: Sequence[str],
        env: Mapping[str, str],
        on_exit: Callable[[int], None],
        cwd: str | None = None,
        **files: Any,
    ) -> int:
        """Start a process in a session of its own and return its ID.

        Args:
            argv: Program and arguments.
            env: All of its environment.
            on_exit: Called with the exit status, in the loop.
            cwd: Its working directory.
            files: Its stdin, stdout and stderr, as for `subprocess.Popen`.

        Raises:
            OSError: If the program cannot be started.
        """
        limit = None
        if self._files is not None:
            limit = partial(resource.setrlimit, resource.RLIMIT_NOFILE, self._files)
        process = subprocess.Popen(
            list(argv), env=dict(env), cwd=cwd, start_new_session=True, preexec_fn=limit, **files
        )
        self._popen[process.pid] = process
        self._on_exit[process.pid] = on_exit
        return process.pid

    def reap(self) -> bool:
        """Collect the status of every child that has ended, adopted ones too.

        Returns:
            Whether there is no child left, and thus no process below the launcher at all.
        """
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return True
            if pid == 0:
                return False
            code = exit_codes.of_wait_status(status)
            process = self._popen.pop(pid, None)
            if process is not None:
                process.returncode = code
            on_exit = self._on_exit.pop(pid, None)
            if on_exit is not None:
                on_exit(code)

    def _child_ended(self) -> None:
        if self.reap() and self._timer is not None:
            self._timer.cancel()
            self._check_stopped()

    def living(self) -> list[int]:
        """Return the IDs of all processes below the launcher."""
        return descendants(os.getpid())

    def signal_all(self, number: int) -> None:
        """Send a signal to all processes below the launcher."""
        send_signal(self.living(), number)

    def stop(self, grace: float, when_stopped: Callable[[list[int]], None]) -> None:
        """End all processes: SIGTERM, then SIGKILL after `grace` seconds.

        Args:
            grace: Seconds; 0 to kill at once. A later call can shorten the grace of an earlier one.
            when_stopped: Called when none is left, or with those that outlive SIGKILL.
        """
        self.stopped = True
        self._when_stopped.append(when_stopped)
        due = self._reactor.now() + grace
        if self._timer is None:
            self._kill_at = due
            living = self.living()
            if grace > 0:
                send_signal(living, signal.SIGTERM)
                # A stopped process acts on SIGTERM only once it continues.
                send_signal(living, signal.SIGCONT)
        else:
            self._kill_at = min(self._kill_at, due)
            self._timer.cancel()
        self._check_stopped()

    def stop_below(self, pid: int, grace: float) -> None:
        """End one process that `spawn` started and all below it, without waiting."""
        if pid not in self._popen:
            return
        tree = {each: _started(each) for each in (pid, *descendants(pid))}
        send_signal(sorted(tree), signal.SIGTERM)
        send_signal(sorted(tree), signal.SIGCONT)

        def kill_late() -> None:
            # When the first has ended, its children are the launcher's own.
            late = [each for each, started in tree.items() if started == _started(each) != b""]
            late += [below for process in late for below in descendants(process)]
            send_signal(late, signal.SIGKILL)

        self._reactor.after(grace, kill_late)

    def _kill(self, living: list[int]) -> None:
        kill(living, self._groups)
        for _ in range(_SWIFT):
            if self.reap():
                return
            send_signal(children(), signal.SIGKILL)

    def _check_stopped(self) -> None:
        # Not whether any is found: one that is being replaced by its child can be overlooked.
        none_left = self.reap()
        living = [] if none_left else self.living()
        late = self._reactor.now() - self._kill_at
        if not none_left and late < KILL_SECONDS:
            self._groups |= groups_of(living)
            if late >= 0:
                self._kill(living)
            self._timer = self._reactor.after(_POLL_SECONDS, self._check_stopped)
            return
        self._timer = None
        waiting, self._when_stopped = self._when_stopped, []
        for when_stopped in waiting:
            when_stopped(living)
