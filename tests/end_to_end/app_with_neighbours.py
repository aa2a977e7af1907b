"""A cluster, and ordinary stacks beside it whose custom resources have handlers for Node.js."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_ssm as ssm
from aws_cdk import custom_resources as cr

from cdk_batch_mnp import MnpCluster

app = cdk.App()
version = app.node.try_get_context("version")

cluster_stack = cdk.Stack(app, "NeighboursCluster")
vpc = ec2.Vpc(cluster_stack, "Vpc", max_azs=1, nat_gateways=1, restrict_default_security_group=True)
cluster = MnpCluster(
    cluster_stack,
    "Cluster",
    vpc=vpc,
    instance_type="c5n.18xlarge",
    max_nodes=2,
)
cdk.CfnOutput(cluster_stack, "DefaultGroup", value=vpc.vpc_default_security_group)

beside = cdk.Stack(app, "NeighboursBeside")
bucket = s3.Bucket(
    beside, "Results", removal_policy=cdk.RemovalPolicy.DESTROY, auto_delete_objects=True
)
topic = sns.Topic(beside, "Alarms", display_name=f"alarms {version}")
failed = cloudwatch.Metric(namespace="Own", metric_name="Failed")
failed.create_alarm(beside, "Failed", threshold=1, evaluation_periods=1).add_alarm_action(
    actions.SnsAction(topic)
)
queue = cr.AwsCustomResource(
    beside,
    "Queue",
    on_update=cr.AwsSdkCall(
        service="Batch",
        action="describeJobQueues",
        parameters={"jobQueues": [cluster.job_queue.job_queue_arn]},
        physical_resource_id=cr.PhysicalResourceId.of(f"queue-{version}"),
    ),
    install_latest_aws_sdk=False,
    policy=cr.AwsCustomResourcePolicy.from_sdk_calls(resources=["*"]),
)
parameter = ssm.StringParameter(
    beside,
    "Seen",
    parameter_name="/neighbours/seen",
    string_value=f"{version} {queue.get_response_field('jobQueues.0.state')}",
)
cdk.CfnOutput(beside, "Bucket", value=bucket.bucket_name)
if app.node.try_get_context("fails"):
    bad = cdk.CfnResource(beside, "Bad", type="AWS::SSM::Parameter", properties={"Type": "None"})
    bad.node.add_dependency(parameter, topic, bucket)
app.synth()
