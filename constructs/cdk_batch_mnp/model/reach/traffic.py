"""Ports, protocols and addresses, and what rules say about them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TypeAlias

from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe

_ALL = "-1"
_TCP = ("tcp", "6")
_CARRIER_NAT = IPv4Network("100.64.0.0/10")


@dataclass(frozen=True, slots=True)
class Ports:
    """TCP ports.

    Attributes:
        first, last: The range, inclusive.
    """

    first: int
    last: int

    def __str__(self) -> str:
        """Return the ports as people write them."""
        return f"TCP {self.first}" if self.first == self.last else f"TCP {self.first}-{self.last}"

    def are_covered(
        self,
        protocol: Maybe[str],
        from_port: Maybe[int] | None,
        to_port: Maybe[int] | None,
    ) -> Maybe[bool]:
        """Return whether a rule applies to all of the ports, or to none of them."""
        if protocol is UNKNOWN:
            return UNKNOWN
        if protocol == _ALL:
            return True
        if protocol.lower() not in _TCP:
            return False
        if from_port is UNKNOWN or to_port is UNKNOWN:
            return UNKNOWN
        if from_port is None or to_port is None or from_port == -1:
            return True
        if from_port <= self.first and self.last <= to_port:
            return True
        return False if to_port < self.first or self.last < from_port else UNKNOWN


HTTPS = Ports(443, 443)
NFS = Ports(2049, 2049)
LUSTRE = (Ports(988, 988), Ports(1018, 1023))
REPLIES = Ports(32768, 60999)
"""Ports on which Linux receives replies, by default (``net.ipv4.ip_local_port_range``)."""

AMONG_NODES = Ports(32768, 60999)
"""Ports on which programs of nodes listen that let Linux choose them, as MPI and NCCL do."""
NAT_REPLIES = Ports(1024, 65535)
"""Ports on which a NAT gateway receives replies. Source: VPC User Guide, NAT gateways."""


@dataclass(frozen=True, slots=True)
class Public:
    """Public addresses of which it is not known which ones they are.

    Attributes:
        version: 4 or 6.
    """

    version: int = 4


Addresses: TypeAlias = Maybe[Public | str]
"""Public addresses, an address range (CIDR), or unknown addresses."""


def cover(peer: str, addresses: Addresses) -> Maybe[bool]:
    """Return whether an address range contains all of some addresses, or none of them.

    Args:
        peer: The range (CIDR), or the ID of a prefix list.
        addresses: The addresses.
    """
    outer = _parsed(peer)
    if outer is None:
        return UNKNOWN
    if addresses is UNKNOWN:
        return False if _leads_nowhere(outer) else UNKNOWN
    if isinstance(addresses, Public):
        if outer.version != addresses.version:
            return False
        return True if outer.prefixlen == 0 else False if _is_private(outer) else UNKNOWN
    inner = _parsed(addresses)
    if inner is None:
        return UNKNOWN
    if isinstance(inner, IPv4Network) and isinstance(outer, IPv4Network):
        return _contains(outer, inner)
    if isinstance(inner, IPv6Network) and isinstance(outer, IPv6Network):
        return _contains(outer, inner)
    return False


Network = IPv4Network | IPv6Network


@lru_cache(maxsize=4096)
def _parsed(cidr: str) -> Network | None:
    try:
        return ip_network(cidr.strip(), strict=False)
    except ValueError:
        return None


def _contains(outer: Network, inner: Network) -> Maybe[bool]:
    if inner.network_address in outer and inner.broadcast_address in outer:
        return True
    is_part = outer.network_address in inner
    return UNKNOWN if is_part else False


def _leads_nowhere(network: Network) -> bool:
    """Return whether no other host has one of the addresses."""
    return network.is_loopback or (network.prefixlen == 32 and network.is_reserved)


def _is_private(network: Network) -> bool:
    """Return whether none of the addresses is public."""
    return (
        (isinstance(network, IPv4Network) and network.subnet_of(_CARRIER_NAT))
        or network.is_private
        or network.is_loopback
        or network.is_link_local
        or network.is_multicast
        or network.is_reserved
    )


def any_of(verdicts: Sequence[Maybe[bool]]) -> Maybe[bool]:
    """Return whether one of several rules applies."""
    return True if True in verdicts else UNKNOWN if UNKNOWN in verdicts else False


def both(one: Maybe[bool], other: Maybe[bool]) -> Maybe[bool]:
    """Return whether two conditions hold."""
    if one is False or other is False:
        return False
    return True if one is True and other is True else UNKNOWN
