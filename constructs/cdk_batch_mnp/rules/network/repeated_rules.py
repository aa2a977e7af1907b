"""A rule about security group rules that two resources create."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.compute_environment import COMPUTE_RESOURCES, ComputeEnvironment
from cdk_batch_mnp.model.network import SecurityGroup, SecurityGroupRule, Vpc
from cdk_batch_mnp.model.unknown import UNKNOWN, is_known
from cdk_batch_mnp.rules.network.network_interfaces import known_interfaces


@rule(
    ComputeEnvironment,
    "MNP428",
    "Each rule of a security group is created once",
    severity=ERROR,
    why="EC2 rejects a rule that the group already has, whatever its description: the deployment "
    "fails. An example is the second of two clusters in two stacks that open the same port of the "
    "VPC's default security group.",
    fix="Remove one of the two, or create the rule in the stack of the VPC, once.",
    source="https://docs.aws.amazon.com/AWSEC2/latest/APIReference/"
    "API_AuthorizeSecurityGroupIngress.html",
)
def repeated_rules(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares the separate rules of the nodes' groups and of the VPC's default group.

    Two rules are the same if direction, peer, protocol and ports are. Silent if one of these is
    unknown, or whether one of the resources exists.
    """
    for group in _groups(environment):
        for direction, rules in (("ingress", group.ingress), ("egress", group.egress)):
            for first, second in _repeated(() if rules is UNKNOWN else rules):
                yield Violation(
                    resource=environment,
                    property_path=COMPUTE_RESOURCES / "securityGroupIds",
                    message=f"{first.path} and {second.path} create the same {direction} rule of "
                    f"security group {group.id}",
                    actual=f"two {direction} rules for {first.peer}",
                    expected="one",
                )


def _groups(environment: ComputeEnvironment) -> Iterator[SecurityGroup]:
    found = {group.id: group for group in environment.known_security_groups}
    for interface in known_interfaces(environment):
        for group in () if interface.known_groups is UNKNOWN else interface.known_groups:
            if group is not UNKNOWN:
                found.setdefault(group.id, group)
    for subnet in environment.known_subnets:
        if isinstance(subnet.vpc, Vpc) and is_known(subnet.vpc.default_security_group):
            group = subnet.vpc.default_security_group
            found.setdefault(group.id, group)
    yield from found.values()


def _repeated(
    rules: tuple[SecurityGroupRule | object, ...],
) -> Iterator[tuple[SecurityGroupRule, SecurityGroupRule]]:
    first: dict[object, SecurityGroupRule] = {}
    for candidate in rules:
        if not isinstance(candidate, SecurityGroupRule) or not candidate.path:
            continue
        is_all = candidate.protocol == "-1"
        ports = () if is_all else (candidate.from_port, candidate.to_port)
        key = (candidate.peer, candidate.protocol, ports)
        if UNKNOWN in (candidate.peer, candidate.protocol, *ports):
            continue
        found = first.setdefault(key, candidate)
        if found.path != candidate.path:
            yield found, candidate
