"""What a job definition may say about retries, time, names and priority."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_batch_mnp.engine.rule import Severity
from cdk_batch_mnp.model.job_definition import EvaluateOnExit, RetryStrategy
from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.rules.setups import definition, findings, ids, queue


def exit_rule(**changes: Any) -> EvaluateOnExit:
    """A rule that tries again when the main node's instance was lost."""
    right: dict[str, Any] = {"action": "RETRY", "on_status_reason": "Host EC2*"}
    return EvaluateOnExit(**(right | changes))


def retries(*rules: Any, attempts: Any = 3) -> RetryStrategy:
    """Three attempts under these rules."""
    return RetryStrategy(attempts=attempts, evaluate_on_exit=rules)


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        pytest.param(retries(attempts=11), ["MNP315"], id="11 attempts break it"),
        pytest.param(retries(attempts=0), ["MNP315"], id="no attempt breaks it"),
        pytest.param(retries(attempts=10), [], id="10 attempts are the limit"),
        pytest.param(retries(attempts=1), [], id="1 attempt is the other limit"),
        pytest.param(retries(*[exit_rule()] * 6), ["MNP315"], id="6 exit rules break it"),
        pytest.param(retries(*[UNKNOWN] * 6), ["MNP315"], id="6 unknown ones are still 6"),
        pytest.param(retries(*[exit_rule()] * 5), [], id="5 exit rules are the limit"),
        pytest.param(retries(exit_rule(), attempts=None), ["MNP315"], id="rules need attempts"),
        pytest.param(retries(attempts=None), [], id="the empty one of the stock constructs"),
        pytest.param(None, [], id="left out"),
        pytest.param(retries(exit_rule(), attempts=UNKNOWN), [], id="unknown attempts"),
        pytest.param(RetryStrategy(attempts=3, evaluate_on_exit=UNKNOWN), [], id="unknown rules"),
        pytest.param(UNKNOWN, [], id="an unknown strategy"),
    ],
)
def test_mnp315_attempts_and_exit_rules(strategy: object, expected: list[str]) -> None:
    assert ids(definition(retry_strategy=strategy)) == expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        pytest.param(EvaluateOnExit(action="EXIT"), ["MNP315"], id="no condition breaks it"),
        pytest.param(exit_rule(action=None), ["MNP315"], id="no action breaks it"),
        pytest.param(exit_rule(action="RESTART"), ["MNP315"], id="another action breaks it"),
        pytest.param(exit_rule(action="retry"), [], id="actions are not case-sensitive"),
        pytest.param(exit_rule(action=UNKNOWN), [], id="an unknown action"),
        pytest.param(exit_rule(on_reason="*Error"), ["MNP315"], id="an asterisk in front"),
        pytest.param(exit_rule(on_reason="Out*Memory*"), ["MNP315"], id="an asterisk inside"),
        pytest.param(exit_rule(on_reason="OutOfMemory**"), ["MNP315"], id="two at the end"),
        pytest.param(exit_rule(on_reason="OutOfMemoryError:*"), [], id="an asterisk at the end"),
        pytest.param(exit_rule(on_reason="*"), [], id="an asterisk alone"),
        pytest.param(
            exit_rule(on_status_reason="Host EC2 (instance i-0a1b) terminated."),
            [],
            id="a whole sentence",
        ),
        pytest.param(exit_rule(on_reason="r" * 513), ["MNP315"], id="513 characters"),
        pytest.param(exit_rule(on_reason="r" * 511 + "*"), [], id="512 characters are the limit"),
        pytest.param(exit_rule(on_exit_code="1?"), ["MNP315"], id="a question mark in a code"),
        pytest.param(exit_rule(on_exit_code="-1"), ["MNP315"], id="codes are digits alone"),
        pytest.param(exit_rule(on_exit_code="137"), [], id="an exit code"),
        pytest.param(exit_rule(on_exit_code="13*"), [], id="exit codes that begin alike"),
        pytest.param(exit_rule(on_exit_code="*"), [], id="any exit code"),
        pytest.param(exit_rule(on_exit_code=UNKNOWN), [], id="an unknown pattern"),
        pytest.param(
            EvaluateOnExit(action="EXIT", on_reason=UNKNOWN), [], id="an unknown condition is one"
        ),
    ],
)
def test_mnp315_what_an_exit_rule_says(rule: EvaluateOnExit, expected: list[str]) -> None:
    assert ids(definition(retry_strategy=retries(rule))) == expected


def test_mnp315_names_the_pattern() -> None:
    strategy = retries(exit_rule(), exit_rule(on_exit_code="SIGKILL"))
    (finding,) = findings(definition(retry_strategy=strategy))
    assert str(finding.property_path) == "retryStrategy.evaluateOnExit[1].onExitCode"
    assert finding.actual == "SIGKILL"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        pytest.param(30, ["MNP317"], id="30 seconds break it"),
        pytest.param(59, ["MNP317"], id="59 seconds break it"),
        pytest.param(60, [], id="60 seconds are the limit"),
        pytest.param(UNKNOWN, [], id="an unknown timeout"),
    ],
)
def test_mnp317_a_timeout_of_60_seconds(seconds: object, expected: list[str]) -> None:
    assert ids(definition(timeout_seconds=seconds)) == expected


def test_mnp317_a_short_timeout_is_refused_and_none_is_dear() -> None:
    (short,) = findings(definition(timeout_seconds=30))
    (none,) = findings(definition(timeout_seconds=None))
    assert short.severity is Severity.ERROR
    assert (none.rule.id, none.severity) == ("MNP317", Severity.WARNING)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("solver.v2", ["MNP318"], id="a point breaks it"),
        pytest.param("solver:2", ["MNP318"], id="a revision is no part of a name"),
        pytest.param("_solver", ["MNP318"], id="an underscore in front"),
        pytest.param("", ["MNP318"], id="an empty name"),
        pytest.param("s" * 129, ["MNP318"], id="129 characters"),
        pytest.param("s" * 128, [], id="128 characters are the limit"),
        pytest.param("2-Solver_x", [], id="all that is allowed"),
        pytest.param(None, [], id="left out: CloudFormation makes one"),
        pytest.param(UNKNOWN, [], id="an unknown name"),
    ],
)
def test_mnp318_names(name: object, expected: list[str]) -> None:
    assert ids(definition(name=name)) == expected


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        pytest.param({f"key{n}": "v" for n in range(51)}, ["MNP318"], id="51 tags break it"),
        pytest.param({f"key{n}": "v" for n in range(50)}, [], id="50 tags are the limit"),
        pytest.param({"k" * 129: "v"}, ["MNP318"], id="a key of 129 characters"),
        pytest.param({"k" * 128: "v" * 256}, [], id="128 and 256 characters are the limit"),
        pytest.param({"key": "v" * 257}, ["MNP318"], id="a value of 257 characters"),
        pytest.param({"": "v"}, ["MNP318"], id="an empty key"),
        pytest.param({"k": ""}, [], id="a key of one character, and an empty value"),
        pytest.param({"AWS:mine": "v"}, ["MNP318"], id="a key of AWS's own"),
        pytest.param({"aws-cdk:stack": ""}, [], id="a key that only looks like one"),
        pytest.param({"key": UNKNOWN}, [], id="an unknown value"),
        pytest.param(UNKNOWN, [], id="unknown tags"),
    ],
)
def test_mnp318_tags(tags: object, expected: list[str]) -> None:
    assert ids(definition(tags=tags)) == expected


@pytest.mark.parametrize(
    ("priority", "expected"),
    [
        pytest.param(10_000, ["MNP323"], id="10000 breaks it"),
        pytest.param(-1, ["MNP323"], id="-1 breaks it"),
        pytest.param(9999, [], id="9999 is the limit"),
        pytest.param(0, [], id="0 is the other limit"),
        pytest.param(None, [], id="left out"),
        pytest.param(UNKNOWN, [], id="an unknown priority"),
    ],
)
def test_mnp323_scheduling_priority(priority: object, expected: list[str]) -> None:
    assert ids(definition(scheduling_priority=priority)) == expected


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        pytest.param(24 * 1024 + 1, ["MNP324"], id="a byte more breaks it"),
        pytest.param(24 * 1024, [], id="24 KiB are the limit"),
        pytest.param(UNKNOWN, [], id="an unknown size"),
    ],
)
def test_mnp324_size(size: object, expected: list[str]) -> None:
    assert ids(definition(size=size)) == expected


@pytest.mark.parametrize(
    ("has_fair_share", "priority", "expected"),
    [
        pytest.param(True, None, ["MNP326"], id="none breaks it"),
        pytest.param(True, 0, [], id="zero is one"),
        pytest.param(True, UNKNOWN, [], id="an unknown priority"),
        pytest.param(False, None, [], id="a queue without shares"),
        pytest.param(UNKNOWN, None, [], id="an unknown policy"),
    ],
)
def test_mnp326_fair_share_queues_order_by_priority(
    has_fair_share: object, priority: object, expected: list[str]
) -> None:
    job = definition(scheduling_priority=priority)
    assert ids(job, queue(has_fair_share=has_fair_share)) == expected
