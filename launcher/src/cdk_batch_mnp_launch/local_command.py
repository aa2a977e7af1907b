"""The user's command on this node."""

from __future__ import annotations

import errno
import os
from typing import Callable, Mapping, Sequence

from cdk_batch_mnp_launch import exit_codes
from cdk_batch_mnp_launch.output import Output
from cdk_batch_mnp_launch.processes import Processes

PIPE_BYTES = 4096
"""What an empty pipe takes at least."""
LINE_BYTES = 256
"""What the kernel reads of the first line of a script."""


class LocalCommand:
    """Run the user's command once.

    Attributes:
        code: Its exit status; None while it runs or before it starts.
        pid: Its process ID; 0 before it starts.
    """

    def __init__(self, processes: Processes, output: Output, on_end: Callable[[int], None]) -> None:
        self._processes = processes
        self._output = output
        self._on_end = on_end
        self.code: int | None = None
        self.pid = 0

    def start(self, argv: Sequence[str], env: Mapping[str, str]) -> None:
        """Start it. If it cannot be started, its status is 127 or 126, as in a shell.

        Standard output is passed on as it is; standard error goes through a pipe.
        """
        read, write = os.pipe()
        try:
            self.pid = self._processes.spawn(argv, env, self._ended, stderr=write)
        except OSError as error:
            missing = isinstance(error, FileNotFoundError)
            code = exit_codes.NOT_FOUND if missing else exit_codes.CANNOT_EXECUTE
            reason = _missing(argv[0], env) if missing else error.strerror
            text = f"mnp-launch: cannot run {argv[0]}: {reason}\n"
            os.write(write, text.encode("utf-8", "backslashreplace")[-PIPE_BYTES:])
            os.close(write)
            self._output.copy(read)
            self._ended(code)
            return
        os.close(write)
        self._output.copy(read)

    def tail(self) -> str:
        """Return the last lines of its standard error."""
        return self._output.tail()

    def _ended(self, code: int) -> None:
        self.code = code
        self._on_end(code)


def _missing(program: str, env: Mapping[str, str]) -> str:
    """Return what is missing of a program that could not be found, or of one that exists."""
    folders = [""] if os.sep in program else os.get_exec_path(env)
    paths = [os.path.join(folder, program) for folder in folders]
    path = next(filter(os.path.isfile, paths), None)
    if path is None:
        return os.strerror(errno.ENOENT)
    try:
        with open(path, "rb") as file:
            start, _newline, _rest = file.read(LINE_BYTES).partition(b"\n")
    except OSError:
        return "it exists, but not what runs it"
    if start.startswith(b"#!"):
        # Quoted, because a file from Windows ends the line with a carriage return.
        interpreter = ascii(start[2:].decode("utf-8", "replace").strip(" "))
        return f"the interpreter in its first line does not exist: {interpreter}"
    return "it exists, but not the dynamic linker that it needs"
