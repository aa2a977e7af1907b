"""Whether a network interface reaches a service of AWS."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.model.endpoint_policy import ECR_LAYERS
from cdk_batch_mnp.model.network import Subnet, Vpc, VpcEndpoint
from cdk_batch_mnp.model.partial_text import Text
from cdk_batch_mnp.model.policy import ANYTHING
from cdk_batch_mnp.model.reach.answers import (
    Answer,
    Blocked,
    Hop,
    in_sequence,
    unless,
    whichever,
)
from cdk_batch_mnp.model.reach.filters import Groups, Peer, crosses, lets_in, lets_out
from cdk_batch_mnp.model.reach.routes import leads_elsewhere, leads_out, may_lead_out_with_ipv6
from cdk_batch_mnp.model.reach.traffic import HTTPS, Addresses, Public
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe

_INTERNET = "the internet"

REQUESTS: dict[str, tuple[tuple[str, Text], ...]] = {
    "ecs": (("ecs:RegisterContainerInstance", ANYTHING), ("ecs:DiscoverPollEndpoint", ANYTHING)),
    "ecs-agent": (("ecs:Poll", ANYTHING),),
    "ecs-telemetry": (("ecs:StartTelemetrySession", ANYTHING),),
    "ecr.api": (("ecr:GetAuthorizationToken", ANYTHING),),
    "ecr.dkr": (("ecr:BatchGetImage", ANYTHING), ("ecr:GetDownloadUrlForLayer", ANYTHING)),
    "s3": (("s3:GetObject", ECR_LAYERS),),
    "logs": (("logs:CreateLogStream", ANYTHING), ("logs:PutLogEvents", ANYTHING)),
    "secretsmanager": (("secretsmanager:GetSecretValue", ANYTHING),),
    "ssm": (("ssm:GetParameters", ANYTHING),),
    "ssmmessages": (
        ("ssmmessages:CreateControlChannel", ANYTHING),
        ("ssmmessages:CreateDataChannel", ANYTHING),
        ("ssmmessages:OpenControlChannel", ANYTHING),
        ("ssmmessages:OpenDataChannel", ANYTHING),
    ),
}
"""Actions that a node requests from each service, and their resources where they matter."""

GATEWAY_SERVICES = ("s3", "dynamodb")


@dataclass(frozen=True, slots=True)
class Interface:
    """A network interface in a subnet.

    Attributes:
        groups: Its security groups.
        has_public_address: Whether it has a public IPv4 address.
    """

    subnet: Subnet
    groups: Groups
    has_public_address: Maybe[bool]


def reach_service(interface: Interface, service: str) -> Answer:
    """Return whether an interface reaches a service of AWS in its Region.

    If the VPC has an interface endpoint with private DNS, that is the only way, even if there is
    another one: the service's name resolves to the addresses of the endpoint.

    Args:
        interface: The interface.
        service: The short name of an endpoint of the service (``ecs-agent``).
    """
    vpc = interface.subnet.vpc
    if vpc is UNKNOWN:
        vpc = Vpc(id="")
    ways: list[Answer] = []
    unused: list[Blocked] = []
    for endpoint in vpc.endpoints_of(service):
        use = _use(interface, endpoint, service)
        if isinstance(use, Blocked):
            unused.append(use)
            continue
        through = _through(interface, endpoint, service)
        if use is None:
            return through
        ways.append(through)
    if vpc.endpoints is UNKNOWN:
        ways.append(_hidden(interface, _own(interface, of_nodes_alone=True)))
    public = reach_internet(interface)
    if isinstance(public, Blocked) and public.hop is Hop.ROUTE and unused:
        public = unused[0]
    return whichever([*ways, public])


def reach_internet(interface: Interface) -> Answer:
    """Return whether an interface reaches public addresses, which are not known, on port 443."""
    subnet, groups = interface.subnet, interface.groups
    with_ipv4 = in_sequence(
        (
            lets_out(groups, HTTPS, Peer((), Public(4)), _INTERNET),
            leads_out(subnet, interface.has_public_address),
            crosses(subnet, HTTPS, Public(4), None),
        )
    )
    if not isinstance(with_ipv4, Blocked):
        return with_ipv4
    if may_lead_out_with_ipv6(subnet):
        with_ipv6 = lets_out(groups, HTTPS, Peer((), Public(6)), _INTERNET)
        if not isinstance(with_ipv6, Blocked):
            return UNKNOWN
    if leads_elsewhere(subnet):
        # An endpoint in another VPC is in none of these groups.
        return whichever((_hidden(interface, _own(interface)), with_ipv4))
    return with_ipv4


def _own(interface: Interface, *, of_nodes_alone: bool = False) -> frozenset[str]:
    groups = () if interface.groups is UNKNOWN else interface.groups
    return frozenset(
        group.id
        for group in groups
        if group is not UNKNOWN and not (of_nodes_alone and group.may_have_other_members)
    )


def _hidden(interface: Interface, not_in: frozenset[str]) -> Answer:
    """Return the answer for a service at an address that is not known, in this VPC or another."""
    answer = lets_out(interface.groups, HTTPS, Peer(UNKNOWN, UNKNOWN, not_in), "any address")
    return answer if isinstance(answer, Blocked) else UNKNOWN


def _use(interface: Interface, endpoint: VpcEndpoint, service: str) -> Answer:
    """Return whether requests for a service go to an endpoint; blocked if they certainly do not."""
    certain = None if endpoint.is_certain and endpoint.service == service else UNKNOWN
    match endpoint.kind:
        case "Gateway" if service in GATEWAY_SERVICES:
            table, tables = interface.subnet.routes, endpoint.route_tables
            if tables is not UNKNOWN and not tables:
                return _unused(endpoint, "it has no route tables")
            if table is UNKNOWN or tables is UNKNOWN:
                return UNKNOWN
            if table.id in tables:
                return certain
            return _unused(endpoint, f"its routes are not in {table.id}")
        case "Gateway" if endpoint.service == service:
            return _unused(
                endpoint, f"{service} has no gateway endpoints, only interface endpoints"
            )
        case "Interface":
            if endpoint.has_private_dns is False:
                return Blocked(Hop.ENDPOINT, endpoint.id, "private DNS of its endpoint is off")
            # Its DNS options may leave requests from the VPC to a gateway endpoint.
            is_sure = endpoint.has_private_dns is True and service not in GATEWAY_SERVICES
            return certain if is_sure else UNKNOWN
    return UNKNOWN


def _unused(endpoint: VpcEndpoint, why: str) -> Blocked:
    return Blocked(Hop.ENDPOINT, endpoint.id, f"endpoint {endpoint.id} is not used: {why}")


def _through(interface: Interface, endpoint: VpcEndpoint, service: str) -> Answer:
    if endpoint.kind == "Gateway":
        peer = Peer((), Public(4))
        return in_sequence(
            (
                lets_out(interface.groups, HTTPS, peer, f"{endpoint.id} ({service})"),
                crosses(interface.subnet, HTTPS, Public(4), None),
                _policy(endpoint, service),
            )
        )
    answer = whichever(_to_each_subnet(interface, endpoint, service))
    is_ipv4 = endpoint.ip_address_type in (None, "ipv4") or interface.subnet.has_ipv6 is False
    return answer if is_ipv4 or not isinstance(answer, Blocked) else UNKNOWN


def _to_each_subnet(interface: Interface, endpoint: VpcEndpoint, service: str) -> Iterator[Answer]:
    subnets = endpoint.subnets
    for other in (UNKNOWN,) if subnets is UNKNOWN or not subnets else subnets:
        addresses: Addresses = UNKNOWN if other is UNKNOWN else other.cidr
        own: Addresses = interface.subnet.cidr
        yield in_sequence(
            (
                lets_out(
                    interface.groups,
                    HTTPS,
                    Peer(endpoint.security_groups, addresses),
                    "the endpoint",
                ),
                UNKNOWN if other is UNKNOWN else crosses(interface.subnet, HTTPS, addresses, other),
                lets_in(endpoint.security_groups, HTTPS, Peer(interface.groups, own), "the nodes"),
                _policy(endpoint, service),
            )
        )


def _policy(endpoint: VpcEndpoint, service: str) -> Answer:
    policy = endpoint.policy
    if policy is None or policy is UNKNOWN:
        return policy
    return in_sequence(
        unless(
            policy.allows(action, resource),
            Hop.POLICY,
            endpoint.id,
            f"the policy of endpoint {endpoint.id} does not allow {action}"
            + (" for the bucket of image layers of Amazon ECR" if resource is ECR_LAYERS else ""),
        )
        for action, resource in REQUESTS.get(service, ())
    )
