"""Resources that submit jobs, as the rules see them."""

from __future__ import annotations

import pytest

from cdk_batch_mnp.model.job_request import JobRequest
from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.template.readers.job_requests import id_of, requests


def of_rule(definition: str, queue: str = "!Ref Queue", more: str = "") -> JobRequest:
    """The request of a rule for EventBridge."""
    (found,) = requests(
        f"""\
Type: AWS::Events::Rule
Properties:
  Targets:
    - Id: other
      Arn: arn:aws:sqs:eu-west-1:123456789012:queue
    - Id: job
      Arn: {queue}
      BatchParameters:
        JobName: a
        JobDefinition: {definition}
        {more}
"""
    )
    return found


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("!Ref Job", ("Job", None)),
        ("!GetAtt Job.JobDefinitionArn", ("Job", None)),
        ("solver", ("Job", None)),
        ("solver:7", ("Job", 7)),
        ('!Sub "solver:7"', ("Job", 7)),
        (
            "!Sub arn:aws-cn:batch:${AWS::Region}:${AWS::AccountId}:job-definition/solver",
            ("Job", None),
        ),
        (
            "!Sub arn:aws:batch:${AWS::Region}:${AWS::AccountId}:job-definition/solver:12",
            ("Job", 12),
        ),
        ("kept:3", ("Kept", None)),
        (
            '!Select [0, !Split [":", !Select [1, !Split ["/", !Ref Unnamed]]]]',
            ("Unnamed", None),
        ),
        ("arn:aws:batch:eu-west-1:123456789012:job-definition/solver", ("", None)),
        ("!Ref Given", ("", None)),
        ('!Sub "${Given}:3"', ("", None)),
        ("another", ("", None)),
    ],
)
def test_the_definition_of_a_request(written: str, expected: tuple[str, int | None]) -> None:
    found = of_rule(written)
    assert (id_of(found), found.fixed_revision) == expected


@pytest.mark.parametrize("queue", ["!Ref Queue", "!GetAtt Queue.JobQueueArn"])
def test_the_queue_of_a_request(queue: str) -> None:
    found = of_rule("solver", queue).queue
    assert found is not UNKNOWN
    assert found.id == "Queue"


def test_a_queue_that_is_not_known() -> None:
    assert of_rule("solver", "!Ref Given").queue is UNKNOWN


def test_where_a_rule_makes_its_request() -> None:
    found = of_rule("solver", more="RetryStrategy: {Attempts: 3}")
    assert (found.place, str(found.at("retryStrategy"))) == (
        "target 1",
        "targets[1].batchParameters.retryStrategy",
    )
    assert found.attempts == 3


def test_what_may_be_left_out_of_a_rule() -> None:
    found = of_rule("solver", more='ArrayProperties: !If [Perhaps, {Size: 2}, !Ref "AWS::NoValue"]')
    assert not found.is_array
    assert of_rule("solver", more="ArrayProperties: {Size: !Ref Count}").is_array


def schedule(input: str, arn: str = "arn:aws:scheduler:::aws-sdk:batch:submitJob") -> str:
    return f"""\
Type: AWS::Scheduler::Schedule
Properties:
  Target:
    Arn: {arn}
    Input: {input}
"""


@pytest.mark.parametrize("name", ["JobDefinition", "jobDefinition"])
def test_a_schedule(name: str) -> None:
    (found,) = requests(schedule(f"""!Sub '{{"{name}": "${{Job}}", "JobQueue": "${{Given}}"}}'"""))
    assert (id_of(found), found.queue) == ("Job", UNKNOWN)
    assert str(found.at("timeout")) == "target.input"


@pytest.mark.parametrize(
    "resource",
    [
        schedule(
            """'{"JobDefinition": "solver"}'""", "arn:aws:scheduler:::aws-sdk:sqs:sendMessage"
        ),
        schedule("!Ref Given"),
        schedule("'{'"),
        schedule("'3'"),
    ],
)
def test_a_schedule_of_something_else(resource: str) -> None:
    assert requests(resource) == ()


def test_a_mark_in_a_text_is_not_taken_for_a_reference() -> None:
    assert requests(schedule('"{\\"JobDefinition\\": \\"\\ue0000\\ue001\\"}"')) == ()
