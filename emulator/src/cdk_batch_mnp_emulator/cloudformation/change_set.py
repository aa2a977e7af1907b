"""Change sets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cdk_batch_mnp_emulator.cloudformation.desired import TargetState
from cdk_batch_mnp_emulator.cloudformation.stack import Stack, now


@dataclass(slots=True)
class ChangeSet:
    """A change set, with the changes that executing it would make.

    Attributes:
        changes: As DescribeChangeSet returns them.
    """

    name: str
    id: str
    stack: Stack
    type: str
    desired: TargetState
    options: dict[str, Any]
    description: str
    changes: list[dict[str, Any]]
    status: str = "CREATE_COMPLETE"
    execution_status: str = "AVAILABLE"
    status_reason: str = ""
    created: datetime = field(default_factory=now)

    def describe(self) -> dict[str, Any]:
        """Return the change set as DescribeChangeSet does."""
        described = {
            **self.summary(),
            "Capabilities": self.options.get("Capabilities", []),
            "Changes": self.changes,
            "Parameters": [
                {"ParameterKey": key, "ParameterValue": value}
                for key, value in self.desired.parameters.items()
            ],
            "Tags": [{"Key": key, "Value": value} for key, value in self.desired.tags.items()],
        }
        return {key: value for key, value in described.items() if value != ""}

    def summary(self) -> dict[str, Any]:
        """Return the change set as ListChangeSets does."""
        return {
            "ChangeSetId": self.id,
            "ChangeSetName": self.name,
            "StackId": self.stack.id,
            "StackName": self.stack.name,
            "CreationTime": self.created,
            "Description": self.description,
            "Status": self.status,
            "StatusReason": self.status_reason,
            "ExecutionStatus": self.execution_status,
        }


def differs(stack: Stack, desired: TargetState) -> bool:
    """Whether the change set changes the stack."""
    return (stack.template, stack.resolved, stack.tags) != (
        desired.template,
        desired.resolved,
        desired.tags,
    )


def changes_of(stack: Stack, desired: TargetState) -> list[dict[str, Any]]:
    """Return the changes of resources as DescribeChangeSet does."""
    before: Mapping[str, Any] = stack.template.get("Resources", {}) if stack.resources else {}
    after: Mapping[str, Any] = desired.template["Resources"]
    changes = []
    for name, resource in {**before, **after}.items():
        if before.get(name) == after.get(name):
            continue
        deployed = stack.resources.get(name)
        change = {
            "Action": "Add" if name not in before else "Modify" if name in after else "Remove",
            "LogicalResourceId": name,
            "ResourceType": resource["Type"],
        }
        if deployed is not None:
            change["PhysicalResourceId"] = deployed.provided.physical_id
        changes.append({"Type": "Resource", "ResourceChange": change})
    return changes
