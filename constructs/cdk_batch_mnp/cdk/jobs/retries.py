"""Render retry strategies in the API's spelling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import Token
from aws_cdk import aws_batch as batch
from constructs import IConstruct

from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError
from cdk_batch_mnp.cdk.jsii.unchanging import stack_of
from cdk_batch_mnp.model.exit_conditions import CONDITIONS, MAX_EXIT_CONDITIONS
from cdk_batch_mnp_launch import exit_codes

LAUNCHER_RULES: tuple[Mapping[str, str], ...] = (
    {"action": "RETRY", "onExitCode": str(exit_codes.MEETING)},
    {"action": "RETRY", "onExitCode": str(exit_codes.NODE_LOST)},
    {"action": "RETRY", "onStatusReason": "Host EC2*"},
    {"action": "EXIT", "onReason": "*"},
)
"""When a job with a launcher is retried: after failures that another attempt may not have.

Source: Batch User Guide, automated job retries; CDK, batch.Reason.SPOT_INSTANCE_RECLAIMED.
"""


def retry_strategy_property(
    scope: IConstruct,
    attempts: int | None,
    strategies: Sequence[batch.RetryStrategy],
    *,
    has_launcher: bool = False,
) -> dict[str, Any] | None:
    """Return a RetryStrategyProperty; ``None`` if neither attempts nor strategies are set.

    With attempts and a launcher, the rules of the launcher follow the strategies, except those with
    the conditions of a strategy. None follows a strategy that matches every failure.

    ``batch.RetryStrategy`` and ``batch.Reason`` have no attributes that Python can read. Resolving
    a strategy returns its action and conditions, with tokens resolved to references.

    Raises:
        ArgumentError: Batch does not accept that many strategies and rules.
    """
    written: dict[str, Any] = {}
    if attempts is not None:
        written["attempts"] = attempts
    rules: list[Mapping[str, str]] = []
    if strategies:
        stack = stack_of(scope)
        rules = [_rule(stack.resolve(strategy)) for strategy in strategies]
    if has_launcher and attempts is not None:
        rules = _with_launcher_rules(rules)
    if rules:
        written["evaluateOnExit"] = rules
    return written or None


def _with_launcher_rules(rules: list[Mapping[str, str]]) -> list[Mapping[str, str]]:
    conditions = [_conditions(rule) for rule in rules]
    if any(set(condition.values()) == {"*"} for condition in conditions):
        return rules
    every = [
        *rules,
        *(
            launcher_rule
            for launcher_rule in LAUNCHER_RULES
            if _conditions(launcher_rule) not in conditions
        ),
    ]
    if len(every) > MAX_EXIT_CONDITIONS:
        raise ArgumentError(
            f"retry_strategies has {len(rules)} conditions and the launcher adds "
            f"{len(every) - len(rules)}, but Batch accepts {MAX_EXIT_CONDITIONS} in all; end yours "
            "with one for every other failure, batch.Reason.custom(on_reason='*'), after which "
            "none is added, and retry exit codes 75 and 76 yourself"
        )
    return every


def _conditions(rule: Mapping[str, str]) -> dict[str, str]:
    return {name: rule[name] for name, _ in CONDITIONS if name in rule}


def _rule(resolved: Mapping[str, Any]) -> dict[str, Any]:
    conditions = {
        # A reference becomes a token again: the L1 construct accepts only strings here.
        name: value if isinstance(value, str) else Token.as_string(value)
        for name, value in resolved["on"].items()
    }
    return {"action": resolved["action"], **conditions}
