"""Which nodes have joined and which are ready, without any socket."""

from __future__ import annotations

from cdk_batch_mnp_launch.protocol.messages import Host
from cdk_batch_mnp_launch.ranges import as_ranges

REPORT_SECONDS = 30.0
"""How often nodes log what they wait for."""


class Roll:
    """The nodes of a job during the meeting."""

    def __init__(self, nodes: int) -> None:
        self._nodes = nodes
        self._joined: dict[int, Host] = {}
        self._ready: set[int] = set()

    def join(self, host: Host) -> None:
        """Note that a node has joined, or what else is known of it."""
        self._joined[host.node] = host

    def ready(self, index: int) -> None:
        """Note that a joined node has prepared itself."""
        if index in self._joined:
            self._ready.add(index)

    @property
    def all_joined(self) -> bool:
        """Whether every node has joined."""
        return len(self._joined) == self._nodes

    @property
    def all_ready(self) -> bool:
        """Whether every node is ready."""
        return len(self._ready) == self._nodes

    def hosts(self) -> list[Host]:
        """Return the joined nodes in index order."""
        return [self._joined[index] for index in sorted(self._joined)]

    def host(self, index: int) -> Host | None:
        """Return a joined node, or None."""
        return self._joined.get(index)

    def missing(self) -> str:
        """Return what the meeting waits for, such as `2 of 4 nodes have not joined: 2-3`."""
        absent = [index for index in range(self._nodes) if index not in self._joined]
        if absent:
            verb = "has" if len(absent) == 1 else "have"
            return f"{len(absent)} of {self._nodes} nodes {verb} not joined: {as_ranges(absent)}"
        late = [index for index in range(self._nodes) if index not in self._ready]
        verb = "is" if len(late) == 1 else "are"
        return f"{len(late)} of {self._nodes} nodes {verb} not ready: {as_ranges(late)}"
