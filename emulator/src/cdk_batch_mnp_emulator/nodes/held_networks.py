"""Networks that several containers share, one after the other or at the same time.

A container with a network of its own would take it away when it ends. So the network belongs to a
container that does nothing, as it does on ECS.
"""

from __future__ import annotations

import contextlib
import secrets
import threading
from collections.abc import Callable, Sequence

from cdk_batch_mnp_emulator.nodes.runner import NodeAddress

IMAGE = "registry.k8s.io/pause:3.9"
"""A program that waits; less than a megabyte, for all architectures.

Source: https://github.com/kubernetes/kubernetes/tree/master/build/pause.
"""

_PULL_SECONDS = 120.0
_STOPPED = "the node was stopped before its program started"


class NetworkError(Exception):
    """The network of containers cannot be made."""


class HeldNetworks:
    """The networks of containers that share an address.

    Args:
        run: Runs the program of the containers with arguments, waits for its end and, with the
            second argument, for more seconds than usual. It raises what ``error`` is.
        options: Returns the options of a container that has the address, but its name.
        error: What ``run`` raises.
    """

    def __init__(
        self,
        run: Callable[[Sequence[str], float], None],
        options: Callable[[NodeAddress], Sequence[str]],
        error: type[Exception],
    ) -> None:
        self._run = run
        self._options = options
        self._error = error
        self._lock = threading.Lock()
        self._holders: dict[str, str] = {}

    def join(self, where: NodeAddress, is_wanted: Callable[[], bool]) -> Sequence[str]:
        """Return the options of a container in the network at an address; waits until it exists.

        Args:
            where: The address.
            is_wanted: Whether the container is still to be started.

        Raises:
            NetworkError: It cannot be made, or the container is not to be started any more.
        """
        with self._lock:
            if not is_wanted():
                raise NetworkError(_STOPPED)
            if where.address not in self._holders:
                name = f"held-{where.address.replace('.', '-')}-{secrets.token_hex(3)}"
                start = ("run", "--detach", "--rm", "--name", name, *self._options(where), IMAGE)
                try:
                    self._run(start, _PULL_SECONDS)
                except self._error as error:
                    raise NetworkError(f"CannotStartContainerError: {error}") from error
                if not is_wanted():  # and the address may be another node's by now
                    with contextlib.suppress(self._error):
                        self._run(("rm", "--force", name), 0.0)
                    raise NetworkError(_STOPPED)
                self._holders[where.address] = name
            return ("--network", f"container:{self._holders[where.address]}")

    def release(self, where: NodeAddress, then: Callable[[], None]) -> None:
        """Remove the network at an address; returns at once.

        Args:
            where: The address.
            then: Called when nothing has the address any more.
        """
        if where.address not in self._holders:
            then()
            return
        threading.Thread(target=self._remove, args=(where, then), daemon=True).start()

    def _remove(self, where: NodeAddress, then: Callable[[], None]) -> None:
        with self._lock, contextlib.suppress(self._error):
            if holder := self._holders.pop(where.address, None):
                self._run(("rm", "--force", holder), 0.0)
        then()
