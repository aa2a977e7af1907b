"""Addresses of nodes, each of one node at a time."""

from __future__ import annotations

import ipaddress
import socket
import sys
from collections.abc import Iterator
from typing import Protocol

from cdk_batch_mnp_emulator.nodes.runner import NoAddressError, NodeAddress

_FIRST_OF_SUBNET, _LAST_OF_SUBNET = 4, 1
"""How many AWS keeps for itself at both ends.

Source: https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
"""

_MOST_LOOPBACK = 4096
_CLAIM_PORT = 47123  # UDP


class Addresses(Protocol):
    """Chooses addresses."""

    def reserve(self, cidr: str) -> NodeAddress:
        """Return a free address.

        Raises:
            NoAddressError: There is none.
        """

    def release(self, where: NodeAddress) -> None:
        """Release an address."""

    def close(self) -> None:
        """Release all addresses."""

    def prefix(self, where: NodeAddress) -> int:
        """Return the length of the prefix of the subnet that an address was reserved in."""


class SubnetAddresses:
    """Addresses in subnets, the lowest first."""

    def __init__(self) -> None:
        self._prefixes: dict[str, int] = {}

    def reserve(self, cidr: str) -> NodeAddress:
        """Return the lowest free address of a subnet."""
        subnet = ipaddress.IPv4Network(cidr, strict=False)
        first = int(subnet.network_address) + _FIRST_OF_SUBNET
        for number in range(first, int(subnet.broadcast_address) + 1 - _LAST_OF_SUBNET):
            address = str(ipaddress.IPv4Address(number))
            if address not in self._prefixes:
                self._prefixes[address] = subnet.prefixlen
                return NodeAddress(address, f"ip-{address.replace('.', '-')}")
        size = max(0, subnet.num_addresses - _FIRST_OF_SUBNET - _LAST_OF_SUBNET)
        raise NoAddressError(
            f"the subnet {cidr} has {size} addresses for nodes, and nodes use all of them"
        )

    def release(self, where: NodeAddress) -> None:
        """Release an address."""
        self._prefixes.pop(where.address, None)

    def close(self) -> None:
        """Release all addresses."""
        self._prefixes.clear()

    def prefix(self, where: NodeAddress) -> int:
        """Return the length of the prefix of the subnet, or 32 for one that was not reserved."""
        return self._prefixes.get(where.address, 32)


class LoopbackAddresses:
    """Addresses of this machine's loopback device.

    Linux has all of 127.0.0.0/8. macOS has 127.0.0.1, and those that were added to it. Another
    embedded AWS on this machine uses other addresses: each is claimed by a socket.
    """

    def __init__(self) -> None:
        self._used: dict[str, socket.socket] = {}

    def reserve(self, cidr: str) -> NodeAddress:
        """Return the lowest free address of this machine, whatever the subnet is."""
        for address in _loopback():
            if address not in self._used and (claim := _claim(address)):
                self._used[address] = claim
                return NodeAddress(address, address)
        if sys.platform == "linux":
            raise NoAddressError(f"{len(self._used)} nodes use all loopback addresses")
        raise NoAddressError(
            f"this system has a loopback address for {len(self._used)} node"
            f"{'s' * (len(self._used) != 1)} only: add one for each further node, such as with"
            f" `sudo ifconfig lo0 alias 127.0.0.{len(self._used) + 1} up`"
        )

    def release(self, where: NodeAddress) -> None:
        """Release an address."""
        if claim := self._used.pop(where.address, None):
            claim.close()

    def close(self) -> None:
        """Release all addresses."""
        while self._used:
            self._used.popitem()[1].close()

    def prefix(self, where: NodeAddress) -> int:
        """Return the length of the prefix of the loopback network."""
        return 8


def _loopback() -> Iterator[str]:
    if sys.platform == "linux":
        # Away from 127.0.0.1 and from what distributions use, such as 127.0.0.53 and 127.0.1.1.
        yield from (f"127.100.{n // 250}.{n % 250 + 4}" for n in range(_MOST_LOOPBACK))
    else:
        yield from (f"127.0.0.{n}" for n in range(1, 255))


def _claim(address: str) -> socket.socket | None:
    claim = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        claim.bind((address, _CLAIM_PORT))
    except OSError:  # not of this machine, or claimed
        claim.close()
        return None
    return claim
