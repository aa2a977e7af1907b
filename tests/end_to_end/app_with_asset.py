"""An app whose stack publishes a file, and keeps where it went in a parameter."""

from __future__ import annotations

from aws_cdk import App, Stack
from aws_cdk import aws_s3_assets as assets
from aws_cdk import aws_ssm as ssm

app = App()
stack = Stack(app, "WithAsset")
asset = assets.Asset(stack, "File", path=__file__)
ssm.StringParameter(stack, "Url", parameter_name="/asset", string_value=asset.s3_object_url)
app.synth()
