"""The user's command on this node."""

from __future__ import annotations

import os
from typing import Callable, Mapping, Sequence

from cdk_batch_mnp_launch import exit_codes
from cdk_batch_mnp_launch.output import Output
from cdk_batch_mnp_launch.processes import Processes

PIPE_BYTES = 4096
"""What an empty pipe takes at least."""


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
            text = f"mnp-launch: cannot run {argv[0]}: {error.strerror}\n"
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
