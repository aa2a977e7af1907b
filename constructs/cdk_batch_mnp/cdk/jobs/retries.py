"""Rules for retries in the API's spelling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_batch as batch
from constructs import IConstruct


def retry_strategy_property(
    scope: IConstruct, attempts: int | None, strategies: Sequence[batch.RetryStrategy]
) -> dict[str, Any] | None:
    """Return a RetryStrategyProperty; ``None`` if there is nothing to write.

    ``batch.RetryStrategy`` and ``batch.Reason`` have no attributes that Python can read. Resolving
    one returns its action and conditions, and the references that tokens in them stand for.
    """
    written: dict[str, Any] = {}
    if attempts is not None:
        written["attempts"] = attempts
    if strategies:
        stack = Stack.of(scope)
        resolved = [stack.resolve(strategy) for strategy in strategies]
        written["evaluateOnExit"] = [
            {"action": strategy["action"], **strategy["on"]} for strategy in resolved
        ]
    return written or None
