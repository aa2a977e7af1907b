"""A job is updated that another stack submits."""

from __future__ import annotations

from typing import Any

import pytest
from aws_cdk import App, Duration, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_ssm as ssm
from aws_cdk import aws_stepfunctions as stepfunctions
from aws_cdk import aws_stepfunctions_tasks as tasks
from botocore.exceptions import ClientError

from cdk_batch_mnp import MnpCluster, NodeContainer, NodeGroup
from cdk_batch_mnp_emulator.running import Server
from embedded import DeployedStack, EmbeddedAws


def templates(nodes: int) -> list[dict[str, Any]]:
    """A platform, and the stack of a team that submits its job of so many nodes in every way."""
    app = App()
    platform, team = Stack(app, "Platform"), Stack(app, "Team")
    vpc = ec2.Vpc(platform, "Vpc", max_azs=1)
    cluster = MnpCluster(platform, "Cluster", vpc=vpc, instance_type="c5.18xlarge", max_nodes=4)
    container = NodeContainer(image="public.ecr.aws/hpc/solver:1")
    groups = [NodeGroup("all", ":", container)]
    job = cluster.add_job("Job", node_groups=groups, num_nodes=nodes, timeout=Duration.hours(1))
    queue = cluster.job_queue

    user = iam.Role(team, "User", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    job.grant_submit(user, queue)
    submit = tasks.BatchSubmitJob(
        team,
        "Submit",
        job_name="solve",
        job_definition_arn=job.job_definition_arn,
        job_queue_arn=queue.job_queue_arn,
    )
    body = stepfunctions.DefinitionBody.from_chainable(submit)
    stepfunctions.StateMachine(team, "Machine", definition_body=body)
    target = targets.BatchJob(
        queue.job_queue_arn, queue, job.job_definition_arn, job, job_name="solve"
    )
    nightly = events.Schedule.cron(hour="1", minute="0")
    events.Rule(team, "Nightly", schedule=nightly, targets=[target])
    arn = job.job_definition_arn_without_revision
    ssm.StringParameter(team, "Arn", parameter_name="/team/job", string_value=arn)
    assembly = app.synth()
    return [assembly.get_stack_by_name(name).template for name in ("Platform", "Team")]


def test_a_job_is_updated_that_another_stack_submits(server: Server, aws: EmbeddedAws) -> None:
    batch = aws.client("batch")
    platform, team = (DeployedStack(aws, name) for name in ("Platform", "Team"))

    def revision_of_a_job(nodes: int) -> str:
        queue = next(
            physical_id
            for physical_id in platform.resources.values()
            if ":job-queue/" in physical_id
        )
        arn = aws.client("ssm").get_parameter(Name="/team/job")["Parameter"]["Value"]
        id = batch.submit_job(jobName="solve", jobQueue=queue, jobDefinition=arn)["jobId"]
        (job,) = batch.describe_jobs(jobs=[id])["jobs"]
        batch.terminate_job(jobId=id, reason="the test has seen it")
        assert job["nodeProperties"]["numNodes"] == nodes
        return str(job["jobDefinition"].rpartition(":")[2])

    for stack, template in zip((platform, team), templates(nodes=2), strict=True):
        stack.create(template)
        assert stack.status == "CREATE_COMPLETE", stack.failures
    assert revision_of_a_job(nodes=2) == "1"

    changed, same = templates(nodes=4)
    platform.update(changed.pop("Resources"), **changed)
    assert platform.status == "UPDATE_COMPLETE", platform.failures
    with pytest.raises(ClientError, match="No updates are to be performed"):
        team.update(same.pop("Resources"), **same)
    assert revision_of_a_job(nodes=4) == "2"
    for stack in (team, platform):
        stack.delete()
