"""Ports and addresses are compared with those of rules."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdk_batch_mnp.model.reach.traffic import HTTPS, LUSTRE, REPLIES, Ports, Public, cover
from cdk_batch_mnp.model.unknown import UNKNOWN


@pytest.mark.parametrize(
    ("peer", "addresses", "expected"),
    [
        ("0.0.0.0/0", Public(), True),
        ("::/0", Public(), False),
        ("::/0", Public(6), True),
        ("10.0.0.0/8", Public(), False),
        ("100.64.0.0/10", Public(), False),
        ("127.0.0.1/32", Public(), False),
        ("255.255.255.255/32", Public(), False),
        ("0.0.0.0/1", Public(), UNKNOWN),
        ("52.94.0.0/16", Public(), UNKNOWN),
        ("pl-63a5400a", Public(), UNKNOWN),
        ("10.0.0.0/16", "10.0.1.0/24", True),
        ("10.0.1.0/25", "10.0.1.0/24", UNKNOWN),
        ("10.0.2.0/24", "10.0.1.0/24", False),
        ("::/0", "10.0.1.0/24", False),
        ("10.0.0.0/16", "not an address", UNKNOWN),
        ("127.0.0.0/8", UNKNOWN, False),
        ("255.255.255.255/32", UNKNOWN, False),
        ("10.0.0.0/16", UNKNOWN, UNKNOWN),
        ("0.0.0.0/0", UNKNOWN, UNKNOWN),
    ],
)
def test_a_range_contains_addresses_or_does_not(peer: str, addresses: Any, expected: Any) -> None:
    assert cover(peer, addresses) is expected


networks = st.builds(
    lambda address, length: ip_network((address, length), strict=False),
    st.integers(0, 2**32 - 1),
    st.integers(0, 32),
)


@given(networks, networks)
def test_ranges_compare_as_sets_of_addresses(outer: Any, inner: Any) -> None:
    found = cover(str(outer), str(inner))
    assert (found is True) == inner.subnet_of(outer)
    assert (found is False) == (not inner.overlaps(outer))


@pytest.mark.parametrize(
    ("ports", "rule", "expected"),
    [
        (HTTPS, ("-1", None, None), True),
        (HTTPS, ("tcp", 443, 443), True),
        (HTTPS, ("6", 0, 65535), True),
        (HTTPS, ("TCP", None, None), True),
        (HTTPS, ("tcp", -1, -1), True),
        (HTTPS, ("tcp", 80, 80), False),
        (HTTPS, ("udp", 443, 443), False),
        (HTTPS, ("icmp", 252, 86), False),
        (HTTPS, (UNKNOWN, 443, 443), UNKNOWN),
        (HTTPS, ("tcp", UNKNOWN, 443), UNKNOWN),
        (LUSTRE[1], ("tcp", 1018, 1023), True),
        (LUSTRE[1], ("tcp", 1021, 1023), UNKNOWN),
        (LUSTRE[1], ("tcp", 988, 988), False),
        (REPLIES, ("6", 1024, 65535), True),
        (REPLIES, ("6", 32768, 61000), True),
        (REPLIES, ("6", 49152, 65535), UNKNOWN),
    ],
)
def test_a_rule_covers_all_ports_or_none(ports: Ports, rule: Any, expected: Any) -> None:
    assert ports.are_covered(*rule) is expected


def test_ports_are_written_as_people_do() -> None:
    assert (str(HTTPS), str(LUSTRE[1])) == ("TCP 443", "TCP 1018-1023")
