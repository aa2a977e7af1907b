"""Brings events to the targets of rules, in a thread of its own and in the order they come."""

from __future__ import annotations

import json
import logging
import queue
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from botocore.exceptions import ClientError
from moto.events.models import Rule

from cdk_batch_mnp_emulator import moto_settings
from cdk_batch_mnp_emulator.endpoint import Endpoint
from cdk_batch_mnp_emulator.events.event import Event, event_of_moto
from cdk_batch_mnp_emulator.events.inputs import input_of, is_whole_event
from cdk_batch_mnp_emulator.events.rules import (
    DEFAULT_BUS,
    archive_of,
    has_rules,
    rules_of,
    targets_of,
)
from cdk_batch_mnp_emulator.events.targets import (
    Delivery,
    UnsupportedTargetError,
    deliver,
    send_message,
    service_of,
)

_log = logging.getLogger("cdk_batch_mnp_emulator")
_LONGEST_LINE = 500


@dataclass(frozen=True, slots=True)
class _Waiting:
    """An event on its way, to the rules of a bus or to one rule of moto's."""

    event: Event
    bus: tuple[str, str] | None = None
    rule: Rule | None = None
    is_forwarded: bool = False


class EventBridge:
    """Takes events, and delivers them after it has returned.

    Args:
        endpoint: Where the targets are.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._waiting: queue.SimpleQueue[_Waiting] = queue.SimpleQueue()
        self._start = threading.Lock()
        self._is_started = False
        self._reported: set[tuple[str, str]] = set()

    def attach(self) -> None:
        """Deliver the events that moto matches too: of PutEvents, of S3 and of replays."""
        bridge = self

        def send_to_targets(rule: Rule, message: Mapping[str, Any], *_: Any, **__: Any) -> None:
            bridge._take(_Waiting(event_of_moto(message), rule=rule))

        setattr(Rule, "send_to_targets", send_to_targets)  # noqa: B010 - not moto's signature

    def has_rules(self, region: str) -> bool:
        """Return whether an event of a service could match any rule; costs next to nothing."""
        return has_rules(region)

    def put(self, region: str, event: Event) -> None:
        """Take an event of a service, which goes to the default event bus."""
        self._take(_Waiting(event, bus=(region, DEFAULT_BUS)))

    def _take(self, waiting: _Waiting) -> None:
        self._waiting.put(waiting)
        with self._start:
            if not self._is_started:
                self._is_started = True
                threading.Thread(target=self._work, name="event-bridge", daemon=True).start()

    def _work(self) -> None:
        while True:
            waiting = self._waiting.get()
            try:
                self._match(waiting)
            except Exception as error:
                _log.error("an event of %s was lost: %s", waiting.event["source"], _named(error))

    def _match(self, waiting: _Waiting) -> None:
        event = waiting.event
        with moto_settings.alone():
            rules = [waiting.rule] if waiting.rule else rules_of(*(waiting.bus or ("", "")))
            found = [(rule, list(targets_of(rule, event))) for rule in rules]
            for rule, targets in found:
                if targets and (archive := archive_of(rule)):
                    archive.events.append(cast("Any", dict(event)))
                    targets.clear()
        for rule, targets in found:
            for target in targets:
                self._deliver(rule, target, waiting)

    def _deliver(self, rule: Rule, target: Mapping[str, Any], waiting: _Waiting) -> None:
        try:
            if service_of(target) == "events":
                self._forward(target, waiting)
                return
            content = input_of(target, waiting.event, rule.arn)
            delivery = Delivery.to(target, content, is_whole_event=is_whole_event(target))
            deliver(self._endpoint, delivery)
        except UnsupportedTargetError as error:
            self._warn_once(rule, target, f"the embedded AWS brings no events to {error}")
        except Exception as error:
            _log.warning("%s", f"{_label(rule, target)} failed: {_named(error)}"[:_LONGEST_LINE])
            self._bury(rule, target, waiting.event, error)

    def _forward(self, target: Mapping[str, Any], waiting: _Waiting) -> None:
        _, is_bus, name = target["Arn"].partition(":event-bus/")
        if not is_bus:
            raise UnsupportedTargetError(f"events {target['Arn'].split(':')[-1]}")
        # EventBridge does not route an event that came from another bus to a third one.
        if not waiting.is_forwarded:
            bus = (target["Arn"].split(":")[3], name)
            self._take(_Waiting(waiting.event, bus=bus, is_forwarded=True))

    def _bury(self, rule: Rule, target: Mapping[str, Any], event: Event, error: Exception) -> None:
        """Send an event that a target did not take to the target's dead-letter queue."""
        if not (arn := (target.get("DeadLetterConfig") or {}).get("Arn")):
            return
        code = _code(error)
        words = {
            "RULE_ARN": rule.arn,
            "TARGET_ARN": target["Arn"],
            "ERROR_CODE": code,
            "ERROR_MESSAGE": str(error) or code,
        }
        attributes = {
            name: {"DataType": "String", "StringValue": value} for name, value in words.items()
        }
        region, queue = arn.split(":")[3], arn.rpartition(":")[2]
        try:
            send_message(region, queue, json.dumps(event), message_attributes=attributes)
        except Exception as second:
            _log.warning(
                "%s: its dead-letter queue failed too: %s", _label(rule, target), _named(second)
            )

    def _warn_once(self, rule: Rule, target: Mapping[str, Any], text: str) -> None:
        if (key := (rule.arn, target["Id"])) not in self._reported:
            self._reported.add(key)
            _log.warning("%s: %s", _label(rule, target), text)


def _label(rule: Rule, target: Mapping[str, Any]) -> str:
    return f"EventBridge rule {rule.name}, target {target['Id']} ({target['Arn']})"


def _code(error: Exception) -> str:
    if isinstance(error, ClientError):
        return str(error.response["Error"]["Code"])
    return str(getattr(error, "code", "") or type(error).__name__)


def _named(error: Exception) -> str:
    return str(error) if isinstance(error, ClientError) else f"{type(error).__name__}: {error}"
