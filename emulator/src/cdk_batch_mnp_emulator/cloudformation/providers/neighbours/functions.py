"""AWS::Lambda: what functions have besides code, versions and aliases; and scaling targets."""

from __future__ import annotations

from typing import Any

from cdk_batch_mnp_emulator.cloudformation.providers.api_resource import Tagging
from cdk_batch_mnp_emulator.cloudformation.providers.neighbours.service_resource import (
    ServiceResource,
)
from cdk_batch_mnp_emulator.cloudformation.resource import (
    Context,
    Properties,
    Provided,
    Provider,
    without,
)


class InvokeConfig(ServiceResource):
    """Provides AWS::Lambda::EventInvokeConfig."""

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Put the whole configuration."""
        context.call(self.service, self.create_call, **new)
        return provided


class LayerPermission(ServiceResource):
    """Provides AWS::Lambda::LayerVersionPermission."""

    def request(self, context: Context, properties: Properties) -> dict[str, Any]:
        """Return the arguments of the call that adds the statement."""
        return super().request(context, {**properties, **_layer(properties)})

    def provided(self, context: Context, known: Any, properties: Properties) -> Provided:
        """Return the statement."""
        return super().provided(context, known, {**properties, **_layer(properties)})


def _layer(properties: Properties) -> dict[str, Any]:
    layer, _, number = str(properties["LayerVersionArn"]).rpartition(":")
    return {"LayerName": layer.rpartition(":")[2], "VersionNumber": int(number)}


class Mapping(ServiceResource):
    """Provides AWS::Lambda::EventSourceMapping."""

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Update the mapping, with the function, which its update call needs here."""
        request = self._taken(self.update_call, without(new, "Tags"))
        context.call(self.service, self.update_call, **{**request, **self.named(provided)})
        return provided


class ScalingPolicy(ServiceResource):
    """Provides AWS::ApplicationAutoScaling::ScalingPolicy."""

    def request(self, context: Context, properties: Properties) -> dict[str, Any]:
        """Return the arguments, with those of the target that the policy names by its ID."""
        target = str(properties.get("ScalingTargetId", "")).split("|")
        names = ("ResourceId", "ScalableDimension", "ServiceNamespace")
        own = dict(zip(names, target, strict=True)) if len(target) == len(names) else {}
        return super().request(context, {**own, **properties})

    def provided(self, context: Context, known: Any, properties: Properties) -> Provided:
        """Return the policy."""
        return super().provided(context, known, {**self.request(context, properties), **properties})


PROVIDERS: dict[str, Provider] = {
    "AWS::ApplicationAutoScaling::ScalableTarget": ServiceResource(
        service="application-autoscaling",
        create_call="RegisterScalableTarget",
        update_call="RegisterScalableTarget",
        delete_call="DeregisterScalableTarget",
        id="{ResourceId}|{ScalableDimension}|{ServiceNamespace}",
        id_argument="ResourceId",
        key="{ResourceId}",
        keys=("ScalableDimension", "ServiceNamespace"),
        attributes={"Id": "{Id}"},
        create_only=frozenset({"ResourceId", "ScalableDimension", "ServiceNamespace"}),
        ignored=("ScheduledActions", "Tags"),
    ),
    "AWS::ApplicationAutoScaling::ScalingPolicy": ScalingPolicy(
        service="application-autoscaling",
        create_call="PutScalingPolicy",
        delete_call="DeleteScalingPolicy",
        id="PolicyARN",
        name="PolicyName",
        id_argument="PolicyName",
        key="{PolicyName}",
        keys=("ResourceId", "ScalableDimension", "ServiceNamespace"),
        attributes={"Arn": "PolicyARN"},
        is_recreated=True,
        ignored=("ScalingTargetId",),
    ),
    "AWS::Lambda::EventInvokeConfig": InvokeConfig(
        service="lambda",
        create_call="PutFunctionEventInvokeConfig",
        update_call="PutFunctionEventInvokeConfig",
        delete_call="DeleteFunctionEventInvokeConfig",
        id="{FunctionName}|{Qualifier}",
        id_argument="FunctionName",
        key="{FunctionName}",
        keys=("Qualifier",),
        create_only=frozenset({"FunctionName", "Qualifier"}),
    ),
    "AWS::Lambda::EventSourceMapping": Mapping(
        service="lambda",
        create_call="CreateEventSourceMapping",
        update_call="UpdateEventSourceMapping",
        delete_call="DeleteEventSourceMapping",
        id="UUID",
        attributes={
            "Id": "UUID",
            "EventSourceMappingArn": "arn:aws:lambda:{Region}:{Account}:event-source-mapping:{Id}",
        },
        create_only=frozenset({"EventSourceArn", "SelfManagedEventSource", "StartingPosition"}),
        ignored=("Tags", "LoggingConfig"),
    ),
    "AWS::Lambda::LayerVersionPermission": LayerPermission(
        service="lambda",
        create_call="AddLayerVersionPermission",
        delete_call="RemoveLayerVersionPermission",
        id="StatementId",
        name="StatementId",
        keys=("LayerName", "VersionNumber"),
        ignored=("LayerVersionArn",),
    ),
    "AWS::Lambda::Url": ServiceResource(
        service="lambda",
        create_call="CreateFunctionUrlConfig",
        update_call="UpdateFunctionUrlConfig",
        delete_call="DeleteFunctionUrlConfig",
        id="FunctionArn",
        id_argument="FunctionName",
        key="{TargetFunctionArn}",
        attributes={"FunctionArn": "FunctionArn", "FunctionUrl": "FunctionUrl"},
        renamed={"TargetFunctionArn": "FunctionName"},
        create_only=frozenset({"TargetFunctionArn", "Qualifier"}),
    ),
    "AWS::Kinesis::Stream": ServiceResource(
        service="kinesis",
        create_call="CreateStream",
        delete_call="DeleteStream",
        id="StreamName",
        name="StreamName",
        attributes={"Arn": "arn:aws:kinesis:{Region}:{Account}:stream/{Id}"},
        renamed={"Name": "StreamName"},
        deletion={"EnforceConsumerDeletion": True},
        ignored=("RetentionPeriodHours", "StreamEncryption", "DesiredShardLevelMetrics"),
        tagging=Tagging(
            "StreamName",
            is_map=True,
            tag_call="AddTagsToStream",
            untag_call="RemoveTagsFromStream",
        ),
    ),
}
