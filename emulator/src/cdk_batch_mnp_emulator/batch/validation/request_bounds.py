"""Bounds of environments, queues, policies, tags, and of reading: one table, by member.

Source: Batch API, the structure and the member that each entry names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cdk_batch_mnp_emulator.batch.validation.bounds import (
    Check,
    between,
    count,
    length,
    matches,
    one_of,
)
from cdk_batch_mnp_emulator.batch.validation.names import (
    NAME,
    SHARE_IDENTIFIER,
    arn_of_services,
    iam,
    tags,
)

_INSTANCE_PROFILE = iam("instance-profile")
_ROLE = iam("role")
_VERSION = matches(r"|[0-9]+|\$Latest|\$Default", "a version number, $Latest or $Default")
_SECURITY_GROUPS = count(0, 5)
"""User guide, compute environments for multi-node parallel jobs: not more than five groups."""

_PAGE = between(1, 100)
_HUNDRED = count(0, 100)
_FIFTY = count(0, 50)

_IMAGE_TYPES = tuple(
    f"{orchestrator}_{system}{gpu}"
    for orchestrator in ("ECS", "EKS")
    for system in ("AL2", "AL2023")
    for gpu in ("", "_NVIDIA")
)


def _scale_down_delay(value: int) -> str:
    return "" if value == 0 else between(20, 10080)(value)


def _scale_in_after(value: int) -> str:
    return between(-1, 3600)(value)


_COMPUTE_RESOURCES: dict[str, Sequence[Check]] = {
    "minvCpus": [between(0)],
    "maxvCpus": [between(1)],
    "desiredvCpus": [between(0)],
    "bidPercentage": [between(0, 100)],
    "instanceRole": [_INSTANCE_PROFILE],
    "securityGroupIds": [_SECURITY_GROUPS],
    "ec2Configuration": [count(0, 2)],
    "tags": [count(0, 50, "tags"), tags],
}

BOUNDS: Mapping[str, Sequence[Check]] = {
    **{f"ComputeResource.{name}": checks for name, checks in _COMPUTE_RESOURCES.items()},
    **{f"ComputeResourceUpdate.{name}": checks for name, checks in _COMPUTE_RESOURCES.items()},
    "ComputeResource.spotIamFleetRole": [_ROLE],
    "ComputeScalingPolicy.minScaleDownDelayMinutes": [_scale_down_delay],
    "CreateComputeEnvironmentRequest.computeEnvironmentName": [NAME],
    "CreateComputeEnvironmentRequest.serviceRole": [_ROLE],
    "CreateComputeEnvironmentRequest.unmanagedvCpus": [between(0)],
    "UpdateComputeEnvironmentRequest.serviceRole": [_ROLE],
    "UpdateComputeEnvironmentRequest.unmanagedvCpus": [between(0)],
    "Ec2Configuration.imageType": [one_of(*_IMAGE_TYPES)],
    "EksConfiguration.eksClusterArn": [
        matches(r"arn:.*", "the ARN of an EKS cluster"),
        arn_of_services("eks"),
    ],
    "EksConfiguration.kubernetesNamespace": [
        matches(
            r"(?!default\Z|kube-)[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?",
            "1 to 63 small letters, digits and hyphens, neither default nor kube-...",
        )
    ],
    "InfrastructureOptimization.scaleInAfter": [_scale_in_after],
    "InstanceLaunchTemplate.capacityOptionType": [one_of("ON_DEMAND", "SPOT")],
    "InstanceLaunchTemplate.ec2InstanceProfileArn": [_INSTANCE_PROFILE],
    "InstanceLaunchTemplate.monitoring": [one_of("BASIC", "DETAILED")],
    "InstanceLaunchTemplateUpdate.ec2InstanceProfileArn": [_INSTANCE_PROFILE],
    "InstanceLaunchTemplateUpdate.monitoring": [one_of("BASIC", "DETAILED")],
    "LaunchTemplateSpecification.version": [_VERSION],
    "LaunchTemplateSpecification.overrides": [count(0, 10)],
    "LaunchTemplateSpecificationOverride.version": [_VERSION],
    "ManagedInstancesProvider.infrastructureRoleArn": [_ROLE],
    "CapacityReservationRequest.reservationPreference": [
        one_of("RESERVATIONS_ONLY", "RESERVATIONS_FIRST", "RESERVATIONS_EXCLUDED")
    ],
    "CreateJobQueueRequest.jobQueueName": [NAME],
    "CreateJobQueueRequest.priority": [between(0, 1000)],
    "UpdateJobQueueRequest.priority": [between(0, 1000)],
    "JobStateTimeLimitAction.maxTimeSeconds": [between(600, 86400)],
    "CreateSchedulingPolicyRequest.name": [NAME],
    "CreateConsumableResourceRequest.consumableResourceName": [NAME],
    "CreateConsumableResourceRequest.resourceType": [one_of("REPLENISHABLE", "NON_REPLENISHABLE")],
    "CreateConsumableResourceRequest.totalQuantity": [between(0)],
    "UpdateConsumableResourceRequest.operation": [one_of("SET", "ADD", "REMOVE")],
    "UpdateConsumableResourceRequest.quantity": [between(0)],
    "ConsumableResourceRequirement.quantity": [between(0)],
    "FairsharePolicy.shareDecaySeconds": [between(0, 604800)],
    "FairsharePolicy.computeReservation": [between(0, 99)],
    "FairsharePolicy.shareDistribution": [count(0, 500)],
    "ShareAttributes.shareIdentifier": [SHARE_IDENTIFIER],
    "ShareAttributes.weightFactor": [between(0.0001, 999.9999)],
    "TagrisTagsMap": [tags],
    "DescribeComputeEnvironmentsRequest.computeEnvironments": [_HUNDRED],
    "DescribeComputeEnvironmentsRequest.maxResults": [_PAGE],
    "DescribeJobQueuesRequest.jobQueues": [_HUNDRED],
    "DescribeJobQueuesRequest.maxResults": [_PAGE],
    "DescribeJobDefinitionsRequest.jobDefinitions": [_HUNDRED],
    "DescribeJobDefinitionsRequest.maxResults": [_PAGE],
    "DescribeJobDefinitionsRequest.status": [one_of("ACTIVE", "INACTIVE")],
    "DescribeJobsRequest.jobs": [_HUNDRED],
    "DescribeSchedulingPoliciesRequest.arns": [_HUNDRED],
    "ListSchedulingPoliciesRequest.maxResults": [_PAGE],
    "ListConsumableResourcesRequest.maxResults": [_PAGE],
    "ListJobsByConsumableResourceRequest.maxResults": [_PAGE],
    "ListJobsRequest.maxResults": [between(1)],
    "ListJobsRequest.filters": [count(0, 1)],
    "CancelJobRequest.reason": [length(0, 1024)],
    "CancelJobsRequest.jobs": [_FIFTY],
    "CancelJobsRequest.reason": [length(0, 1024)],
    "TerminateJobRequest.reason": [length(0, 1024)],
    "TerminateJobsRequest.jobs": [_FIFTY],
    "TerminateJobsRequest.reason": [length(0, 1024)],
}
