"""Render retry strategies in the API's spelling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import Stack, Token
from aws_cdk import aws_batch as batch
from constructs import IConstruct


def retry_strategy_property(
    scope: IConstruct, attempts: int | None, strategies: Sequence[batch.RetryStrategy]
) -> dict[str, Any] | None:
    """Return a RetryStrategyProperty; ``None`` if neither attempts nor strategies are set.

    ``batch.RetryStrategy`` and ``batch.Reason`` have no attributes that Python can read. Resolving
    a strategy returns its action and conditions, with tokens resolved to references.
    """
    written: dict[str, Any] = {}
    if attempts is not None:
        written["attempts"] = attempts
    if strategies:
        stack = Stack.of(scope)
        written["evaluateOnExit"] = [_rule(stack.resolve(strategy)) for strategy in strategies]
    return written or None


def _rule(resolved: Mapping[str, Any]) -> dict[str, Any]:
    conditions = {
        # A reference becomes a token again: the L1 construct accepts only strings here.
        name: value if isinstance(value, str) else Token.as_string(value)
        for name, value in resolved["on"].items()
    }
    return {"action": resolved["action"], **conditions}
