"""Events of jobs that run, from their submission to their end."""

from __future__ import annotations

from events.event_rules import EventRules
from job_platform import JobPlatform


def test_every_state_of_a_job_but_its_submission_is_an_event(
    platform: JobPlatform, rules: EventRules
) -> None:
    inbox = rules.inbox()
    rules.put({"Arn": inbox.arn}, pattern={"source": ["aws.batch"]})
    job = platform.submit(platform.container_definition)
    events = inbox.wait_for_status("SUCCEEDED", "FAILED")
    assert [event["detail"]["status"] for event in events] == [
        "RUNNABLE",
        "STARTING",
        "RUNNING",
        "SUCCEEDED",
    ]
    detail = platform.describe(job)
    assert {event["detail-type"] for event in events} == {"Batch Job State Change"}
    assert {tuple(event["resources"]) for event in events} == {(detail["jobArn"],)}
    assert {(event["version"], event["source"]) for event in events} == {("0", "aws.batch")}
    assert {(event["account"], event["region"]) for event in events} == {
        ("123456789012", "us-east-1")
    }
    assert len({event["id"] for event in events}) == len(events)


def test_the_detail_of_the_last_event_is_what_describe_jobs_returns(
    platform: JobPlatform, rules: EventRules
) -> None:
    inbox = rules.inbox()
    rules.put({"Arn": inbox.arn}, pattern={"source": ["aws.batch"]})
    job = platform.submit(platform.nodes_definition)
    events = inbox.wait_for_status("SUCCEEDED", "FAILED")
    assert events[-1]["detail"] == platform.describe(job)
    assert events[-1]["detail"]["attempts"][0]["container"]["exitCode"] == 0
    assert "startedAt" not in events[0]["detail"]


def test_the_nodes_of_a_job_make_no_events_and_the_children_of_an_array_do(
    platform: JobPlatform, rules: EventRules
) -> None:
    inbox = rules.inbox()
    pattern = {"source": ["aws.batch"], "detail": {"status": ["SUCCEEDED"]}}
    rules.put({"Arn": inbox.arn}, pattern=pattern)
    nodes = platform.submit(platform.nodes_definition)
    platform.ended(nodes)
    array = platform.submit(platform.container_definition, arrayProperties={"size": 2})
    platform.ended(array)
    inbox.wait(4)
    found = {event["detail"]["jobId"] for event in inbox.events}
    assert found == {nodes, array, f"{array}:0", f"{array}:1"}


def test_a_pattern_chooses_the_states_that_a_rule_sees(
    platform: JobPlatform, rules: EventRules
) -> None:
    inbox, everything = rules.inbox(), rules.inbox()
    failed = {"source": ["aws.batch"], "detail": {"status": ["FAILED"]}}
    rules.put({"Arn": inbox.arn}, pattern=failed)
    rules.put({"Arn": everything.arn}, pattern={"source": ["aws.batch"]})
    platform.submit(platform.container_definition)
    job = platform.submit(platform.define(["false"]))
    everything.wait_for_status("FAILED")
    events = inbox.wait_for_status("FAILED")
    assert [event["detail"]["jobId"] for event in events] == [job]
    assert events[0]["detail"]["container"]["exitCode"] == 1


def test_a_rule_that_is_not_enabled_gets_nothing(platform: JobPlatform, rules: EventRules) -> None:
    quiet, inbox = rules.inbox(), rules.inbox()
    rules.put({"Arn": quiet.arn}, pattern={"source": ["aws.batch"]}, State="DISABLED")
    rules.put({"Arn": inbox.arn}, pattern={"source": ["aws.batch"]})
    platform.submit(platform.container_definition)
    inbox.wait_for_status("SUCCEEDED")
    assert quiet.texts == []


def test_a_job_that_blocks_its_queue_is_an_event_with_the_job_and_the_queue(
    platform: JobPlatform, rules: EventRules
) -> None:
    inbox = rules.inbox()
    rules.put({"Arn": inbox.arn}, pattern={"detail-type": ["Batch Job Queue Blocked"]})
    too_large = {"resourceRequirements": [{"type": "VCPU", "value": "96"}]}
    job = platform.submit(platform.container_definition, containerOverrides=too_large)
    (text,) = inbox.wait(1)
    platform.batch.terminate_job(jobId=job, reason="too large")
    (event,) = inbox.events
    detail = event["detail"]
    assert event["resources"] == [detail["jobArn"], platform.queue_arn]
    assert (detail["jobId"], detail["status"]) == (job, "RUNNABLE")
    assert detail["statusReason"].startswith("MISCONFIGURATION:")
    assert "blocked" not in text
