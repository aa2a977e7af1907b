"""The whole environment, as cfn-lint and the model of the API accept it."""

from __future__ import annotations

from aws_cdk import Duration, Size, Tags
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk.assertions import Template

from tests.cdk.apps import add_cluster, add_job, new_stack, properties_of
from tests.linting import schema_errors
from tests.stacks.test_api import check


def test_all_options_of_the_nodes_are_accepted() -> None:
    stack = new_stack()
    cluster = add_cluster(
        stack,
        scale_down_delay=Duration.hours(1),
        container_insights=ecs.ContainerInsights.ENHANCED,
        root_volume_type=ec2.EbsDeviceVolumeType.GP3,
        root_volume_size=Size.gibibytes(500),
        root_volume_iops=16_000,
        root_volume_throughput=1000,
    )
    add_job(cluster)
    Tags.of(cluster).add("project", "weather")
    template = Template.from_stack(stack)
    for kind in ("AWS::Batch::ComputeEnvironment", "AWS::Batch::JobQueue"):
        check(kind, properties_of(template, kind))
    assert schema_errors(template.to_json()) == []
