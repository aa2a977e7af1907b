"""An app whose compute environment has a property that Batch does not know."""

from __future__ import annotations

from aws_cdk import App, CfnResource, Stack

app = App()
stack = Stack(app, "ThatFails")
CfnResource(stack, "Good", type="AWS::Logs::LogGroup")
CfnResource(
    stack,
    "Environment",
    type="AWS::Batch::ComputeEnvironment",
    properties={"Type": "MANAGED", "ComputeResources": {"Type": "EC2", "MaxCpus": 4}},
)
app.synth()
