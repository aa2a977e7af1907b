"""A command that another node asked for: its process, input, output and exit status."""

from __future__ import annotations

import array
import fcntl
import os
import termios
from collections import deque
from functools import partial
from typing import Callable, Mapping

from cdk_batch_mnp_launch import exit_codes
from cdk_batch_mnp_launch.processes import Processes
from cdk_batch_mnp_launch.protocol.frames import CREDIT, DATA, EXIT, KILL
from cdk_batch_mnp_launch.reactor import Reactor
from cdk_batch_mnp_launch.serving.request import (
    CHUNK,
    STDERR,
    STDOUT,
    Receive,
    Request,
    number,
    number_of,
)


class RemoteCommand:
    """Run a command in the shell.

    The exit status is sent when the process has ended, after the output that it wrote. Processes
    that it left behind may hold the pipes open: what they write later goes to this node's log.
    """

    def __init__(
        self,
        reactor: Reactor,
        processes: Processes,
        grace: float,
        send: Receive,
        leave: Callable[[bytes], None],
        window: int,
    ) -> None:
        self._leave = leave
        self._reactor = reactor
        self._processes = processes
        self._grace = grace
        self._send = send
        self._pid = 0
        self._window = window
        self._outputs: dict[int, int] = {}  # pipe -> STDOUT or STDERR
        self._left: dict[int, int] = {}  # pipe -> bytes to send, once the process has ended
        self._code = -1
        self._exited = False
        self._stdin = -1
        self._input: deque[bytes] = deque()
        self._input_ended = False

    def start(self, request: Request, env: Mapping[str, str]) -> None:
        """Start the process. If that fails, the exit status is sent at once."""
        stdin, self._stdin = os.pipe()
        out, stdout = os.pipe()
        err, stderr = os.pipe()
        try:
            self._pid = self._processes.spawn(
                ["/bin/sh", "-c", request.command],
                env,
                self._ended,
                cwd=request.cwd if os.path.isdir(request.cwd) else "/",
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
            )
        except (OSError, ValueError) as error:
            for fd in (out, err, self._stdin):
                os.close(fd)
            self._stdin = -1
            self._exited = True
            text = f"mnp-launch: cannot run the command: {error}\n"
            self._send(DATA, bytes((STDERR,)) + text.encode())
            self._send(EXIT, number(exit_codes.CANNOT_EXECUTE))
            return
        finally:
            for fd in (stdin, stdout, stderr):
                os.close(fd)
        for fd in (out, err, self._stdin):
            os.set_blocking(fd, False)
        self._outputs = {out: STDOUT, err: STDERR}
        self._watch_outputs()

    def receive(self, type_: int, payload: bytes) -> None:
        """Take input, credit for output, or the order to end."""
        if type_ == DATA:
            if len(payload) > 1:
                self._input.append(payload[1:])
            else:
                self._input_ended = True
            self._write_input()
        elif type_ == CREDIT:
            self._window += number_of(payload)
            if self._left:
                self._send_left()
            else:
                self._watch_outputs()
        elif type_ == KILL and not self._exited:
            self._window += 1 << 40  # no one reads the output any more
            self._processes.stop_below(self._pid, self._grace)
            if self._left:
                self._send_left()
            else:
                self._watch_outputs()

    def _watch_outputs(self) -> None:
        readable = self._window > 0 or self._exited
        for fd in self._outputs:
            self._reactor.watch(fd, read=partial(self._readable, fd) if readable else None)

    def _readable(self, fd: int) -> None:
        self._read(fd)

    def _read(self, fd: int, most: int = CHUNK) -> int:
        try:
            data = os.read(fd, most)
        except BlockingIOError:
            return 0
        except OSError:
            data = b""
        kind = self._outputs[fd]
        if not data:
            self._reactor.watch(fd)
            os.close(fd)
            del self._outputs[fd]
            self._left.pop(fd, None)
            return 0
        if self._exited:
            self._leave(data)
            return len(data)
        self._window -= len(data)
        self._send(DATA, bytes((kind,)) + data)
        if self._window <= 0:
            self._watch_outputs()
        return len(data)

    def _write_input(self) -> None:
        if self._stdin < 0:
            self._drop_input()
            return
        written = 0
        try:
            while self._input:
                count = os.write(self._stdin, self._input[0])
                written += count
                if count == len(self._input[0]):
                    self._input.popleft()
                else:
                    self._input[0] = self._input[0][count:]
        except BlockingIOError:
            self._reactor.watch(self._stdin, write=self._write_input)
        except OSError:
            self._close_input()
            self._drop_input()
        else:
            self._reactor.watch(self._stdin)
            if self._input_ended:
                self._close_input()
        if written and not self._exited:
            self._send(CREDIT, number(written))

    def _drop_input(self) -> None:
        # The command does not read its input; the sender must not wait for that.
        dropped = sum(len(each) for each in self._input)
        self._input.clear()
        if dropped and not self._exited:
            self._send(CREDIT, number(dropped))

    def _close_input(self) -> None:
        if self._stdin >= 0:
            self._reactor.watch(self._stdin)
            os.close(self._stdin)
            self._stdin = -1

    def _ended(self, code: int) -> None:
        self._code = code
        self._close_input()
        # What is in the pipes now is the command's own; orphans may go on to write.
        for fd in list(self._outputs):
            self._reactor.watch(fd)
            waiting = array.array("i", [0])
            fcntl.ioctl(fd, termios.FIONREAD, waiting)
            self._left[fd] = waiting[0]
        self._send_left()

    def _send_left(self) -> None:
        if self._exited:
            return
        for fd in list(self._left):
            while self._left.get(fd, 0) > 0:
                if self._window <= 0:
                    return  # until there is credit
                count = self._read(fd, min(CHUNK, self._left[fd]))
                if fd in self._left:
                    self._left[fd] = self._left[fd] - count if count else 0
        self._left.clear()
        self._exited = True
        self._send(EXIT, number(self._code))
        self._watch_outputs()
