"""Rules for retries: those of the CDK, as Batch has them."""

from __future__ import annotations

from typing import Any

import pytest
from aws_cdk import CfnParameter, Stack
from aws_cdk import aws_batch as batch

from cdk_batch_mnp import ArgumentError, Launcher, NodeContainer, NodeGroup
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


OF_THE_LAUNCHER = [
    {"Action": "RETRY", "OnExitCode": "75"},
    {"Action": "RETRY", "OnExitCode": "76"},
    {"Action": "RETRY", "OnStatusReason": "Host EC2*"},
    {"Action": "EXIT", "OnReason": "*"},
]


def launched(stack: Stack, **changes: Any) -> Any:
    command = NodeContainer(image="public.ecr.aws/hpc/solver:1", command=["solver"])
    groups = [NodeGroup("all", ":", command)]
    return add_definition(stack, node_groups=groups, launcher=Launcher(), **changes)


def test_a_job_with_a_launcher_is_only_retried_after_failures_of_nodes() -> None:
    stack = new_stack()
    launched(stack, retry_attempts=3)
    assert written(stack) == {"Attempts": 3, "EvaluateOnExit": OF_THE_LAUNCHER}
    assert errors_of(stack) == []


def test_a_job_with_a_launcher_and_one_attempt_has_no_rules() -> None:
    stack = new_stack()
    launched(stack)
    assert "RetryStrategy" not in definition_of(stack)


def test_the_user_s_rule_comes_before_those_of_the_launcher() -> None:
    stack = new_stack()
    definition = launched(stack, retry_attempts=3)
    definition.add_retry_strategy(retry(on_exit_code="3"))
    own = {"Action": "RETRY", "OnExitCode": "3"}
    assert written(stack)["EvaluateOnExit"] == [own, *OF_THE_LAUNCHER]
    assert errors_of(stack) == []


def test_a_rule_of_the_launcher_with_the_conditions_of_the_user_s_is_not_added() -> None:
    stack = new_stack()
    own = [give_up(on_status_reason="Host EC2*"), retry(on_exit_code="3")]
    launched(stack, retry_attempts=3, retry_strategies=own)
    assert written(stack)["EvaluateOnExit"] == [
        {"Action": "EXIT", "OnStatusReason": "Host EC2*"},
        {"Action": "RETRY", "OnExitCode": "3"},
        OF_THE_LAUNCHER[0],
        OF_THE_LAUNCHER[1],
        OF_THE_LAUNCHER[3],
    ]


def test_no_rule_follows_one_of_the_user_that_matches_every_failure() -> None:
    stack = new_stack()
    launched(stack, retry_attempts=3, retry_strategies=[retry(on_reason="*")])
    assert written(stack)["EvaluateOnExit"] == [{"Action": "RETRY", "OnReason": "*"}]


def test_rules_that_match_only_some_failures_do_not_hide_those_of_the_launcher() -> None:
    stack = new_stack()
    some = retry(on_exit_code="1*", on_reason="*")
    launched(stack, retry_attempts=3, retry_strategies=[some])
    assert len(written(stack)["EvaluateOnExit"]) == 5


def test_more_rules_than_batch_accepts_are_an_error() -> None:
    stack = new_stack()
    two = [retry(on_exit_code="3"), retry(on_exit_code="4")]
    with pytest.raises(ArgumentError, match="has 2 conditions and the launcher adds 4, but"):
        launched(stack, retry_attempts=3, retry_strategies=two)
