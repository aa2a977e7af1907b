"""A platform, and the stack of a team that submits jobs; the context `nodes` changes the job."""

from __future__ import annotations

from aws_cdk import App, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_ssm as ssm
from aws_cdk import aws_stepfunctions as stepfunctions
from aws_cdk import aws_stepfunctions_tasks as tasks

from cdk_batch_mnp import MnpCluster, NodeContainer, NodeGroup

app = App()
platform, team = Stack(app, "Platform"), Stack(app, "Team")
cluster = MnpCluster(
    platform,
    "Cluster",
    vpc=ec2.Vpc(platform, "Vpc", max_azs=1),
    instance_type="c5.18xlarge",
    max_nodes=4,
)
job = cluster.add_job(
    "Job",
    node_groups=[NodeGroup("all", ":", NodeContainer(image="public.ecr.aws/hpc/solver:1"))],
    num_nodes=int(app.node.try_get_context("nodes") or 2),
)

user = iam.Role(team, "User", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
job.grant_submit(user, cluster.job_queue)
queue = cluster.job_queue
submit = tasks.BatchSubmitJob(
    team,
    "Submit",
    job_name="solve",
    job_definition_arn=job.job_definition_arn,
    job_queue_arn=queue.job_queue_arn,
)
body = stepfunctions.DefinitionBody.from_chainable(submit)
stepfunctions.StateMachine(team, "Machine", definition_body=body)
target = targets.BatchJob(queue.job_queue_arn, queue, job.job_definition_arn, job, job_name="solve")
events.Rule(team, "Nightly", schedule=events.Schedule.cron(hour="1", minute="0"), targets=[target])
ssm.StringParameter(
    team, "Arn", parameter_name="/team/job", string_value=job.job_definition_arn_without_revision
)
app.synth()
