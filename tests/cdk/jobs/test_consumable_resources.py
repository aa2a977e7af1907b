"""Consumable resources of jobs and of node groups."""

from __future__ import annotations

from typing import Any

import pytest
from aws_cdk import CfnParameter
from aws_cdk import aws_batch as batch
from aws_cdk.assertions import Match, Template

from cdk_batch_mnp import ArgumentError, NodeGroup
from tests.cdk.apps import (
    add_cluster,
    add_job,
    container,
    definition_of,
    errors_of,
    new_stack,
    node_ranges,
    rules,
)
from tests.linting import schema_errors

ARN = "arn:aws:batch:eu-west-1:123456789012:consumable-resource/solver"


def test_a_job_needs_licenses_of_the_app_and_of_others() -> None:
    stack = new_stack()
    licenses = batch.ConsumableResource(stack, "Licenses", total_quantity=16)
    others = batch.ConsumableResource.from_consumable_resource_arn(stack, "Others", ARN)
    add_job(add_cluster(stack), consumable_resources={licenses: 4, others: 1})
    assert errors_of(stack) == []
    (id,) = Template.from_stack(stack).find_resources("AWS::Batch::ConsumableResource")
    assert definition_of(stack)["ConsumableResourceProperties"] == {
        "ConsumableResourceList": [
            {"ConsumableResource": {"Ref": id}, "Quantity": 4},
            {"ConsumableResource": ARN, "Quantity": 1},
        ]
    }


def test_a_node_group_needs_licenses() -> None:
    stack = new_stack()
    licenses = batch.CfnConsumableResource(
        stack, "Licenses", resource_type="REPLENISHABLE", total_quantity=16
    )
    quantity = CfnParameter(stack, "Quantity", type="Number").value_as_number
    groups = [
        NodeGroup("main", "0", container(), consumable_resources={licenses: 1}),
        NodeGroup(
            "workers",
            "1:",
            containers={"solve": container()},
            consumable_resources={licenses: quantity},  # type: ignore[dict-item]
        ),
    ]
    add_job(add_cluster(stack), node_groups=groups)
    main, workers = (group["ConsumableResourceProperties"] for group in node_ranges(stack))
    (one,) = main["ConsumableResourceList"]
    (other,) = workers["ConsumableResourceList"]
    assert (one["Quantity"], other["Quantity"]) == (1, {"Ref": "Quantity"})
    assert schema_errors(Template.from_stack(stack).to_json()) == []


def test_more_licenses_than_there_are_is_an_error() -> None:
    stack = new_stack()
    licenses = batch.ConsumableResource(stack, "Licenses", total_quantity=16)
    add_job(add_cluster(stack), consumable_resources={licenses: 17})
    assert rules(errors_of(stack)) == ["MNP350"]


def test_jobs_need_none_by_default() -> None:
    stack = new_stack()
    add_job(add_cluster(stack), consumable_resources={})
    Template.from_stack(stack).has_resource_properties(
        "AWS::Batch::JobDefinition", {"ConsumableResourceProperties": Match.absent()}
    )


def test_a_quantity_of_none_is_an_error() -> None:
    stack = new_stack()
    licenses = batch.ConsumableResource(stack, "Licenses", total_quantity=16)
    with pytest.raises(ArgumentError, match=r"quantity of 0.*at least 1") as caught:
        add_job(add_cluster(stack), consumable_resources={licenses: 0})
    assert caught.value.path == "Platform/Cluster/Solve"
    with pytest.raises(ArgumentError, match=r"node group 'all'.*quantity of -1"):
        NodeGroup("all", ":", container(), consumable_resources={licenses: -1})


def test_the_name_of_a_resource_is_not_the_resource() -> None:
    wrong: Any = {"solver": 1}
    with pytest.raises(TypeError, match=r"from_consumable_resource_arn"):
        add_job(add_cluster(new_stack()), consumable_resources=wrong)
