"""The targets of rules: which request brings an event to each kind.

Source: EventBridge API, Target, and
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html.
"""

from __future__ import annotations

import contextlib
import json
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cdk_batch_mnp_emulator.endpoint import Endpoint

_ARN_PARTS = 6


class UnsupportedTargetError(Exception):
    """Events cannot be brought to this kind of target."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one target is to get.

    Attributes:
        target: Of the rule, as PutTargets takes it.
        region: Of the target.
        resource: The last part of its ARN.
        content: What it gets.
        is_whole_event: Whether that is the event as it is.
    """

    target: Mapping[str, Any]
    region: str
    resource: str
    content: str
    is_whole_event: bool

    @classmethod
    def to(cls, target: Mapping[str, Any], content: str, *, is_whole_event: bool) -> Delivery:
        """Return a delivery to a target, whose Region and resource its ARN names."""
        parts = [*target["Arn"].split(":", _ARN_PARTS - 1), *[""] * _ARN_PARTS]
        return cls(target, parts[3], parts[5], content, is_whole_event)


def service_of(target: Mapping[str, Any]) -> str:
    """Return the service of a target, such as ``sqs``, from its ARN."""
    return str(target["Arn"]).split(":")[2]


def deliver(endpoint: Endpoint, delivery: Delivery) -> None:
    """Bring an event to a target.

    Raises:
        UnsupportedTargetError: Targets of this kind get no events here.
        ClientError: The target's service refuses the request.
    """
    service = service_of(delivery.target)
    if service not in _BY_SERVICE or not delivery.resource:
        raise UnsupportedTargetError(service)
    client_name, deliver_to = _BY_SERVICE[service]
    deliver_to(endpoint.client(client_name, delivery.region), delivery)


def _to_queue(sqs: Any, delivery: Delivery) -> None:
    url = sqs.get_queue_url(QueueName=delivery.resource)["QueueUrl"]
    group = (delivery.target.get("SqsParameters") or {}).get("MessageGroupId")
    sqs.send_message(
        QueueUrl=url,
        MessageBody=delivery.content,
        **({"MessageGroupId": group} if group else {}),
    )


def _to_topic(sns: Any, delivery: Delivery) -> None:
    sns.publish(TopicArn=delivery.target["Arn"], Message=delivery.content)


def _to_function(functions: Any, delivery: Delivery) -> None:
    functions.invoke(
        FunctionName=delivery.target["Arn"],
        InvocationType="Event",
        Payload=delivery.content.encode(),
    )


def _to_log_group(logs: Any, delivery: Delivery) -> None:
    if not delivery.resource.startswith("log-group:"):
        raise UnsupportedTargetError(f"logs {delivery.resource}")
    group = delivery.resource.removeprefix("log-group:").removesuffix(":*")
    stream = str(uuid.uuid4())
    logs.create_log_stream(logGroupName=group, logStreamName=stream)
    logs.put_log_events(
        logGroupName=group, logStreamName=stream, logEvents=[_log_event(delivery.content)]
    )


def _log_event(content: str) -> dict[str, Any]:
    now = int(time.time() * 1000)
    with contextlib.suppress(ValueError):
        written = json.loads(content)
        if isinstance(written, dict) and set(written) == {"timestamp", "message"}:
            message = written["message"]
            text = message if isinstance(message, str) else json.dumps(message)
            return {"timestamp": now, "message": text}
    return {"timestamp": now, "message": content}


def _to_state_machine(step_functions: Any, delivery: Delivery) -> None:
    if not delivery.resource.startswith("stateMachine:"):
        raise UnsupportedTargetError(f"states {delivery.resource}")
    step_functions.start_execution(
        stateMachineArn=delivery.target["Arn"], name=str(uuid.uuid4()), input=delivery.content
    )


def _to_job_queue(batch: Any, delivery: Delivery) -> None:
    parameters = delivery.target.get("BatchParameters") or {}
    request: dict[str, Any] = {
        "jobName": parameters["JobName"],
        "jobQueue": delivery.target["Arn"],
        "jobDefinition": parameters["JobDefinition"],
    }
    if size := (parameters.get("ArrayProperties") or {}).get("Size"):
        request["arrayProperties"] = {"size": int(size)}
    if attempts := (parameters.get("RetryStrategy") or {}).get("Attempts"):
        request["retryStrategy"] = {"attempts": int(attempts)}
    batch.submit_job(**request, **_job_members(delivery))


def _job_members(delivery: Delivery) -> dict[str, Any]:
    if delivery.is_whole_event:
        return {}
    with contextlib.suppress(ValueError):
        content = json.loads(delivery.content)
        if isinstance(content, dict) and isinstance(content.get("Parameters"), dict):
            written = {
                name: value if isinstance(value, str) else json.dumps(value)
                for name, value in content["Parameters"].items()
            }
            return {"parameters": written}
    return {}


_BY_SERVICE: Mapping[str, tuple[str, Callable[[Any, Delivery], None]]] = {
    "batch": ("batch", _to_job_queue),
    "lambda": ("lambda", _to_function),
    "logs": ("logs", _to_log_group),
    "sns": ("sns", _to_topic),
    "sqs": ("sqs", _to_queue),
    "states": ("stepfunctions", _to_state_machine),
}
