"""Lists, descriptions and tags that AWS Batch refuses, each wrong in one thing."""

from __future__ import annotations

from typing import Any

import pytest

from batch.requests import LEFT_OUT, Account, Refused, named

READING: list[Refused] = [
    ("jobs", {"jobs": LEFT_OUT}, '"jobs"'),
    ("list", {"jobQueue": LEFT_OUT}, "exactly one of jobQueue, arrayJobId, multiNodeJobId"),
    ("list", {"arrayJobId": "{job}"}, "not jobQueue and arrayJobId"),
    ("list", {"multiNodeJobId": "{job}"}, "not jobQueue and multiNodeJobId"),
    ("list", {"jobQueue": "missing"}, "Job queue missing does not exist"),
    ("list", {"jobStatus": "WAITING"}, "valid values: SUBMITTED"),
    ("list", {"nextToken": "made-up"}, "nextToken 'made-up' is not valid"),
    ("list", {"nextToken": ""}, "nextToken '' is not valid"),
    ("list", {"filters": [{"name": "JOB_NAME", "values": ["a"]}] * 2}, "filters takes at most 1"),
    (
        "list",
        {"filters": [{"name": "COLOR", "values": ["a"]}]},
        "filters[0].name must be one of JOB_NAME, JOB_DEFINITION, BEFORE_CREATED_AT, "
        "AFTER_CREATED_AT, SHARE_IDENTIFIER",
    ),
    ("list", {"filters": [{"name": "JOB_NAME"}]}, "must have values"),
    ("list", {"filters": [{"name": "AFTER_CREATED_AT", "values": ["now"]}]}, "milliseconds"),
    ("cancel each", {"jobs": ["j"] * 51}, "jobs takes at most 50"),
    ("terminate each", {"jobs": ["j"] * 51}, "jobs takes at most 50"),
    ("terminate each", {"reason": "r" * 1025}, "reason"),
    ("terminate each", {"reason": LEFT_OUT}, '"reason"'),
    ("snapshot", {"jobQueue": "missing"}, "Job queue missing does not exist"),
    ("environments", {"nextToken": "made-up"}, "nextToken 'made-up' is not valid"),
    ("queues", {"nextToken": "made-up"}, "nextToken 'made-up' is not valid"),
    ("definitions", {"nextToken": "é"}, "nextToken 'é' is not valid"),
    ("definitions", {"status": "OLD"}, "valid values: ACTIVE, INACTIVE"),
    ("definitions", {"jobDefinitions": ["d"], "status": "ACTIVE"}, "can't be used with other"),
    ("list policies", {"nextToken": "made-up"}, "nextToken 'made-up' is not valid"),
    ("policies", {"arns": LEFT_OUT}, '"arns"'),
    ("tag", {"tags": {"aws:a": "1"}}, "the prefix aws: is reserved"),
    ("tag", {"tags": {f"k{each}": "v" for each in range(51)}}, "51 items, takes at most 50"),
    ("tag", {"resourceArn": "queue"}, "is not an ARN of this account and Region"),
    (
        "tags",
        {"resourceArn": "arn:aws:batch:us-east-1:123456789012:job-queue/none"},
        "none does not",
    ),
    ("untag", {"tagKeys": []}, "valid min length: 1"),
]


@pytest.mark.parametrize(("name", "changes", "message"), named(READING))
def test_a_wrong_request_is_refused_with_what_is_wrong(
    account: Account, name: str, changes: dict[str, Any], message: str
) -> None:
    code, reported = account.refusal(name, changes)
    assert (code, message in reported) == ("ClientException", True), reported


def test_more_than_fifty_tags_do_not_fit_in_two_requests_either(account: Account) -> None:
    arn = {"resourceArn": "{fair queue}"}
    account.call("tag", {**arn, "tags": {f"a{each}": "v" for each in range(50)}})
    code, reported = account.refusal("tag", {**arn, "tags": {"one-more": "v"}})
    assert (code, "would have 51" in reported) == ("ClientException", True), reported
