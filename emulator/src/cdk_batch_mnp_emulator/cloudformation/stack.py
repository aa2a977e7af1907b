"""Stacks, with their resources and events."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cdk_batch_mnp_emulator.account import arn
from cdk_batch_mnp_emulator.cloudformation.resource import Provided
from cdk_batch_mnp_emulator.cloudformation.structure import Json


def now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


@dataclass(slots=True)
class DeployedResource:
    """An existing resource of a stack.

    Attributes:
        logical_id: Logical ID in the template.
        type: Resource type, such as ``AWS::EC2::VPC``.
        provided: Its physical ID and attributes.
        properties: Properties, with all intrinsic functions resolved.
        depends_on: Logical IDs of its dependencies.
        is_retained: Whether it is retained when it is removed from the stack.
        status: Status in the stack.
        since: Time of the last status change.
    """

    logical_id: str
    type: str
    provided: Provided
    properties: Mapping[str, Any]
    depends_on: frozenset[str]
    is_retained: bool
    status: str = "CREATE_COMPLETE"
    since: datetime = field(default_factory=now)


@dataclass(slots=True)
class Stack:
    """A stack with its events, newest last.

    Attributes:
        body: The template's text.
        parameters: Values in the request.
        resolved: Values of all parameters.
        exports: Exported values by name.
        imports: Names of imported values.
        resources: Existing resources by logical ID, in the order of their creation.
    """

    name: str
    region: str
    id: str = ""
    status: str = "REVIEW_IN_PROGRESS"
    status_reason: str = ""
    body: str = ""
    template: Json = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    resolved: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    outputs: list[dict[str, Any]] = field(default_factory=list)
    exports: dict[str, Any] = field(default_factory=dict)
    imports: set[str] = field(default_factory=set)
    resources: dict[str, DeployedResource] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    created: datetime = field(default_factory=now)
    updated: datetime | None = None
    deleted: datetime | None = None

    def __post_init__(self) -> None:
        """Assign an id to the stack."""
        self.id = arn("cloudformation", self.region, f"stack/{self.name}/{uuid.uuid4()}")

    @property
    def exists(self) -> bool:
        """Whether the stack has not been deleted."""
        return self.status != "DELETE_COMPLETE"

    def move_to(self, status: str, reason: str = "") -> None:
        """Change the status, and report it as an event."""
        self.status, self.status_reason = status, reason
        self.report(self.name, self.id, "AWS::CloudFormation::Stack", status, reason)

    def interrupt(self, reason: str) -> None:
        """Fail the deployment that the stack is in, if it is in one."""
        kind, is_in_progress, _ = self.status.partition("_IN_PROGRESS")
        if not is_in_progress or kind == "REVIEW":
            return
        for resource in self.resources.values():
            if resource.status.endswith("_IN_PROGRESS"):
                resource.status = resource.status.replace("_IN_PROGRESS", "_FAILED")
        self.move_to(f"{kind.removesuffix('_COMPLETE_CLEANUP')}_FAILED", reason)

    def report(
        self, logical_id: str, physical_id: str, type: str, status: str, reason: str = ""
    ) -> None:
        """Add an event."""
        # At least a millisecond apart, since the CDK sorts events by time.
        moment = now()
        if self.events:
            moment = max(moment, self.events[-1]["Timestamp"] + timedelta(milliseconds=1))
        event = {
            "StackId": self.id,
            "EventId": str(uuid.uuid4()),
            "StackName": self.name,
            "LogicalResourceId": logical_id,
            "PhysicalResourceId": physical_id,
            "ResourceType": type,
            "Timestamp": moment,
            "ResourceStatus": status,
        }
        self.events.append(event | ({"ResourceStatusReason": reason} if reason else {}))

    def describe(self) -> dict[str, Any]:
        """Return the stack as DescribeStacks does."""
        described = {
            "StackId": self.id,
            "StackName": self.name,
            "StackStatus": self.status,
            "CreationTime": self.created,
            "DisableRollback": self.options.get("DisableRollback", False),
            "EnableTerminationProtection": self.options.get("EnableTerminationProtection", False),
            "NotificationARNs": self.options.get("NotificationARNs", []),
            "Capabilities": self.options.get("Capabilities", []),
            "Parameters": self._described_parameters(),
            "Outputs": self.outputs,
            "Tags": [{"Key": key, "Value": value} for key, value in self.tags.items()],
            "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
        }
        for key, value in (
            ("StackStatusReason", self.status_reason),
            ("Description", self.template.get("Description")),
            ("RoleARN", self.options.get("RoleARN")),
            ("LastUpdatedTime", self.updated),
            ("DeletionTime", self.deleted),
        ):
            if value:
                described[key] = value
        return described

    def _described_parameters(self) -> list[dict[str, Any]]:
        slots = self.template.get("Parameters", {})
        described = []
        for name, value in self.resolved.items():
            slot = slots.get(name, {})
            text = ",".join(value) if isinstance(value, list) else str(value)
            entry = {"ParameterKey": name, "ParameterValue": "****" if slot.get("NoEcho") else text}
            if slot.get("Type", "").startswith("AWS::SSM::"):
                given = self.parameters.get(name, slot.get("Default"))
                entry |= {"ParameterValue": str(given), "ResolvedValue": text}
            described.append(entry)
        return described

    def describe_resource(self, resource: DeployedResource) -> dict[str, Any]:
        """Return a resource as DescribeStackResources does."""
        return {
            "StackId": self.id,
            "StackName": self.name,
            "LogicalResourceId": resource.logical_id,
            "PhysicalResourceId": resource.provided.physical_id,
            "ResourceType": resource.type,
            "ResourceStatus": resource.status,
            "Timestamp": resource.since,
            "LastUpdatedTimestamp": resource.since,
            "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"},
        }
