"""The operations on consumable resources, and what they refuse."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from batch.requests import Account
from embedded import EmbeddedAws
from job_platform import JobPlatform


class Licenses:
    """A consumable resource of its own for each test."""

    def __init__(self, aws: EmbeddedAws, **members: Any) -> None:
        self.batch = aws.client("batch")
        self.name = f"licenses-{uuid.uuid4().hex[:8]}"
        self.arn = str(
            self.batch.create_consumable_resource(
                consumableResourceName=self.name, totalQuantity=4, **members
            )["consumableResourceArn"]
        )

    def describe(self) -> dict[str, Any]:
        found: dict[str, Any] = self.batch.describe_consumable_resource(consumableResource=self.arn)
        return found

    def update(self, **members: Any) -> int:
        return int(
            self.batch.update_consumable_resource(consumableResource=self.name, **members)[
                "totalQuantity"
            ]
        )

    def jobs(self, **filters: list[str]) -> list[dict[str, Any]]:
        pairs = [{"name": name, "values": values} for name, values in filters.items()]
        found: list[dict[str, Any]] = self.batch.list_jobs_by_consumable_resource(
            consumableResource=self.name, filters=pairs
        )["jobs"]
        return found


@pytest.fixture
def licenses(aws: EmbeddedAws) -> Licenses:
    return Licenses(aws)


def test_a_resource_is_described_with_what_is_available(licenses: Licenses) -> None:
    found = licenses.describe()
    assert found["consumableResourceArn"].endswith(f":consumable-resource/{licenses.name}")
    assert found["resourceType"] == "REPLENISHABLE"
    quantities = (found["totalQuantity"], found["inUseQuantity"], found["availableQuantity"])
    assert quantities == (4, 0, 4)
    assert found["createdAt"] > 1_700_000_000_000


def test_the_total_is_set_raised_and_lowered(licenses: Licenses) -> None:
    assert licenses.update(operation="SET", quantity=10) == 10
    assert licenses.update(operation="ADD", quantity=5) == 15
    assert licenses.update(operation="REMOVE", quantity=15) == 0
    with pytest.raises(ClientError, match="cannot be removed from a total of 0"):
        licenses.update(operation="REMOVE", quantity=1)


def test_an_update_that_is_sent_again_has_no_effect(licenses: Licenses) -> None:
    token = uuid.uuid4().hex
    for _ in range(2):
        assert licenses.update(operation="ADD", quantity=1, clientToken=token) == 5


def test_resources_are_listed_by_name_and_by_page(aws: EmbeddedAws) -> None:
    several = [Licenses(aws) for _ in range(3)]
    names = [item.name for item in several]
    batch = several[0].batch
    pages = batch.get_paginator("list_consumable_resources").paginate(
        filters=[{"name": "CONSUMABLE_RESOURCE_NAME", "values": [item.upper() for item in names]}],
        PaginationConfig={"PageSize": 2},
    )
    found = [
        item["consumableResourceName"] for page in pages for item in page["consumableResources"]
    ]
    assert found == names
    prefix = [{"name": "CONSUMABLE_RESOURCE_NAME", "values": [f"{names[1][:-1]}*"]}]
    (summary,) = batch.list_consumable_resources(filters=prefix)["consumableResources"]
    assert (summary["totalQuantity"], summary["inUseQuantity"]) == (4, 0)


def test_a_deleted_resource_is_gone(licenses: Licenses) -> None:
    licenses.batch.delete_consumable_resource(consumableResource=licenses.arn)
    with pytest.raises(ClientError, match=f"Consumable resource {licenses.name} does not exist"):
        licenses.describe()


def test_a_resource_has_tags(aws: EmbeddedAws) -> None:
    licenses = Licenses(aws, tags={"team": "design"})
    licenses.batch.tag_resource(resourceArn=licenses.arn, tags={"year": "2026"})
    assert licenses.describe()["tags"] == {"team": "design", "year": "2026"}


def test_jobs_that_need_a_resource_are_listed(aws: EmbeddedAws, licenses: Licenses) -> None:
    platform = JobPlatform(aws)
    required = {"consumableResource": licenses.arn, "quantity": 2}
    needed = {"consumableResourceList": [required]}
    job = platform.submit(platform.nodes_definition, consumableResourcePropertiesOverride=needed)
    plain = platform.submit(platform.nodes_definition)
    assert platform.ended(job)["consumableResourceProperties"] == needed
    platform.ended(plain)
    (found,) = licenses.jobs()
    assert found["jobArn"].endswith(job)
    assert found["jobQueueArn"] == platform.queue_arn
    assert (found["jobStatus"], found["quantity"]) == ("SUCCEEDED", 2)
    assert found["consumableResourceProperties"] == needed
    assert len(licenses.jobs(JOB_STATUS=["SUCCEEDED"], JOB_NAME=["JO*"])) == 1
    assert licenses.jobs(JOB_STATUS=["FAILED"]) == []
    assert licenses.describe()["inUseQuantity"] == 0


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("create", {"consumableResourceName": "a b"}, "consumableResourceName must be 1 to 128"),
    ("create", {"totalQuantity": -1}, "totalQuantity must be at least 0"),
    ("create", {"resourceType": "SOME"}, "valid values: REPLENISHABLE, NON_REPLENISHABLE"),
    ("create", {"tags": {"aws:a": "b"}}, "the prefix aws: is reserved"),
    ("update", {"operation": "DOUBLE"}, "valid values: SET, ADD, REMOVE"),
    ("update", {"quantity": -1}, "quantity must be at least 0"),
    ("update", {"consumableResource": "missing"}, "Consumable resource missing does not exist"),
    (
        "update",
        {"consumableResource": "arn:aws:batch:us-east-1:123456789012:job-queue/q"},
        "is not an ARN of this account and Region",
    ),
]


@pytest.mark.parametrize(("name", "changes", "message"), REFUSED)
def test_what_the_api_refuses(
    account: Account, licenses: Licenses, name: str, changes: dict[str, Any], message: str
) -> None:
    # The client of the account leaves all checks to the server.
    right = {
        "create": {"consumableResourceName": "new", "totalQuantity": 1},
        "update": {"consumableResource": licenses.name, "operation": "SET", "quantity": 1},
    }[name]
    with pytest.raises(ClientError, match=message) as refusal:
        getattr(account.client, f"{name}_consumable_resource")(**{**right, **changes})
    assert refusal.value.response["Error"]["Code"] == "ClientException"


def test_a_name_is_taken_once(licenses: Licenses) -> None:
    with pytest.raises(ClientError, match="Object already exists"):
        licenses.batch.create_consumable_resource(consumableResourceName=licenses.name)


def test_filters_are_those_of_the_operation(licenses: Licenses) -> None:
    with pytest.raises(ClientError, match="name must be one of JOB_STATUS, JOB_NAME"):
        licenses.jobs(SHARE_IDENTIFIER=["a"])
    with pytest.raises(ClientError, match="name must be one of CONSUMABLE_RESOURCE_NAME"):
        licenses.batch.list_consumable_resources(filters=[{"name": "JOB_NAME", "values": ["a"]}])
