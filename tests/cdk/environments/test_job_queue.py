"""Queues with a fair-share policy."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_batch as batch
from aws_cdk.assertions import Template

from tests.cdk.apps import add_cluster, add_job, new_stack, properties_of, reported_on, rules


def fair_share() -> dict[str, object]:
    return {
        "share_decay": Duration.hours(12),
        "shares": [
            batch.Share(share_identifier="design", weight_factor=1),
            batch.Share(share_identifier="research", weight_factor=2),
        ],
    }


def test_a_queue_shares_its_nodes_between_identifiers() -> None:
    stack = new_stack()
    policy = batch.FairshareSchedulingPolicy(stack, "FairShare", **fair_share())  # type: ignore[arg-type]
    policy.add_share(share_identifier="tests", weight_factor=4)
    add_job(add_cluster(stack, scheduling_policy=policy), scheduling_priority=10)
    assert reported_on(stack) == []
    template = Template.from_stack(stack)
    (id,) = template.find_resources("AWS::Batch::SchedulingPolicy")
    queue = properties_of(template, "AWS::Batch::JobQueue")
    assert queue["SchedulingPolicyArn"] == {"Fn::GetAtt": [id, "Arn"]}
    shares = properties_of(template, "AWS::Batch::SchedulingPolicy")["FairsharePolicy"]
    assert [each["ShareIdentifier"] for each in shares["ShareDistribution"]] == [
        "design",
        "research",
        "tests",
    ]


def test_a_job_of_such_a_queue_sets_its_priority() -> None:
    stack = new_stack()
    policy = batch.FairshareSchedulingPolicy(stack, "FairShare")
    add_job(add_cluster(stack, scheduling_policy=policy))
    assert rules(reported_on(stack)) == ["MNP326"]
