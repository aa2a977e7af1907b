"""MnpCluster: what users get who give a VPC, an instance type and a number of nodes."""

from __future__ import annotations

from typing import Any

import pytest
from aws_cdk import App, Duration, Environment, Size, Stack, Tags
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk.assertions import Match, Template

from cdk_batch_mnp import MnpCluster
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


@pytest.fixture(scope="module")
def platform() -> Stack:
    """The smallest platform: a VPC, a cluster, a job."""
    stack = new_stack()
    cluster = MnpCluster(
        stack, "Cluster", vpc=add_vpc(stack), instance_type="c5.18xlarge", max_nodes=4
    )
    add_job(cluster)
    return stack


@pytest.fixture(scope="module")
def template(platform: Stack) -> Template:
    return Template.from_stack(platform)


@pytest.fixture(scope="module")
def compute_resources(template: Template) -> dict[str, Any]:
    properties = properties_of(template, "AWS::Batch::ComputeEnvironment")
    return dict(properties["ComputeResources"])


def test_the_smallest_platform_has_no_findings(platform: Stack) -> None:
    assert errors_of(platform) == []
    assert warnings_of(platform) == []


def test_the_environment_is_managed_and_on_demand(template: Template) -> None:
    template.has_resource_properties(
        "AWS::Batch::ComputeEnvironment",
        {
            "Type": "MANAGED",
            "State": "ENABLED",
            "ReplaceComputeEnvironment": False,
            "ComputeResources": {
                "Type": "EC2",
                "AllocationStrategy": "BEST_FIT_PROGRESSIVE",
                "InstanceTypes": ["c5.18xlarge"],
                "MinvCpus": 0,
                "UpdateToLatestImageVersion": True,
            },
        },
    )


def test_max_vcpus_hold_all_nodes(compute_resources: dict[str, Any]) -> None:
    assert compute_resources["MaxvCpus"] == 4 * 72


def test_the_nodes_are_close_together(
    template: Template, compute_resources: dict[str, Any]
) -> None:
    (group,) = template.find_resources("AWS::EC2::PlacementGroup")
    template.has_resource_properties("AWS::EC2::PlacementGroup", {"Strategy": "cluster"})
    assert compute_resources["PlacementGroup"] == {"Fn::GetAtt": [group, "GroupName"]}


def test_the_nodes_security_group_admits_only_itself(
    template: Template, compute_resources: dict[str, Any]
) -> None:
    (group,) = template.find_resources(
        "AWS::EC2::SecurityGroup", {"Properties": {"GroupDescription": Match.any_value()}}
    )
    id = {"Fn::GetAtt": [group, "GroupId"]}
    assert compute_resources["SecurityGroupIds"] == [id]
    template.has_resource_properties(
        "AWS::EC2::SecurityGroup",
        {
            "SecurityGroupIngress": Match.absent(),
            "SecurityGroupEgress": [Match.object_like({"CidrIp": "0.0.0.0/0", "IpProtocol": "-1"})],
        },
    )
    ingress = template.find_resources("AWS::EC2::SecurityGroupIngress").values()
    assert [each["Properties"] for each in ingress] == [
        {
            "Description": "All traffic from the nodes themselves",
            "GroupId": id,
            "SourceSecurityGroupId": id,
            "IpProtocol": "-1",
        }
    ]


def test_instances_require_imdsv2_and_have_an_encrypted_root_volume(
    template: Template, compute_resources: dict[str, Any]
) -> None:
    (launch_template,) = template.find_resources("AWS::EC2::LaunchTemplate")
    template.has_resource_properties(
        "AWS::EC2::LaunchTemplate",
        {
            "LaunchTemplateData": {
                "MetadataOptions": {
                    "HttpEndpoint": "enabled",
                    "HttpTokens": "required",
                    "HttpPutResponseHopLimit": 2,
                },
                "BlockDeviceMappings": [
                    {
                        "DeviceName": "/dev/xvda",
                        "Ebs": {
                            "Encrypted": True,
                            "VolumeType": "gp3",
                            "VolumeSize": 100,
                            "DeleteOnTermination": True,
                        },
                    }
                ],
            }
        },
    )
    # $Latest would be read only when something else updates the environment.
    assert compute_resources["LaunchTemplate"] == {
        "LaunchTemplateId": {"Ref": launch_template},
        "Version": {"Fn::GetAtt": [launch_template, "LatestVersionNumber"]},
    }


def test_instances_have_the_ecs_policy_and_no_other(
    template: Template, compute_resources: dict[str, Any]
) -> None:
    (profile,) = template.find_resources("AWS::IAM::InstanceProfile")
    assert compute_resources["InstanceRole"] == {"Fn::GetAtt": [profile, "Arn"]}
    (role,) = (
        resource["Properties"]
        for resource in template.find_resources("AWS::IAM::Role").values()
        if "ec2.amazonaws.com" in str(resource["Properties"]["AssumeRolePolicyDocument"])
    )
    (policy,) = role["ManagedPolicyArns"]
    assert str(policy).count("service-role/AmazonEC2ContainerServiceforEC2Role") == 1
    assert "Policies" not in role


def test_the_queue_cancels_jobs_that_cannot_start(template: Template) -> None:
    actions = properties_of(template, "AWS::Batch::JobQueue")["JobStateTimeLimitActions"]
    assert {action["Reason"] for action in actions} == {
        "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY",
        "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE",
        "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT",
        "MISCONFIGURATION:EC2_INSTANCE_CONFIGURATION_UNSUPPORTED",
    }
    assert {
        (action["State"], action["Action"], action["MaxTimeSeconds"]) for action in actions
    } == {("RUNNABLE", "CANCEL", 3600)}


def test_all_jobs_log_to_one_group_that_forgets(template: Template) -> None:
    (group,) = template.find_resources("AWS::Logs::LogGroup")
    template.has_resource_properties("AWS::Logs::LogGroup", {"RetentionInDays": 30})
    nodes = properties_of(template, "AWS::Batch::JobDefinition")["NodeProperties"]
    logs_of = [
        node_range["Container"]["LogConfiguration"] for node_range in nodes["NodeRangeProperties"]
    ]
    assert [each["Options"]["awslogs-group"] for each in logs_of] == [{"Ref": group}] * 2
    assert [each["Options"]["awslogs-stream-prefix"] for each in logs_of] == ["main", "workers"]


def test_a_job_has_all_nodes_of_the_cluster_and_all_of_each_node(template: Template) -> None:
    nodes = properties_of(template, "AWS::Batch::JobDefinition")["NodeProperties"]
    assert (nodes["NumNodes"], nodes["MainNode"]) == (4, 0)
    main, workers = nodes["NodeRangeProperties"]
    assert (main["TargetNodes"], workers["TargetNodes"]) == ("0:0", "1:")
    for group in (main, workers):
        amounts = {
            requirement["Type"]: int(requirement["Value"])
            for requirement in group["Container"]["ResourceRequirements"]
        }
        assert amounts["VCPU"] == 72
        # 144 GiB, less what the system and the ECS agent need.
        assert 135_000 < amounts["MEMORY"] < 144 * 1024
        assert "GPU" not in amounts


def test_the_nodes_are_in_one_zone_of_a_vpc_of_three() -> None:
    stack = Stack(
        App(),
        "Regional",
        env=Environment(account="123456789012", region="eu-west-1"),
    )
    vpc = ec2.Vpc(
        stack,
        "Vpc",
        availability_zones=["eu-west-1a", "eu-west-1b", "eu-west-1c"],
        subnet_configuration=[
            ec2.SubnetConfiguration(name="Public", subnet_type=ec2.SubnetType.PUBLIC),
            ec2.SubnetConfiguration(name="One", subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS),
            ec2.SubnetConfiguration(name="Two", subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS),
        ],
    )
    add_job(add_cluster(stack, vpc=vpc))
    template = Template.from_stack(stack)
    subnets = properties_of(template, "AWS::Batch::ComputeEnvironment")["ComputeResources"][
        "Subnets"
    ]
    made = template.find_resources("AWS::EC2::Subnet")
    zones = {made[subnet["Ref"]]["Properties"]["AvailabilityZone"] for subnet in subnets}
    assert len(subnets) == 2
    assert zones == {"eu-west-1a"}


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
    # Updates change the environment in place, so that its name stands in nobody's way.
    assert warnings_of(stack) == []
    assert errors_of(stack) == []


def test_a_job_does_without_the_efa_of_its_cluster() -> None:
    stack = new_stack()
    cluster = add_cluster(stack, instance_type="c5n.18xlarge")
    add_job(cluster, "Without", efa=False)
    add_job(cluster, "With")
    assert errors_of(stack) == []
    definitions = Template.from_stack(stack).find_resources("AWS::Batch::JobDefinition")
    with_efa = {
        logical_id: "/dev/infiniband" in str(definition)
        for logical_id, definition in definitions.items()
    }
    assert sorted(
        (logical_id.startswith("ClusterWithout"), efa) for logical_id, efa in with_efa.items()
    ) == [
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
        for statement in policy
        for resource in (
            statement["Resource"]
            if isinstance(statement["Resource"], list)
            else [statement["Resource"]]
        )
    ]
    # The queue; and each definition, with any revision and without one.
    assert len(resources) == 5
    assert {"Fn::GetAtt": [queue, "JobQueueArn"]} in resources
    assert "*" not in resources
    after = [each["Fn::Join"][1][-1] for each in resources if ":job-definition/after" in str(each)]
    assert after == [":job-definition/after", ":job-definition/after:*"]
