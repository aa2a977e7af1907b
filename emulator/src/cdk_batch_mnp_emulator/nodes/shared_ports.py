"""Programs of nodes that listen on a port of the whole machine, where nodes share its network.

A program that binds 0.0.0.0 takes the port of all nodes. The program of another node fails to bind
it, or, worse, connects to the wrong node and gets a wrong result. Only the socket of the survivor
shows that, so the sockets are what is watched, on Linux.
"""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from cdk_batch_mnp_emulator.nodes.listeners import listeners

_MOST_LOOKS = 20
"""How often a socket is looked for among the nodes before it counts as another program's.

The kernel may leave out a child of a process while other children end.
"""

_EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")


class SharedPorts:
    """Finds such programs, each of their ports once."""

    def __init__(self) -> None:
        self._seen: set[int] = set()
        self._looks: Counter[int] = Counter()
        self._free = _free_ports()
        own = os.getpid()
        self._names_children = Path(f"/proc/{own}/task/{own}/children").exists()

    def found(self, nodes: Mapping[int, int]) -> Iterator[tuple[int, str]]:
        """Yield the node and a warning for each new port.

        Args:
            nodes: The first process of each node.
        """
        # A port that the kernel has chosen is not another node's.
        listening = {
            inode: port
            for inode, port in listeners().items()
            if inode not in self._seen and port not in self._free
        }
        if not listening:
            return
        for node, process in self._processes(nodes):
            for inode in _sockets(process) & listening.keys() - self._seen:
                self._seen.add(inode)
                yield node, _warning(process, listening[inode])
        self._looks.update(listening.keys() - self._seen)
        self._seen |= {inode for inode, looks in self._looks.items() if looks >= _MOST_LOOKS}
        for inode in self._looks.keys() & self._seen:
            del self._looks[inode]

    def _processes(self, nodes: Mapping[int, int]) -> Iterator[tuple[int, int]]:
        if self._names_children:  # which is much quicker than to look at all processes
            for node, first in nodes.items():
                for process in _descendants(first):
                    yield node, process
            return
        parents = _parents()
        by_first = {first: node for node, first in nodes.items()}
        for process in parents:
            if found := _node_of(process, parents, by_first):
                yield found, process


def _warning(process: int, port: int) -> str:
    name = "a program"
    with contextlib.suppress(OSError):
        name = Path(f"/proc/{process}/comm").read_text().strip()
    return (
        f"{name} (pid {process}) listens on 0.0.0.0:{port}, which all nodes share here: programs"
        " of other nodes fail to listen there, or talk to the wrong node. Bind the node's own"
        " address, which is in HOSTNAME"
    )


def _free_ports() -> range:
    try:
        low, high = _EPHEMERAL.read_text().split()
    except (OSError, ValueError):
        return range(32768, 61000)
    return range(int(low), int(high) + 1)


def _descendants(first: int) -> Iterator[int]:
    waiting = [first]
    while waiting:
        process = waiting.pop()
        yield process
        with contextlib.suppress(OSError):
            for thread in Path(f"/proc/{process}/task").iterdir():
                waiting += map(int, (thread / "children").read_text().split())


def _parents() -> dict[int, int]:
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError):
                # 4711 (the name) S 1 ..., in which the name may be anything.
                stat = (entry / "stat").read_text(errors="replace")
                found[int(entry.name)] = int(stat.rpartition(")")[2].split()[1])
    return found


def _node_of(process: int, parents: Mapping[int, int], by_first: Mapping[int, int]) -> int | None:
    while process and process not in by_first:
        process = parents.get(process, 0)
    return by_first.get(process)


def _sockets(process: int) -> set[int]:
    found = set()
    with contextlib.suppress(OSError):
        for descriptor in Path(f"/proc/{process}/fd").iterdir():
            with contextlib.suppress(OSError):
                target = str(descriptor.readlink())
                if target.startswith("socket:["):
                    found.add(int(target[8:-1]))
    return found
