"""Reading what the stock L2s made, as far as it can be known."""

from __future__ import annotations

from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_batch as batch
from constructs import Construct

from cdk_batch_mnp.cdk.network import read_launch_template
from cdk_batch_mnp.cdk.tokens import known
from cdk_batch_mnp.model.compute_environment import ComputeEnvironment
from cdk_batch_mnp.model.shape import Shape
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe


def read_environment(construct: Construct) -> Maybe[ComputeEnvironment]:
    """Model an environment that another construct made in this app; an imported one is unknown."""
    resource = construct.node.default_child
    if isinstance(construct, batch.CfnComputeEnvironment):
        resource = construct
    if not isinstance(resource, batch.CfnComputeEnvironment):
        return UNKNOWN
    resolved: Any = known(
        Stack.of(resource).resolve(
            {
                "type": resource.type,
                "computeEnvironmentName": resource.compute_environment_name,
                "replaceComputeEnvironment": resource.replace_compute_environment,
                "eksConfiguration": resource.eks_configuration,
                "computeResources": resource.compute_resources,
            }
        )
    )
    resources = resolved.get("computeResources") or {}
    groups = resources.get("securityGroupIds") if isinstance(resources, dict) else UNKNOWN
    template = getattr(construct, "launch_template", None)
    return ComputeEnvironment.read(
        Shape({key: value for key, value in resolved.items() if value is not None}),
        id=construct.node.path,
        launch_template=read_launch_template(template)
        if template is not None
        else UNKNOWN
        if isinstance(resources, dict) and resources.get("launchTemplate") is not None
        else None,
        placement_group=UNKNOWN
        if isinstance(resources, dict) and resources.get("placementGroup") is not None
        else None,
        subnets=UNKNOWN,
        # How many there are is known, if nothing else is.
        security_groups=tuple(UNKNOWN for _ in groups)
        if isinstance(groups, list)
        else None
        if groups is None
        else UNKNOWN,
    )
