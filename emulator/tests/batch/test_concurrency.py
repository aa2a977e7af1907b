"""Requests at the same time neither fail nor see half of each other's work."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from batch.requests import Account

WRITERS, READERS, EACH = 8, 4, 10


def test_lists_are_read_while_jobs_are_submitted(account: Account) -> None:
    query = {"jobStatus": "RUNNABLE"}

    def submit(_: int) -> set[str]:
        return {account.call("submit", {"jobName": "many"})["jobId"] for _ in range(EACH)}

    def read(_: int) -> None:
        for _ in range(EACH):
            for name in ("list", "environments", "queues", "definitions", "list policies"):
                assert account.refusal(name, query if name == "list" else {}) == ("", "")
            account.call("tag", {"resourceArn": "{queue}"})

    with ThreadPoolExecutor(WRITERS + READERS) as pool:
        reading = [pool.submit(read, each) for each in range(READERS)]
        written = [pool.submit(submit, each) for each in range(WRITERS)]
        ids = set[str]().union(*(each.result() for each in written))
        for future in reading:
            future.result()
    assert len(ids) == WRITERS * EACH
    newest = [{"name": "JOB_NAME", "values": ["many"]}]
    pages = account.client.get_paginator("list_jobs").paginate(
        jobQueue=account.names["queue"], filters=newest
    )
    assert ids <= {job["jobId"] for page in pages for job in page["jobSummaryList"]}


def test_revisions_registered_at_the_same_time_have_numbers_of_their_own(account: Account) -> None:
    def register(_: int) -> int:
        changes = {"jobDefinitionName": "at-once"}
        return int(account.call("container", changes)["revision"])

    with ThreadPoolExecutor(WRITERS) as pool:
        assert sorted(pool.map(register, range(40))) == list(range(1, 41))


def test_of_many_creations_of_one_name_one_succeeds(account: Account) -> None:
    def create(_: int) -> str:
        return account.refusal("environment", {"computeEnvironmentName": "at-once"})[0]

    with ThreadPoolExecutor(WRITERS) as pool:
        codes = list(pool.map(create, range(WRITERS)))
    assert sorted(codes) == ["", *["ClientException"] * (WRITERS - 1)]
