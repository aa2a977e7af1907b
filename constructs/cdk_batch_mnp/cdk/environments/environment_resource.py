"""What compute environments for ECS and EKS consist of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_cdk import Acknowledgment, Validations
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_batch_mnp.cdk.environments.environment_plan import EnvironmentPlan
from cdk_batch_mnp.cdk.jsii.tokens import is_token
from cdk_batch_mnp.cdk.jsii.unchanging import subnet_id_of, tags_of
from cdk_batch_mnp.cdk.nodes.capacity_reservation import CapacityPlan
from cdk_batch_mnp.cdk.nodes.node_subnets import subnet_facts


def add_instance_role(scope: Construct, description: str, *policies: str) -> iam.Role:
    """Create a role of the instances with AWS managed policies."""
    return iam.Role(
        scope,
        "InstanceRole",
        assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"),
        description=description,
        managed_policies=[
            iam.ManagedPolicy.from_aws_managed_policy_name(policy) for policy in policies
        ],
    )


def placement_group_of(scope: Construct, capacity: CapacityPlan) -> ec2.IPlacementGroup | None:
    """Return the placement group of the nodes, created if the plan has none."""
    if not capacity.makes_group:
        return capacity.placement_group
    strategy = ec2.PlacementGroupStrategy.CLUSTER
    return ec2.PlacementGroup(scope, "PlacementGroup", strategy=strategy)


def acknowledge_disabled(environment: Construct) -> None:
    """Acknowledge that the environment accepts no jobs, because its own option says so."""
    acknowledgment = Acknowledgment(id="MNP::MNP142", reason="enabled is False.")
    Validations.of(environment).acknowledge(acknowledgment)


def facts_of_environment(
    plan: EnvironmentPlan, vpc: ec2.IVpc, vcpus_per_node: int | None
) -> dict[str, object]:
    """Return what only the construct knows, for the rules that read the template."""
    facts_of_subnets = subnet_facts(vpc, plan.subnets, are_selected=plan.selects_subnets)
    facts: dict[str, object] = {"dedicated": True, **facts_of_subnets}
    if vcpus_per_node is not None and not is_token(plan.instance_type):
        facts["instanceTypes"] = {plan.instance_type: {"vcpus": plan.instance.vcpus}}
    return facts


def environment_properties(
    scope: Construct,
    plan: EnvironmentPlan,
    *,
    is_enabled: bool,
    name: str | None,
    instance_role: iam.IRole,
    compute_resources: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the properties that environments for ECS and EKS have, in the API's spelling.

    Args:
        scope: The environment, to which the instance profile is added.
        plan: The plan.
        is_enabled: Whether the environment accepts jobs.
        name: Its name.
        instance_role: The role of the instances.
        compute_resources: Compute resources besides those in the plan.
    """
    delay = plan.scale_down_delay_minutes
    profile = iam.CfnInstanceProfile(scope, "InstanceProfile", roles=[instance_role])
    return {
        "type": "MANAGED",
        "state": "ENABLED" if is_enabled else "DISABLED",
        # With BEST_FIT_PROGRESSIVE, an update changes the environment in place: it stays in its
        # queues, and running jobs continue as long as the update policy allows.
        "replaceComputeEnvironment": False,
        "updatePolicy": {
            "terminateJobsOnUpdate": False,
            "jobExecutionTimeoutMinutes": plan.update_timeout_minutes,
        },
        "computeEnvironmentName": name,
        "computeResources": {
            "type": "EC2",
            "allocationStrategy": "BEST_FIT_PROGRESSIVE",
            "minvCpus": plan.min_vcpus,
            "maxvCpus": plan.max_vcpus,
            "instanceTypes": [plan.instance_type],
            "subnets": [subnet_id_of(subnet) for subnet in plan.subnets],
            "instanceRole": profile.attr_arn,
            "updateToLatestImageVersion": True,
            "scalingPolicy": None if delay is None else {"minScaleDownDelayMinutes": delay},
            **compute_resources,
        },
    }


def add_resource(scope: Construct, properties: Mapping[str, Any]) -> batch.CfnComputeEnvironment:
    """Create the resource from properties in the API's spelling."""
    settings = properties.get("ecsSettings")
    resource = batch.CfnComputeEnvironment(
        scope,
        "Resource",
        type=properties["type"],
        state=properties["state"],
        replace_compute_environment=properties["replaceComputeEnvironment"],
        update_policy=properties["updatePolicy"],
        compute_environment_name=properties["computeEnvironmentName"],
        compute_resources=properties["computeResources"],
        eks_configuration=properties.get("eksConfiguration"),
        # Earlier versions of the CDK do not have this argument.
        **({} if settings is None else {"ecs_settings": settings}),
    )
    # The instances get the environment's tags too, for cost allocation.
    resource.add_property_override("ComputeResources.Tags", tags_of(resource).rendered_tags)
    return resource
