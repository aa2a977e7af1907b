"""Rules about the connectivity of the nodes' subnets."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, WARNING, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.compute_environment import COMPUTE_RESOURCES, ComputeEnvironment
from cdk_batch_mnp.model.network import Vpc
from cdk_batch_mnp.model.unknown import UNKNOWN
from cdk_batch_mnp.rules import sources

REGISTERING = ("ecs", "ecs-agent", "ecs-telemetry")
"""VPC endpoints that the ECS agent needs to register an instance."""
STARTING = ("ecr.api", "ecr.dkr", "s3", "logs")
"""VPC endpoints that a container with an ECR image and CloudWatch logs needs."""


def _has_ecs_instances(environment: ComputeEnvironment) -> bool:
    """Return whether the nodes are known to be instances of an ECS cluster."""
    return environment.type in ("EC2", "SPOT") and environment.is_eks is False


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

    Environments on EKS are skipped: their pods use the host's network.
    """
    if not _has_ecs_instances(environment):
        return
    public = [subnet.id for subnet in environment.known_subnets if subnet.kind == "public"]
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
    fix="Add interface endpoints for ecs, ecs-agent, ecs-telemetry, ecr.api, ecr.dkr and logs and "
    "a gateway endpoint for s3, or a NAT gateway.",
    source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html",
)
def missing_endpoints(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Checks isolated subnets of ECS environments. Silent if the VPC's endpoints are unknown.

    Missing endpoints for ECR, S3 or CloudWatch Logs are a warning: an image may not need them.
    """
    if not _has_ecs_instances(environment):
        return
    seen: set[str] = set()
    for subnet in environment.known_subnets:
        vpc = subnet.vpc
        if subnet.kind != "isolated" or not isinstance(vpc, Vpc) or vpc.id in seen:
            continue
        seen.add(vpc.id)
        endpoints = vpc.endpoints
        if endpoints is UNKNOWN:
            continue
        for needed, severity in ((REGISTERING, ERROR), (STARTING, WARNING)):
            missing = [each for each in needed if each not in endpoints]
            if missing:
                yield Violation(
                    resource=environment,
                    property_path=COMPUTE_RESOURCES / "subnets",
                    message=f"subnet {subnet.id} is isolated, but {vpc.id} has no endpoints for "
                    f"{', '.join(missing)}",
                    actual=", ".join(sorted(endpoints)) or "no endpoints",
                    expected=", ".join(needed),
                    severity=severity,
                )
                break
