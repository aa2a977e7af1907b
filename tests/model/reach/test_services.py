"""An interface reaches a service, or stops at the first hop that fails."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdk_batch_mnp.model.endpoint_policy import EndpointPolicy
from cdk_batch_mnp.model.network import Subnet
from cdk_batch_mnp.model.policy import Statement
from cdk_batch_mnp.model.reach.answers import Blocked, Hop
from cdk_batch_mnp.model.reach.services import Interface, reach_internet, reach_service
from cdk_batch_mnp.model.routing import AclEntry, NetworkAcl, Route, RouteTable
from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.model.reach.parts import (
    NAT,
    TO_GATEWAY,
    TO_NAT,
    endpoint,
    gateway,
    group,
    interface,
    rule,
    vpc,
)

TO_TRANSIT = Route(destination="0.0.0.0/0", target="elsewhere")
TO_PEERS = Route(destination="10.100.0.0/16", target="elsewhere")
IPV6_OUT = Route(destination="::/0", target="elsewhere")
UNATTACHED = replace(TO_GATEWAY, unattached="Gateway")
TO_CLOSED_NAT = replace(TO_NAT, nat=replace(NAT, acl=NetworkAcl(id="Closed")))
TO_SOME_NAT = replace(TO_NAT, nat=replace(NAT, acl=UNKNOWN))
TO_DEAF_NAT = replace(
    TO_NAT,
    nat=replace(
        NAT,
        acl=NetworkAcl(
            id="Deaf",
            entries=(
                AclEntry(number=1, allows=True, is_egress=True),
                AclEntry(
                    number=1,
                    allows=True,
                    is_egress=False,
                    protocol="6",
                    from_port=443,
                    to_port=443,
                ),
            ),
        ),
    ),
)
ITSELF = (group(egress=(rule("Nodes", protocol="-1"), rule("127.0.0.1/32", protocol="-1"))),)
OF_NODES_ALONE = (replace(ITSELF[0], may_have_other_members=False),)
NOTHING = (group(egress=(rule("255.255.255.255/32", 252, 86, "icmp"),)),)


def stop(answer: Any) -> Any:
    """The hop where traffic stops, ``None`` if it arrives."""
    return answer.hop if isinstance(answer, Blocked) else answer


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(interface(TO_NAT), None, id="NAT gateway"),
        pytest.param(interface(TO_GATEWAY, public=True), None, id="public address"),
        pytest.param(interface(TO_GATEWAY, public=False), Hop.ADDRESS, id="no public address"),
        pytest.param(interface(TO_GATEWAY, public=UNKNOWN), UNKNOWN, id="perhaps one"),
        pytest.param(interface(), Hop.ROUTE, id="no route"),
        pytest.param(interface(UNKNOWN), UNKNOWN, id="perhaps another route"),
        pytest.param(interface(TO_TRANSIT), UNKNOWN, id="transit gateway"),
        pytest.param(interface(TO_PEERS), UNKNOWN, id="peering"),
        pytest.param(interface(TO_NAT, groups=ITSELF), Hop.EGRESS, id="egress to itself"),
        pytest.param(interface(TO_TRANSIT, groups=ITSELF), Hop.EGRESS, id="itself, on transit"),
        pytest.param(interface(TO_NAT, groups=NOTHING), Hop.EGRESS, id="no egress"),
        pytest.param(interface(TO_NAT, groups=UNKNOWN), UNKNOWN, id="unknown groups"),
        pytest.param(interface(groups=UNKNOWN), Hop.ROUTE, id="unknown groups and no route"),
        pytest.param(
            interface(TO_TRANSIT, groups=(group(egress=(rule("10.0.0.0/8", 443),)),)),
            UNKNOWN,
            id="private addresses on transit",
        ),
        pytest.param(
            interface(TO_NAT, groups=(group(egress=(rule("10.0.0.0/8", 443),)),)),
            Hop.EGRESS,
            id="private addresses behind NAT",
        ),
        pytest.param(interface(TO_NAT, acl=NetworkAcl(id="Acl")), Hop.ACL, id="closed ACL"),
        pytest.param(interface(TO_NAT, acl=UNKNOWN), UNKNOWN, id="unknown ACL"),
        pytest.param(
            interface(replace(TO_NAT, nat=replace(NAT, reaches_internet=False))),
            Hop.NAT,
            id="NAT gateway in a private subnet",
        ),
        pytest.param(
            interface(replace(TO_NAT, nat=replace(NAT, is_public=False, reaches_internet=False))),
            UNKNOWN,
            id="private NAT gateway",
        ),
        pytest.param(
            interface(replace(TO_NAT, nat=replace(NAT, is_public=False))),
            Hop.NAT,
            id="private NAT gateway before an internet gateway",
        ),
        pytest.param(
            interface(TO_GATEWAY, Route(destination="52.0.0.0/8", target="nat", nat=NAT)),
            UNKNOWN,
            id="a narrower route that works",
        ),
        pytest.param(
            interface(IPV6_OUT, has_ipv6=True), UNKNOWN, id="IPv6 through an egress-only gateway"
        ),
        pytest.param(interface(IPV6_OUT, has_ipv6=False), Hop.ROUTE, id="IPv6 without addresses"),
        pytest.param(interface(IPV6_OUT, has_ipv6=UNKNOWN), UNKNOWN, id="IPv6, perhaps addresses"),
        pytest.param(interface(UNATTACHED, public=True), Hop.GATEWAY, id="unattached gateway"),
        pytest.param(interface(TO_CLOSED_NAT), Hop.ACL, id="closed ACL of the NAT gateway"),
        pytest.param(interface(TO_DEAF_NAT), Hop.ACL, id="its ACL without ports of replies"),
        pytest.param(interface(TO_SOME_NAT), UNKNOWN, id="its ACL is unknown"),
        pytest.param(interface(routes=UNKNOWN, kind="isolated"), Hop.ROUTE, id="known isolated"),
        pytest.param(interface(routes=UNKNOWN, kind="private"), UNKNOWN, id="known private"),
        pytest.param(interface(routes=UNKNOWN, kind="public"), UNKNOWN, id="known public"),
    ],
)
def test_the_way_to_the_internet(given: Interface, expected: Any) -> None:
    assert stop(reach_internet(given)) is expected


NODES_ONLY = (group(egress=(rule("OfEndpoints", 443),)),)
CLOSED = (group("OfEndpoints", ingress=(rule("10.0.0.0/16", 80),)),)
FROM_ITSELF = (group("Default", ingress=(rule("Default", protocol="-1"),)),)


@pytest.mark.parametrize(
    ("given", "service", "expected"),
    [
        pytest.param(interface(vpc=vpc(endpoint())), "ecs", None, id="an endpoint"),
        pytest.param(interface(vpc=vpc(endpoint())), "logs", Hop.ROUTE, id="of another service"),
        pytest.param(
            interface(vpc=vpc(endpoint(has_private_dns=False))), "ecs", Hop.ENDPOINT, id="nameless"
        ),
        pytest.param(
            interface(vpc=vpc(endpoint(has_private_dns=UNKNOWN))), "ecs", UNKNOWN, id="perhaps so"
        ),
        pytest.param(
            interface(vpc=vpc(endpoint(is_certain=False))), "ecs", UNKNOWN, id="perhaps there"
        ),
        pytest.param(
            interface(vpc=vpc(endpoint(service=UNKNOWN))), "ecs", UNKNOWN, id="of any service"
        ),
        pytest.param(interface(vpc=vpc(endpoints=UNKNOWN)), "ecs", UNKNOWN, id="any endpoints"),
        pytest.param(
            interface(vpc=vpc(endpoints=UNKNOWN), groups=NOTHING), "ecs", Hop.EGRESS, id="no egress"
        ),
        pytest.param(
            interface(vpc=vpc(endpoints=UNKNOWN), groups=ITSELF), "ecs", UNKNOWN, id="own group"
        ),
        pytest.param(
            interface(vpc=UNKNOWN, routes=UNKNOWN, groups=OF_NODES_ALONE),
            "ecs",
            Hop.EGRESS,
            id="own group, of nodes alone",
        ),
        pytest.param(
            interface(vpc=vpc(endpoint(security_groups=CLOSED))), "ecs", Hop.INGRESS, id="port 80"
        ),
        pytest.param(
            interface(TO_NAT, vpc=vpc(endpoint(security_groups=CLOSED))),
            "ecs",
            Hop.INGRESS,
            id="an endpoint takes the traffic from the NAT gateway",
        ),
        pytest.param(
            interface(TO_NAT, vpc=vpc(endpoint(security_groups=CLOSED, has_private_dns=False))),
            "ecs",
            None,
            id="but not without private DNS",
        ),
        pytest.param(
            interface(vpc=vpc(endpoint(security_groups=FROM_ITSELF))),
            "ecs",
            Hop.INGRESS,
            id="the default group",
        ),
        pytest.param(
            interface(groups=NODES_ONLY, vpc=vpc(endpoint())), "ecs", None, id="group to group"
        ),
        pytest.param(
            interface(groups=ITSELF, vpc=vpc(endpoint())), "ecs", Hop.EGRESS, id="not let out"
        ),
        pytest.param(
            interface(acl=NetworkAcl(id="Acl"), vpc=vpc(endpoint())), "ecs", Hop.ACL, id="ACL"
        ),
        pytest.param(
            interface(
                vpc=vpc(
                    endpoint(subnets=(Subnet(id="E", cidr="10.0.1.0/24", acl=NetworkAcl(id="A")),))
                )
            ),
            "ecs",
            Hop.ACL,
            id="ACL of the endpoint's subnet",
        ),
        pytest.param(
            interface(vpc=vpc(endpoints=UNKNOWN, some_endpoints=(endpoint(),))),
            "ecs",
            None,
            id="one of several endpoints",
        ),
        pytest.param(
            interface(
                vpc=vpc(endpoints=UNKNOWN, some_endpoints=(endpoint(security_groups=CLOSED),))
            ),
            "ecs",
            Hop.INGRESS,
            id="a closed one of several endpoints",
        ),
        pytest.param(
            interface(
                vpc=vpc(
                    endpoints=UNKNOWN,
                    some_endpoints=(endpoint(security_groups=CLOSED, has_private_dns=UNKNOWN),),
                )
            ),
            "ecs",
            UNKNOWN,
            id="a closed one that may have no names",
        ),
        pytest.param(
            interface(vpc=vpc(gateway("ecs"))), "ecs", Hop.ENDPOINT, id="a gateway that ecs has not"
        ),
        pytest.param(
            interface(vpc=vpc(replace(gateway(), service=UNKNOWN))), "ecs", UNKNOWN, id="of any"
        ),
        pytest.param(interface(vpc=vpc(gateway())), "s3", None, id="a gateway endpoint"),
        pytest.param(
            interface(vpc=vpc(gateway(route_tables=frozenset({"Other"})))),
            "s3",
            Hop.ENDPOINT,
            id="in another table",
        ),
        pytest.param(
            interface(vpc=vpc(gateway(route_tables=UNKNOWN))), "s3", UNKNOWN, id="in any table"
        ),
        pytest.param(
            interface(vpc=vpc(gateway()), groups=(group(egress=(rule("10.0.0.0/8", 443),)),)),
            "s3",
            Hop.EGRESS,
            id="a gateway endpoint has public addresses",
        ),
        pytest.param(
            interface(vpc=vpc(gateway()), groups=(group(egress=(rule("pl-1", 443),)),)),
            "s3",
            UNKNOWN,
            id="whose prefix list may be meant",
        ),
        pytest.param(
            interface(vpc=vpc(endpoint("s3"))), "s3", UNKNOWN, id="an interface endpoint of S3"
        ),
        pytest.param(interface(vpc=UNKNOWN), "ecs", UNKNOWN, id="an unknown VPC"),
    ],
)
def test_the_way_to_a_service(given: Interface, service: str, expected: Any) -> None:
    assert stop(reach_service(given, service)) is expected


def test_a_policy_of_an_endpoint_is_the_last_hop() -> None:
    policy = EndpointPolicy((Statement(actions=("ecs:Poll",), resources=(("*",),)),))
    answer = reach_service(interface(vpc=vpc(endpoint(policy=policy))), "ecs")
    assert answer == Blocked(
        Hop.POLICY,
        "Endpoint-ecs",
        "the policy of endpoint Endpoint-ecs does not allow ecs:RegisterContainerInstance",
    )
    agent = endpoint("ecs-agent", policy=policy)
    assert reach_service(interface(vpc=vpc(agent)), "ecs-agent") is None


interfaces = st.builds(
    lambda routes, groups, public, endpoints, acl, ipv6: interface(
        *routes, groups=groups, public=public, vpc=vpc(*endpoints), acl=acl, has_ipv6=ipv6
    ),
    st.lists(
        st.sampled_from(
            [
                *(TO_NAT, TO_CLOSED_NAT, TO_DEAF_NAT, TO_SOME_NAT),
                *(TO_GATEWAY, UNATTACHED, TO_TRANSIT, TO_PEERS, IPV6_OUT),
            ]
        ),
        max_size=2,
    ),
    st.sampled_from([None, ITSELF, NOTHING, NODES_ONLY]),
    st.booleans(),
    st.lists(
        st.sampled_from(
            [
                endpoint(),
                endpoint(security_groups=CLOSED),
                endpoint(has_private_dns=False),
                gateway(),
                gateway(route_tables=frozenset({"Other"})),
            ]
        ),
        max_size=2,
    ),
    st.sampled_from([NetworkAcl(id="Closed"), interface().subnet.acl]),
    st.booleans(),
)


@given(interfaces, st.sampled_from(["ecs", "s3", "logs"]), st.data())
def test_with_less_knowledge_an_answer_never_turns_into_its_opposite(
    known: Interface, service: str, data: st.DataObject
) -> None:
    before = reach_service(known, service)
    less = data.draw(st.sampled_from(list(forgotten(known))))
    after = reach_service(less, service)
    if after is not UNKNOWN and before is not UNKNOWN:
        assert (after is None) == (before is None)


def forgotten(known: Interface) -> Any:
    """The same interface, with one fact unknown."""
    yield replace(known, groups=UNKNOWN)
    yield replace(known, has_public_address=UNKNOWN)
    yield replace(known, groups=(*known.groups, UNKNOWN))  # type: ignore[misc]
    for field in fields(known.subnet):
        if field.name not in ("id", "acknowledged", "kind", "addresses"):
            changes: Any = {field.name: UNKNOWN}
            yield replace(known, subnet=replace(known.subnet, **changes))
    table = known.subnet.routes
    assert isinstance(table, RouteTable)
    for position in range(len(table.routes) + 1):
        for less in (UNKNOWN, *less_known(table.routes[position : position + 1])):
            routes = (*table.routes[:position], less, *table.routes[position + 1 :])
            given = RouteTable(id="Table", routes=routes)
            yield replace(known, subnet=replace(known.subnet, routes=given))


def less_known(routes: Any) -> Any:
    """A route with one fact of it, or of its NAT gateway, unknown."""
    for route in routes:
        yield replace(route, destination=UNKNOWN)
        yield replace(route, target=UNKNOWN, nat=None)
        if route.nat is not None:
            for name in ("acl", "is_public", "reaches_internet"):
                changes: Any = {name: UNKNOWN}
                yield replace(route, nat=replace(route.nat, **changes))


@given(interfaces, st.sampled_from(["ecs", "s3"]))
def test_another_egress_rule_never_takes_a_way_away(known: Interface, service: str) -> None:
    more = group("More", egress=(rule("0.0.0.0/0", protocol="-1"),))
    wider = replace(known, groups=(*known.groups, more))  # type: ignore[misc]
    if reach_service(known, service) is None:
        assert reach_service(wider, service) is None
