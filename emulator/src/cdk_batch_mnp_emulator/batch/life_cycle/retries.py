"""Whether a failed attempt is retried."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Failure:
    """How an attempt failed.

    Attributes:
        exit_code: Of its container; ``None`` if it never started.
        reason: Of its container; often empty.
        status_reason: Of the attempt.
    """

    exit_code: int | None
    reason: str
    status_reason: str


def is_retried(strategy: Mapping[str, Any], attempts: int, failure: Failure) -> bool:
    """Return whether a job gets another attempt.

    The first exit condition that matches decides. If none matches, the job is retried while it has
    attempts left.

    Args:
        strategy: Of the job, as ``retryStrategy`` has it.
        attempts: That the job has had.
        failure: Of the last one.

    Source: Batch API, RetryStrategy and EvaluateOnExit.
    """
    if attempts >= strategy.get("attempts", 1):
        return False
    for condition in strategy.get("evaluateOnExit", []):
        if _matches(condition, failure):
            return bool(condition["action"].upper() == "RETRY")
    return True


def _matches(condition: Mapping[str, Any], failure: Failure) -> bool:
    values = {
        "onExitCode": "" if failure.exit_code is None else str(failure.exit_code),
        "onReason": failure.reason,
        "onStatusReason": failure.status_reason,
    }
    patterns = {name: condition[name] for name in values if condition.get(name)}
    return all(_fits(values[name], pattern) for name, pattern in patterns.items())


def _fits(value: str, pattern: str) -> bool:
    # The match does not depend on case, and only a last asterisk is a wildcard.
    value, pattern = value.lower(), pattern.lower()
    return value.startswith(pattern[:-1]) if pattern.endswith("*") else value == pattern
