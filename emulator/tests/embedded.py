"""The embedded AWS as the tests use it: a server, its clients, and stacks from small templates."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from functools import cache
from typing import Any

import boto3
from botocore.config import Config

from cdk_batch_mnp_emulator.access import Access

REGION = "us-east-1"

Template = Mapping[str, Any]


class EmbeddedAws:
    """The embedded AWS that an access leads to."""

    def __init__(self, access: Access) -> None:
        self.access = access
        self.url = access.url
        self.client = cache(self._client)

    def _client(self, service: str, region: str = REGION) -> Any:
        create: Any = boto3.client
        return create(
            service,
            region_name=region,
            endpoint_url=self.url,
            aws_access_key_id=self.access.access_key_id,
            aws_secret_access_key=self.access.secret_access_key,
            # Without a name, botocore writes a long one for every request.
            config=Config(retries={"total_max_attempts": 1}, user_agent="tests"),
        )

    def deploy(self, resources: Template, **rest: Any) -> DeployedStack:
        """Create a stack of these resources, whatever becomes of it."""
        stack = DeployedStack(self, f"test-{uuid.uuid4().hex[:12]}")
        stack.create({"Resources": resources, **rest})
        return stack


class DeployedStack:
    """A stack, as its APIs describe it."""

    def __init__(self, aws: EmbeddedAws, name: str) -> None:
        self._cloudformation = aws.client("cloudformation")
        self.name = name
        self.id = ""

    def create(self, template: Template, **more: Any) -> None:
        answer = self._cloudformation.create_stack(
            StackName=self.name,
            TemplateBody=json.dumps(template),
            Capabilities=["CAPABILITY_NAMED_IAM"],
            **more,
        )
        self.id = answer["StackId"]

    def update(self, resources: Template, **rest: Any) -> None:
        self._cloudformation.update_stack(
            StackName=self.name,
            TemplateBody=json.dumps({"Resources": resources, **rest}),
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )

    def delete(self) -> None:
        self._cloudformation.delete_stack(StackName=self.id)

    @property
    def described(self) -> dict[str, Any]:
        described: dict[str, Any] = self._cloudformation.describe_stacks(StackName=self.id)
        stack: dict[str, Any] = described["Stacks"][0]
        return stack

    @property
    def status(self) -> str:
        return str(self.described["StackStatus"])

    @property
    def outputs(self) -> dict[str, str]:
        return {each["OutputKey"]: each["OutputValue"] for each in self.described["Outputs"]}

    @property
    def resources(self) -> dict[str, str]:
        """Physical ids by logical ids."""
        found = self._cloudformation.describe_stack_resources(StackName=self.id)
        return {
            resource["LogicalResourceId"]: resource["PhysicalResourceId"]
            for resource in found["StackResources"]
        }

    @property
    def failures(self) -> dict[str, str]:
        """Why resources failed, by logical id."""
        return {
            event["LogicalResourceId"]: event["ResourceStatusReason"]
            for event in self._events()
            if event["ResourceStatus"].endswith("FAILED")
        }

    @property
    def reasons(self) -> str:
        """Why the stack itself came to its states."""
        reported = [each for each in self._events() if each["LogicalResourceId"] == self.name]
        return "\n".join(each.get("ResourceStatusReason", "") for each in reported)

    def order_of(self, status: str) -> list[str]:
        """The logical ids in the order in which they came to a status."""
        return [
            event["LogicalResourceId"]
            for event in self._events()
            if event["ResourceStatus"] == status and event["LogicalResourceId"] != self.name
        ]

    def _events(self) -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = self._cloudformation.describe_stack_events(
            StackName=self.id
        )["StackEvents"]
        return events[::-1]
