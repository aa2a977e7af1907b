"""In which order the jobs of a queue with a fair-share policy get their turn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cdk_batch_mnp_emulator.batch.state import Description

_DEFAULT_WEIGHT = 1.0


@dataclass(frozen=True, slots=True)
class Ready:
    """A job that is RUNNABLE.

    Attributes:
        number: The order of its submission.
        job: As it is described.
    """

    number: int
    job: Description


def next_in_turn(
    ready: Iterable[Ready], policy: Mapping[str, Any], usage: Mapping[str, float]
) -> Ready | None:
    """Return the job whose turn it is under a fair-share policy.

    It is a job of the share that has used the least for its weight; within the share, the one with
    the highest scheduling priority, and of those the one that was submitted first.

    Args:
        ready: Jobs of the queue that are RUNNABLE.
        policy: ``fairsharePolicy`` of the queue's scheduling policy.
        usage: vCPUs that each share uses, by its identifier.

    Source: https://docs.aws.amazon.com/batch/latest/userguide/job_scheduling.html and Batch API,
    FairsharePolicy.
    """

    def turn(item: Ready) -> tuple[float, str, int, int]:
        share = item.job.get("shareIdentifier", "")
        weighted = usage.get(share, 0.0) * weight(share, policy)
        return weighted, share, -item.job.get("schedulingPriority", 0), item.number

    return min(ready, key=turn, default=None)


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
