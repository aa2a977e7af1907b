"""The tags of the nodes' volumes."""

from __future__ import annotations

from typing import Any

from aws_cdk import App, CfnParameter, Stack, Stage, Tags
from aws_cdk import aws_ec2 as ec2
from aws_cdk.assertions import Match, Template

from tests.cdk.apps import add_cluster, add_job, errors_of, new_stack

TEMPLATE = "AWS::EC2::LaunchTemplate"


def tagged(*tags: tuple[str, Any]) -> dict[str, Any]:
    written = [{"Key": key, "Value": value} for key, value in tags]
    return {
        "LaunchTemplateData": {"TagSpecifications": [{"ResourceType": "volume", "Tags": written}]}
    }


def test_volumes_get_the_tags_of_the_cluster() -> None:
    stack = new_stack()
    cluster = add_cluster(stack)
    add_job(cluster)
    Tags.of(stack).add("team", "weather")
    Tags.of(cluster).add("cost.center", CfnParameter(stack, "CostCenter").value_as_string)
    assert errors_of(stack) == []
    Template.from_stack(stack).has_resource_properties(
        TEMPLATE, tagged(("cost.center", {"Ref": "CostCenter"}), ("team", "weather"))
    )


def test_each_cluster_has_its_own_tags_in_every_stage() -> None:
    stage = Stage(App(), "Production")
    stack = Stack(stage, "Platform")
    for name in ("One", "Two"):
        Tags.of(add_cluster(stack, name)).add("project", name)
    template = Template.from_stack(stack)
    for name in ("One", "Two"):
        template.has_resource_properties(TEMPLATE, tagged(("project", name)))


def test_without_tags_there_is_no_specification() -> None:
    stack = new_stack()
    add_cluster(stack)
    Template.from_stack(stack).has_resource_properties(
        TEMPLATE, {"LaunchTemplateData": {"TagSpecifications": Match.absent()}}
    )


def test_the_users_launch_template_is_not_changed() -> None:
    stack = new_stack()
    own = ec2.LaunchTemplate(stack, "Template")
    Tags.of(add_cluster(stack, launch_template=own)).add("project", "weather")
    template = Template.from_stack(stack)
    template.resource_count_is(TEMPLATE, 1)
    assert "weather" not in str(template.find_resources(TEMPLATE))
