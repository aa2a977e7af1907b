"""What a target gets for an event: all of it, a part, a constant, or a filled template."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cdk_batch_mnp_emulator.events.inputs import input_of

RULE = "arn:aws:events:us-east-1:123456789012:rule/mine"
EVENT: dict[str, Any] = {
    "version": "0",
    "id": "7bf73129-1428-4cd3-a780-95db273d1602",
    "detail-type": "Batch Job State Change",
    "source": "aws.batch",
    "account": "123456789012",
    "time": "2022-01-11T23:36:40Z",
    "region": "us-east-1",
    "resources": ["arn:aws:batch:us-east-1:123456789012:job/4c7599ae"],
    "detail": {
        "jobName": 'a "quoted" name',
        "status": "RUNNING",
        "attempts": [{"container": {"exitCode": 1}}],
        "createdAt": 1641944200058,
        "isTerminated": False,
    },
}


def read(target: dict[str, Any]) -> Any:
    return json.loads(input_of(target, EVENT, RULE))


def filled(template: str, **paths: str) -> str:
    transformer = {"InputPathsMap": paths, "InputTemplate": template}
    return input_of({"InputTransformer": transformer}, EVENT, RULE)


def test_a_target_gets_the_event_as_it_is() -> None:
    assert read({}) == EVENT


def test_a_constant_replaces_the_event() -> None:
    assert input_of({"Input": '{"a": 1}'}, EVENT, RULE) == '{"a": 1}'


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("$.detail.status", "RUNNING"),
        ("$.detail-type", "Batch Job State Change"),
        ("$.resources[0]", EVENT["resources"][0]),
        ("$.detail.attempts[0].container.exitCode", 1),
        ("$.detail.nothing", None),
        ("$.detail", EVENT["detail"]),
    ],
)
def test_a_path_chooses_a_part(path: str, part: Any) -> None:
    assert read({"InputPath": path}) == part


def test_placeholders_of_an_object_become_json_values() -> None:
    text = filled(
        '{"s": <status>, "n": <created>, "b": <ended>, "l": <attempts>, "none": <none>}',
        status="$.detail.status",
        created="$.detail.createdAt",
        ended="$.detail.isTerminated",
        attempts="$.detail.attempts",
        none="$.detail.nothing",
    )
    assert json.loads(text) == {
        "s": "RUNNING",
        "n": 1641944200058,
        "b": False,
        "l": [{"container": {"exitCode": 1}}],
        "none": None,
    }


def test_placeholders_inside_a_text_become_parts_of_the_text() -> None:
    text = filled(
        '{"text": "job <name> is <status>, of <created><none>"}',
        name="$.detail.jobName",
        status="$.detail.status",
        created="$.detail.createdAt",
        none="$.detail.nothing",
    )
    assert json.loads(text) == {"text": 'job a "quoted" name is RUNNING, of 1641944200058'}


def test_a_template_of_one_text_stays_one() -> None:
    assert filled('"is <status>"', status="$.detail.status") == '"is RUNNING"'


def test_a_template_of_several_lines_of_text_keeps_them() -> None:
    text = filled('"is <status>"\n"at <time>"', status="$.detail.status", time="$.time")
    assert text == '"is RUNNING"\n"at 2022-01-11T23:36:40Z"'


def test_a_template_without_quotes_is_a_plain_text() -> None:
    assert filled("<status> it is", status="$.detail.status") == "RUNNING it is"


def test_words_that_no_path_defines_stay_as_they_are() -> None:
    assert filled('"<b>bold</b> \\"<status>\\""', status="$.detail.status") == (
        '"<b>bold</b> \\"RUNNING\\""'
    )


def test_the_predefined_variables_name_the_rule_and_the_event() -> None:
    text = filled(
        '{"rule": <aws.events.rule-name>, "arn": "<aws.events.rule-arn>", '
        '"at": <aws.events.event.ingestion-time>, "all": <aws.events.event.json>, '
        '"head": <aws.events.event>}'
    )
    assert json.loads(text) == {
        "rule": "mine",
        "arn": RULE,
        "at": EVENT["time"],
        "all": EVENT,
        "head": {key: value for key, value in EVENT.items() if key != "detail"},
    }
