"""Rules for retries: ours, and the CDK's own beside them."""

from __future__ import annotations

import pytest
from aws_cdk import aws_batch as batch

from cdk_batch_mnp import EvaluateOnExit
from tests.cdk.apps import add_definition, definition_of, errors_of, new_stack, rules


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        (batch.Reason.CANNOT_PULL_CONTAINER, {"OnReason": "CannotPullContainerError:*"}),
        (batch.Reason.SPOT_INSTANCE_RECLAIMED, {"OnStatusReason": "Host EC2*"}),
        (batch.Reason.NON_ZERO_EXIT_CODE, {"OnExitCode": "*"}),
        (
            batch.Reason.custom(on_exit_code="4*", on_reason="x*"),
            {"OnExitCode": "4*", "OnReason": "x*"},
        ),
    ],
    ids=["image", "instance", "exit code", "custom"],
)
def test_rules_of_the_cdk_are_added_after_ours(
    reason: batch.Reason, expected: dict[str, str]
) -> None:
    stack = new_stack()
    definition = add_definition(
        stack,
        retry_attempts=3,
        evaluate_on_exit=[EvaluateOnExit(action="exit", on_exit_code="1")],
    )
    definition.add_retry_strategy(batch.RetryStrategy.of(batch.Action.RETRY, reason))
    assert definition_of(stack)["RetryStrategy"] == {
        "Attempts": 3,
        "EvaluateOnExit": [
            {"Action": "exit", "OnExitCode": "1"},
            {"Action": "RETRY", **expected},
        ],
    }
    assert [each.action for each in definition.retry_strategies] == [
        batch.Action.EXIT,
        batch.Action.RETRY,
    ]
    assert errors_of(stack) == []


def test_rules_of_one_definition_are_given_to_another_and_to_stock_ones() -> None:
    stack = new_stack()
    first = add_definition(
        stack,
        "First",
        retry_attempts=2,
        evaluate_on_exit=[EvaluateOnExit(action="RETRY", on_status_reason="Host EC2*")],
    )
    second = add_definition(stack, "Second", retry_attempts=2)
    assert second.retry_strategies == []
    for each in first.retry_strategies:
        second.add_retry_strategy(each)
    batch.MultiNodeJobDefinition(stack, "Stock", retry_strategies=first.retry_strategies)
    resolved = [
        stack.resolve(each.node.default_child.retry_strategy)  # type: ignore[union-attr]
        for each in (first, second)
    ]
    assert resolved[0] == resolved[1]
    assert resolved[0]["evaluateOnExit"] == [{"action": "RETRY", "onStatusReason": "Host EC2*"}]


def test_added_rules_are_checked_like_the_others() -> None:
    stack = new_stack()
    definition = add_definition(stack, retry_attempts=3)
    for _ in range(6):
        definition.add_retry_strategy(
            batch.RetryStrategy.of(batch.Action.RETRY, batch.Reason.NON_ZERO_EXIT_CODE)
        )
    assert rules(errors_of(stack)) == ["MNP315"]


def test_a_rule_with_an_action_that_batch_has_not_is_an_error_at_synthesis() -> None:
    stack = new_stack()
    definition = add_definition(
        stack,
        retry_attempts=3,
        evaluate_on_exit=[EvaluateOnExit(action="STOP", on_exit_code="1")],
    )
    assert definition.retry_strategies == []
    assert rules(errors_of(stack)) == ["MNP315"]
