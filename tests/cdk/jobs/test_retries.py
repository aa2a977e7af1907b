"""Rules for retries: those of the CDK, as Batch has them."""

from __future__ import annotations

from typing import Any

import pytest
from aws_cdk import CfnParameter, Stack
from aws_cdk import aws_batch as batch

from tests.cdk.apps import add_definition, definition_of, errors_of, give_up, new_stack, retry


def written(stack: Stack) -> Any:
    return definition_of(stack)["RetryStrategy"]


@pytest.mark.parametrize(
    ("reason", "conditions"),
    [
        (batch.Reason.NON_ZERO_EXIT_CODE, {"OnExitCode": "*"}),
        (batch.Reason.CANNOT_PULL_CONTAINER, {"OnReason": "CannotPullContainerError:*"}),
        (batch.Reason.SPOT_INSTANCE_RECLAIMED, {"OnStatusReason": "Host EC2*"}),
        (
            batch.Reason.custom(on_exit_code="1", on_reason="a*", on_status_reason="b*"),
            {"OnExitCode": "1", "OnReason": "a*", "OnStatusReason": "b*"},
        ),
    ],
    ids=["exit code", "image", "host", "custom"],
)
def test_every_reason_of_the_cdk_is_written(
    reason: batch.Reason, conditions: dict[str, str]
) -> None:
    stack = new_stack()
    rule = batch.RetryStrategy.of(batch.Action.RETRY, reason)
    add_definition(stack, retry_attempts=2, retry_strategies=[rule])
    assert written(stack) == {
        "Attempts": 2,
        "EvaluateOnExit": [{"Action": "RETRY", **conditions}],
    }


def test_rules_keep_their_order_and_more_can_be_added() -> None:
    stack = new_stack()
    first, second = retry(on_status_reason="Host EC2*"), give_up(on_exit_code="*")
    definition = add_definition(stack, retry_attempts=3, retry_strategies=[first])
    definition.add_retry_strategy(second)
    assert [rule["Action"] for rule in written(stack)["EvaluateOnExit"]] == ["RETRY", "EXIT"]
    assert definition.retry_strategies == [first, second]
    assert errors_of(stack) == []


def test_the_rules_of_one_definition_serve_another_and_a_stock_one() -> None:
    stack = new_stack()
    rules = add_definition(
        stack, "First", retry_attempts=2, retry_strategies=[retry(on_reason="a*")]
    ).retry_strategies
    second = add_definition(stack, "Second", retry_attempts=2, retry_strategies=rules)
    stock = batch.MultiNodeJobDefinition(stack, "Stock", retry_strategies=rules)
    assert second.retry_strategies == rules
    assert stack.resolve(stock.node.default_child.retry_strategy)["evaluateOnExit"] == [  # type: ignore[union-attr]
        {"action": "RETRY", "onReason": "a*"}
    ]


def test_a_condition_can_be_a_parameter() -> None:
    stack = new_stack()
    code = CfnParameter(stack, "Code").value_as_string
    add_definition(stack, retry_attempts=2, retry_strategies=[retry(on_exit_code=code)])
    assert written(stack)["EvaluateOnExit"] == [{"Action": "RETRY", "OnExitCode": {"Ref": "Code"}}]
