"""Security groups and network ACLs let traffic through, or do not."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_batch_mnp.model.reach.answers import Blocked, Hop
from cdk_batch_mnp.model.reach.filters import Peer, crosses, lets_in, lets_out
from cdk_batch_mnp.model.reach.traffic import HTTPS, Public
from cdk_batch_mnp.model.routing import AclEntry, NetworkAcl
from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.model.reach.parts import OPEN, group, rule, subnet

INTERNET = Peer((), Public())
OTHERS = Peer((group("Other"),), "10.0.1.0/24")


def outcome(answer: Any) -> Any:
    """Whether traffic passes: true, false or unknown."""
    return UNKNOWN if answer is UNKNOWN else answer is None


@pytest.mark.parametrize(
    ("egress", "peer", "passes"),
    [
        pytest.param((), INTERNET, False, id="no rule"),
        pytest.param((rule("0.0.0.0/0", 443),), INTERNET, True, id="HTTPS to everywhere"),
        pytest.param((rule("0.0.0.0/0", 80),), INTERNET, False, id="HTTP to everywhere"),
        pytest.param((rule("Nodes", protocol="-1"),), INTERNET, False, id="to itself alone"),
        pytest.param((rule(UNKNOWN, 443),), INTERNET, UNKNOWN, id="to an unknown peer"),
        pytest.param((rule(UNKNOWN, 80),), INTERNET, False, id="another port, wherever to"),
        pytest.param((rule("pl-1", 443),), INTERNET, UNKNOWN, id="to a prefix list"),
        pytest.param((UNKNOWN,), INTERNET, UNKNOWN, id="an unknown rule"),
        pytest.param(UNKNOWN, INTERNET, UNKNOWN, id="unknown rules"),
        pytest.param((rule("Other", 443),), OTHERS, True, id="to the peer's group"),
        pytest.param((rule("10.0.0.0/16", 443),), OTHERS, True, id="to the peer's addresses"),
        pytest.param((rule("10.1.0.0/16", 443),), OTHERS, False, id="to other addresses"),
        pytest.param((rule("10.0.1.0/26", 443),), OTHERS, UNKNOWN, id="to some of them"),
    ],
)
def test_groups_let_out_what_a_rule_allows(egress: Any, peer: Peer, passes: Any) -> None:
    assert outcome(lets_out((group(egress=egress),), HTTPS, peer, "it")) is passes


def test_all_groups_of_an_interface_count_together() -> None:
    closed, opened = group("Closed"), group("Open", egress=(rule("0.0.0.0/0", 443),))
    assert lets_out((closed, opened), HTTPS, INTERNET, "it") is None
    assert lets_out((closed, UNKNOWN), HTTPS, INTERNET, "it") is UNKNOWN
    assert lets_out((), HTTPS, INTERNET, "it") is UNKNOWN
    assert lets_out((closed, group("Shut")), HTTPS, INTERNET, "the internet") == Blocked(
        Hop.EGRESS,
        "Closed, Shut",
        "no egress rule of Closed, Shut allows TCP 443 to the internet",
    )


def test_a_peer_of_unknown_groups_may_be_in_any_but_those_that_are_ruled_out() -> None:
    mine = (group(egress=(rule("Nodes", protocol="-1"),)),)
    assert lets_out(mine, HTTPS, Peer(UNKNOWN, UNKNOWN), "it") is UNKNOWN
    ruled_out = Peer(UNKNOWN, UNKNOWN, frozenset({"Nodes"}))
    assert outcome(lets_out(mine, HTTPS, ruled_out, "it")) is False


def test_ingress_is_judged_by_the_groups_and_addresses_of_who_asks() -> None:
    nodes = Peer((group(),), "10.0.16.0/20")
    assert lets_in((group("E", ingress=(rule("Nodes", 443),)),), HTTPS, nodes, "nodes") is None
    answer = lets_in((group("E", ingress=(rule("E", 443),)),), HTTPS, nodes, "nodes")
    assert answer == Blocked(Hop.INGRESS, "E", "no ingress rule of E allows TCP 443 from nodes")


def entry(number: Any, first: int = 0, last: int = 65535, **changes: Any) -> AclEntry:
    given: dict[str, Any] = {"allows": True, "is_egress": True, "protocol": "6", **changes}
    return AclEntry(number=number, from_port=first, to_port=last, **given)


REPLIES = entry(100, 1024, 65535, is_egress=False)


@pytest.mark.parametrize(
    ("entries", "passes"),
    [
        pytest.param((), False, id="no entry"),
        pytest.param((entry(100, 443, 443), REPLIES), True, id="HTTPS, and its replies"),
        pytest.param((entry(100, 443, 443),), False, id="no replies"),
        pytest.param((entry(100, 80, 80), REPLIES), False, id="HTTP alone"),
        pytest.param((entry(100), entry(90, 443, 443, allows=False), REPLIES), False, id="denied"),
        pytest.param((entry(100), entry(110, allows=False), REPLIES), True, id="denied later"),
        pytest.param(
            (entry(90, cidr="192.0.2.0/24", allows=False), entry(100), REPLIES), True, id="another"
        ),
        pytest.param(
            (entry(90, cidr="52.0.0.0/8", allows=False), entry(100), REPLIES), UNKNOWN, id="some"
        ),
        pytest.param((entry(100, cidr="::/0"), REPLIES), False, id="IPv6 alone"),
        pytest.param((entry(100, cidr=UNKNOWN), REPLIES), UNKNOWN, id="unknown addresses"),
        pytest.param((entry(UNKNOWN), REPLIES), UNKNOWN, id="an unknown place"),
        pytest.param((entry(100, allows=UNKNOWN), REPLIES), UNKNOWN, id="an unknown action"),
        pytest.param((UNKNOWN,), UNKNOWN, id="an unknown entry"),
    ],
)
def test_the_first_entry_of_an_acl_that_matches_decides(entries: Any, passes: Any) -> None:
    inside = subnet(acl=NetworkAcl(id="Acl", entries=entries))
    assert outcome(crosses(inside, HTTPS, Public(), None)) is passes


def test_between_two_subnets_both_acls_have_to_allow_requests_and_replies() -> None:
    other = subnet(id="Other", cidr="10.0.1.0/24")
    closed = subnet(id="Other", cidr="10.0.1.0/24", acl=NetworkAcl(id="Closed"))
    assert crosses(subnet(), HTTPS, "10.0.1.0/24", other) is None
    answer = crosses(subnet(), HTTPS, "10.0.1.0/24", closed)
    assert answer == Blocked(Hop.ACL, "Closed", "network ACL Closed does not allow inbound TCP 443")


def test_within_a_subnet_no_acl_applies() -> None:
    closed = subnet(acl=NetworkAcl(id="Closed"))
    assert crosses(closed, HTTPS, "10.0.16.0/20", subnet()) is None
    assert OPEN.entries
