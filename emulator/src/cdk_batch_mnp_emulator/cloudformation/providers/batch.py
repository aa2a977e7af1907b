"""AWS::Batch: the properties become requests of the Batch API, whole."""

from __future__ import annotations

from typing import Any

from cdk_batch_mnp_emulator.cloudformation.resource import (
    Context,
    Properties,
    Provided,
    Provider,
    changed,
    reset,
    without,
)

_NEED_NEW_ENVIRONMENT = frozenset({"ComputeEnvironmentName", "EksConfiguration", "Tags", "Type"})
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

_DEFAULTS: dict[str, Any] = {
    "State": "ENABLED",
    "UpdatePolicy": {"TerminateJobsOnUpdate": False, "JobExecutionTimeoutMinutes": 30},
}
"""What an environment has without these properties."""

_EMPTY: dict[str, Any] = {
    "Ec2Configuration": [],
    "Ec2KeyPair": "",
    "ImageId": "",
    "MinvCpus": 0,
    "PlacementGroup": "",
    "SecurityGroupIds": [],
    "Tags": {},
}
"""What the API takes for compute resources that are no longer set."""

_FOR_UPDATES = ("ReplaceComputeEnvironment", "UpdatePolicy")


class ComputeEnvironment:
    """Provides AWS::Batch::ComputeEnvironment.

    Source: CloudFormation schema, createOnlyProperties and conditionalCreateOnlyProperties.
    """

    def create(self, context: Context, properties: Properties) -> Provided:
        """Create the environment."""
        request = without(properties, *_FOR_UPDATES)
        if "ComputeResources" in request:
            request["ComputeResources"] = without(
                request["ComputeResources"], "UpdateToLatestImageVersion"
            )
        answer = context.call(
            "batch",
            "CreateComputeEnvironment",
            **{"ComputeEnvironmentName": context.name} | request | _tags(context, properties),
        )
        return _provided(answer["computeEnvironmentArn"], "ComputeEnvironmentArn")

    def must_replace(self, old: Properties, new: Properties) -> bool:
        """Whether the environment cannot change in its place."""
        if changed(old, new) & _NEED_NEW_ENVIRONMENT:
            return True
        resources = changed(old.get("ComputeResources", {}), new.get("ComputeResources", {}))
        if "SpotIamFleetRole" in resources:
            return True
        in_place = str(new.get("ReplaceComputeEnvironment", True)).lower() == "false"
        return not in_place and bool(resources & _NEED_NEW_INSTANCES)

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Change the environment in its place."""
        request = without(
            new, "ReplaceComputeEnvironment", *_NEED_NEW_ENVIRONMENT, "ComputeResources"
        )
        request |= reset(old, new, _DEFAULTS)
        before, after = (each.get("ComputeResources", {}) for each in (old, new))
        resources = {key: after[key] for key in changed(before, after) if key in after}
        # What leaves the template goes back to what an environment has without it.
        resources |= reset(before, after, _EMPTY)
        if resources:
            request["ComputeResources"] = resources
        context.call(
            "batch",
            "UpdateComputeEnvironment",
            ComputeEnvironment=provided.physical_id,
            **request,
        )
        return provided

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Disable the environment, then delete it, as Batch wants it."""
        name = {"ComputeEnvironment": provided.physical_id}
        context.call("batch", "UpdateComputeEnvironment", State="DISABLED", **name)
        context.call("batch", "DeleteComputeEnvironment", **name)


class JobQueue:
    """Provides AWS::Batch::JobQueue."""

    def create(self, context: Context, properties: Properties) -> Provided:
        """Create the queue."""
        answer = context.call(
            "batch",
            "CreateJobQueue",
            **{"JobQueueName": context.name} | dict(properties) | _tags(context, properties),
        )
        return _provided(answer["jobQueueArn"], "JobQueueArn")

    def must_replace(self, old: Properties, new: Properties) -> bool:
        """Whether the queue cannot change in its place."""
        return bool(changed(old, new) & {"JobQueueName", "JobQueueType"})

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Change the queue in its place."""
        request = without(new, "JobQueueName", "JobQueueType", "Tags")
        request |= reset(old, new, {"JobStateTimeLimitActions": [], "State": "ENABLED"})
        context.call("batch", "UpdateJobQueue", JobQueue=provided.physical_id, **request)
        _retag(context, provided.physical_id, old, new)
        return provided

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Disable the queue, then delete it, as Batch wants it."""
        name = {"JobQueue": provided.physical_id}
        context.call("batch", "UpdateJobQueue", State="DISABLED", **name)
        context.call("batch", "DeleteJobQueue", **name)


class JobDefinition:
    """Provides AWS::Batch::JobDefinition; an update registers the next revision."""

    def create(self, context: Context, properties: Properties) -> Provided:
        """Register the first revision."""
        return self._register(context, properties, properties.get("JobDefinitionName"))

    def must_replace(self, old: Properties, new: Properties) -> bool:
        """Whether the definition gets another name."""
        return "JobDefinitionName" in changed(old, new)

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Register the next revision, and make the one before it inactive unless told not to."""
        name = provided.physical_id.rsplit("/", 1)[-1].rsplit(":", 1)[0]
        registered = self._register(context, new, name)
        retention = new.get("ResourceRetentionPolicy", {})
        if str(retention.get("SkipDeregisterOnUpdate", False)).lower() != "true":
            self.delete(context, provided, old)
        return registered

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Make the revision inactive."""
        context.call("batch", "DeregisterJobDefinition", JobDefinition=provided.physical_id)

    def _register(self, context: Context, properties: Properties, name: str | None) -> Provided:
        answer = context.call(
            "batch",
            "RegisterJobDefinition",
            **without(properties, "ResourceRetentionPolicy")
            | {"JobDefinitionName": name or context.name}
            | _tags(context, properties),
        )
        return _provided(answer["jobDefinitionArn"], "JobDefinitionArn")


class SchedulingPolicy:
    """Provides AWS::Batch::SchedulingPolicy."""

    def create(self, context: Context, properties: Properties) -> Provided:
        """Create the policy."""
        answer = context.call(
            "batch",
            "CreateSchedulingPolicy",
            **{"Name": context.name} | dict(properties) | _tags(context, properties),
        )
        return _provided(answer["arn"], "Arn")

    def must_replace(self, old: Properties, new: Properties) -> bool:
        """Whether the policy gets another name."""
        return "Name" in changed(old, new)

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Change the policy in its place."""
        request = without(new, "Name", "Tags") | reset(old, new, {"FairsharePolicy": {}})
        context.call("batch", "UpdateSchedulingPolicy", Arn=provided.physical_id, **request)
        _retag(context, provided.physical_id, old, new)
        return provided

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Delete the policy."""
        context.call("batch", "DeleteSchedulingPolicy", Arn=provided.physical_id)


PROVIDERS: dict[str, Provider] = {
    "AWS::Batch::ComputeEnvironment": ComputeEnvironment(),
    "AWS::Batch::JobDefinition": JobDefinition(),
    "AWS::Batch::JobQueue": JobQueue(),
    "AWS::Batch::SchedulingPolicy": SchedulingPolicy(),
}


def _provided(arn: str, attribute: str) -> Provided:
    return Provided(arn, {attribute: arn})


def _tags(context: Context, properties: Properties) -> dict[str, Any]:
    tags = dict(context.tags) | properties.get("Tags", {})
    return {"Tags": tags} if tags else {}


def _retag(context: Context, arn: str, old: Properties, new: Properties) -> None:
    before, after = old.get("Tags", {}), new.get("Tags", {})
    if gone := sorted(set(before) - set(after)):
        context.call("batch", "UntagResource", ResourceArn=arn, TagKeys=gone)
    if before != after and after:
        context.call("batch", "TagResource", ResourceArn=arn, Tags=after)
