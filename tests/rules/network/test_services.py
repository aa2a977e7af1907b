"""Instances reach the services of AWS that they need."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cdk_batch_mnp.engine.rule import Severity
from cdk_batch_mnp.model.compute_environment import Ec2Configuration
from cdk_batch_mnp.model.network import SecurityGroupRule, Vpc
from cdk_batch_mnp.model.network_needs import FROM_ECR, NetworkNeeds
from cdk_batch_mnp.model.routing import NetworkAcl
from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.model.reach import parts
from tests.rules.network_setups import endpoints, networked, nodes
from tests.rules.setups import definition, findings, ids, launch_template, node_group, user_data

ECR = frozenset(FROM_ECR)
CLOSED = (parts.group("OfEndpoints", ingress=(parts.rule("10.0.0.0/16", 80),)),)
TO_ITSELF = SecurityGroupRule(peer="127.0.0.1/32")


def closed(*services: str) -> Any:
    """Endpoints of which those of some services admit no node."""
    return tuple(
        replace(endpoint, security_groups=CLOSED) if endpoint.service in services else endpoint
        for endpoint in endpoints()
    )


def imported(*some: Any) -> Any:
    """A VPC of which only some endpoints are known."""
    return Vpc(id="Vpc", some_endpoints=some)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        pytest.param(networked(parts.TO_NAT), [], id="a NAT gateway"),
        pytest.param(networked(among=endpoints()), [], id="endpoints"),
        pytest.param(networked(parts.TO_NAT, group=nodes(TO_ITSELF)), ["MNP420"], id="no egress"),
        pytest.param(networked(parts.TO_NAT, group=nodes(UNKNOWN)), [], id="an unknown rule"),
        pytest.param(networked(among=closed("ecs-agent")), ["MNP420"], id="a closed endpoint"),
        pytest.param(
            networked(parts.TO_NAT, among=closed("ecs")), ["MNP420"], id="even beside NAT"
        ),
        pytest.param(
            networked(parts.TO_NAT, acl=NetworkAcl(id="Acl")), ["MNP420"], id="a closed ACL"
        ),
        pytest.param(networked(parts.TO_NAT, acl=UNKNOWN), [], id="an unknown ACL"),
        pytest.param(
            networked(parts.TO_GATEWAY, kind="public"), ["MNP420"], id="no public address"
        ),
        pytest.param(
            networked(parts.TO_GATEWAY, kind="public", maps_public_addresses=True),
            ["MNP404"],
            id="a public address",
        ),
        pytest.param(
            networked(vpc=UNKNOWN, routes=UNKNOWN, changes={"vpc": imported(*closed("ecs"))}),
            ["MNP420"],
            id="a closed endpoint of an imported VPC",
        ),
        pytest.param(
            networked(vpc=UNKNOWN, routes=UNKNOWN, changes={"vpc": imported(*endpoints())}),
            [],
            id="endpoints of an imported VPC",
        ),
        pytest.param(networked(among=endpoints("ecs")), ["MNP405"], id="no endpoint at all"),
        pytest.param(
            networked(parts.TO_NAT, group=nodes(TO_ITSELF), changes={"is_eks": UNKNOWN}),
            [],
            id="perhaps pods",
        ),
    ],
)
def test_mnp420_instances_reach_amazon_ecs(environment: Any, expected: list[str]) -> None:
    plain = definition(needs=NetworkNeeds(images=ECR))
    if environment.is_eks is UNKNOWN:
        plain = definition(
            node_groups=(node_group(kinds=("eksProperties",), containers=(), namespace="n"),)
        )
        environment = replace(environment, ec2_configurations=())
    assert ids(plain, environment) == expected


def test_mnp420_says_the_first_hop_that_fails_once_for_all_services_and_subnets() -> None:
    subnets = tuple(
        parts.subnet(parts.TO_NAT, id=subnet_id, kind="private", addresses=4091)
        for subnet_id in ("A", "B")
    )
    environment = replace(networked(group=nodes(TO_ITSELF)), subnets=subnets)
    (finding,) = findings(environment)
    assert finding.message == (
        "instances in A, B do not reach ecs, ecs-agent, ecs-telemetry: no egress rule of Nodes "
        "allows TCP 443 to the internet"
    )
    assert (finding.severity, finding.actual) == (
        Severity.ERROR,
        "Nodes: egress rules of security groups",
    )


def with_data(*commands: str) -> Any:
    block = "echo ECS_AWSVPC_BLOCK_IMDS=true >> /etc/ecs/ecs.config"
    return {"launch_template": launch_template(user_data=user_data(block, *commands))}


def test_mnp420_through_a_proxy_nodes_reach_what_they_need() -> None:
    proxy = with_data("echo HTTP_PROXY=http://10.0.0.1:3128 >> /etc/ecs/ecs.config")
    assert ids(networked(parts.TO_NAT, group=nodes(TO_ITSELF), changes=proxy)) == []


def starting(needs: NetworkNeeds, environment: Any) -> list[tuple[str, Severity]]:
    found = findings(definition(needs=needs), environment)
    return [(each.rule.id, each.severity) for each in found]


def test_mnp421_alone_reports_an_image_that_cannot_be_pulled() -> None:
    needs = NetworkNeeds(images=ECR)
    assert ids(definition(needs=needs), networked(among=endpoints("s3"))) == ["MNP421"]


@pytest.mark.parametrize(
    ("needs", "missing", "expected"),
    [
        pytest.param(NetworkNeeds(images=ECR), "ecr.api", Severity.ERROR, id="to get a token"),
        pytest.param(NetworkNeeds(images=ECR), "ecr.dkr", Severity.ERROR, id="to pull"),
        pytest.param(NetworkNeeds(images=ECR), "s3", Severity.ERROR, id="to pull layers"),
        pytest.param(NetworkNeeds(images=ECR), "ssm", None, id="what is not needed"),
        pytest.param(NetworkNeeds(perhaps=ECR), "s3", Severity.WARNING, id="perhaps from ECR"),
        pytest.param(
            NetworkNeeds(perhaps=frozenset({"logs"})), "logs", Severity.WARNING, id="logs"
        ),
        pytest.param(
            NetworkNeeds(secrets=frozenset({"ssm"})), "ssm", Severity.ERROR, id="parameters"
        ),
        pytest.param(
            NetworkNeeds(secrets=frozenset({"secretsmanager"})),
            "secretsmanager",
            Severity.ERROR,
            id="secrets",
        ),
        pytest.param(
            NetworkNeeds(registries=frozenset({"quay.io"})), "", Severity.WARNING, id="a registry"
        ),
        pytest.param(
            NetworkNeeds(registries=frozenset({"quay.io"}), pulls_from_internet=True),
            "",
            Severity.ERROR,
            id="a public registry of an essential container",
        ),
        pytest.param(NetworkNeeds(), "s3", None, id="nothing"),
    ],
)
def test_mnp421_instances_reach_what_starts_containers(
    needs: NetworkNeeds, missing: str, expected: Severity | None
) -> None:
    found = starting(needs, networked(among=endpoints(missing)))
    assert found == ([("MNP421", expected)] if expected else [])
    assert starting(needs, networked(parts.TO_NAT)) == []


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"image_id": "ami-0123456789abcdef0"}, id="an AMI"),
        pytest.param(
            {"ec2_configurations": (Ec2Configuration(image_id_override="ami-1"),)}, id="an override"
        ),
        pytest.param(with_data("docker load < /opt/solver.tar"), id="loaded by user data"),
    ],
)
def test_mnp421_an_image_may_be_on_the_instance_already(changes: Any) -> None:
    environment = networked(among=endpoints("s3"), changes=changes)
    found = dict(starting(NetworkNeeds(images=ECR), environment))
    assert found["MNP421"] is Severity.WARNING


def test_mnp421_is_silent_where_nothing_is_known_or_nothing_registers() -> None:
    needs = NetworkNeeds(images=ECR)
    assert starting(needs, networked(UNKNOWN, among=endpoints("s3"))) == []
    assert starting(needs, networked()) == [("MNP405", Severity.ERROR)]


DNS_OFF = {"has_dns_hostnames": False}


@pytest.mark.parametrize(
    ("among", "attributes", "expected"),
    [
        pytest.param(endpoints(), DNS_OFF, ["MNP422"], id="no hostnames"),
        pytest.param(endpoints(), {"has_dns_support": False}, ["MNP422"], id="no support"),
        pytest.param(endpoints(), {}, [], id="both"),
        pytest.param(endpoints(), {"has_dns_hostnames": UNKNOWN}, [], id="unknown hostnames"),
        pytest.param((), DNS_OFF, [], id="no endpoint needs hostnames"),
        pytest.param((), {"has_dns_support": False}, ["MNP422"], id="no names at all"),
        pytest.param((), {"has_dns_support": False, "has_own_dns": True}, [], id="other servers"),
        pytest.param((), {"has_dns_support": UNKNOWN}, [], id="unknown support"),
        pytest.param(
            tuple(replace(endpoint, has_private_dns=UNKNOWN) for endpoint in endpoints()),
            DNS_OFF,
            [],
            id="endpoints perhaps without private DNS",
        ),
    ],
)
def test_mnp422_the_vpc_resolves_names(among: Any, attributes: Any, expected: list[str]) -> None:
    vpc = parts.vpc(*among, **attributes)
    assert ids(networked(parts.TO_NAT, vpc=vpc)) == expected
