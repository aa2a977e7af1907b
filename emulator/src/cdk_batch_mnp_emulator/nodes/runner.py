"""What runs the nodes of jobs, whatever way it does that: the interface that AWS Batch uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class NoAddressError(Exception):
    """All addresses that a node could have are in use."""


@dataclass(frozen=True, slots=True)
class NodeAddress:
    """Where a node is reached by the other nodes.

    Attributes:
        address: Its private IPv4 address.
        host_name: A name that resolves to the address on every node.
    """

    address: str
    host_name: str


@dataclass(frozen=True, slots=True)
class Mount:
    """A folder or a file of its own at a place of a node's file system.

    Attributes:
        path: The place; absolute.
        folder: The folder or file that is shown there; ``None`` for a file system in memory.
        mib: Size of the file system in memory in MiB.
        read_only: Whether the node only reads it.
    """

    path: str
    folder: Path | None = None
    mib: int = 0
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit of the processes of a node.

    Attributes:
        name: Such as ``nofile``.
        soft: What applies; -1 for no limit.
        hard: Up to where a process may raise it; -1 for no limit.
    """

    name: str
    soft: int
    hard: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeRequest:
    """A node to start.

    Attributes:
        name: For messages, such as ``job 0c1d… node 3``.
        image: The image of its container, as the job definition names it.
        command: Its program and arguments; empty only if the runner runs the image, which has one.
        environment: All variables of the container, those of AWS Batch and of the embedded AWS
            included. The runner adds ``PATH``, ``HOME``, ``TMPDIR`` and ``HOSTNAME`` where they
            are missing.
        folder: Exists, and is the node's alone: its working folder, ``HOME`` and ``TMPDIR`` are
            made in it.
        where: As :meth:`NodeRunner.reserve` returned it.
        shares_network: Whether others have the same address: the containers of one task. They have
            one network, which is theirs until :meth:`NodeRunner.release`.
        shared_memory_mib: Size of ``/dev/shm`` in MiB.
        mounts: Folders and files of its own; later ones cover earlier ones.
        limits: Of its processes, of which the runner sets what this machine allows.
        is_read_only: Whether it may only write to its mounts and to memory.
    """

    name: str
    image: str
    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    where: NodeAddress
    shares_network: bool = False
    shared_memory_mib: int = 64
    mounts: Sequence[Mount] = ()
    limits: Sequence[Limit] = ()
    is_read_only: bool = False


class NodeListener(Protocol):
    """What is called about one node, from a thread of the runner's; calls never overlap."""

    def started(self) -> None:
        """Note that the program runs."""

    def wrote(self, lines: Sequence[str]) -> None:
        """Take lines of its standard output and standard error, without their ends."""

    def warned(self, text: str) -> None:
        """Note why the result of the job can be wrong, though nothing failed.

        Args:
            text: One sentence, without a full stop.
        """

    def ended(self, exit_code: int | None, reason: str) -> None:
        """Note that nothing of the node is left, and that all of its output was delivered.

        Args:
            exit_code: What the program exited with, or 128 plus the number of the signal that
                ended it; ``None`` if it was never started.
            reason: Why it was not started, or ended by something other than itself; or empty.
        """


class Node(Protocol):
    """A node that was started."""

    def stop(self, grace_seconds: float) -> None:
        """Send SIGTERM to the program, and kill all of the node once the time is over.

        Further calls can only shorten the time. A node that has not started yet does not start.
        """


class NodeRunner(Protocol):
    """Runs nodes on this machine."""

    @property
    def description(self) -> str:
        """How nodes run here, as one sentence for people, such as what is not isolated."""

    def reserve(self, cidr: str) -> NodeAddress:
        """Return a free address, in a subnet where addresses can be chosen.

        Args:
            cidr: Of the subnet, such as ``10.0.1.0/24``.

        Raises:
            NoAddressError: There is none.
        """

    def release(self, where: NodeAddress) -> None:
        """Release an address."""

    def start(self, request: NodeRequest, listener: NodeListener) -> Node:
        """Start a node; returns before its program runs.

        Whatever goes wrong from here on is reported to the listener.
        """

    def close(self) -> None:
        """End all nodes, at once and without grace; returns once nothing of them is left."""
