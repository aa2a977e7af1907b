"""Rules that a test makes, and queues that keep what they deliver."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

from embedded import EmbeddedAws
from job_platform import wait_for


class Inbox:
    """A queue of SQS, and what has arrived in it so far."""

    def __init__(self, aws: EmbeddedAws, name: str = "", **attributes: str) -> None:
        self._sqs = aws.client("sqs")
        self.url = self._sqs.create_queue(
            QueueName=name or f"inbox-{uuid.uuid4().hex[:8]}", Attributes=attributes
        )["QueueUrl"]
        self.arn = self._sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])[
            "Attributes"
        ]["QueueArn"]
        self.messages: list[dict[str, Any]] = []

    @property
    def texts(self) -> list[str]:
        self.receive()
        return [message["Body"] for message in self.messages]

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(text) for text in self.texts]

    def receive(self) -> None:
        while True:
            answer = self._sqs.receive_message(
                QueueUrl=self.url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
            )
            if not (messages := answer.get("Messages", [])):
                return
            for message in messages:
                self._sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
            self.messages += messages

    def wait(self, number: int) -> list[str]:
        """Return the texts of all messages, once there are as many."""
        return wait_for(lambda: texts if len(texts := self.texts) >= number else None)

    def wait_for_status(self, *statuses: str) -> list[dict[str, Any]]:
        """Return all events, once there is one with one of these states."""

        def look() -> list[dict[str, Any]] | None:
            events = self.events
            found = {event["detail"]["status"] for event in events}
            return events if found & set(statuses) else None

        return wait_for(look)


class EventRules:
    """The rules of one test, on the default event bus unless it names another."""

    def __init__(self, aws: EmbeddedAws) -> None:
        self._aws = aws
        self._events = aws.client("events")
        self._made: list[tuple[str, str]] = []

    def inbox(self, name: str = "", **attributes: str) -> Inbox:
        return Inbox(self._aws, name, **attributes)

    def put(
        self,
        *targets: Mapping[str, Any],
        pattern: Mapping[str, Any],
        bus: str = "default",
        **members: Any,
    ) -> str:
        """Make a rule with these targets, and return its name."""
        name = f"rule-{uuid.uuid4().hex[:8]}"
        self._events.put_rule(
            Name=name, EventBusName=bus, EventPattern=json.dumps(pattern), **members
        )
        self._made.append((name, bus))
        numbered = [{"Id": f"target-{index}", **each} for index, each in enumerate(targets)]
        answer = self._events.put_targets(Rule=name, EventBusName=bus, Targets=numbered)
        assert answer["FailedEntryCount"] == 0, answer
        return name

    def send(self, source: str, detail: Mapping[str, Any], **members: Any) -> None:
        """Put an event as a client does."""
        entry = {"Source": source, "DetailType": "test", "Detail": json.dumps(detail), **members}
        answer = self._events.put_events(Entries=[entry])
        assert answer["FailedEntryCount"] == 0, answer

    def delete(self) -> None:
        for name, bus in self._made:
            targets = self._events.list_targets_by_rule(Rule=name, EventBusName=bus)["Targets"]
            self._events.remove_targets(
                Rule=name, EventBusName=bus, Ids=[target["Id"] for target in targets]
            )
            self._events.delete_rule(Name=name, EventBusName=bus)
