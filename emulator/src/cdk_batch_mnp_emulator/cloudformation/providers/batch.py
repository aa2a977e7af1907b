"""AWS::Batch: properties become complete requests of the Batch API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cdk_batch_mnp_emulator.cloudformation.providers.api_resource import ApiResource, Tagging
from cdk_batch_mnp_emulator.cloudformation.resource import (
    Context,
    Properties,
    Provided,
    Provider,
    changed,
    reset,
    without,
)

_NEED_NEW_INSTANCES = frozenset(
    {
        "AllocationStrategy",
        "BidPercentage",
        "Ec2Configuration",
        "Ec2KeyPair",
        "ImageId",
        "InstanceRole",
        "InstanceTypes",
        "LaunchTemplate",
        "PlacementGroup",
        "ScalingPolicy",
        "SecurityGroupIds",
        "Subnets",
        "Tags",
        "Type",
    }
)
"""Compute resources that change in place only if ``ReplaceComputeEnvironment`` is false."""

_EMPTY: dict[str, Any] = {
    "Ec2Configuration": [],
    "Ec2KeyPair": "",
    "ImageId": "",
    "LaunchTemplate": {"LaunchTemplateId": ""},
    "MinvCpus": 0,
    "PlacementGroup": "",
    "SecurityGroupIds": [],
    "Tags": {},
}
"""Values for compute resources that are removed from the template."""

_TAGGING = Tagging("ResourceArn", is_map=True)


class DisabledFirst(ApiResource):
    """Provides a Batch type whose resources must be disabled before they are deleted."""

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Disable the resource, then delete it."""
        named = self.named(provided)
        context.call(self.service, self.update_call, State="DISABLED", **named)
        context.call(self.service, self.delete_call, **named)


class ComputeEnvironment(DisabledFirst):
    """Provides AWS::Batch::ComputeEnvironment.

    Source: CloudFormation schema, createOnlyProperties and conditionalCreateOnlyProperties.
    """

    def request(self, context: Context, properties: Properties) -> dict[str, Any]:
        """Return the arguments of the create call, without those that are only for updates."""
        request = without(super().request(context, properties), "UpdatePolicy")
        if "ComputeResources" in request:
            request["ComputeResources"] = without(
                request["ComputeResources"], "UpdateToLatestImageVersion"
            )
        return request

    def must_replace(self, old: Properties, new: Properties) -> bool:
        """Whether a change requires a replacement."""
        if super().must_replace(old, new):
            return True
        resources = changed(old.get("ComputeResources", {}), new.get("ComputeResources", {}))
        if "SpotIamFleetRole" in resources:
            return True
        in_place = str(new.get("ReplaceComputeEnvironment", True)).lower() == "false"
        return not in_place and bool(resources & _NEED_NEW_INSTANCES)

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Update the environment in place, with the compute resources that differ."""
        before, after = (each.get("ComputeResources", {}) for each in (old, new))
        resources = {key: after[key] for key in changed(before, after) if key in after}
        # A removed property is reset to the value of an environment without it.
        resources |= reset(before, after, _EMPTY)
        request = without(new, "ComputeResources")
        if resources:
            request["ComputeResources"] = resources
        return super().update(context, provided, without(old, "ComputeResources"), request)


class JobDefinition(ApiResource):
    """Provides AWS::Batch::JobDefinition; an update registers the next revision."""

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Register the next revision, and deregister the old one unless the template keeps it."""
        name = provided.physical_id.rsplit("/", 1)[-1].rsplit(":", 1)[0]
        registered = self.create(context, {**new, "JobDefinitionName": name})
        retention = new.get("ResourceRetentionPolicy", {})
        if str(retention.get("SkipDeregisterOnUpdate", False)).lower() != "true":
            self.delete(context, provided, old)
        return registered


class ConsumableResource(ApiResource):
    """Provides AWS::Batch::ConsumableResource; an update sets the total quantity."""

    def provided(
        self, context: Context, known: Mapping[str, Any], properties: Properties
    ) -> Provided:
        """Return the resource, with the attributes that it has when it is new."""
        provided = super().provided(context, known, properties)
        found = context.call(self.service, "DescribeConsumableResource", **self.named(provided))
        own = {
            "CreatedAt": found["createdAt"],
            "InUseQuantity": found["inUseQuantity"],
            "AvailableQuantity": found["availableQuantity"],
        }
        return Provided(provided.physical_id, {**provided.attributes, **own})

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Set the total quantity in place."""
        context.call(
            self.service,
            "UpdateConsumableResource",
            **self.named(provided),
            Operation="SET",
            Quantity=new.get("TotalQuantity", 0),
        )
        return super().update(context, provided, old, new)


PROVIDERS: dict[str, Provider] = {
    "AWS::Batch::ComputeEnvironment": ComputeEnvironment(
        service="batch",
        create_call="CreateComputeEnvironment",
        update_call="UpdateComputeEnvironment",
        delete_call="DeleteComputeEnvironment",
        id="computeEnvironmentArn",
        id_argument="ComputeEnvironment",
        name="ComputeEnvironmentName",
        attributes={"ComputeEnvironmentArn": "computeEnvironmentArn"},
        apart=("ReplaceComputeEnvironment",),
        create_only=frozenset({"ComputeEnvironmentName", "EksConfiguration", "Tags", "Type"}),
        defaults={
            "State": "ENABLED",
            "UpdatePolicy": {"TerminateJobsOnUpdate": False, "JobExecutionTimeoutMinutes": 30},
        },
        tagging=_TAGGING,
    ),
    "AWS::Batch::ConsumableResource": ConsumableResource(
        service="batch",
        create_call="CreateConsumableResource",
        delete_call="DeleteConsumableResource",
        id="consumableResourceArn",
        id_argument="ConsumableResource",
        name="ConsumableResourceName",
        attributes={"ConsumableResourceArn": "consumableResourceArn"},
        create_only=frozenset({"ConsumableResourceName", "ResourceType"}),
        tagging=_TAGGING,
    ),
    "AWS::Batch::JobDefinition": JobDefinition(
        service="batch",
        create_call="RegisterJobDefinition",
        delete_call="DeregisterJobDefinition",
        id="jobDefinitionArn",
        id_argument="JobDefinition",
        name="JobDefinitionName",
        attributes={"JobDefinitionArn": "jobDefinitionArn"},
        apart=("ResourceRetentionPolicy",),
        create_only=frozenset({"JobDefinitionName"}),
        tagging=_TAGGING,
    ),
    "AWS::Batch::JobQueue": DisabledFirst(
        service="batch",
        create_call="CreateJobQueue",
        update_call="UpdateJobQueue",
        delete_call="DeleteJobQueue",
        id="jobQueueArn",
        id_argument="JobQueue",
        name="JobQueueName",
        attributes={"JobQueueArn": "jobQueueArn"},
        create_only=frozenset({"JobQueueName", "JobQueueType"}),
        defaults={"JobStateTimeLimitActions": [], "State": "ENABLED"},
        tagging=_TAGGING,
    ),
    "AWS::Batch::SchedulingPolicy": ApiResource(
        service="batch",
        create_call="CreateSchedulingPolicy",
        update_call="UpdateSchedulingPolicy",
        delete_call="DeleteSchedulingPolicy",
        id="arn",
        id_argument="Arn",
        name="Name",
        attributes={"Arn": "arn"},
        create_only=frozenset({"Name"}),
        defaults={"FairsharePolicy": {}},
        tagging=_TAGGING,
    ),
}
