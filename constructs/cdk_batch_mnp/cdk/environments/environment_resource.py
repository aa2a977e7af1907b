"""The resource of a compute environment, and the role of its instances."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_cdk import aws_batch as batch
from aws_cdk import aws_iam as iam
from constructs import Construct

_ECS_INSTANCE_POLICY = "service-role/AmazonEC2ContainerServiceforEC2Role"


def add_instance_role(scope: Construct) -> iam.Role:
    """Create a role with the permissions that the ECS agent needs."""
    return iam.Role(
        scope,
        "InstanceRole",
        assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"),
        description="Lets the ECS agent on the nodes register the instance and pull images.",
        managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(_ECS_INSTANCE_POLICY)],
    )


def add_resource(scope: Construct, properties: Mapping[str, Any]) -> batch.CfnComputeEnvironment:
    """Create the resource from properties in the API's spelling."""
    settings = properties["ecsSettings"]
    resource = batch.CfnComputeEnvironment(
        scope,
        "Resource",
        type=properties["type"],
        state=properties["state"],
        replace_compute_environment=properties["replaceComputeEnvironment"],
        update_policy=properties["updatePolicy"],
        compute_environment_name=properties["computeEnvironmentName"],
        compute_resources=properties["computeResources"],
        # Earlier versions of the CDK do not have this argument.
        **({} if settings is None else {"ecs_settings": settings}),
    )
    # The instances get the environment's tags too, for cost allocation.
    resource.add_property_override("ComputeResources.Tags", resource.tags.rendered_tags)
    return resource
