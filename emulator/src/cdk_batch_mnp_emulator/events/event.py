"""Events as EventBridge delivers them.

Source: https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from cdk_batch_mnp_emulator.account import ACCOUNT

Event = Mapping[str, Any]

_KEYS = (
    "version",
    "id",
    "detail-type",
    "source",
    "account",
    "time",
    "region",
    "resources",
    "detail",
    "replay-name",
)


def new_event(
    source: str,
    detail_type: str,
    region: str,
    *,
    time: float,
    resources: Sequence[str],
    detail: Mapping[str, Any],
) -> Event:
    """Return an event of a service.

    Args:
        source: Such as ``aws.batch``.
        detail_type: What happened, in the words of the service.
        region: Where.
        time: When, in seconds since 1970.
        resources: ARNs of what it happened to.
        detail: What the service says about it.
    """
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": detail_type,
        "source": source,
        "account": ACCOUNT,
        "time": _written_time(time),
        "region": region,
        "resources": list(resources),
        "detail": detail,
    }


def event_of_moto(message: Mapping[str, Any]) -> Event:
    """Return the event of a client, or of a service of moto's.

    Args:
        message: As moto keeps it, with times in seconds and members that no target gets.
    """
    event = {key: message[key] for key in _KEYS if key in message}
    return event | {"time": _written_time(message["time"])}


def _written_time(time: Any) -> str:
    if isinstance(time, datetime):
        moment = time.astimezone(UTC)
    else:
        try:
            moment = datetime.fromtimestamp(float(time), UTC)
        except ValueError:
            return str(time)  # is a text already
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
