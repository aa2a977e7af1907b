"""What each kind of target does with an event, of AWS Batch or of a client."""

from __future__ import annotations

import json
import uuid
from typing import Any

from embedded import REGION, EmbeddedAws
from events.event_rules import EventRules, Inbox
from functions.python_function import create_function
from job_platform import JobPlatform, wait_for
from warm import WarmServer

MINE = {"source": ["mine"]}


def arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:123456789012:{resource}"


def test_a_fifo_queue_gets_events_in_the_order_in_which_they_were_put(rules: EventRules) -> None:
    inbox = rules.inbox(
        f"inbox-{uuid.uuid4().hex[:8]}.fifo",
        FifoQueue="true",
        ContentBasedDeduplication="true",
    )
    target = {"Arn": inbox.arn, "SqsParameters": {"MessageGroupId": "jobs"}}
    rules.put(target, pattern=MINE)
    for number in range(20):
        rules.send("mine", {"number": number})
    inbox.wait(20)
    assert [event["detail"]["number"] for event in inbox.events] == list(range(20))


def test_a_topic_passes_events_on_to_its_subscribers(aws: EmbeddedAws, rules: EventRules) -> None:
    inbox = rules.inbox()
    sns = aws.client("sns")
    topic = sns.create_topic(Name=f"topic-{uuid.uuid4().hex[:8]}")["TopicArn"]
    sns.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=inbox.arn,
        Attributes={"RawMessageDelivery": "true"},
    )
    rules.put({"Arn": topic}, pattern=MINE)
    rules.send("mine", {"a": 1}, Resources=["arn:of:it"])
    inbox.wait(1)
    (event,) = inbox.events
    assert (event["detail"], event["resources"], event["detail-type"]) == (
        {"a": 1},
        ["arn:of:it"],
        "test",
    )


def test_a_log_group_gets_an_event_as_one_message(aws: EmbeddedAws, rules: EventRules) -> None:
    logs = aws.client("logs")
    group = f"/aws/events/{uuid.uuid4().hex[:8]}"
    logs.create_log_group(logGroupName=group)
    rules.put({"Arn": arn("logs", f"log-group:{group}")}, pattern=MINE)
    rules.send("mine", {"a": 1})
    events = wait_for(lambda: logs.filter_log_events(logGroupName=group)["events"])
    assert [json.loads(event["message"])["detail"] for event in events] == [{"a": 1}]


def test_a_function_runs_with_the_event_of_a_job(
    aws: EmbeddedAws, platform: JobPlatform, rules: EventRules
) -> None:
    inbox = rules.inbox()
    handler = """
        import boto3, os
        def handler(event, context):
            boto3.client("sqs").send_message(
                QueueUrl=os.environ["INBOX"], MessageBody=event["detail"]["status"])
    """
    function = create_function(aws, handler, variables={"INBOX": inbox.url})
    pattern = {"source": ["aws.batch"], "detail-type": ["Batch Job State Change"]}
    rules.put({"Arn": function}, pattern=pattern)
    platform.submit(platform.container_definition)
    assert inbox.wait(4) == ["RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"]


def test_a_job_queue_gets_a_job_whose_parameters_the_event_names(
    platform: JobPlatform, rules: EventRules
) -> None:
    definition = platform.define(["echo", "Ref::key"])
    target = {
        "Arn": platform.queue_arn,
        "RoleArn": "arn:aws:iam::123456789012:role/events",
        "BatchParameters": {
            "JobDefinition": definition,
            "JobName": "from-an-event",
            "ArrayProperties": {"Size": 3},
            "RetryStrategy": {"Attempts": 2},
        },
        "InputTransformer": {
            "InputPathsMap": {"key": "$.detail.object.key"},
            "InputTemplate": '{"Parameters": {"key": <key>}}',
        },
    }
    rules.put(target, pattern=MINE)
    rules.send("mine", {"object": {"key": "a.csv"}})

    def submitted() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = platform.batch.list_jobs(
            jobQueue=platform.queue,
            filters=[{"name": "JOB_NAME", "values": ["from-an-event"]}],
        )["jobSummaryList"]
        return found

    (summary,) = wait_for(submitted)
    job = platform.ended(summary["jobId"])
    assert job["parameters"] == {"key": "a.csv"}
    assert job["arrayProperties"]["size"] == 3
    assert job["retryStrategy"]["attempts"] == 2
    child = platform.describe(f"{job['jobId']}:0")
    stream = child["container"]["logStreamName"]
    logs = platform.aws.client("logs").get_log_events(
        logGroupName="/aws/batch/job", logStreamName=stream
    )["events"]
    assert "a.csv" in [event["message"] for event in logs]


def test_an_event_bus_gets_the_event_unchanged_and_does_not_pass_it_to_a_third(
    aws: EmbeddedAws, platform: JobPlatform, rules: EventRules
) -> None:
    events = aws.client("events")
    second, third = f"second-{uuid.uuid4().hex[:8]}", f"third-{uuid.uuid4().hex[:8]}"
    for bus in (second, third):
        events.create_event_bus(Name=bus)
    on_second, on_third = rules.inbox(), rules.inbox()
    pattern = {"source": ["aws.batch"], "detail": {"status": ["SUCCEEDED"]}}
    rules.put({"Arn": arn("events", f"event-bus/{second}")}, pattern=pattern)
    rules.put(
        {"Arn": on_second.arn},
        {"Arn": arn("events", f"event-bus/{third}")},
        pattern=pattern,
        bus=second,
    )
    rules.put({"Arn": on_third.arn}, pattern=pattern, bus=third)
    job = platform.submit(platform.container_definition)
    (event,) = on_second.wait_for_status("SUCCEEDED")
    assert event["detail"]["jobId"] == job
    assert event["resources"] == [event["detail"]["jobArn"]]
    assert on_third.texts == []


def test_an_archive_keeps_the_events_of_jobs_and_replays_them(
    aws: EmbeddedAws, platform: JobPlatform, rules: EventRules
) -> None:
    events = aws.client("events")
    name, inbox = f"archive-{uuid.uuid4().hex[:8]}", rules.inbox()
    pattern = {"source": ["aws.batch"], "detail": {"status": ["SUCCEEDED"]}}
    archive = events.create_archive(
        ArchiveName=name,
        EventSourceArn=arn("events", "event-bus/default"),
        EventPattern=json.dumps(pattern),
    )["ArchiveArn"]
    job = platform.submit(platform.container_definition)
    wait_for(lambda: events.describe_archive(ArchiveName=name)["EventCount"])
    rules.put({"Arn": inbox.arn}, pattern=pattern)
    events.start_replay(
        ReplayName=name,
        EventSourceArn=archive,
        EventStartTime="2020-01-01T00:00:00Z",
        EventEndTime="2040-01-01T00:00:00Z",
        Destination={"Arn": arn("events", "event-bus/default")},
    )
    inbox.wait(1)
    events.delete_archive(ArchiveName=name)
    (event,) = inbox.events
    assert (event["replay-name"], event["detail"]["jobId"]) == (name, job)
    assert event["time"].endswith("Z")


def test_a_target_that_fails_does_not_stop_the_others_and_fills_its_dead_letter_queue(
    rules: EventRules,
) -> None:
    dead, inbox = rules.inbox(), rules.inbox()
    gone = arn("sqs", "there-is-no-such-queue")
    rule = rules.put(
        {"Arn": gone, "DeadLetterConfig": {"Arn": dead.arn}}, {"Arn": inbox.arn}, pattern=MINE
    )
    rules.send("mine", {"a": 1})
    inbox.wait(1)
    dead.wait(1)
    attributes = dead.messages[0]["MessageAttributes"]
    assert attributes["TARGET_ARN"]["StringValue"] == gone
    assert attributes["RULE_ARN"]["StringValue"] == arn("events", f"rule/{rule}")
    assert "NonExistentQueue" in attributes["ERROR_CODE"]["StringValue"]
    assert [event["detail"] for event in dead.events] == [{"a": 1}]


def test_a_target_that_is_not_supported_is_warned_about_once_and_by_name(
    capfd: Any,
) -> None:
    with WarmServer() as server:
        aws = EmbeddedAws(server.access)
        rules, inbox = EventRules(aws), Inbox(aws)
        stream = arn("kinesis", "stream/jobs")
        rule = rules.put({"Arn": stream}, {"Arn": inbox.arn}, pattern=MINE)
        for number in range(2):
            rules.send("mine", {"number": number})
        inbox.wait(2)
    lines = [line for line in capfd.readouterr().err.splitlines() if "EventBridge" in line]
    assert lines == [
        f"embedded AWS: EventBridge rule {rule}, target target-0 ({stream}): the embedded AWS "
        "brings no events to kinesis"
    ]
