"""Runs nodes as processes of this machine."""

from __future__ import annotations

import contextlib
import itertools
import os
import resource
import sys
import threading

from cdk_batch_mnp_emulator.nodes.addresses import (
    Addresses,
    LoopbackAddresses,
    SubnetAddresses,
)
from cdk_batch_mnp_emulator.nodes.doors import Doors, Process
from cdk_batch_mnp_emulator.nodes.folders import (
    environment,
    make_folders,
    with_folders_of_volumes,
    working_folder,
)
from cdk_batch_mnp_emulator.nodes.host import NAMESPACES
from cdk_batch_mnp_emulator.nodes.host_process import HostError
from cdk_batch_mnp_emulator.nodes.images import Images
from cdk_batch_mnp_emulator.nodes.node_loop import NodeLoop
from cdk_batch_mnp_emulator.nodes.runner import (
    NoAddressError,
    NodeAddress,
    NodeListener,
    NodeRequest,
)
from cdk_batch_mnp_emulator.nodes.running_node import RunningNode

_PRESENT = "CannotStartContainerError"
_DESCRIPTORS_OF_NODE = 4
_DESCRIPTORS_KEPT = 128  # for requests and files of the server
_MOST_DESCRIPTORS = 1 << 16
_WATCHED = "" if sys.platform == "linux" else ", which is not noticed on this system"


class LocalRunner:
    """A :class:`NodeRunner` whose nodes are processes of this machine.

    One thread makes all calls to listeners. A listener that takes its time slows down the output of
    all nodes, whose programs then wait, and no memory is filled.

    Args:
        network: ``namespaces``, ``loopback``, or ``auto`` for the first of them that works here.
        port: Where this process listens on 127.0.0.1. Nodes in namespaces reach it there too.
        process: Serves a connection that a node made to that port.
        images: Folders that stand for images.

    Raises:
        HostError: Nodes cannot run that way here.
        ValueError: ``network`` is something else.
    """

    def __init__(
        self,
        *,
        network: str = "auto",
        port: int = 0,
        process: Process | None = None,
        images: Images | None = None,
    ) -> None:
        self._doors = Doors(process) if process else None
        self._images = images or Images({})
        self._most_descriptors = _raise_descriptors()
        self._numbers = itertools.count(1)
        self._kind: tuple[str, Addresses, str] | None = None
        self._kind_lock = threading.Lock()
        self._address_lock = threading.Lock()
        self._shared: set[str] = set()
        self._loop = NodeLoop(network, port if process else 0)
        if network != "auto":
            self._resolved()

    @property
    def description(self) -> str:
        """How nodes run here, in one sentence."""
        network, _, reason = self._resolved()
        if network == NAMESPACES:
            return (
                "Nodes are processes of this machine, with its files, and each with a network, a"
                " host name and processes of its own: they reach each other and the embedded AWS,"
                " and nothing else."
            )
        return (
            f"Nodes are processes of this machine and share its network ({reason}): each has a"
            f" loopback address of its own, and programs that bind 0.0.0.0 collide{_WATCHED}."
        )

    @property
    def host_pid(self) -> int | None:
        """The process ID of the process that all nodes depend on, if there is one."""
        return self._loop.host_pid

    def reserve(self, cidr: str) -> NodeAddress:
        """Return a free address.

        Raises:
            NoAddressError: There is none, or no node can run.
        """
        try:
            _, addresses, _ = self._resolved()
        except HostError as error:
            raise NoAddressError(str(error)) from error
        with self._address_lock:
            return addresses.reserve(cidr)

    def release(self, where: NodeAddress) -> None:
        """Release an address."""
        with self._address_lock:
            if self._kind:
                self._kind[1].release(where)
            if where.address in self._shared:
                self._shared.remove(where.address)
                self._loop.ask(lambda: self._loop.release(where.address))

    def start(self, request: NodeRequest, listener: NodeListener) -> _Handle:
        """Start a node; returns before its program runs."""
        if request.shares_network:
            with self._address_lock:
                self._shared.add(request.where.address)
        node = RunningNode(next(self._numbers), request, listener, self._doors)
        try:
            network, addresses, _ = self._resolved()
            prefix = addresses.prefix(request.where)
            is_asked = self._loop.ask(lambda: self._begin(node, prefix, network))
            reason = "the embedded AWS ends"
        except HostError as error:
            is_asked, reason = False, f"{_PRESENT}: {error}"
        if not is_asked:
            # Not from here, since the caller may hold what the listener waits for.
            threading.Thread(target=node.end, args=(None, reason), daemon=True).start()
        return _Handle(self._loop, node)

    def close(self) -> None:
        """End all nodes, at once and without grace; returns once nothing of them is left."""
        self._loop.close()
        if self._doors:
            self._doors.end()
        with self._address_lock:
            if self._kind:
                self._kind[1].close()

    def _resolved(self) -> tuple[str, Addresses, str]:
        with self._kind_lock:
            if self._kind is None:
                network, reason = self._loop.network()
                of_subnets = network == NAMESPACES
                addresses = SubnetAddresses() if of_subnets else LoopbackAddresses()
                self._kind = (network, addresses, reason)
            return self._kind

    def _begin(self, node: RunningNode, prefix: int, network: str) -> None:
        request = node.request
        needed = (self._loop.size + 1) * _DESCRIPTORS_OF_NODE + _DESCRIPTORS_KEPT
        if needed > self._most_descriptors:
            node.end(
                None,
                f"{_PRESENT}: {self._loop.size + 1} nodes at a time need {needed} open files, and"
                f" the limit is {self._most_descriptors}: raise it with `ulimit -n`",
            )
            return
        folder = self._images.folder(request.image)
        try:
            make_folders(request, folder)
        except OSError as error:
            node.end(None, f"{_PRESENT}: {error.filename}: {error.strerror}")
            return
        has_mounts = network == NAMESPACES
        variables = environment(request, os.environ, folder, mounts=has_mounts)
        command = self._images.command(request.image, request.command)
        if not has_mounts:
            command = [with_folders_of_volumes(each, request.mounts) for each in command]
            variables = {
                name: with_folders_of_volumes(value, request.mounts)
                for name, value in variables.items()
            }
        order = {
            "name": request.name,
            "command": command,
            "environment": variables,
            "folder": str(working_folder(request)),
            "address": request.where.address,
            "prefix": prefix,
            "host_name": request.where.host_name,
            "shares_network": request.shares_network,
            "shared_memory_mib": request.shared_memory_mib,
            "mounts": [
                {
                    "path": mount.path,
                    "folder": str(mount.folder) if mount.folder else None,
                    "mib": mount.mib,
                    "read_only": mount.read_only,
                }
                for mount in request.mounts
            ],
            "limits": [[each.name, each.soft, each.hard] for each in request.limits],
            "read_only": request.is_read_only,
            "image": str(folder) if folder else None,
            "kept": [str(each) for each in (request.folder, folder) if each],
        }
        self._loop.start(node, order)


class _Handle:
    def __init__(self, loop: NodeLoop, node: RunningNode) -> None:
        self._loop = loop
        self._node = node

    def stop(self, grace_seconds: float) -> None:
        """Send SIGTERM to the program, and kill all of the node once the time is over."""
        self._loop.ask(lambda: self._loop.stop(self._node, grace_seconds))


def _raise_descriptors() -> int:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _MOST_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, _MOST_DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < most:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MOST_DESCRIPTORS if soft == resource.RLIM_INFINITY else soft
