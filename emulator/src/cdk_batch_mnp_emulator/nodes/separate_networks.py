"""Nodes in Linux namespaces of their own, with a network that connects them.

Nodes are connected by routes instead of a bridge: each has a cable (a veth pair) to the network of
the host process, which passes packets on. All hardware addresses are known beforehand, so no node
looks for another by broadcast, and no table of neighbours, whose size is one for all namespaces of
a machine, fills up with the square of the number of nodes.

Nothing takes a cable away. It goes with the network of its node, which the kernel keeps until what
the node has sent before its end is delivered, as an instance does.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from cdk_batch_mnp_emulator.nodes import namespaces
from cdk_batch_mnp_emulator.nodes import rtnetlink as net
from cdk_batch_mnp_emulator.nodes.isolation import links_warning, shows_files
from cdk_batch_mnp_emulator.nodes.mounts import Mounts

_LOOPBACK_DEVICE = 1
_BACKLOG = 128
_NODE_DEVICE = 100  # above the devices that some kernels put into each new namespace
_ROUTER_MAC = "02:00:00:00:00:01"
_ROUTER = "169.254.169.1"
_FILES = "/dev/shm"  # noqa: S108 - covered by a private file system before anything is written
_RESOLVER = "# Names outside the job do not resolve, and fail at once.\nnameserver 127.0.0.1\n"


class Namespaces:
    """Nodes in namespaces of their own.

    Raises:
        OSError: The kernel does not allow that.
    """

    ends_all = True

    def __init__(self) -> None:
        namespaces.leave_user_and_network()
        namespaces.continue_in_own_processes()
        self._processes = namespaces.ProcessNamespaces()
        self._cables = 1000
        netlink = net.Netlink()
        netlink.carry_out(net.up(_LOOPBACK_DEVICE), net.address(_LOOPBACK_DEVICE, _ROUTER, 32))
        netlink.close()
        namespaces.mount_memory(_FILES, 16)
        self._hosts = os.open(f"{_FILES}/hosts", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.write(self._hosts, b"127.0.0.1 localhost\n")
        self._known: set[str] = set()
        self._shared: dict[str, _Network] = {}
        Path(f"{_FILES}/resolv.conf").write_text(_RESOLVER)

    @contextlib.contextmanager
    def fork(self) -> Iterator[None]:
        """Have the child be process 1 of a new namespace."""
        self._cables += 1
        with self._processes.new():
            yield

    def prepare(self, order: Mapping[str, Any]) -> None:
        """Have the host name of the node resolve on all nodes.

        Lines are added in one write each and never removed, so a reader never misses a name. A name
        belongs to its address, so the file grows with the number of nodes at the same time only.
        """
        host_name, address = order["host_name"], order["address"]
        if host_name not in self._known:
            self._known.add(host_name)
            line = f"{address} {host_name}.ec2.internal {host_name}\n"
            os.write(self._hosts, line.encode())
        if order["shares_network"] and address not in self._shared:
            self._shared[address] = self._new_network(order)

    def release(self, address: str) -> None:
        """Close the network that the nodes at an address have shared."""
        if (network := self._shared.pop(address, None)) is not None:
            network.close()

    def kept(self, order: Mapping[str, Any]) -> Sequence[int]:
        """Return the descriptors of the network that the node shares."""
        return self._shared[order["address"]].descriptors if order["shares_network"] else ()

    def listening(self, order: Mapping[str, Any]) -> socket.socket | None:
        """Return the socket that the server accepts connections on."""
        if not order["port"]:
            return None
        if order["shares_network"]:
            return self._shared[order["address"]].listening
        return _listening(order["port"])

    def enter(self, order: Mapping[str, Any]) -> list[str]:
        """Move this process to namespaces of its own, and connect them."""
        namespaces.end_with_parent()
        outside = net.Netlink()
        shared = self._shared[order["address"]] if order["shares_network"] else None
        namespaces.leave_rest(shared.descriptor if shared else None)
        socket.sethostname(order["host_name"])
        if shared is None:
            self._connect(outside, order["address"], order["prefix"])
        else:
            os.close(shared.descriptor)
        outside.close()
        return list(_mounts(order))

    def _new_network(self, order: Mapping[str, Any]) -> _Network:
        self._cables += 1
        outside = net.Netlink()
        try:
            with namespaces.new_network() as descriptor:
                self._connect(outside, order["address"], order["prefix"])
                return _Network(descriptor, _listening(order["port"]) if order["port"] else None)
        finally:
            outside.close()

    def _connect(self, outside: net.Netlink, address: str, prefix: int) -> None:
        gateway = _first_address(address, prefix)  # as in a VPC
        own_mac = "02:01:" + ":".join(f"{byte:02x}" for byte in socket.inet_aton(address))
        cable = self._cables
        here = namespaces.open_network()
        outside.carry_out(
            net.veth(
                f"node{cable}",
                cable,
                _ROUTER_MAC,
                peer="eth0",
                peer_index=_NODE_DEVICE,
                peer_mac=own_mac,
                peer_at=here,
            ),
            net.forwarding(cable),
            net.up(cable),
            net.neighbour(cable, address, own_mac),
            net.route(cable, address),
        )
        os.close(here)
        inside = net.Netlink()
        inside.carry_out(
            net.up(_LOOPBACK_DEVICE),
            net.up(_NODE_DEVICE),
            net.address(_NODE_DEVICE, address, prefix),
            net.neighbour(_NODE_DEVICE, gateway, _ROUTER_MAC),
            net.route(_NODE_DEVICE, None, gateway),
        )
        inside.close()


# The modules ipaddress and dataclasses would be half of what the host process imports for this one.
def _first_address(address: str, prefix: int) -> str:
    """Return the first address of the subnet of an address, after that of the subnet itself."""
    host_bits = 32 - prefix
    number = int.from_bytes(socket.inet_aton(address), "big") >> host_bits << host_bits
    return socket.inet_ntoa((number + 1).to_bytes(4, "big"))


class _Network(NamedTuple):
    descriptor: int
    listening: socket.socket | None

    @property
    def descriptors(self) -> list[int]:
        return [self.descriptor, *([self.listening.fileno()] if self.listening else [])]

    def close(self) -> None:
        os.close(self.descriptor)
        if self.listening:
            self.listening.close()


def _listening(port: int) -> socket.socket:
    return socket.create_server(("127.0.0.1", port), backlog=_BACKLOG)


def _mounts(order: Mapping[str, Any]) -> Iterator[str]:
    # First, so that what is mounted from here on can be written to.
    if order["read_only"]:
        namespaces.make_read_only("/", with_all_in_it=True)
    for name, loss in (
        ("hosts", "host names of nodes do not resolve"),
        ("resolv.conf", "names outside the job may take long to fail"),
    ):
        try:
            namespaces.bind(f"{_FILES}/{name}", f"/etc/{name}")
        except OSError as error:
            yield f"{loss}, since /etc/{name} cannot be replaced: {error.strerror}"
    mounts = Mounts(order["mounts"], order["kept"], is_read_only=order["read_only"])
    mounts.make_root(_FILES)
    # It would answer with the host names of this machine.
    with contextlib.suppress(OSError):
        namespaces.mount_memory("/run/nscd", 1)
    namespaces.mount_memory(_FILES, order["shared_memory_mib"])
    # A container that hides a part of these may not mount them anew. Nodes then see this machine's.
    with contextlib.suppress(OSError):
        namespaces.mount_kernel("proc", "/proc")
    # Programs look up network devices here, and limits of memory in the folder of cgroups.
    with contextlib.suppress(OSError):
        limits = os.open("/sys/fs/cgroup", os.O_PATH)
        namespaces.mount_kernel("sysfs", "/sys")
        namespaces.bind(f"/proc/self/fd/{limits}", "/sys/fs/cgroup")
        os.close(limits)
    if order["image"] and shows_files(order["image"]):
        yield from _copy_image(order)
    mounts.make()


def _copy_image(order: Mapping[str, Any]) -> Iterator[str]:
    # A read-only copy would need a place that can be written to. The links do as well then.
    if order["read_only"]:
        return
    folder = Path(order["folder"])
    try:
        kept = folder.with_name("image")
        kept.mkdir()
        namespaces.mount_copy(order["image"], str(folder), str(kept))
    except OSError:  # such as in a container, whose files are a copy of that kind already
        yield links_warning(order["image"])
