"""A change set belongs to one stack, and goes with it."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded import EmbeddedAws


def body(value: str) -> str:
    properties = {"Type": "String", "Value": value}
    return json.dumps(
        {"Resources": {"P": {"Type": "AWS::SSM::Parameter", "Properties": properties}}}
    )


class ChangeSets:
    """The change sets of one name on stacks of one name."""

    def __init__(self, aws: EmbeddedAws, region: str = "us-east-1") -> None:
        self.client = aws.client("cloudformation", region)
        self.names = {"StackName": f"test-{uuid.uuid4().hex}", "ChangeSetName": "next"}

    def create(self, value: str, type: str = "CREATE", **more: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.client.create_change_set(
            **self.names, ChangeSetType=type, TemplateBody=body(value), **more
        )
        return answer

    def deploy(self, value: str, type: str = "CREATE") -> dict[str, Any]:
        answer = self.create(value, type)
        self.client.execute_change_set(**self.names)
        return answer

    def describe(self) -> dict[str, Any]:
        described: dict[str, Any] = self.client.describe_change_set(**self.names)
        return described

    def is_gone(self) -> bool:
        with pytest.raises(ClientError) as refusal:
            self.describe()
        return str(refusal.value.response["Error"]["Code"]) == "ChangeSetNotFound"

    def delete_stack(self) -> None:
        self.client.delete_stack(StackName=self.names["StackName"])


@pytest.fixture
def sets(aws: EmbeddedAws) -> ChangeSets:
    return ChangeSets(aws)


def test_a_change_set_goes_with_its_stack(sets: ChangeSets) -> None:
    first = sets.deploy("a")
    sets.delete_stack()
    assert sets.is_gone()
    with pytest.raises(ClientError, match="does not exist"):
        sets.client.describe_change_set(ChangeSetName=first["Id"])
    second = sets.deploy("b")
    assert sets.describe()["ChangeSetId"] == second["Id"]
    sets.client.delete_change_set(**sets.names)
    assert sets.is_gone()


def test_a_stack_of_the_same_name_in_another_region_has_change_sets_of_its_own(
    aws: EmbeddedAws,
) -> None:
    here, there = ChangeSets(aws), ChangeSets(aws, "eu-west-1")
    there.names = here.names
    here.create("a")
    there.create("b")
    here.client.delete_change_set(**here.names)
    assert here.is_gone()
    assert there.describe()["Status"] == "CREATE_COMPLETE"


def test_a_stack_that_was_only_reviewed_goes_with_its_change_sets(sets: ChangeSets) -> None:
    sets.create("a")
    sets.delete_stack()
    assert sets.is_gone()
    sets.deploy("b")
    (stack,) = sets.client.describe_stacks(StackName=sets.names["StackName"])["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"


def test_two_change_sets_of_a_stack_have_two_names(sets: ChangeSets) -> None:
    sets.create("a")
    with pytest.raises(ClientError) as refusal:
        sets.create("b")
    assert refusal.value.response["Error"]["Code"] == "AlreadyExistsException"


def test_executing_one_change_set_deletes_the_others(sets: ChangeSets) -> None:
    sets.deploy("a")
    other = {**sets.names, "ChangeSetName": "other"}
    sets.client.delete_change_set(**sets.names)
    sets.create("b", "UPDATE")
    sets.client.create_change_set(**other, ChangeSetType="UPDATE", TemplateBody=body("c"))
    sets.client.execute_change_set(**other)
    assert sets.is_gone()
    summaries = sets.client.list_change_sets(StackName=sets.names["StackName"])["Summaries"]
    assert [each["ChangeSetName"] for each in summaries] == ["other"]


def test_a_name_is_used_again_and_again(sets: ChangeSets) -> None:
    # As the CDK does it: delete the change set, wait until it is gone, create it anew.
    for _ in range(3):
        for step, value in enumerate(("a", "b", "c")):
            sets.client.delete_change_set(**sets.names)
            assert sets.is_gone()
            sets.deploy(value, "UPDATE" if step else "CREATE")
        sets.delete_stack()
