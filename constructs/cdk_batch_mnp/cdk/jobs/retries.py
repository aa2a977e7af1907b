"""Rules for retries, in the words of this library and in those of the CDK."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_batch as batch

from cdk_batch_mnp.model.job_definition import EvaluateOnExit

_MEMBERS = (
    ("action", "action"),
    ("onExitCode", "on_exit_code"),
    ("onReason", "on_reason"),
    ("onStatusReason", "on_status_reason"),
)


def retry_strategy_property(
    attempts: int | None, evaluate_on_exit: Sequence[EvaluateOnExit]
) -> dict[str, Any] | None:
    """Write a RetryStrategyProperty; ``None`` if there is nothing to write."""
    written: dict[str, Any] = {}
    if attempts is not None:
        written["attempts"] = attempts
    if evaluate_on_exit:
        written["evaluateOnExit"] = [
            {
                member: getattr(each, name)
                for member, name in _MEMBERS
                if getattr(each, name) is not None
            }
            for each in evaluate_on_exit
        ]
    return written or None


def stock_strategy(rule: EvaluateOnExit) -> batch.RetryStrategy | None:
    """Give a rule as the CDK has it; ``None`` if its action is none of Batch's."""
    action = str(rule.action).upper()
    if action not in batch.Action.__members__:
        return None
    conditions = {
        name: getattr(rule, name) for _, name in _MEMBERS[1:] if getattr(rule, name) is not None
    }
    return batch.RetryStrategy.of(batch.Action[action], batch.Reason.custom(**conditions))


def read_stock_strategy(strategy: batch.RetryStrategy) -> EvaluateOnExit:
    """Read a rule that the CDK has.

    Its reason tells nobody what it is, but a stock definition writes it. So one is made in a stack
    of its own, which belongs to no app.
    """
    stack = Stack()
    definition = batch.MultiNodeJobDefinition(stack, "Reader", retry_strategies=[strategy])
    resource = definition.node.default_child
    assert isinstance(resource, batch.CfnJobDefinition)  # noqa: S101 - for the type checker
    (written,) = stack.resolve(resource.retry_strategy)["evaluateOnExit"]
    return EvaluateOnExit(
        action=written["action"],
        **{name: written[member] for member, name in _MEMBERS[1:] if member in written},
    )
