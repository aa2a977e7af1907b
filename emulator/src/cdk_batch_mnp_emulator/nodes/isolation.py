"""What separates the nodes that the host process forks from each other."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from cdk_batch_mnp_emulator.orphans import adopt_orphans


class Isolation(Protocol):
    """How the host process separates the nodes that it forks."""

    @property
    def ends_all(self) -> bool:
        """Whether the kernel ends all of a node with its first process."""

    def fork(self) -> contextlib.AbstractContextManager[None]:
        """Return a block in which the first process of a node is forked."""

    def prepare(self, order: Mapping[str, Any]) -> None:
        """Do what a node needs before its first process is forked.

        Args:
            order: What the server asked for.
        """

    def release(self, address: str) -> None:
        """Undo what :meth:`prepare` did for nodes at an address, none of which is left.

        Args:
            address: That they shared.
        """

    def kept(self, order: Mapping[str, Any]) -> Sequence[int]:
        """Return the descriptors that the first process of a node needs to enter.

        Args:
            order: What the server asked for.
        """

    def listening(self, order: Mapping[str, Any]) -> socket.socket | None:
        """Return a socket in the network of the node, on which the server accepts connections.

        Args:
            order: What the server asked for.

        Returns:
            A socket that listens, for a process that has entered; ``None`` if the node needs none.

        Raises:
            OSError: The port cannot be listened on.
        """

    def enter(self, order: Mapping[str, Any]) -> list[str]:
        """Move the first process of a node to its place.

        Args:
            order: What the server asked for.

        Returns:
            What could not be done, and what follows from that, for people.

        Raises:
            OSError: The node cannot run.
        """


def shows_files(image: str) -> bool:
    """Return whether a folder that stands for an image has files that a program may change."""
    return not (Path(image) / "pyvenv.cfg").exists()


def links_warning(image: str) -> str:
    """Return what follows from a working folder that has links to the files of an image."""
    return (
        f"the working folder has links to what is in {image}: what the program changes behind them"
        " is changed there"
    )


class Loopback:
    """Nodes that share the network of this machine."""

    ends_all = False

    def fork(self) -> contextlib.AbstractContextManager[None]:
        """Return a block that does nothing."""
        return contextlib.nullcontext()

    def prepare(self, order: Mapping[str, Any]) -> None:
        """Do nothing."""

    def release(self, address: str) -> None:
        """Do nothing."""

    def kept(self, order: Mapping[str, Any]) -> Sequence[int]:
        """Return nothing."""
        return ()

    def listening(self, order: Mapping[str, Any]) -> socket.socket | None:
        """Return nothing: the node is in the network of the server."""
        return None

    def enter(self, order: Mapping[str, Any]) -> list[str]:
        """Become the parent of all processes of the node that lose theirs."""
        adopt_orphans()
        return list(_differences(order))


def _differences(order: Mapping[str, Any]) -> Iterator[str]:
    if places := [each["path"] for each in order["mounts"]]:
        yield (
            f"no volume is at {', '.join(places)}: nodes that share the network of this machine"
            " share its files too, and see what this machine has there; only an argument or a"
            " variable that begins with the path of a volume names its folder instead"
        )
    if order["image"] and shows_files(order["image"]):
        yield links_warning(order["image"])
    if order["read_only"]:
        yield "the files of the node are not read-only, since it shares those of this machine"
