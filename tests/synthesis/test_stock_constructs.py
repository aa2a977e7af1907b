"""The constructs among the CDK's own: what takes them, and what they take."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aws_cdk import App, Environment, Stack
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as stepfunctions
from aws_cdk import aws_stepfunctions_tasks as tasks
from aws_cdk.assertions import Template

from cdk_batch_mnp import MnpComputeEnvironment, MnpJobQueue, NodeGroup
from tests.cdk.apps import (
    INSTANCE_TYPE,
    add_cluster,
    add_definition,
    add_job,
    add_vpc,
    container,
    errors_of,
    import_vpc,
    new_stack,
    properties_of,
    right_user_data,
    warnings_of,
)

ARN = "arn:aws:batch:eu-west-1:123456789012"


def test_step_functions_submits_jobs() -> None:
    stack = new_stack()
    cluster = add_cluster(stack)
    definition = add_job(cluster)
    task = tasks.BatchSubmitJob(
        stack,
        "Submit",
        job_name="solve",
        job_definition_arn=definition.job_definition_arn,
        job_queue_arn=cluster.job_queue.job_queue_arn,
    )
    stepfunctions.StateMachine(
        stack, "Machine", definition_body=stepfunctions.DefinitionBody.from_chainable(task)
    )
    template = Template.from_stack(stack)
    machine = json.dumps(properties_of(template, "AWS::StepFunctions::StateMachine"))
    (id,) = template.find_resources("AWS::Batch::JobDefinition")
    assert "batch:submitJob.sync" in machine
    assert id in machine


def test_eventbridge_submits_jobs() -> None:
    stack = new_stack()
    cluster = add_cluster(stack)
    definition = add_job(cluster)
    events.Rule(
        stack,
        "Nightly",
        schedule=events.Schedule.cron(hour="2", minute="0"),
        targets=[
            targets.BatchJob(
                cluster.job_queue.job_queue_arn,
                cluster.job_queue,
                definition.job_definition_arn,
                definition,
            )
        ],
    )
    template = Template.from_stack(stack)
    (target,) = properties_of(template, "AWS::Events::Rule")["Targets"]
    (queue,) = template.find_resources("AWS::Batch::JobQueue")
    (id,) = template.find_resources("AWS::Batch::JobDefinition")
    assert target["Arn"] == {"Fn::GetAtt": [queue, "JobQueueArn"]}
    assert target["BatchParameters"]["JobDefinition"] == {"Ref": id}


def test_a_stock_queue_takes_our_environment() -> None:
    stack = new_stack()
    environment = MnpComputeEnvironment(
        stack, "Environment", vpc=import_vpc(stack), instance_type=INSTANCE_TYPE, max_nodes=4
    )
    queue = batch.JobQueue(stack, "Queue")
    queue.add_compute_environment(environment, 1)
    add_definition(stack, job_queue=queue)
    assert errors_of(stack) == []
    template = Template.from_stack(stack)
    (id,) = template.find_resources("AWS::Batch::ComputeEnvironment")
    assert properties_of(template, "AWS::Batch::JobQueue")["ComputeEnvironmentOrder"] == [
        {"Order": 1, "ComputeEnvironment": {"Ref": id}}
    ]


def test_our_queue_takes_environments_and_policies_that_are_imported() -> None:
    stack = new_stack()
    environment = (
        batch.ManagedEc2EcsComputeEnvironment.from_managed_ec2_ecs_compute_environment_arn(
            stack, "Environment", f"{ARN}:compute-environment/hpc"
        )
    )
    policy = batch.FairshareSchedulingPolicy.from_fairshare_scheduling_policy_arn(
        stack, "Policy", f"{ARN}:scheduling-policy/fair"
    )
    queue = MnpJobQueue(
        stack, "Queue", compute_environments=[environment], scheduling_policy=policy
    )
    add_definition(stack, job_queue=queue)
    assert errors_of(stack) == []
    assert warnings_of(stack) == []
    properties = properties_of(Template.from_stack(stack), "AWS::Batch::JobQueue")
    assert properties["ComputeEnvironmentOrder"] == [
        {"Order": 1, "ComputeEnvironment": f"{ARN}:compute-environment/hpc"}
    ]
    assert properties["SchedulingPolicyArn"] == f"{ARN}:scheduling-policy/fair"


def test_environments_of_another_stack_are_checked() -> None:
    app = App()
    platform, jobs = new_stack("Platform", app), new_stack("Jobs", app)
    environment = MnpComputeEnvironment(
        platform, "Environment", vpc=import_vpc(platform), instance_type=INSTANCE_TYPE, max_nodes=2
    )
    MnpJobQueue(jobs, "Queue", compute_environments=[environment])
    add_definition(jobs)
    assert [(each.rule, each.path) for each in errors_of(jobs)] == [("MNP106", "Jobs/Solve")]


def test_a_network_that_is_imported_is_used_as_it_is() -> None:
    stack = new_stack()
    group = ec2.SecurityGroup.from_security_group_id(stack, "Group", "sg-0123456789abcdef0")
    placement = ec2.PlacementGroup.from_placement_group_name(stack, "Placement", "close")
    subnet = ec2.Subnet.from_subnet_id(stack, "Subnet", "subnet-00000000000000001")
    template = ec2.LaunchTemplate.from_launch_template_attributes(
        stack, "Template", launch_template_id="lt-0123456789abcdef0", version_number="7"
    )
    role = iam.Role.from_role_name(stack, "Role", "ecs-instances")
    cluster = add_cluster(
        stack,
        vpc_subnets=ec2.SubnetSelection(subnets=[subnet]),
        security_groups=[group],
        placement_group=placement,
        launch_template=template,
        instance_role=role,
    )
    add_job(cluster)
    assert errors_of(stack) == []
    assert warnings_of(stack) == []
    made = Template.from_stack(stack)
    resources = properties_of(made, "AWS::Batch::ComputeEnvironment")["ComputeResources"]
    assert resources["SecurityGroupIds"] == ["sg-0123456789abcdef0"]
    assert resources["PlacementGroup"] == "close"
    assert resources["Subnets"] == ["subnet-00000000000000001"]
    assert resources["LaunchTemplate"] == {
        "LaunchTemplateId": "lt-0123456789abcdef0",
        "Version": "7",
    }
    for kind in ("PlacementGroup", "SecurityGroup", "LaunchTemplate"):
        made.resource_count_is(f"AWS::EC2::{kind}", 0)


def test_a_vpc_that_is_looked_up_is_taken() -> None:
    stack = Stack(App(), "Platform", env=Environment(account="123456789012", region="eu-west-1"))
    add_job(add_cluster(stack, vpc=ec2.Vpc.from_lookup(stack, "Vpc", vpc_id="vpc-12345")))
    assert errors_of(stack) == []


def test_a_launch_template_of_the_cdk_is_pinned_to_its_own_changes() -> None:
    stack = new_stack()
    template = ec2.LaunchTemplate(
        stack,
        "Template",
        http_tokens=ec2.LaunchTemplateHttpTokens.REQUIRED,
        block_devices=[
            ec2.BlockDevice(
                device_name="/dev/xvda", volume=ec2.BlockDeviceVolume.ebs(100, encrypted=True)
            )
        ],
        user_data=right_user_data(),
    )
    add_job(add_cluster(stack, launch_template=template))
    assert warnings_of(stack) == []
    made = Template.from_stack(stack)
    (id,) = made.find_resources("AWS::EC2::LaunchTemplate")
    resources = properties_of(made, "AWS::Batch::ComputeEnvironment")["ComputeResources"]
    assert resources["LaunchTemplate"]["Version"] == {"Fn::GetAtt": [id, "LatestVersionNumber"]}


def add_endpoints(stack: Stack, vpc: ec2.Vpc, *names: str) -> None:
    services: dict[str, ec2.InterfaceVpcEndpointAwsService] = {
        name: getattr(ec2.InterfaceVpcEndpointAwsService, name) for name in names
    }
    for name, service in services.items():
        ec2.InterfaceVpcEndpoint(stack, name, vpc=vpc, service=service)


ENDPOINTS = ("ECS", "ECS_AGENT", "ECS_TELEMETRY", "ECR", "ECR_DOCKER", "CLOUDWATCH_LOGS")
ISOLATED: dict[str, Any] = {
    "nat_gateways": 0,
    "subnet_configuration": [
        ec2.SubnetConfiguration(name="Nodes", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
    ],
}
NODES = ec2.SubnetSelection(subnet_group_name="Nodes")


@pytest.mark.parametrize("elsewhere", [False, True], ids=["same stack", "another stack"])
def test_isolated_subnets_with_their_endpoints_are_right(elsewhere: bool) -> None:
    app = App()
    network, stack = new_stack("Network", app), new_stack("Platform", app)
    vpc = add_vpc(network, **ISOLATED)
    vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
    add_endpoints(stack if elsewhere else network, vpc, *ENDPOINTS)
    image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/solver:1"
    cluster = add_cluster(stack, vpc=vpc, vpc_subnets=NODES)
    add_job(cluster, node_groups=[NodeGroup("all", ":", container(image=image))])
    assert errors_of(stack) == []
    assert warnings_of(stack) == []


def test_endpoints_of_another_vpc_do_not_help() -> None:
    stack = new_stack()
    add_endpoints(stack, ec2.Vpc(stack, "Other", max_azs=1), *ENDPOINTS)
    vpc = add_vpc(stack, **ISOLATED)
    add_job(add_cluster(stack, vpc=vpc, vpc_subnets=NODES))
    assert [each.rule for each in errors_of(stack)] == ["MNP405"]
