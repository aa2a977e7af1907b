"""Subscriptions of topics, and the policies of topics, queues and functions."""

from __future__ import annotations

import json
from typing import Any

from cdk_batch_mnp_emulator.cloudformation.providers.api_resource import (
    ApiResource,
    ReplacedOnChange,
)
from cdk_batch_mnp_emulator.cloudformation.resource import (
    Context,
    Properties,
    Provided,
    Provider,
    changed,
    without,
)

_SUBSCRIPTION_ATTRIBUTES = (
    "DeliveryPolicy",
    "FilterPolicy",
    "FilterPolicyScope",
    "RawMessageDelivery",
    "RedrivePolicy",
    "ReplayPolicy",
    "SubscriptionRoleArn",
)

_DEFAULTS = {"FilterPolicyScope": "MessageAttributes", "RawMessageDelivery": "false"}


class Subscription(ApiResource):
    """Provides AWS::SNS::Subscription."""

    def request(self, context: Context, properties: Properties) -> dict[str, Any]:
        """Return the arguments of the subscribing call."""
        request = super().request(context, without(properties, *_SUBSCRIPTION_ATTRIBUTES))
        attributes = {
            name: _written(properties[name])
            for name in _SUBSCRIPTION_ATTRIBUTES
            if name in properties
        }
        if attributes.get("RawMessageDelivery") == "false":
            del attributes["RawMessageDelivery"]  # moto takes any text for true
        return request | {"Attributes": attributes, "ReturnSubscriptionArn": True}

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Set the attributes that have changed."""
        for name in changed(old, new) & set(_SUBSCRIPTION_ATTRIBUTES):
            value = _written(new[name]) if name in new else _DEFAULTS.get(name, "{}")
            context.call(
                self.service,
                "SetSubscriptionAttributes",
                **self.named(provided),
                AttributeName=name,
                AttributeValue=value,
            )
        return provided


class Permission(ApiResource):
    """Provides AWS::Lambda::Permission."""

    def request(self, context: Context, properties: Properties) -> dict[str, Any]:
        """Return the arguments of the call that adds a statement to the function's policy."""
        return super().request(context, properties) | {"StatementId": context.name}

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Remove the statement."""
        context.call(
            self.service,
            self.delete_call,
            FunctionName=properties["FunctionName"],
            StatementId=provided.physical_id,
        )


class QueuePolicy(ReplacedOnChange):
    """Provides AWS::SQS::QueuePolicy."""

    def create(self, context: Context, properties: Properties) -> Provided:
        """Put the policy on every queue."""
        for queue in properties["Queues"]:
            _set_queue_policy(context, queue, _written(properties["PolicyDocument"]))
        return Provided(context.name, {"Id": context.name})

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Take the policy away from every queue."""
        for queue in properties["Queues"]:
            _set_queue_policy(context, queue, "")


def _set_queue_policy(context: Context, queue: str, policy: str) -> None:
    context.call("sqs", "SetQueueAttributes", QueueUrl=queue, Attributes={"Policy": policy})


class TopicPolicy(ReplacedOnChange):
    """Provides AWS::SNS::TopicPolicy."""

    def create(self, context: Context, properties: Properties) -> Provided:
        """Put the policy on every topic."""
        for topic in properties["Topics"]:
            context.call(
                "sns",
                "SetTopicAttributes",
                TopicArn=topic,
                AttributeName="Policy",
                AttributeValue=_written(properties["PolicyDocument"]),
            )
        return Provided(context.name, {"Id": context.name})

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Leave the policy; topics always have one, and none has an effect here."""


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else json.dumps(value)


PROVIDERS: dict[str, Provider] = {
    "AWS::Lambda::Permission": Permission(
        service="lambda",
        create_call="AddPermission",
        delete_call="RemovePermission",
        id="StatementId",
        attributes={"Id": "StatementId"},
    ),
    "AWS::SNS::Subscription": Subscription(
        service="sns",
        create_call="Subscribe",
        delete_call="Unsubscribe",
        id="SubscriptionArn",
        attributes={"Arn": "SubscriptionArn"},
        apart=("Region",),
        create_only=frozenset({"Endpoint", "Protocol", "Region", "TopicArn"}),
    ),
    "AWS::SNS::TopicPolicy": TopicPolicy(),
    "AWS::SQS::QueuePolicy": QueuePolicy(),
}
