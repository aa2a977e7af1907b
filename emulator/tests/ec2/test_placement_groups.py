"""Placement groups, over the API and in a template."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded import EmbeddedAws


def test_a_group_is_created_described_and_deleted(aws: EmbeddedAws) -> None:
    ec2, name = aws.client("ec2"), f"group-{uuid.uuid4().hex}"
    tags = [{"ResourceType": "placement-group", "Tags": [{"Key": "for", "Value": "nodes"}]}]
    created = ec2.create_placement_group(
        GroupName=name, Strategy="cluster", TagSpecifications=tags
    )["PlacementGroup"]
    (found,) = ec2.describe_placement_groups(GroupIds=[created["GroupId"]])["PlacementGroups"]
    assert found == created
    assert (found["Strategy"], found["State"]) == ("cluster", "available")
    for wanted in (
        {"Name": "group-name", "Values": ["group-*"]},
        {"Name": "tag:for", "Values": ["nodes"]},
    ):
        groups = ec2.describe_placement_groups(Filters=[wanted])["PlacementGroups"]
        assert name in [each["GroupName"] for each in groups]
    ec2.delete_placement_group(GroupName=name)
    with pytest.raises(ClientError, match="is unknown") as refusal:
        ec2.describe_placement_groups(GroupNames=[name])
    assert refusal.value.response["Error"]["Code"] == "InvalidPlacementGroup.Unknown"


@pytest.mark.parametrize(
    ("properties", "wanted"),
    [
        ({"Strategy": "cluster"}, {"Strategy": "cluster"}),
        ({"Strategy": "partition", "PartitionCount": "3"}, {"PartitionCount": 3}),
        ({"Strategy": "spread"}, {"SpreadLevel": "rack"}),
    ],
    ids=["cluster", "partition", "spread"],
)
def test_a_template_creates_a_group(
    aws: EmbeddedAws, properties: dict[str, Any], wanted: dict[str, Any]
) -> None:
    resource = {"Type": "AWS::EC2::PlacementGroup", "Properties": properties}
    stack = aws.deploy(
        {"Group": resource}, Outputs={"Name": {"Value": {"Fn::GetAtt": "Group.GroupName"}}}
    )
    name = stack.resources["Group"]
    assert stack.outputs == {"Name": name}
    ec2 = aws.client("ec2")
    (found,) = ec2.describe_placement_groups(GroupNames=[name])["PlacementGroups"]
    assert {key: found[key] for key in wanted} == wanted
    stack.delete()
    with pytest.raises(ClientError, match="is unknown"):
        ec2.describe_placement_groups(GroupNames=[name])


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({}, "must contain GroupName"),
        ({"GroupName": "a", "Strategy": "heap"}, "valid values: cluster, spread, partition"),
        ({"GroupName": "a", "PartitionCount": 3}, "PartitionCount is for strategy partition"),
        ({"GroupName": "a", "Strategy": "partition", "PartitionCount": 8}, "from 1 to 7"),
    ],
    ids=["no name", "strategy", "partitions of a cluster", "too many partitions"],
)
def test_a_wrong_request_is_refused(
    aws: EmbeddedAws, request_: dict[str, Any], message: str
) -> None:
    with pytest.raises(ClientError, match=message):
        aws.client("ec2").create_placement_group(**request_)


def test_a_name_is_taken_once(aws: EmbeddedAws) -> None:
    ec2, name = aws.client("ec2"), f"group-{uuid.uuid4().hex}"
    ec2.create_placement_group(GroupName=name)
    with pytest.raises(ClientError, match="already exists"):
        ec2.create_placement_group(GroupName=name)
