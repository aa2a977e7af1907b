"""Topics and queues."""

from __future__ import annotations

import json
from typing import Any

from cdk_batch_mnp_emulator.account import ACCOUNT
from cdk_batch_mnp_emulator.cloudformation.providers.api_resource import Tagging
from cdk_batch_mnp_emulator.cloudformation.providers.neighbours.service_resource import (
    ServiceResource,
    gone_already,
)
from cdk_batch_mnp_emulator.cloudformation.resource import (
    Context,
    Properties,
    Provided,
    Provider,
    changed,
    without,
)

_QUEUE_DEFAULTS = {
    "ContentBasedDeduplication": False,
    "DelaySeconds": 0,
    "KmsMasterKeyId": "",
    "MaximumMessageSize": 1048576,
    "MessageRetentionPeriod": 345600,
    "ReceiveMessageWaitTimeSeconds": 0,
    "RedrivePolicy": "",
    "VisibilityTimeout": 30,
}
_TOPIC_ATTRIBUTES = (
    "ContentBasedDeduplication",
    "DisplayName",
    "FifoTopic",
    "KmsMasterKeyId",
    "SignatureVersion",
    "TracingConfig",
)


class Queue(ServiceResource):
    """Provides AWS::SQS::Queue."""

    def create(self, context: Context, properties: Properties) -> Provided:
        """Create the queue."""
        is_fifo = _is_true(properties.get("FifoQueue"))
        name = properties.get("QueueName", context.name + (".fifo" if is_fifo else ""))
        # moto takes FifoQueue for set, whatever its value.
        attributes = _texts(without(properties, "QueueName", "Tags", "FifoQueue"))
        tags = {each["Key"]: each["Value"] for each in context.tag_list(properties)}
        request = {"Attributes": attributes | ({"FifoQueue": "true"} if is_fifo else {})}
        url = context.call("sqs", "CreateQueue", QueueName=name, **request, tags=tags)["QueueUrl"]
        arn = f"arn:aws:sqs:{context.region}:{ACCOUNT}:{name}"
        own = {"Arn": arn, "QueueName": name, "QueueUrl": url}
        return Provided(url, {**own, "(keys)": {"QueueUrl": url}})

    def must_replace(self, old: Properties, new: Properties) -> bool:
        """Whether the queue gets another name or kind."""
        return bool(changed(old, new) & {"FifoQueue", "QueueName"})

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Set the attributes and tags."""
        own = changed(old, new) - {"Tags"}
        if own:
            values = {key: new.get(key, _QUEUE_DEFAULTS.get(key, "")) for key in own}
            named = self.named(provided)
            context.call("sqs", "SetQueueAttributes", **named, Attributes=_texts(values))
        if self.tagging:
            self.tagging.apply(context, self.service, provided, old, new)
        return provided


class Topic(ServiceResource):
    """Provides AWS::SNS::Topic."""

    def create(self, context: Context, properties: Properties) -> Provided:
        """Create the topic with its own subscriptions."""
        is_fifo = _is_true(properties.get("FifoTopic"))
        name = properties.get("TopicName", context.name + (".fifo" if is_fifo else ""))
        attributes = _texts({k: properties[k] for k in _TOPIC_ATTRIBUTES if k in properties})
        tags = {"Tags": context.tag_list(properties)} if context.tag_list(properties) else {}
        answer = context.call("sns", "CreateTopic", Name=name, Attributes=attributes, **tags)
        arn = answer["TopicArn"]
        for subscription in properties.get("Subscription", []):
            context.call("sns", "Subscribe", TopicArn=arn, **subscription)
        return Provided(arn, {"TopicArn": arn, "TopicName": name, "(keys)": {"TopicArn": arn}})

    def must_replace(self, old: Properties, new: Properties) -> bool:
        """Whether the topic gets another name or kind."""
        return bool(changed(old, new) & {"FifoTopic", "TopicName"})

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Set the attributes, subscriptions and tags."""
        named = self.named(provided)
        for key in changed(old, new) & set(_TOPIC_ATTRIBUTES):
            value = _texts({key: new.get(key, "")})[key]
            context.call(
                "sns", "SetTopicAttributes", **named, AttributeName=key, AttributeValue=value
            )
        for subscription in new.get("Subscription", []):
            if subscription not in old.get("Subscription", []):
                context.call("sns", "Subscribe", **named, **subscription)
        for subscription in old.get("Subscription", []):
            if subscription not in new.get("Subscription", []):
                self._unsubscribe(context, provided, subscription)
        if self.tagging:
            self.tagging.apply(context, self.service, provided, old, new)
        return provided

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Delete the topic."""
        for subscription in properties.get("Subscription", []):
            self._unsubscribe(context, provided, subscription)
        super().delete(context, provided, properties)

    def _unsubscribe(self, context: Context, provided: Provided, own: Properties) -> None:
        with gone_already():
            found = context.call("sns", "ListSubscriptionsByTopic", **self.named(provided))
            for subscription in found["Subscriptions"]:
                if (subscription["Protocol"], subscription["Endpoint"]) == (
                    own["Protocol"],
                    own["Endpoint"],
                ):
                    context.call(
                        "sns", "Unsubscribe", SubscriptionArn=subscription["SubscriptionArn"]
                    )


def _is_true(value: Any) -> bool:
    return str(value).lower() == "true"


def _texts(attributes: Properties) -> dict[str, str]:
    return {key: _text(value) for key, value in attributes.items()}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value) if isinstance(value, dict | list) else str(value)


PROVIDERS: dict[str, Provider] = {
    "AWS::SNS::Topic": Topic(
        service="sns",
        create_call="CreateTopic",
        delete_call="DeleteTopic",
        id="TopicArn",
        tagging=Tagging("ResourceArn"),
    ),
    "AWS::SQS::Queue": Queue(
        service="sqs",
        create_call="CreateQueue",
        delete_call="DeleteQueue",
        id="QueueUrl",
        tagging=Tagging("QueueUrl", is_map=True, tag_call="TagQueue", untag_call="UntagQueue"),
    ),
}
