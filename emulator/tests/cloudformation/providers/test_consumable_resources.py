"""AWS::Batch::ConsumableResource: created, updated in place, replaced and deleted."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded import DeployedStack, EmbeddedAws
from templates import container


def resources(**changes: Any) -> dict[str, Any]:
    """Licenses, and a definition that needs some of them."""
    needed = {"ConsumableResource": {"Ref": "Licenses"}, "Quantity": 2}
    return {
        "Licenses": {
            "Type": "AWS::Batch::ConsumableResource",
            "Properties": {"TotalQuantity": 4, "ResourceType": "REPLENISHABLE", **changes},
        },
        "Definition": {
            "Type": "AWS::Batch::JobDefinition",
            "Properties": {
                "Type": "container",
                "ContainerProperties": container(),
                "ConsumableResourceProperties": {"ConsumableResourceList": [needed]},
            },
        },
        "Facts": {
            "Type": "AWS::SSM::Parameter",
            "Properties": {
                "Type": "String",
                "Value": {
                    "Fn::Join": [" ", [{"Fn::GetAtt": ["Licenses", name]} for name in FACTS]]
                },
            },
        },
    }


FACTS = ("ConsumableResourceArn", "AvailableQuantity", "InUseQuantity")


def described(aws: EmbeddedAws, stack: DeployedStack) -> dict[str, Any]:
    found: dict[str, Any] = aws.client("batch").describe_consumable_resource(
        consumableResource=stack.resources["Licenses"]
    )
    return found


def test_a_stack_has_licenses_and_a_job_that_needs_them(aws: EmbeddedAws) -> None:
    stack = aws.deploy(resources(Tags={"team": "design"}))
    assert stack.failures == {}
    arn = stack.resources["Licenses"]
    found = described(aws, stack)
    assert (found["totalQuantity"], found["tags"]["team"]) == (4, "design")
    (definition,) = aws.client("batch").describe_job_definitions(
        jobDefinitions=[stack.resources["Definition"]]
    )["jobDefinitions"]
    assert definition["consumableResourceProperties"] == {
        "consumableResourceList": [{"consumableResource": arn, "quantity": 2}]
    }
    facts = aws.client("ssm").get_parameter(Name=stack.resources["Facts"])["Parameter"]["Value"]
    assert facts == f"{arn} 4 0"


def test_the_total_is_updated_in_place_and_the_type_replaces(aws: EmbeddedAws) -> None:
    stack = aws.deploy(resources())
    before = stack.resources["Licenses"]
    stack.update(resources(TotalQuantity=9, Tags={"team": "design"}))
    assert stack.failures == {}
    assert stack.resources["Licenses"] == before
    found = described(aws, stack)
    assert (found["totalQuantity"], found["tags"]["team"]) == (9, "design")
    stack.update(resources(ResourceType="NON_REPLENISHABLE"))
    assert stack.failures == {}
    assert stack.resources["Licenses"] != before
    assert described(aws, stack)["resourceType"] == "NON_REPLENISHABLE"
    with pytest.raises(ClientError, match="does not exist"):
        aws.client("batch").describe_consumable_resource(consumableResource=before)
