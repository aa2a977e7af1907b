"""Rules about the connectivity of the nodes' subnets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import permutations

from cdk_batch_mnp.engine.rule import ERROR, WARNING, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.compute_environment import COMPUTE_RESOURCES, ComputeEnvironment
from cdk_batch_mnp.model.network import Subnet, Vpc
from cdk_batch_mnp.model.reach.answers import Blocked, Hop
from cdk_batch_mnp.model.reach.filters import crosses
from cdk_batch_mnp.model.reach.traffic import AMONG_NODES
from cdk_batch_mnp.model.unknown import UNKNOWN
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.network.reachable import (
    REGISTERING,
    has_ecs_instances,
    reachable_from,
)

_VPC_ID = r"vpc-[0-9a-f]+"


@rule(
    ComputeEnvironment,
    "MNP404",
    "Nodes run in private subnets",
    severity=WARNING,
    why="The containers of multi-node parallel jobs have their own network interfaces, which never "
    "get a public IP address: from a public subnet they reach nothing outside the VPC.",
    fix="Use private subnets with a route to a NAT gateway, or VPC endpoints.",
    source=sources.MNP_COMPUTE_ENVIRONMENT,
)
def public_subnets(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Reports subnets whose default route is known to lead to an internet gateway.

    Environments on EKS are skipped: their pods use the host's network. So are subnets where the
    instances have no public IP address either: MNP420 reports them.
    """
    if not has_ecs_instances(environment):
        return
    reported = {
        subnet_id
        for unreached in reachable_from(environment).unreached(REGISTERING)
        if unreached.blocked.hop is Hop.ADDRESS
        for subnet_id in unreached.subnets
    }
    public = [
        subnet.id
        for subnet in environment.known_subnets
        if subnet.kind == "public" and subnet.id not in reported
    ]
    if public:
        yield Violation(
            resource=environment,
            property_path=COMPUTE_RESOURCES / "subnets",
            message=f"the nodes are in public subnets: {', '.join(public)}",
            actual=", ".join(public),
            expected="private subnets",
        )


@rule(
    ComputeEnvironment,
    "MNP405",
    "Isolated subnets have the VPC endpoints that nodes need",
    severity=ERROR,
    why="Without access to the ECS endpoints, an instance never registers: it runs at your cost "
    "while the job stays in RUNNABLE. Without those of ECR, S3 and CloudWatch Logs, containers "
    "cannot start from an ECR image.",
    fix="Associate the subnet with a route table that leads to a NAT gateway, or add interface "
    "endpoints for ecs, ecs-agent, ecs-telemetry, ecr.api, ecr.dkr and logs and a gateway endpoint "
    "for s3.",
    source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html",
)
def missing_endpoints(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Checks isolated subnets of ECS environments. Silent if the VPC's endpoints are unknown.

    Checks the endpoints that an instance needs to register. MNP421 checks those that the containers
    of a job need. A subnet without an association uses the main route table of its VPC, which is
    empty. Silent about it if the templates have no route table of the VPC, or if anything else may
    change the main one: a custom resource or another stack.
    """
    reachable = reachable_from(environment)
    seen: set[str] = set()
    for position, interface in enumerate(reachable.interfaces):
        subnet = interface.subnet
        vpc = subnet.vpc
        if not isinstance(vpc, Vpc) or vpc.endpoints is UNKNOWN or vpc.id in seen:
            continue
        answers = {name: reachable.answers(name)[position] for name in REGISTERING}
        missing = [
            name
            for name, answer in answers.items()
            if isinstance(answer, Blocked) and answer.hop is Hop.ROUTE
        ]
        if missing:
            seen.add(vpc.id)
            services = {
                endpoint.service for endpoint in vpc.endpoints if endpoint.service is not UNKNOWN
            }
            yield Violation(
                resource=environment,
                property_path=COMPUTE_RESOURCES / "subnets",
                message=f"{_isolated(subnet)}, but {vpc.id} has no endpoints for "
                f"{', '.join(missing)}",
                actual=", ".join(sorted(services)) or "no endpoints",
                expected=", ".join(REGISTERING),
            )


def _isolated(subnet: Subnet) -> str:
    table = subnet.routes
    if table is not UNKNOWN and table.is_main:
        return f"subnet {subnet.id} is associated with no route table ({table.id} is empty)"
    return f"subnet {subnet.id} is isolated"


@rule(
    ComputeEnvironment,
    "MNP426",
    "Network ACLs let nodes in different subnets reach each other",
    severity=WARNING,
    why="AWS Batch may place the nodes of a job in any subnets of the environment. Network ACLs "
    "filter traffic between subnets, so nodes in different ones wait for each other until the "
    "timeout.",
    fix="Allow all traffic between the subnets in their network ACLs, in both directions, or use "
    "one subnet.",
    source="https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html",
)
def acls_among_nodes(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Checks the TCP ports 32768 to 60999, from which Linux chooses, between each two subnets.

    Silent unless the network ACLs and the IPv4 ranges of both subnets are known, and if an entry
    applies to some of the ports or addresses only.
    """
    reported: set[Blocked] = set()
    for one, other in permutations(environment.known_subnets, 2):
        answer = crosses(one, AMONG_NODES, other.cidr, other)
        if isinstance(answer, Blocked) and answer not in reported:
            reported.add(answer)
            yield Violation(
                resource=environment,
                property_path=COMPUTE_RESOURCES / "subnets",
                message=f"nodes in {one.id} do not reach nodes in {other.id}: {answer.because}",
                actual=f"{answer.resource}: {answer.hop}",
                expected=f"{AMONG_NODES} among the nodes",
            )


@rule(
    ComputeEnvironment,
    "MNP427",
    "Subnets and security groups of an environment are in one VPC",
    severity=ERROR,
    why="EC2 launches no instance whose subnet and security groups are in different VPCs, and an "
    "Auto Scaling group has the subnets of one VPC. The environment becomes INVALID, or its jobs "
    "stay in RUNNABLE.",
    fix="Use subnets and security groups of one VPC.",
    source=sources.api("ComputeResource"),
)
def one_vpc(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares the VPCs of the known subnets, and that of the first known security group.

    Silent about parameters and imports: two of them may be the same VPC.
    """
    named = {f"subnet {subnet.id}": subnet.vpc for subnet in environment.known_subnets}
    named["the security groups"] = environment.vpc
    for is_literal in (False, True):
        known = {
            what: vpc.id
            for what, vpc in named.items()
            if vpc is not UNKNOWN
            and vpc.is_identified
            and bool(re.fullmatch(_VPC_ID, vpc.id)) is is_literal
        }
        if len(set(known.values())) > 1:
            listing = ", ".join(f"{what} in {vpc_id}" for what, vpc_id in known.items())
            yield Violation(
                resource=environment,
                property_path=COMPUTE_RESOURCES / "subnets",
                message=f"the environment is in {len(set(known.values()))} VPCs: {listing}",
                actual=listing,
                expected="one VPC",
            )
