"""What containers and instances can reach from their subnets."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_batch_mnp.engine.rule import Severity
from cdk_batch_mnp.model.network import Vpc, VpcEndpoint
from cdk_batch_mnp.model.network_needs import NetworkNeeds
from cdk_batch_mnp.model.routing import AclEntry, NetworkAcl
from cdk_batch_mnp.model.unknown import UNKNOWN
from cdk_batch_mnp.rules.network.reachable import REGISTERING
from tests.model.reach.parts import OPEN
from tests.rules.setups import definition, environment, findings, ids, node_group, subnet


@pytest.mark.parametrize(
    ("kind", "expected"), [pytest.param("public", ["MNP404"]), ("private", []), (UNKNOWN, [])]
)
def test_mnp404_public_subnets(kind: Any, expected: list[str]) -> None:
    assert ids(environment(subnets=(subnet(kind=kind),))) == expected


def test_mnp404_names_the_public_ones_among_several() -> None:
    subnets = (subnet(), subnet(id="Stack/Public", kind="public"), UNKNOWN)
    (finding,) = findings(environment(subnets=subnets))
    assert finding.actual == "Stack/Public"


STARTING = ("ecr.api", "ecr.dkr", "s3", "logs")


def isolated(services: Any, number: int = 0) -> Any:
    """An isolated subnet of a VPC with endpoints, of which no more than the service is known."""
    endpoints = (
        UNKNOWN
        if services is UNKNOWN
        else tuple(VpcEndpoint(id=f"Stack/{service}", service=service) for service in services)
    )
    return subnet(
        id=f"Stack/Isolated{number}", kind="isolated", vpc=Vpc(id="Stack/Vpc", endpoints=endpoints)
    )


@pytest.mark.parametrize(
    ("services", "expected"),
    [
        pytest.param((), Severity.ERROR, id="no endpoint"),
        pytest.param(STARTING, Severity.ERROR, id="none of ECS"),
        pytest.param(("ecs", "ecs-agent", *STARTING), Severity.ERROR, id="one short"),
        pytest.param(REGISTERING, None, id="those of ECS, and a job that needs no others"),
        pytest.param((*REGISTERING, *STARTING, "ssm"), None, id="all that is needed, and more"),
        pytest.param(UNKNOWN, None, id="unknown endpoints"),
    ],
)
def test_mnp405_missing_endpoints(services: Any, expected: Severity | None) -> None:
    found = findings(environment(subnets=(isolated(services),)))
    assert [(each.rule.id, each.severity) for each in found] == (
        [("MNP405", expected)] if expected else []
    )


def test_mnp405_names_what_is_missing_once_for_each_vpc() -> None:
    (finding,) = findings(environment(subnets=(isolated(("ecs",)), isolated(("ecs",), 1))))
    assert finding.message.endswith("ecs-agent, ecs-telemetry")
    assert (finding.actual, finding.expected) == ("ecs", "ecs, ecs-agent, ecs-telemetry")


@pytest.mark.parametrize(
    ("needs", "expected"),
    [
        pytest.param(NetworkNeeds(images=frozenset(STARTING[:3])), Severity.ERROR, id="an image"),
        pytest.param(NetworkNeeds(perhaps=frozenset({"logs"})), Severity.WARNING, id="logs"),
    ],
)
def test_what_containers_need_is_left_to_mnp421(needs: Any, expected: Severity) -> None:
    found = findings(definition(needs=needs), environment(subnets=(isolated(REGISTERING),)))
    assert [(each.rule.id, each.severity) for each in found] == [("MNP421", expected)]


@pytest.mark.parametrize(
    "changes", [{"kind": UNKNOWN}, {"kind": "private"}, {"vpc": UNKNOWN}], ids=str
)
def test_mnp405_needs_to_know_that_the_subnet_has_no_way_out(changes: dict[str, Any]) -> None:
    bare = {"kind": "isolated", "vpc": Vpc(id="Stack/Vpc", endpoints=())}
    assert ids(environment(subnets=(subnet(**{**bare, **changes}),))) == []


@pytest.mark.parametrize("is_eks", [True, UNKNOWN])
@pytest.mark.parametrize("there", [subnet(kind="public"), isolated(())], ids=["public", "isolated"])
def test_rules_on_the_network_of_ecs_tasks_leave_eks_alone(is_eks: Any, there: Any) -> None:
    pods = definition(
        node_groups=(node_group(kinds=("eksProperties",), containers=(), namespace="solvers"),)
    )
    cluster = environment(is_eks=is_eks, subnets=(there,), ec2_configurations=())
    assert ids(pods, cluster) == []


def test_mnp405_alone_reports_a_subnet_without_a_way_out() -> None:
    assert ids(environment(subnets=(isolated(()),))) == ["MNP405"]


def linked(acl: Any, cidr: Any = "10.0.2.0/24") -> Any:
    """An environment in two subnets, of which the second has this network ACL."""
    first = subnet(id="Stack/First", cidr="10.0.1.0/24", acl=OPEN)
    return environment(subnets=(first, subnet(id="Stack/Second", cidr=cidr, acl=acl)))


def filtering(number: int, **changes: Any) -> NetworkAcl:
    """The open ACL, with a narrower entry before or after its own."""
    narrow = AclEntry(
        **{"number": number, "allows": False, "is_egress": False, "cidr": "10.0.0.0/16", **changes}
    )
    return NetworkAcl(id="Stack/Acl", entries=(*OPEN.entries, narrow))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(linked(OPEN), [], id="open"),
        pytest.param(linked(NetworkAcl(id="Stack/Acl")), ["MNP426"], id="closed"),
        pytest.param(linked(filtering(90)), ["MNP426"], id="denied first"),
        pytest.param(linked(filtering(101)), [], id="denied after it is allowed"),
        pytest.param(linked(filtering(90, cidr="10.7.0.0/16")), [], id="others denied"),
        pytest.param(
            linked(filtering(90, protocol="6", from_port=22, to_port=22)), [], id="SSH denied"
        ),
        pytest.param(
            linked(filtering(90, protocol="6", from_port=50000, to_port=65535)),
            [],
            id="some of the ports denied",
        ),
        pytest.param(linked(filtering(90, allows=UNKNOWN)), [], id="perhaps denied"),
        pytest.param(linked(UNKNOWN), [], id="unknown"),
        pytest.param(linked(filtering(90), UNKNOWN), ["MNP426"], id="of an unknown range"),
    ],
)
def test_mnp426_acls_among_nodes(given: Any, expected: list[str]) -> None:
    found = findings(given)
    assert {each.rule.id for each in found} == set(expected)
    assert all(each.severity is Severity.WARNING for each in found)


def placed(group: Any, *subnets: Any) -> Any:
    """An environment in subnets of these VPCs, whose group is in this one."""
    made = (subnet(id=f"Stack/S{place}", vpc=vpc) for place, vpc in enumerate(subnets))
    return environment(subnets=tuple(made), vpc=group)


ONE, OTHER = Vpc(id="Stack/One"), Vpc(id="Stack/Other")
BY_ID, BY_OTHER_ID = Vpc(id="vpc-1"), Vpc(id="vpc-2")
UNNAMED = Vpc(id="the VPC", is_identified=False)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(placed(ONE, ONE, ONE), [], id="one"),
        pytest.param(placed(OTHER, ONE), ["MNP427"], id="another one of the group"),
        pytest.param(placed(UNKNOWN, ONE, OTHER), ["MNP427"], id="two of the subnets"),
        pytest.param(placed(UNKNOWN, ONE, UNKNOWN), [], id="unknown ones"),
        pytest.param(placed(BY_ID, ONE), [], id="an ID that may be that of the other"),
        pytest.param(placed(BY_ID, BY_OTHER_ID), ["MNP427"], id="two IDs"),
        pytest.param(placed(UNNAMED, ONE), [], id="a parameter"),
    ],
)
def test_mnp427_one_vpc(given: Any, expected: list[str]) -> None:
    assert ids(given) == expected
