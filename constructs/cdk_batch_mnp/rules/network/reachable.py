"""What the instances of an environment reach, computed once for each environment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import field, replace

from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.model.compute_environment import COMPUTE_RESOURCES, ComputeEnvironment
from cdk_batch_mnp.model.network import Subnet
from cdk_batch_mnp.model.property_path import PropertyPath
from cdk_batch_mnp.model.reach.answers import Answer, Blocked, Hop
from cdk_batch_mnp.model.reach.filters import Groups
from cdk_batch_mnp.model.reach.interfaces import instance_interface, may_use_proxy
from cdk_batch_mnp.model.reach.services import (
    REQUESTS,
    Interface,
    reach_internet,
    reach_service,
)
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe

REGISTERING = ("ecs", "ecs-agent", "ecs-telemetry")
"""Services that the ECS agent needs to register an instance. Source: ECS Developer Guide."""

INTERNET = "the internet"
"""Stands for registries on the internet among the names of services."""

FIXES = {
    Hop.EGRESS: "Add an egress rule for it to the security group. A group that allows traffic "
    "among the nodes needs that rule besides.",
    Hop.INGRESS: "Add an ingress rule for the nodes' security group to that security group.",
    Hop.ACL: "Add an entry for it to the network ACL. Replies arrive on the ports 32768 to 60999, "
    "those to a NAT gateway on 1024 to 65535.",
    Hop.ADDRESS: "Use private subnets with a route to a NAT gateway, or VPC endpoints.",
    Hop.NAT: "Place a public NAT gateway in a subnet with a route to an internet gateway that is "
    "attached to the VPC.",
    Hop.GATEWAY: "Attach the internet gateway to the VPC (AWS::EC2::VPCGatewayAttachment).",
    Hop.POLICY: "Allow the action in the endpoint policy, or remove the policy.",
    Hop.ENDPOINT: "Enable private DNS of an interface endpoint, and add the subnet's route table "
    "to a gateway endpoint. An endpoint without VpcEndpointType is a gateway endpoint.",
    Hop.ROUTE: "Add a route to a NAT gateway, or VPC endpoints for the services.",
    Hop.MOUNT_TARGET: "Add a mount target in the zone of the subnet.",
    Hop.DNS: "Set EnableDnsSupport and EnableDnsHostnames of the VPC to true.",
}
"""How to fix each hop."""

ANY_SUBNET = Subnet(id="")
"""Stands for the subnets of an environment of which none is known."""

_SERVICES = len(REQUESTS)


def has_ecs_instances(environment: ComputeEnvironment) -> bool:
    """Return whether the nodes are known to be instances of an ECS cluster."""
    return environment.type in ("EC2", "SPOT") and environment.is_eks is False


@dataclass(frozen=True, slots=True)
class Unreached:
    """Services that instances in some subnets do not reach, for the same reason."""

    services: tuple[str, ...]
    subnets: tuple[str, ...]
    blocked: Blocked

    @property
    def message(self) -> str:
        """The problem, for people."""
        return f"{self.instances} do not reach {', '.join(self.services)}: {self.blocked.because}"

    @property
    def instances(self) -> str:
        """The instances, for people."""
        known = [subnet for subnet in self.subnets if subnet != ANY_SUBNET.id]
        return f"instances in {', '.join(known)}" if known else "instances"

    @property
    def path(self) -> PropertyPath:
        """The property of the environment that has to do with it."""
        is_group = self.blocked.hop is Hop.EGRESS
        return COMPUTE_RESOURCES / ("securityGroupIds" if is_group else "subnets")


@dataclass(slots=True)
class Reachable:
    """What instances reach from each known subnet of an environment."""

    interfaces: tuple[Interface, ...]
    _answers: dict[str, tuple[Answer, ...]] = field(default_factory=dict)

    def answers(self, service: str) -> tuple[Answer, ...]:
        """Return the answer for each subnet."""
        if service not in self._answers:
            self._answers[service] = tuple(
                reach_internet(interface)
                if service == INTERNET
                else reach_service(interface, service)
                for interface in self.interfaces
            )
        return self._answers[service]

    def stops(self, services: Iterable[str]) -> bool:
        """Return whether anything stops instances from reaching one of some services."""
        return any(
            isinstance(answer, Blocked) for service in services for answer in self.answers(service)
        )

    @property
    def registering(self) -> tuple[Subnet, ...]:
        """The subnets in which instances are not known to be unable to register."""
        return tuple(
            interface.subnet
            for position, interface in enumerate(self.interfaces)
            if not any(isinstance(self.answers(name)[position], Blocked) for name in REGISTERING)
        )

    def unreached(
        self, services: Iterable[str], among: tuple[Subnet, ...] | None = None
    ) -> Iterator[Unreached]:
        """Yield what instances do not reach, once for each reason.

        Args:
            services: The services.
            among: The subnets to look at. Default: all.
        """
        found: dict[tuple[Hop, str], Unreached] = {}
        for service in services:
            for interface, answer in zip(self.interfaces, self.answers(service), strict=True):
                subnet = interface.subnet
                if not isinstance(answer, Blocked) or (among is not None and subnet not in among):
                    continue
                key = answer.hop, answer.because
                before = found.get(key) or Unreached((), (), answer)
                found[key] = Unreached(
                    tuple(dict.fromkeys((*before.services, service))),
                    tuple(dict.fromkeys((*before.subnets, subnet.id))),
                    before.blocked,
                )
        yield from found.values()


def reachable_from(environment: ComputeEnvironment) -> Reachable:
    """Return what the instances of an environment reach; nothing is known of others' nodes."""
    # Each job is compared with each environment.
    known = environment.computed.get(__name__)
    if isinstance(known, Reachable):
        return known
    is_known = has_ecs_instances(environment) and not may_use_proxy(environment)
    listed = environment.known_subnets or (ANY_SUBNET,)
    subnets = {each.id: _in_vpc(each, environment) for each in listed} if is_known else {}
    made = Reachable(tuple(instance_interface(environment, subnet) for subnet in subnets.values()))
    environment.computed[__name__] = made
    return made


def _in_vpc(subnet: Subnet, environment: ComputeEnvironment) -> Subnet:
    """Return a subnet with the VPC of the environment's groups if its own is unknown."""
    is_unknown = subnet.vpc is UNKNOWN and environment.vpc is not UNKNOWN
    return replace(subnet, vpc=environment.vpc) if is_unknown else subnet


def work_of(environment: ComputeEnvironment) -> int:
    """Return about how many rules are compared to find what an environment's instances reach."""
    reachable = reachable_from(environment)
    return sum(_work_in(interface) for interface in reachable.interfaces)


def _work_in(interface: Interface) -> int:
    vpc, own = interface.subnet.vpc, _rules(interface.groups) + _entries(interface.subnet)
    if vpc is UNKNOWN:
        return own
    total = own
    for endpoint in vpc.known_endpoints:
        subnets = () if endpoint.subnets is UNKNOWN else endpoint.subnets
        entries = sum(_entries(subnet) for subnet in subnets)
        each_time = (own + _rules(endpoint.security_groups)) * max(1, len(subnets)) + entries
        total += each_time * (_SERVICES if endpoint.service is UNKNOWN else 1)
    return total


def _rules(groups: Groups) -> int:
    lists = [
        rules
        for group in (() if groups is UNKNOWN else groups)
        if group is not UNKNOWN
        for rules in (group.ingress, group.egress)
    ]
    return sum(len(rules) for rules in lists if rules is not UNKNOWN)


def _entries(subnet: Maybe[Subnet]) -> int:
    return 0 if subnet is UNKNOWN or subnet.acl is UNKNOWN else len(subnet.acl.entries)
