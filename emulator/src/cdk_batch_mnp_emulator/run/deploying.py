"""Deploys stacks to the embedded AWS through its API, without the CDK CLI."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError, ParamValidationError

from cdk_batch_mnp_emulator.account import ACCOUNT, DEFAULT_REGION
from cdk_batch_mnp_emulator.endpoint import Endpoint
from cdk_batch_mnp_emulator.run.assembly import App, StackToDeploy

_CAPABILITIES = ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
_BOOTSTRAP_PARAMETER = re.compile(r"/cdk-bootstrap/[^/]+/version")
_BOOTSTRAP_VERSION = "30"  # above what any app requires
_STACK_ID = re.compile(r"arn:[a-z-]+:cloudformation:\S+:stack/\S+")
_NESTED = "AWS::CloudFormation::Stack"


class DeploymentError(Exception):
    """A stack could not be deployed; the message has a line for each resource that failed."""


class Deployer:
    """Deploys the stacks of an app.

    Args:
        endpoint: The embedded AWS.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._buckets: set[tuple[str, str]] = set()

    def deploy(self, app: App, parameters: Mapping[str, str]) -> None:
        """Upload the assets of an app, and create its stacks.

        Args:
            app: Which app.
            parameters: Values of template parameters, for every stack that has them.

        Raises:
            DeploymentError: A stack cannot be created.
            SourceError: An asset cannot be read.
        """
        for asset in app.files:
            self._upload(asset.region, asset.bucket, asset.key, asset.content())
        unused = set(parameters)
        for stack in app.stacks:
            unused -= self._create(stack, parameters)
        if unused:
            raise DeploymentError(
                f"no template has a parameter {', '.join(sorted(unused))} (--template-parameter)"
            )

    def _create(self, stack: StackToDeploy, parameters: Mapping[str, str]) -> set[str]:
        cloudformation = self._endpoint.client("cloudformation", stack.region)
        bucket, key = f"cdk-hnb659fds-assets-{ACCOUNT}-{stack.region}", f"stacks/{stack.name}"
        self._upload(stack.region, bucket, key, stack.template.read_bytes())
        url = f"https://s3.{stack.region}.amazonaws.com/{bucket}/{key}"
        try:
            declared = cloudformation.get_template_summary(TemplateURL=url)["Parameters"]
            self._bootstrap(stack.region, declared)
            names = {each["ParameterKey"] for each in declared}
            values = {
                name: value
                for name, value in {**stack.parameters, **parameters}.items()
                if name in names
            }
            id = cloudformation.create_stack(
                StackName=stack.name,
                TemplateURL=url,
                Parameters=[
                    {"ParameterKey": name, "ParameterValue": value}
                    for name, value in values.items()
                ],
                Capabilities=_CAPABILITIES,
                OnFailure="DO_NOTHING",  # what failed can still be asked
            )["StackId"]
        except (ClientError, ParamValidationError) as error:
            said = f"stack {stack.name} ({stack.template}): {_said(error)}"
            raise DeploymentError(said) from None
        described = cloudformation.describe_stacks(StackName=id)["Stacks"][0]
        if described["StackStatus"] != "CREATE_COMPLETE":
            failures = list(_failures(cloudformation, id))
            reason = described.get("StackStatusReason", described["StackStatus"])
            raise DeploymentError(
                "\n".join(
                    [f"stack {stack.name} ({stack.template}) was not deployed", *failures]
                    if failures
                    else [f"stack {stack.name} ({stack.template}): {reason}"]
                )
            )
        return names

    def _bootstrap(self, region: str, declared: list[Mapping[str, Any]]) -> None:
        """Store the version of the CDK's bootstrap resources, if a template asks for it."""
        for parameter in declared:
            name = str(parameter.get("DefaultValue", ""))
            if _BOOTSTRAP_PARAMETER.fullmatch(name):
                self._endpoint.client("ssm", region).put_parameter(
                    Name=name, Value=_BOOTSTRAP_VERSION, Type="String", Overwrite=True
                )

    def _upload(self, region: str, bucket: str, key: str, content: bytes) -> None:
        s3 = self._endpoint.client("s3", region)
        try:
            if (region, bucket) not in self._buckets:
                # Elsewhere the Region has to be named, and here it must not be.
                where = (
                    {}
                    if region == DEFAULT_REGION
                    else {"CreateBucketConfiguration": {"LocationConstraint": region}}
                )
                s3.create_bucket(Bucket=bucket, **where)
                self._buckets.add((region, bucket))
            s3.put_object(Bucket=bucket, Key=key, Body=content)
        except (ClientError, ParamValidationError) as error:
            raise DeploymentError(f"asset {bucket}/{key}: {_said(error)}") from None


def _said(error: ClientError | ParamValidationError) -> str:
    if isinstance(error, ClientError):
        return str(error.response["Error"]["Message"])
    return str(error)


def _failures(cloudformation: Any, stack: str, within: str = "") -> Iterator[str]:
    """Yield a line for each resource that failed by itself, those of nested stacks included."""
    events = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
    for event in reversed(events):
        if not event["ResourceStatus"].endswith("FAILED") or event["PhysicalResourceId"] == stack:
            continue
        name, type = event["LogicalResourceId"], event["ResourceType"]
        reason = event.get("ResourceStatusReason", event["ResourceStatus"])
        inner: list[str] = []
        # A stack that failed has no physical id here, but its reason names it.
        if type == _NESTED and (nested := _STACK_ID.search(reason)):
            inner = list(_failures(cloudformation, nested[0], f"{within}{name}/"))
        yield from inner or [f"{within}{name} ({type}): {reason}"]
