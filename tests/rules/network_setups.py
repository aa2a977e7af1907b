"""A right setup of which the whole network is known, and small changes to it."""

from __future__ import annotations

from typing import Any

from cdk_batch_mnp.model.compute_environment import ComputeEnvironment
from cdk_batch_mnp.model.network import SecurityGroup, SecurityGroupRule, VpcEndpoint
from tests.model.reach import parts
from tests.rules.setups import environment

SERVICES = (
    *("ecs", "ecs-agent", "ecs-telemetry", "ecr.api", "ecr.dkr", "logs"),
    *("secretsmanager", "ssm"),
)
NODES = "Nodes"


def nodes(*egress: Any) -> SecurityGroup:
    """The nodes' group: all traffic from itself, and these egress rules besides those to itself."""
    itself = SecurityGroupRule(peer=NODES)
    everywhere = SecurityGroupRule(peer=parts.EVERYWHERE)
    return SecurityGroup(id=NODES, ingress=(itself,), egress=(itself, *(egress or (everywhere,))))


def endpoints(*but: str) -> tuple[VpcEndpoint, ...]:
    """Endpoints of all services but these."""
    made = [parts.endpoint(service) for service in SERVICES if service not in but]
    return (*made, *(() if "s3" in but else (parts.gateway(),)))


def networked(
    *routes: Any, among: Any = None, group: Any = None, changes: Any = None, **subnet: Any
) -> ComputeEnvironment:
    """An environment in one subnet with these routes, of a VPC with these endpoints."""
    given = {"kind": "private" if routes else "isolated", "addresses": 4091, **subnet}
    vpc = parts.vpc(*(among or ()))
    return environment(
        subnets=(parts.subnet(*routes, **{"vpc": vpc, **given}),),
        security_groups=(group or nodes(),),
        **(changes or {}),
    )
