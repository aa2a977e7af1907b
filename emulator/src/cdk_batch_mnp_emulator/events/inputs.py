"""What a target gets: the event, a part of it, a text, or a template that is filled from it.

Source: EventBridge API, Target and InputTransformer, and
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from cdk_batch_mnp_emulator.events.event import Event

_TOKENS = re.compile(r'(?P<escaped>\\.)|(?P<quote>")|<(?P<name>[\w.-]+)>|.', re.DOTALL)


def input_of(target: Mapping[str, Any], event: Event, rule_arn: str) -> str:
    """Return what a target gets for an event.

    Args:
        target: Of the rule, as PutTargets takes it.
        event: That the rule matches.
        rule_arn: ARN of the rule.
    """
    if (constant := target.get("Input")) is not None:
        return str(constant)
    if path := target.get("InputPath"):
        return json.dumps(_found(path, event))
    if transformer := target.get("InputTransformer"):
        return _transformed(transformer, event, rule_arn)
    return json.dumps(event)


def is_whole_event(target: Mapping[str, Any]) -> bool:
    """Return whether a target gets the event as it is."""
    return not any(target.get(name) for name in ("Input", "InputPath", "InputTransformer"))


def _transformed(transformer: Mapping[str, Any], event: Event, rule_arn: str) -> str:
    values = {
        name: _found(path, event) for name, path in (transformer.get("InputPathsMap") or {}).items()
    } | {
        "aws.events.rule-arn": rule_arn,
        "aws.events.rule-name": rule_arn.rpartition("/")[2],
        "aws.events.event.ingestion-time": event["time"],
        "aws.events.event": {key: event[key] for key in event if key != "detail"},
        "aws.events.event.json": event,
    }
    template = str(transformer["InputTemplate"])
    filled = _filled(template, values, json.dumps)
    try:
        return json.dumps(json.loads(filled))
    except ValueError:
        pass
    # A template need not be JSON: <instance> is in state <status>
    return filled if '"' in template else _filled(template, values, _plain)


def _filled(template: str, values: Mapping[str, Any], written: Callable[[Any], str]) -> str:
    parts = []
    is_in_text = False
    for token in _TOKENS.finditer(template):
        name = token["name"]
        if token["quote"]:
            is_in_text = not is_in_text
        if name not in values:
            parts.append(token[0])
        elif is_in_text:
            parts.append(json.dumps(_plain(values[name]))[1:-1])
        else:
            parts.append(written(values[name]))
    return "".join(parts)


def _plain(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def _found(path: str, event: Event) -> Any:
    matches = _parsed(path).find(event)
    return matches[0].value if matches else None


@cache
def _parsed(path: str) -> Any:
    from jsonpath_ng.ext.parser import parse  # slow to import

    return parse(path)
