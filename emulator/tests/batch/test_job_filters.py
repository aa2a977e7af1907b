"""ListJobs finds jobs by name, definition and time, as its documentation says."""

from __future__ import annotations

from typing import Any

import pytest

from batch.requests import Account


@pytest.fixture(scope="module")
def jobs(account: Account) -> dict[str, str]:
    arn = account.call("container", {"jobDefinitionName": "filtered"})["jobDefinitionArn"]
    account.names["filtered"] = arn
    named = {
        name: account.call("submit", {"jobName": name, "jobDefinition": "{filtered}"})["jobId"]
        for name in ("Filter1", "Filter10", "Other")
    }
    fairly = account.call("submit fairly", {"jobName": "Fair", "shareIdentifier": "B"})
    return named | {"Fair": fairly["jobId"]}


@pytest.mark.parametrize(
    ("name", "value", "queue", "wanted"),
    [
        ("JOB_NAME", "filter1", "queue", {"Filter1"}),
        ("JOB_NAME", "filter1*", "queue", {"Filter1", "Filter10"}),
        ("JOB_DEFINITION", "filtered", "queue", {"Filter1", "Filter10", "Other"}),
        ("JOB_DEFINITION", "filt*", "queue", {"Filter1", "Filter10", "Other"}),
        ("JOB_DEFINITION", "Filtered", "queue", set()),
        ("JOB_DEFINITION", "{filtered}", "queue", {"Filter1", "Filter10", "Other"}),
        ("BEFORE_CREATED_AT", "1", "queue", set()),
        ("SHARE_IDENTIFIER", "B", "fair queue", {"Fair"}),
    ],
)
def test_a_filter_finds_its_jobs_in_any_state(
    account: Account, jobs: dict[str, str], name: str, value: str, queue: str, wanted: set[str]
) -> None:
    query: dict[str, Any] = {
        "jobQueue": f"{{{queue}}}",
        "filters": [{"name": name, "values": [value]}],
    }
    found = {each["jobName"] for each in account.call("list", query)["jobSummaryList"]}
    assert found == wanted


def test_the_newest_job_comes_first(account: Account, jobs: dict[str, str]) -> None:
    query = {"filters": [{"name": "JOB_NAME", "values": ["filter*"]}]}
    found = [each["jobName"] for each in account.call("list", query)["jobSummaryList"]]
    assert found == ["Filter10", "Filter1"]


def test_jobs_later_than_the_first_are_found_by_time(
    account: Account, jobs: dict[str, str]
) -> None:
    query = {"filters": [{"name": "AFTER_CREATED_AT", "values": ["0"]}]}
    found = {each["jobId"] for each in account.call("list", query)["jobSummaryList"]}
    assert {jobs["Filter1"], jobs["Other"]} <= found
