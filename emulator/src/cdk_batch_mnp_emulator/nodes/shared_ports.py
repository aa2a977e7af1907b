"""Programs of nodes that listen on a port of the whole machine, where nodes share its network.

A program that binds 0.0.0.0 takes the port of all nodes. The program of another node fails to bind
it, or, worse, connects to the wrong node and gets a wrong result. Only the socket of the survivor
shows that, so the sockets are what is watched, on Linux.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

_LISTENS = "0A"
_TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
_EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")


class SharedPorts:
    """Finds such programs, each of their ports once."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._free = _free_ports()

    def found(self, nodes: Mapping[int, int]) -> Iterator[tuple[int, str]]:
        """Yield the node and a warning for each new port.

        Args:
            nodes: The first process of each node.
        """
        listening = {inode: port for inode, port in _listening() if inode not in self._seen}
        # A port that the kernel has chosen is not another node's.
        listening = {inode: port for inode, port in listening.items() if port not in self._free}
        if not listening:
            return
        parents = _parents()
        by_first = {first: node for node, first in nodes.items()}
        for process in sorted(parents):
            node = _node_of(process, parents, by_first)
            for inode in _sockets(process) & listening.keys() if node else ():
                if node and inode not in self._seen:
                    self._seen.add(inode)
                    yield node, _warning(process, listening[inode])
        # What is left belongs to other programs of this machine.
        self._seen |= listening.keys()


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


def _listening() -> Iterator[tuple[str, int]]:
    for table in _TABLES:
        with contextlib.suppress(OSError):
            for line in table.read_text().splitlines()[1:]:
                fields = line.split()
                address, _, port = fields[1].partition(":")
                if fields[3] == _LISTENS and not address.strip("0"):
                    yield fields[9], int(port, 16)


def _parents() -> dict[int, int]:
    found = {}
    for each in Path("/proc").iterdir():
        if each.name.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError):
                # 4711 (the name) S 1 ..., in which the name may be anything.
                stat = (each / "stat").read_text(errors="replace")
                found[int(each.name)] = int(stat.rpartition(")")[2].split()[1])
    return found


def _node_of(process: int, parents: Mapping[int, int], by_first: Mapping[int, int]) -> int | None:
    while process and process not in by_first:
        process = parents.get(process, 0)
    return by_first.get(process)


def _sockets(process: int) -> set[str]:
    found = set()
    with contextlib.suppress(OSError):
        for each in Path(f"/proc/{process}/fd").iterdir():
            with contextlib.suppress(OSError):
                target = str(each.readlink())
                if target.startswith("socket:["):
                    found.add(target[8:-1])
    return found
