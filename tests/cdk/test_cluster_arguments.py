"""What users change who give MnpCluster further arguments."""

from __future__ import annotations

import pytest
from aws_cdk import Duration, Size, Tags
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk.assertions import Match, Template

from tests.cdk.apps import (
    add_cluster,
    add_job,
    add_vpc,
    errors_of,
    new_stack,
    properties_of,
    rules,
    warnings_of,
)


def test_an_unlisted_instance_type_needs_its_vcpus() -> None:
    stack = new_stack()
    with pytest.raises(ValueError, match=r"Platform/Cluster.*'c99\.large'.*vcpus_per_node"):
        add_cluster(stack, instance_type="c99.large")
    add_cluster(stack, "Future", instance_type="c99.large", vcpus_per_node=6)
    Template.from_stack(stack).has_resource_properties(
        "AWS::Batch::ComputeEnvironment", {"ComputeResources": {"MaxvCpus": 24}}
    )


def test_a_container_on_an_unlisted_type_needs_its_memory() -> None:
    cluster = add_cluster(new_stack(), instance_type="c99.large", vcpus_per_node=6)
    with pytest.raises(ValueError, match=r"'main'.*memory is left out"):
        add_job(cluster)


def test_vcpus_that_contradict_the_known_type_are_refused() -> None:
    with pytest.raises(ValueError, match=r"vcpus_per_node is 6, but c5\.18xlarge has 72"):
        add_cluster(new_stack(), vcpus_per_node=6)


def test_instance_types_of_the_cdk_are_taken_too() -> None:
    stack = new_stack()
    add_cluster(stack, instance_type=ec2.InstanceType("p4d.24xlarge"), max_nodes=2)
    template = Template.from_stack(stack)
    template.has_resource_properties(
        "AWS::Batch::ComputeEnvironment",
        {
            "ComputeResources": {
                "MaxvCpus": 192,
                "InstanceTypes": ["p4d.24xlarge"],
                "Ec2Configuration": [{"ImageType": "ECS_AL2023_NVIDIA"}],
            }
        },
    )


def test_the_size_of_the_root_volume_is_chosen() -> None:
    stack = new_stack()
    add_cluster(stack, root_volume_size=Size.gibibytes(500))
    data = properties_of(Template.from_stack(stack), "AWS::EC2::LaunchTemplate")
    (volume,) = data["LaunchTemplateData"]["BlockDeviceMappings"]
    assert volume["Ebs"]["VolumeSize"] == 500


def test_the_time_limit_of_stuck_jobs_is_chosen() -> None:
    stack = new_stack()
    add_cluster(stack, stuck_job_timeout=Duration.hours(12))
    actions = properties_of(Template.from_stack(stack), "AWS::Batch::JobQueue")
    assert {action["MaxTimeSeconds"] for action in actions["JobStateTimeLimitActions"]} == {43200}
    assert warnings_of(stack) == []


def test_leaving_stuck_jobs_where_they_are_is_a_warning() -> None:
    stack = new_stack()
    add_cluster(stack, stuck_job_timeout=Duration.seconds(0))
    (warning,) = warnings_of(stack)
    assert (warning.rule, warning.path) == ("MNP204", "Platform/Cluster/JobQueue")
    Template.from_stack(stack).has_resource_properties(
        "AWS::Batch::JobQueue", {"JobStateTimeLimitActions": Match.absent()}
    )


def test_a_time_limit_that_batch_refuses_is_an_error() -> None:
    stack = new_stack()
    add_cluster(stack, stuck_job_timeout=Duration.minutes(5))
    assert rules(errors_of(stack)) == ["MNP203"] * 4


def test_nodes_that_are_kept_cost_money_and_a_warning() -> None:
    stack = new_stack()
    add_cluster(stack, min_nodes=1)
    assert rules(warnings_of(stack)) == ["MNP116"]
    Template.from_stack(stack).has_resource_properties(
        "AWS::Batch::ComputeEnvironment", {"ComputeResources": {"MinvCpus": 72}}
    )


def test_logs_are_kept_as_long_as_the_user_says() -> None:
    stack = new_stack()
    add_cluster(stack, "Short", log_retention=logs.RetentionDays.THREE_DAYS)
    own = logs.LogGroup(stack, "Own", retention=logs.RetentionDays.ONE_YEAR)
    assert add_cluster(stack, "Long", log_group=own).log_group is own
    groups = Template.from_stack(stack).find_resources("AWS::Logs::LogGroup").values()
    assert sorted(group["Properties"]["RetentionInDays"] for group in groups) == [3, 365]


def test_others_reach_the_nodes_through_the_clusters_connections() -> None:
    stack = new_stack()
    vpc = add_vpc(stack)
    cluster = add_cluster(stack, vpc=vpc)
    database = ec2.SecurityGroup(stack, "Database", vpc=vpc)
    # Both ways round: the CDK asks the cluster for its connections in the second.
    cluster.connections.allow_from(database, ec2.Port.tcp(22))
    database.connections.allow_from(cluster, ec2.Port.tcp(5432))
    database.connections.allow_from(cluster.compute_environment, ec2.Port.tcp(5433))
    ingress = Template.from_stack(stack).find_resources("AWS::EC2::SecurityGroupIngress")
    ports = {each["Properties"].get("FromPort") for each in ingress.values()}
    assert ports == {None, 22, 5432, 5433}


def test_a_cluster_and_its_parts_can_be_named_and_switched_off() -> None:
    stack = new_stack()
    cluster = add_cluster(
        stack, job_queue_name="solvers", compute_environment_name="nodes", enabled=False
    )
    add_job(cluster)
    template = Template.from_stack(stack)
    queue = properties_of(template, "AWS::Batch::JobQueue")
    assert (queue["JobQueueName"], queue["State"]) == ("solvers", "DISABLED")
    environment = properties_of(template, "AWS::Batch::ComputeEnvironment")
    assert (environment["ComputeEnvironmentName"], environment["State"]) == ("nodes", "DISABLED")
    # Updates change the environment in place, so the name causes no conflict.
    assert warnings_of(stack) == []
    assert errors_of(stack) == []


def test_a_job_does_without_the_efa_of_its_cluster() -> None:
    stack = new_stack()
    cluster = add_cluster(stack, instance_type="c5n.18xlarge")
    add_job(cluster, "Without", efa=False)
    add_job(cluster, "With")
    assert errors_of(stack) == []
    definitions = Template.from_stack(stack).find_resources("AWS::Batch::JobDefinition")
    with_efa = {id: "/dev/infiniband" in str(each) for id, each in definitions.items()}
    assert sorted((id.startswith("ClusterWithout"), efa) for id, efa in with_efa.items()) == [
        (False, True),
        (True, False),
    ]


def test_groups_of_a_users_launch_template_are_those_of_the_environment() -> None:
    stack = new_stack()
    vpc = add_vpc(stack)
    group = ec2.SecurityGroup(stack, "Own", vpc=vpc)
    group.add_ingress_rule(group, ec2.Port.all_traffic())
    template = ec2.LaunchTemplate(stack, "Template", security_group=group)
    cluster = add_cluster(stack, vpc=vpc, launch_template=template)
    assert errors_of(stack) == []
    made = Template.from_stack(stack)
    (id,) = made.find_resources("AWS::EC2::SecurityGroup")
    environment = properties_of(made, "AWS::Batch::ComputeEnvironment")
    assert environment["ComputeResources"]["SecurityGroupIds"] == [{"Fn::GetAtt": [id, "GroupId"]}]
    assert cluster.connections.security_groups == [group]


def test_a_launch_template_without_groups_gets_them_in_the_environment() -> None:
    stack = new_stack()
    add_cluster(stack, launch_template=ec2.LaunchTemplate(stack, "Template"))
    made = Template.from_stack(stack)
    (id,) = made.find_resources("AWS::EC2::SecurityGroup")
    environment = properties_of(made, "AWS::Batch::ComputeEnvironment")
    assert environment["ComputeResources"]["SecurityGroupIds"] == [{"Fn::GetAtt": [id, "GroupId"]}]


def test_tags_reach_the_resources_and_the_instances() -> None:
    stack = new_stack()
    cluster = add_cluster(stack)
    add_job(cluster)
    Tags.of(cluster).add("project", "weather")
    template = Template.from_stack(stack)
    template.has_resource_properties(
        "AWS::Batch::ComputeEnvironment",
        {"Tags": {"project": "weather"}, "ComputeResources": {"Tags": {"project": "weather"}}},
    )
    for kind in ("AWS::Batch::JobQueue", "AWS::Batch::JobDefinition"):
        template.has_resource_properties(kind, {"Tags": {"project": "weather"}})


def test_submitting_is_allowed_for_the_clusters_jobs_and_queue_and_nothing_else() -> None:
    stack = new_stack()
    cluster = add_cluster(stack)
    add_job(cluster, "Before")
    scheduler = iam.Role(stack, "Scheduler", assumed_by=iam.AccountRootPrincipal())
    cluster.grant_submit(scheduler)
    add_job(cluster, "After", job_definition_name="after")
    template = Template.from_stack(stack)
    (queue,) = template.find_resources("AWS::Batch::JobQueue")
    (policy,) = (
        resource["Properties"]["PolicyDocument"]["Statement"]
        for resource in template.find_resources("AWS::IAM::Policy").values()
        if resource["Properties"]["PolicyName"].startswith("Scheduler")
    )
    assert {each["Action"] for each in policy} == {"batch:SubmitJob"}
    resources = [
        resource
        for each in policy
        for resource in (
            each["Resource"] if isinstance(each["Resource"], list) else [each["Resource"]]
        )
    ]
    # The queue; and each definition, with any revision and without one.
    assert len(resources) == 5
    assert {"Fn::GetAtt": [queue, "JobQueueArn"]} in resources
    assert "*" not in resources
    after = [each["Fn::Join"][1][-1] for each in resources if ":job-definition/after" in str(each)]
    assert after == [":job-definition/after", ":job-definition/after:*"]
