"""In which order the jobs of a queue with a fair-share policy get their turn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cdk_batch_mnp_emulator.batch.life_cycle.capacity import Need
from cdk_batch_mnp_emulator.batch.state import Description

_DEFAULT_WEIGHT = 1.0


@dataclass(slots=True)
class Ready:
    """A job that is RUNNABLE.

    Attributes:
        number: The order of its submission.
        job: As it is described.
        asked: What its nodes need, once a place has been looked for.
    """

    number: int
    job: Description
    asked: Sequence[Need] | None = None


Turn = tuple[float, str, int, int]
"""The lowest is the next."""


def turns(policy: Mapping[str, Any], usage: Mapping[str, float]) -> Callable[[Ready], Turn]:
    """Return the turn of each job under a fair-share policy.

    First come the jobs of the share that has used the least for its weight; within the share, those
    with the highest scheduling priority, and of those the one that was submitted first.

    Args:
        policy: ``fairsharePolicy`` of the queue's scheduling policy.
        usage: vCPUs that each share uses, by its identifier.

    Source: https://docs.aws.amazon.com/batch/latest/userguide/job_scheduling.html and Batch API,
    FairsharePolicy.
    """
    weighted: dict[str, float] = {}

    def turn(item: Ready) -> Turn:
        share = item.job.get("shareIdentifier", "")
        if share not in weighted:
            weighted[share] = usage.get(share, 0.0) * weight(share, policy)
        return weighted[share], share, -item.job.get("schedulingPriority", 0), item.number

    return turn


def weight(share: str, policy: Mapping[str, Any]) -> float:
    """Return the weight factor of a share: its own, or that of the longest prefix with ``*``."""
    entries = {
        item["shareIdentifier"]: item.get("weightFactor", _DEFAULT_WEIGHT)
        for item in policy.get("shareDistribution", [])
    }
    if share in entries:
        return float(entries[share])
    prefixes = [
        name for name in entries if name.endswith("*") and share.startswith(name.removesuffix("*"))
    ]
    return float(entries[max(prefixes, key=len)]) if prefixes else _DEFAULT_WEIGHT
