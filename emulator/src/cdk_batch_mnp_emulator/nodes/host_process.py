"""The server's side of the host process."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping

from cdk_batch_mnp_emulator.nodes.channel import Channel
from cdk_batch_mnp_emulator.nodes.host import LOOPBACK, NAMESPACES

_FROM_HERE = ("PATH", "LANG", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
"""What an interpreter may need. Anything else may be a secret, which nodes could read there."""

_GRACE_SECONDS = 10.0


class HostError(Exception):
    """The host process does not start, or this system lacks what it needs."""


class HostProcess:
    """A host process.

    Args:
        network: How it separates nodes.

    Raises:
        HostError: It does not start, or this system does not allow that.

    Attributes:
        channel: The connection to it.
    """

    def __init__(self, network: str) -> None:
        here, there = socket.socketpair()
        self.channel = Channel(here)
        try:
            with there:
                self._process = subprocess.Popen(  # noqa: S603 - our own program
                    [
                        sys.executable,
                        "-P",
                        "-m",
                        f"{__package__}.host",
                        str(there.fileno()),
                        network,
                    ],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    pass_fds=[there.fileno()],
                    env=_environment(os.environ),
                    cwd="/",
                    start_new_session=True,  # signals of the terminal are for the command
                )
        except OSError as error:
            self.channel.close()
            raise HostError(f"no process can be started: {error.strerror}") from error
        received = self.channel.receive()
        message = received[0] if received else {"failed": "the host process of nodes has ended"}
        if "failed" in message:
            self.end()
            raise HostError(message["failed"])

    @property
    def pid(self) -> int:
        """Its process ID."""
        return self._process.pid

    def end(self) -> str:
        """Close the connection, wait for the end, and return how it ended."""
        self.channel.close()
        try:
            code = self._process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        if code < 0:
            with contextlib.suppress(ValueError):
                return f"by {signal.Signals(-code).name}"
        return f"with status {code}"


def start_host(network: str) -> tuple[HostProcess, str, str]:
    """Start a host process.

    Args:
        network: ``namespaces``, ``loopback``, or ``auto`` for the first of them that works.

    Returns:
        The process, which of the two it is, and why it is not the first.

    Raises:
        HostError: It does not start.
    """
    if network not in {"auto", NAMESPACES, LOOPBACK}:
        raise ValueError(f"network is {network!r}: use auto, {NAMESPACES} or {LOOPBACK}")
    reason = "it was asked for"
    if network != LOOPBACK:
        if sys.platform == "linux":
            try:
                return HostProcess(NAMESPACES), NAMESPACES, ""
            except HostError as error:
                reason = str(error)
        else:
            reason = "this system has no network namespaces"
        if network == NAMESPACES:
            raise HostError(f"nodes cannot run in namespaces of their own: {reason}")
    return HostProcess(LOOPBACK), LOOPBACK, reason


def _environment(own: Mapping[str, str]) -> dict[str, str]:
    kept = {
        name: value
        for name, value in own.items()
        if name in _FROM_HERE or name.startswith("PYTHON")
    }
    return kept | {"PYTHONUTF8": "1"}  # commands and variables of nodes are UTF-8
