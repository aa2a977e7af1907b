"""Lists come by page, in an order that stays the same while others write."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from batch.requests import Account

LISTS = [
    ("environments", "computeEnvironments", "computeEnvironmentName", "environment"),
    ("queues", "jobQueues", "jobQueueName", "queue"),
    ("definitions", "jobDefinitions", "jobDefinitionArn", "container"),
    ("list policies", "schedulingPolicies", "arn", "policy"),
]


def pages(account: Account, name: str, size: int, **query: Any) -> list[dict[str, Any]]:
    found = [account.call(name, {"maxResults": size, **query})]
    while token := found[-1].get("nextToken"):
        found.append(account.call(name, {"maxResults": size, **query, "nextToken": token}))
    return found


@pytest.mark.parametrize(("name", "key", "id_", "new"), LISTS)
def test_all_pages_together_are_the_list_however_many_are_added(
    account: Account, name: str, key: str, id_: str, new: str
) -> None:
    for _ in range(4):
        account.call(new)
    before = [each[id_] for each in account.call(name)[key]]
    size = max(2, len(before) // 5)  # other tests leave many in the account
    first = account.call(name, {"maxResults": size})
    account.call(new)
    found = [first]
    while token := found[-1].get("nextToken"):
        assert len(found[-1][key]) == size
        found.append(account.call(name, {"maxResults": size, "nextToken": token}))
    listed = [item[id_] for page in found for item in page[key]]
    assert len(set(listed)) == len(listed)
    assert [each for each in listed if each in before] == before


def test_a_page_of_jobs_has_as_many_as_are_asked_for(account: Account) -> None:
    ids = {account.call("submit", {"jobName": "paged"})["jobId"] for _ in range(7)}
    query = {"filters": [{"name": "JOB_NAME", "values": ["PAGED"]}]}
    found = pages(account, "list", 3, **query)
    assert [len(each["jobSummaryList"]) for each in found] == [3, 3, 1]
    assert {job["jobId"] for page in found for job in page["jobSummaryList"]} == ids


def test_without_a_number_there_are_a_hundred_definitions_in_a_page(account: Account) -> None:
    for _ in range(101):
        account.call("container", {"jobDefinitionName": "many"})
    query = {"jobDefinitionName": "many"}
    first = account.call("definitions", query)
    second = account.call("definitions", {**query, "nextToken": first["nextToken"]})
    revisions = [
        definition["revision"] for page in (first, second) for definition in page["jobDefinitions"]
    ]
    assert revisions == list(range(101, 0, -1))
    assert "nextToken" not in second


def test_a_deleted_item_takes_no_other_with_it(account: Account) -> None:
    names = [account.call("policy")["arn"] for _ in range(5)]
    found = pages(account, "list policies", 1)
    position = [page["schedulingPolicies"][0]["arn"] for page in found].index(names[1])
    account.client.delete_scheduling_policy(arn=names[1])
    after = account.call(
        "list policies", {"maxResults": 1, "nextToken": found[position]["nextToken"]}
    )
    assert after["schedulingPolicies"] == [{"arn": names[2]}]


def test_a_token_is_for_its_own_operation_and_query(account: Account) -> None:
    for _ in range(3):
        account.call("submit")
    asked = {"filters": [{"name": "JOB_NAME", "values": ["*"]}]}
    token = account.call("list", {**asked, "maxResults": 1})["nextToken"]
    for name, query in (
        ("list", {"jobStatus": "PENDING"}),
        ("list", {**asked, "jobQueue": "{fair queue}"}),
        ("environments", {}),
    ):
        code, reported = account.refusal(name, {**query, "nextToken": token})
        assert (code, "is not valid for this request" in reported) == ("ClientException", True)
    assert account.refusal("list", {**asked, "nextToken": token}) == ("", "")


def test_boto3_walks_the_pages_by_itself(account: Account) -> None:
    for _ in range(3):
        account.call("queue")
    walked = account.client.get_paginator("describe_job_queues").paginate(
        PaginationConfig={"PageSize": 1}
    )
    names = [queue["jobQueueName"] for page in walked for queue in page["jobQueues"]]
    assert names == [each["jobQueueName"] for each in account.call("queues")["jobQueues"]]


def test_a_changed_token_is_refused(account: Account) -> None:
    for _ in range(2):
        account.call("queue")
    token = account.call("queues", {"maxResults": 1})["nextToken"]
    for changed in (token[:-4], token[4:], token.swapcase(), token + "AAAA"):
        with pytest.raises(ClientError, match="is not valid for this request"):
            account.call("queues", {"nextToken": changed})
