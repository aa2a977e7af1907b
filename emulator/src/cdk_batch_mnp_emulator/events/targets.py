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

from moto.logs.models import logs_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from cdk_batch_mnp_emulator import moto_settings
from cdk_batch_mnp_emulator.account import ACCOUNT
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
        Exception: As the target's service or moto rejects the request.
    """
    service = service_of(delivery.target)
    if service not in _BY_SERVICE or not delivery.resource:
        raise UnsupportedTargetError(service)
    _BY_SERVICE[service](endpoint, delivery)


def send_message(region: str, queue: str, text: str, **members: Any) -> None:
    """Send a message to a queue.

    moto is called directly: a request costs more than ten times as much, and this is the target
    that gets every event of thousands of jobs.

    Args:
        region: Of the queue.
        queue: Its name.
        text: Of the message.
        members: As moto's method takes them.
    """
    with moto_settings.alone():
        sqs_backends[ACCOUNT][region].send_message(queue, text, **members)


def _to_queue(endpoint: Endpoint, delivery: Delivery) -> None:
    group = (delivery.target.get("SqsParameters") or {}).get("MessageGroupId")
    send_message(delivery.region, delivery.resource, delivery.content, group_id=group)


def _to_topic(endpoint: Endpoint, delivery: Delivery) -> None:
    with moto_settings.alone():
        sns_backends[ACCOUNT][delivery.region].publish(delivery.content, arn=delivery.target["Arn"])


def _to_function(endpoint: Endpoint, delivery: Delivery) -> None:
    endpoint.client("lambda", delivery.region).invoke(
        FunctionName=delivery.target["Arn"],
        InvocationType="Event",
        Payload=delivery.content.encode(),
    )


def _to_log_group(endpoint: Endpoint, delivery: Delivery) -> None:
    if not delivery.resource.startswith("log-group:"):
        raise UnsupportedTargetError(f"logs {delivery.resource}")
    group = delivery.resource.removeprefix("log-group:").removesuffix(":*")
    stream = str(uuid.uuid4())
    with moto_settings.alone():
        backend = logs_backends[ACCOUNT][delivery.region]
        backend.create_log_stream(group, stream)
        backend.put_log_events(group, stream, [_log_event(delivery.content)])


def _log_event(content: str) -> dict[str, Any]:
    now = int(time.time() * 1000)
    with contextlib.suppress(ValueError):
        written = json.loads(content)
        if isinstance(written, dict) and set(written) == {"timestamp", "message"}:
            message = written["message"]
            text = message if isinstance(message, str) else json.dumps(message)
            return {"timestamp": now, "message": text}
    return {"timestamp": now, "message": content}


def _to_state_machine(endpoint: Endpoint, delivery: Delivery) -> None:
    if not delivery.resource.startswith("stateMachine:"):
        raise UnsupportedTargetError(f"states {delivery.resource}")
    endpoint.client("stepfunctions", delivery.region).start_execution(
        stateMachineArn=delivery.target["Arn"], name=str(uuid.uuid4()), input=delivery.content
    )


def _to_job_queue(endpoint: Endpoint, delivery: Delivery) -> None:
    parameters = delivery.target.get("BatchParameters") or {}
    if not {"JobName", "JobDefinition"} <= parameters.keys():
        raise UnsupportedTargetError(
            "a job queue without BatchParameters; set JobName and JobDefinition in them"
        )
    request: dict[str, Any] = {
        "jobName": parameters["JobName"],
        "jobQueue": delivery.target["Arn"],
        "jobDefinition": parameters["JobDefinition"],
    }
    if size := (parameters.get("ArrayProperties") or {}).get("Size"):
        request["arrayProperties"] = {"size": int(size)}
    if attempts := (parameters.get("RetryStrategy") or {}).get("Attempts"):
        request["retryStrategy"] = {"attempts": int(attempts)}
    batch = endpoint.client("batch", delivery.region)
    batch.submit_job(**request, **_job_parameters(delivery))


def _job_parameters(delivery: Delivery) -> dict[str, Any]:
    """Return the parameters of a job, where a rule makes them from the event.

    Source: https://docs.aws.amazon.com/batch/latest/userguide/cwe-input-transformer.html.
    """
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


_BY_SERVICE: Mapping[str, Callable[[Endpoint, Delivery], None]] = {
    "batch": _to_job_queue,
    "lambda": _to_function,
    "logs": _to_log_group,
    "sns": _to_topic,
    "sqs": _to_queue,
    "states": _to_state_machine,
}
