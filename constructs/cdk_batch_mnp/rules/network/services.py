"""Rules about the services of AWS that instances need to reach."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, WARNING, Candidate, Severity, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.compute_environment import ComputeEnvironment
from cdk_batch_mnp.model.network import Vpc
from cdk_batch_mnp.model.property_path import PROPERTIES
from cdk_batch_mnp.model.reach.answers import Hop
from cdk_batch_mnp.model.unknown import UNKNOWN
from cdk_batch_mnp.rules.network.reachable import (
    FIXES,
    INTERNET,
    REGISTERING,
    Unreached,
    has_ecs_instances,
    reachable_from,
)
from cdk_batch_mnp.rules.security.scripts import may_do

_ENDPOINTS = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html"
_PRIVATE_DNS = "https://docs.aws.amazon.com/vpc/latest/privatelink/interface-endpoints.html"
_BRINGS_IMAGES = r"(?i)docker|\bctr\b|nerdctl|ECS_IMAGE_PULL_BEHAVIOR|containerd"


def _violation(
    environment: ComputeEnvironment, unreached: Unreached, severity: Severity | None = None
) -> Violation:
    blocked = unreached.blocked
    return Violation(
        resource=environment,
        property_path=unreached.path,
        message=unreached.message,
        actual=f"{blocked.resource}: {blocked.hop}" if blocked.resource else str(blocked.hop),
        expected=f"a way to {', '.join(unreached.services)} on TCP port 443",
        fix=FIXES[blocked.hop],
        severity=severity,
    )


@rule(
    ComputeEnvironment,
    "MNP420",
    "Instances reach Amazon ECS",
    severity=ERROR,
    why="The ECS agent of an instance calls the ECS endpoints on TCP port 443. If anything on the "
    "way stops it, the instance never registers: it runs at your cost while the job stays in "
    "RUNNABLE.",
    fix="Let the instances reach ecs, ecs-agent and ecs-telemetry, on the internet or through VPC "
    "endpoints.",
    source=_ENDPOINTS,
)
def instances_register(
    environment: ComputeEnvironment, catalogue: Catalogue
) -> Iterator[Violation]:
    """Follows the way from the instances of each known subnet to the ECS endpoints.

    The way: egress rules of the instances' security groups, network ACLs, routes, the attachment of
    an internet gateway and the public IP address that it needs, the subnet of a NAT gateway and its
    network ACL, and the security groups and policy of a VPC endpoint. An interface endpoint with
    private DNS takes the traffic even if there is another way. Reports the first part that
    certainly stops traffic. MNP405 reports subnets without any way, and MNP422 DNS. Silent if
    traffic may take a way that is not known: a transit gateway, an imported VPC, IPv6 or a proxy.
    """
    for unreached in reachable_from(environment).unreached(REGISTERING):
        if unreached.blocked.hop is not Hop.ROUTE:
            yield _violation(environment, unreached)


@rule(
    Candidate,
    "MNP421",
    "Instances reach what starts the job's containers",
    severity=ERROR,
    why="The instance, not the task, pulls images, fetches secrets and sends logs. Images in "
    "Amazon ECR need ecr.api, ecr.dkr, and s3 for their layers. If one of them cannot be reached, "
    "no container starts, and the job fails after it has waited for its instances.",
    fix="Let the instances reach the service, on the internet or through VPC endpoints.",
    source="https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html",
)
def containers_start(candidate: Candidate, catalogue: Catalogue) -> Iterator[Violation]:
    """Follows the same way as MNP420 to the services that the job's containers need.

    Skips subnets from which instances do not even reach Amazon ECS. It is a warning for
    CloudWatch Logs, for images whose registry is unknown or may be in the VPC, and if a custom AMI
    or the user data may bring the image. Public registries that the image of an essential container
    names, such as docker.io, are on the internet alone.
    """
    environment, needs = candidate.environment, candidate.definition.needs
    reachable = reachable_from(environment)
    needed = needs.images | needs.secrets | needs.perhaps
    if needs.registries:
        needed |= {INTERNET}
    if not needed or not reachable.stops(needed):
        return
    certain = needs.secrets
    if not _may_have_image(environment):
        certain |= needs.images
        if needs.pulls_from_internet:
            certain |= {INTERNET}
    for unreached in reachable.unreached(sorted(needed), reachable.registering):
        is_certain = not certain.isdisjoint(unreached.services)
        yield _violation(environment, unreached, ERROR if is_certain else WARNING)


def _may_have_image(environment: ComputeEnvironment) -> bool:
    """Return whether instances may have the image without pulling it."""
    template, configurations = environment.launch_template, environment.ec2_configurations
    if template is UNKNOWN or environment.has_template_overrides is not False:
        return True
    images: list[object] = [environment.image_id]
    if template is not None:
        images.append(template.image_id)
        if may_do(template.user_data, _BRINGS_IMAGES):
            return True
    if configurations is UNKNOWN:
        return True
    images += [
        configuration if configuration is UNKNOWN else configuration.image_id_override
        for configuration in configurations
    ]
    return any(image is not None for image in images)


@rule(
    ComputeEnvironment,
    "MNP422",
    "The VPC resolves the names that nodes use",
    severity=ERROR,
    why="Private DNS of an interface endpoint requires both DNS attributes of the VPC: otherwise "
    "EC2 rejects the endpoint, or its names resolve to the public service. Without DNS support, "
    "nodes resolve no names at all.",
    fix="Set EnableDnsSupport and EnableDnsHostnames of the VPC to true. AWS enables DNS hostnames "
    "only in default VPCs.",
    source=_PRIVATE_DNS,
)
def names_resolve(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Checks the DNS attributes of the VPCs that the templates create for the nodes' subnets.

    Both are needed if the VPC has an interface endpoint with private DNS; DNS support alone
    otherwise, unless DHCP options may set other DNS servers.
    """
    if not has_ecs_instances(environment):
        return
    vpcs = {
        subnet.vpc.id: subnet.vpc
        for subnet in environment.known_subnets
        if isinstance(subnet.vpc, Vpc)
    }
    for vpc in vpcs.values():
        named = _with_private_dns(vpc)
        off = [
            name
            for name, value in (
                ("EnableDnsSupport", vpc.has_dns_support),
                ("EnableDnsHostnames", vpc.has_dns_hostnames),
            )
            if value is False
        ]
        if named and off:
            yield Violation(
                resource=vpc,
                property_path=PROPERTIES / f"{off[0][0].lower()}{off[0][1:]}",
                message=f"{' and '.join(off)} of {vpc.id} {'are' if len(off) > 1 else 'is'} false, "
                f"but endpoints have private DNS: {', '.join(named)}",
                actual=", ".join(f"{name}: false" for name in off),
                expected="EnableDnsSupport: true, EnableDnsHostnames: true",
            )
        elif vpc.has_dns_support is False and vpc.has_own_dns is False:
            yield Violation(
                resource=vpc,
                property_path=PROPERTIES / "enableDnsSupport",
                message=f"EnableDnsSupport of {vpc.id} is false, so nodes resolve no names",
                actual="EnableDnsSupport: false",
                expected="EnableDnsSupport: true, or DHCP options with DNS servers",
            )


def _with_private_dns(vpc: Vpc) -> list[str]:
    if vpc.endpoints is UNKNOWN:
        return []
    return [
        endpoint.id
        for endpoint in vpc.endpoints
        if endpoint.is_certain and endpoint.kind == "Interface" and endpoint.has_private_dns is True
    ]
