"""Event buses, rules and archives."""

from __future__ import annotations

import json
from typing import Any

from cdk_batch_mnp_emulator.cloudformation.providers.api_resource import ApiResource, Tagging
from cdk_batch_mnp_emulator.cloudformation.resource import (
    Context,
    Properties,
    Provided,
    Provider,
    reset,
    without,
)

_BUS_ARN = "arn:aws:events:{Region}:{Account}:event-bus/{Id}"


class Archive(ApiResource):
    """Provides AWS::Events::Archive."""

    def request(self, context: Context, properties: Properties) -> dict[str, Any]:
        """Return the arguments of the creating call."""
        request = super().request(context, properties)
        request["EventSourceArn"] = request.pop("SourceArn", "")
        return _with_pattern(request)

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Set description, pattern and retention."""
        own = _with_pattern(without(new, "SourceArn", "ArchiveName"))
        defaults = {"Description": "", "RetentionDays": 0}
        request = {**own, **reset(old, new, defaults), **self.named(provided)}
        context.call(self.service, "UpdateArchive", **request)
        return provided


class Rule(ApiResource):
    """Provides AWS::Events::Rule."""

    def request(self, context: Context, properties: Properties) -> dict[str, Any]:
        """Return the arguments of the call that puts the rule."""
        return _with_pattern(super().request(context, properties))

    def create(self, context: Context, properties: Properties) -> Provided:
        """Put the rule and its targets."""
        provided = super().create(context, properties)
        self._put_targets(context, provided, properties)
        return provided

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Put the rule and its targets as they are now."""
        named = {**without(new, "Tags"), "Name": provided.physical_id}
        context.call(self.service, self.create_call, **self.request(context, named))
        kept = {target["Id"] for target in new.get("Targets", [])}
        gone = [target["Id"] for target in old.get("Targets", []) if target["Id"] not in kept]
        if gone:
            context.call(self.service, "RemoveTargets", **_of_rule(provided, old), Ids=gone)
        self._put_targets(context, provided, new)
        if self.tagging:
            self.tagging.apply(context, self.service, provided, old, new)
        return provided

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Remove the targets and the rule."""
        if ids := [target["Id"] for target in properties.get("Targets", [])]:
            context.call(self.service, "RemoveTargets", **_of_rule(provided, properties), Ids=ids)
        bus = _bus(properties)
        context.call(self.service, self.delete_call, **self.named(provided), **bus)

    def _put_targets(self, context: Context, provided: Provided, properties: Properties) -> None:
        if targets := properties.get("Targets"):
            context.call(
                self.service, "PutTargets", **_of_rule(provided, properties), Targets=targets
            )


def _with_pattern(request: dict[str, Any]) -> dict[str, Any]:
    pattern = request.get("EventPattern", "")
    return request if isinstance(pattern, str) else request | {"EventPattern": json.dumps(pattern)}


def _of_rule(provided: Provided, properties: Properties) -> dict[str, Any]:
    return {"Rule": provided.physical_id, **_bus(properties)}


def _bus(properties: Properties) -> dict[str, Any]:
    return {name: properties[name] for name in ("EventBusName",) if name in properties}


PROVIDERS: dict[str, Provider] = {
    "AWS::Events::Archive": Archive(
        service="events",
        create_call="CreateArchive",
        delete_call="DeleteArchive",
        id="ArchiveName",
        name="ArchiveName",
        attributes={"Arn": "ArchiveArn", "ArchiveName": "ArchiveName"},
        create_only=frozenset({"ArchiveName", "SourceArn"}),
    ),
    "AWS::Events::EventBus": ApiResource(
        service="events",
        create_call="CreateEventBus",
        delete_call="DeleteEventBus",
        id="Name",
        name="Name",
        attributes={"Arn": "EventBusArn", "Name": "Name"},
        apart=("DeadLetterConfig", "Description", "KmsKeyIdentifier", "LogConfig", "Policy"),
        create_only=frozenset({"Name", "EventSourceName"}),
        tagging=Tagging("ResourceARN", resource=_BUS_ARN),
    ),
    "AWS::Events::Rule": Rule(
        service="events",
        create_call="PutRule",
        delete_call="DeleteRule",
        id="Name",
        name="Name",
        attributes={"Arn": "RuleArn"},
        apart=("Targets",),
        create_only=frozenset({"Name", "EventBusName"}),
        tagging=Tagging("ResourceARN", resource="{Arn}"),
    ),
}
