"""Settings of the environment: the delay before nodes end, Container Insights, its template."""

from __future__ import annotations

import pytest
from aws_cdk import CfnParameter, Duration
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk.assertions import Match, Template

from cdk_batch_mnp import ArgumentError
from tests.cdk.apps import add_cluster, errors_of, new_stack, properties_of, warnings_of

ENVIRONMENT = "AWS::Batch::ComputeEnvironment"


@pytest.mark.parametrize("minutes", [0, 20, 10080])
def test_nodes_stay_for_a_while_after_their_last_job(minutes: int) -> None:
    stack = new_stack()
    add_cluster(stack, scale_down_delay=Duration.minutes(minutes))
    assert errors_of(stack) == []
    assert warnings_of(stack) == []
    resources = properties_of(Template.from_stack(stack), ENVIRONMENT)["ComputeResources"]
    assert resources["ScalingPolicy"] == {"MinScaleDownDelayMinutes": minutes}


def test_a_delay_that_is_known_only_at_deployment_is_accepted() -> None:
    stack = new_stack()
    minutes = CfnParameter(stack, "Minutes", type="Number").value_as_number
    add_cluster(stack, scale_down_delay=Duration.minutes(minutes))
    resources = properties_of(Template.from_stack(stack), ENVIRONMENT)["ComputeResources"]
    assert resources["ScalingPolicy"] == {"MinScaleDownDelayMinutes": {"Ref": "Minutes"}}


@pytest.mark.parametrize(
    ("delay", "problem"),
    [
        (Duration.minutes(19), "is 19 minutes, but must be 20 to 10080"),
        (Duration.minutes(10081), "is 10081 minutes, but must be 20 to 10080"),
        (Duration.seconds(90), "whole number of minutes"),
    ],
)
def test_a_delay_that_batch_rejects_is_an_error(delay: Duration, problem: str) -> None:
    with pytest.raises(ArgumentError, match=f"scale_down_delay.*{problem}") as caught:
        add_cluster(new_stack(), scale_down_delay=delay)
    assert caught.value.path == "Platform/Cluster/ComputeEnvironment"


@pytest.mark.parametrize("mode", list(ecs.ContainerInsights))
def test_container_insights_are_chosen(mode: ecs.ContainerInsights) -> None:
    stack = new_stack()
    add_cluster(stack, container_insights=mode)
    assert errors_of(stack) == []
    Template.from_stack(stack).has_resource_properties(
        ENVIRONMENT, {"EcsSettings": {"ContainerInsights": mode.name}}
    )


def test_without_these_options_batch_decides() -> None:
    stack = new_stack()
    add_cluster(stack)
    Template.from_stack(stack).has_resource_properties(
        ENVIRONMENT,
        {
            "EcsSettings": Match.absent(),
            "ComputeResources": {"ScalingPolicy": Match.absent()},
        },
    )


def test_the_launch_template_that_is_created_is_exposed() -> None:
    stack = new_stack()
    cluster = add_cluster(stack)
    template = cluster.launch_template
    assert cluster.compute_environment.launch_template is template
    ec2.CfnInstance(
        stack,
        "Debug",
        launch_template={
            "launchTemplateId": template.launch_template_id,
            "version": template.version_number,
        },
    )
    made = Template.from_stack(stack)
    (id,) = made.find_resources("AWS::EC2::LaunchTemplate")
    assert properties_of(made, "AWS::EC2::Instance")["LaunchTemplate"] == {
        "LaunchTemplateId": {"Ref": id},
        "Version": {"Fn::GetAtt": [id, "LatestVersionNumber"]},
    }


def test_the_users_launch_template_is_exposed() -> None:
    stack = new_stack()
    own = ec2.LaunchTemplate(stack, "Template")
    assert add_cluster(stack, launch_template=own).launch_template is own
