"""Network devices, addresses, routes and neighbours of a Linux network namespace.

The kernel's own protocol, since starting the program ``ip`` takes longer than all of its requests.
All requests of a batch are sent at once, and carried out in their order.

Source: https://man7.org/linux/man-pages/man7/rtnetlink.7.html and include/uapi/linux of the kernel.
"""

from __future__ import annotations

import os
import socket
import struct

_ACKNOWLEDGE, _REQUEST, _CREATE, _REPLACE = 0x4, 0x1, 0x400, 0x100
_NEW_LINK, _SET_LINK, _NEW_ADDRESS, _NEW_ROUTE, _NEW_NEIGHBOUR = 16, 19, 20, 24, 28
_ERROR = 2
_UP = 1
_HEADER = struct.Struct("=IHHII")
_LINK = struct.Struct("=BxHiII")
_ADDRESS = struct.Struct("=BBBBI")
_ROUTE = struct.Struct("=BBBBBBBBI")
_NEIGHBOUR = struct.Struct("=BxHiHBB")

Request = tuple[int, int, bytes]
"""Kind, flags and body of a request."""


class Netlink:
    """A socket to the routing of a network namespace: of the one that the process is in now."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        self._socket.bind((0, 0))
        self._sequence = 0

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def carry_out(self, *requests: Request) -> None:
        """Carry out requests.

        Raises:
            OSError: The first one that failed. Those after it may have been carried out.
        """
        data = b""
        for kind, flags, body in requests:
            self._sequence += 1
            flags |= _REQUEST | _ACKNOWLEDGE
            data += _HEADER.pack(_HEADER.size + len(body), kind, flags, self._sequence, 0) + body
        self._socket.send(data)
        failed = 0
        answers = 0
        while answers < len(requests):
            received = self._socket.recv(1 << 16)
            while received:
                size, kind, _, _, _ = _HEADER.unpack_from(received)
                if kind == _ERROR:
                    answers += 1
                    failed = failed or -struct.unpack_from("=i", received, _HEADER.size)[0]
                received = received[_aligned(size) :]
        if failed:
            raise OSError(failed, f"the kernel denies a virtual network: {os.strerror(failed)}")


def veth(
    name: str, index: int, mac: str, *, peer: str, peer_index: int, peer_mac: str, peer_at: int
) -> Request:
    """Return a request for a pair of connected devices, the second in another namespace.

    Args:
        name: Of the device here.
        index: Its index, not in use.
        mac: Its hardware address.
        peer: Name of the device there.
        peer_index: Its index.
        peer_mac: Its hardware address.
        peer_at: Descriptor of the network namespace of the peer.
    """
    there = _LINK.pack(0, 0, peer_index, 0, 0) + b"".join(
        (
            _attribute(3, peer.encode() + b"\0"),
            _attribute(1, _mac(peer_mac)),
            _attribute(28, struct.pack("=I", peer_at)),
        )
    )
    kind = _attribute(1, b"veth\0") + _attribute(2, _attribute(1, there))
    body = _LINK.pack(0, 0, index, 0, 0)
    body += _attribute(3, name.encode() + b"\0") + _attribute(1, _mac(mac)) + _attribute(18, kind)
    return _NEW_LINK, _CREATE, body


def up(index: int) -> Request:
    """Return a request that switches a device on."""
    return _SET_LINK, 0, _LINK.pack(0, 0, index, _UP, _UP)


def forwarding(index: int) -> Request:
    """Return a request that passes on what a device receives for other hosts."""
    forward = _attribute(1, _attribute(1, struct.pack("=I", 1)))
    of_family = _attribute(26, _attribute(socket.AF_INET, forward))
    return _SET_LINK, 0, _LINK.pack(0, 0, index, 0, 0) + of_family


def address(index: int, value: str, prefix: int) -> Request:
    """Return a request for an address of a device, without a route to its subnet.

    Args:
        index: Of the device.
        value: An IPv4 address.
        prefix: Length of the prefix of its subnet.
    """
    packed = socket.inet_aton(value)
    without_route = struct.pack("=I", 0x200)
    body = _ADDRESS.pack(socket.AF_INET, prefix, 0, 0, index)
    body += _attribute(2, packed) + _attribute(1, packed) + _attribute(8, without_route)
    return _NEW_ADDRESS, _CREATE, body


def route(index: int, destination: str | None, gateway: str | None = None) -> Request:
    """Return a request for a route, in place of one with the same destination.

    Args:
        index: Of the device.
        destination: An IPv4 address, or ``None`` for the default route.
        gateway: An IPv4 address that the device reaches, or ``None`` if it reaches all.
    """
    length, scope, on_link = (32 if destination else 0), (0 if gateway else 253), 4
    body = _ROUTE.pack(
        socket.AF_INET, length, 0, 0, 254, 4, scope, 1, on_link if gateway else 0
    ) + _attribute(4, struct.pack("=I", index))
    body += _attribute(1, socket.inet_aton(destination)) if destination else b""
    body += _attribute(5, socket.inet_aton(gateway)) if gateway else b""
    return _NEW_ROUTE, _CREATE | _REPLACE, body


def neighbour(index: int, value: str, mac: str) -> Request:
    """Return a request for the hardware address of a neighbour, for good.

    Args:
        index: Of the device.
        value: The neighbour's IPv4 address.
        mac: Its hardware address.
    """
    permanent = 0x80
    body = _NEIGHBOUR.pack(socket.AF_INET, 0, index, permanent, 0, 0)
    body += _attribute(1, socket.inet_aton(value)) + _attribute(2, _mac(mac))
    return _NEW_NEIGHBOUR, _CREATE | _REPLACE, body


def _attribute(kind: int, value: bytes) -> bytes:
    data = struct.pack("=HH", 4 + len(value), kind) + value
    return data + bytes(_aligned(len(data)) - len(data))


def _aligned(size: int) -> int:
    return (size + 3) & ~3


def _mac(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", ""))
