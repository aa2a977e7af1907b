"""The CloudFormation service."""

from __future__ import annotations

import re
import threading
import uuid
from collections.abc import Mapping
from typing import Any

from cdk_batch_mnp_emulator.account import arn
from cdk_batch_mnp_emulator.cloudformation.change_set import ChangeSet, changes_of, differs
from cdk_batch_mnp_emulator.cloudformation.deployment import Deployment
from cdk_batch_mnp_emulator.cloudformation.desired import DesiredReader
from cdk_batch_mnp_emulator.cloudformation.providers.custom_resource import CustomResource
from cdk_batch_mnp_emulator.cloudformation.providers.nested_stack import NestedStack
from cdk_batch_mnp_emulator.cloudformation.providers.registry import Registry
from cdk_batch_mnp_emulator.cloudformation.queries import Queries
from cdk_batch_mnp_emulator.cloudformation.responses import Responses
from cdk_batch_mnp_emulator.cloudformation.stack import Stack
from cdk_batch_mnp_emulator.cloudformation.stacks import Stacks
from cdk_batch_mnp_emulator.cloudformation.structure import invalid
from cdk_batch_mnp_emulator.endpoint import Endpoint
from cdk_batch_mnp_emulator.errors import ServiceError
from cdk_batch_mnp_emulator.protocol import ApiService, Call

_OPTIONS = ("Capabilities", "DisableRollback", "EnableTerminationProtection", "NotificationARNs")
_NAME = re.compile("[a-zA-Z][-a-zA-Z0-9]*")
_LONGEST_NAME = 128
_NO_CHANGES = (
    "The submitted information didn't contain changes. Submit different information to create a "
    "change set."
)

_STOPPED = "The embedded AWS was stopped during the deployment"

Kept = tuple[list[Stack], dict[str, ChangeSet]]
"""What exists in CloudFormation."""


class CloudFormation:
    """Stacks and change sets of every Region.

    Args:
        endpoint: Endpoint for templates, parameters and resources.

    Attributes:
        responses: Where the handlers of custom resources put their responses.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._stacks = Stacks()
        self._reader = DesiredReader(endpoint)
        self._change_sets: dict[str, ChangeSet] = {}
        self.responses = Responses()
        self._registry = Registry(
            {
                "AWS::CloudFormation::CustomResource": CustomResource(self.responses),
                "AWS::CloudFormation::Stack": NestedStack(self),
            }
        )
        # One deployment at a time. It calls other services of this server, never this one.
        self._lock = threading.RLock()

    @property
    def lock(self) -> threading.RLock:
        """Held during a deployment."""
        return self._lock

    @property
    def kept(self) -> Kept:
        """All stacks and change sets."""
        return self._stacks.every, dict(self._change_sets)

    def restore(self, kept: Kept) -> None:
        """Take stacks and change sets from an earlier server, before the first request.

        Deployments that it was stopped in have failed.
        """
        stacks, change_sets = kept
        for stack in stacks:
            stack.interrupt(_STOPPED)
            self._stacks.add(stack)
        self._change_sets.update(change_sets)

    def service(self) -> ApiService:
        """Return the service with its handlers."""
        return ApiService(
            "cloudformation",
            {
                **Queries(self._stacks, self._reader).handlers,
                "CreateChangeSet": self.create_change_set,
                "CreateStack": self.create_stack,
                "DeleteChangeSet": self.delete_change_set,
                "DeleteStack": self.delete_stack,
                "DescribeChangeSet": lambda call: self._change_set(call).describe(),
                "ExecuteChangeSet": self.execute_change_set,
                "GetTemplate": self.get_template,
                "ListChangeSets": self.list_change_sets,
                "UpdateStack": self.update_stack,
                "UpdateTerminationProtection": self.update_termination_protection,
            },
            refusal="ValidationError",
            is_whole=True,
        )

    def create_stack(self, call: Call) -> Mapping[str, Any]:
        """Create a stack, and respond when it has been created or rolled back."""
        with self._lock:
            name = call.parameters["StackName"]
            _check_name("stackName", name)
            if self._stacks.find(name, call.region) is not None:
                raise ServiceError("AlreadyExistsException", f"Stack [{name}] already exists")
            desired = self._reader.read(call, None)
            stack = Stack(name, call.region, options=_options(call))
            if call.get("OnFailure") == "DO_NOTHING":
                stack.options["DisableRollback"] = True
            self._stacks.add(stack)
            self._deployment(stack).create(desired)
            return {"StackId": stack.id}

    def update_stack(self, call: Call) -> Mapping[str, Any]:
        """Update a stack, and respond when it has been updated or rolled back."""
        with self._lock:
            stack = self._stacks.named_by(call)
            desired = self._reader.read(call, stack)
            if not differs(stack, desired):
                raise invalid("No updates are to be performed.")
            _check_updatable(stack)
            stack.options |= _options(call)
            self._deployment(stack).update(desired)
            return {"StackId": stack.id}

    def delete_stack(self, call: Call) -> None:
        """Delete a stack. A stack that does not exist counts as deleted."""
        with self._lock:
            stack = self._stacks.find(call.parameters["StackName"], call.region)
            if stack is None:
                return
            if stack.options.get("EnableTerminationProtection"):
                raise invalid(
                    f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled"
                )
            self._deployment(stack).delete()
            if not stack.exists:
                self._drop_change_sets(stack)

    def create_change_set(self, call: Call) -> Mapping[str, Any]:
        """Create a change set."""
        with self._lock:
            name, type = call.parameters["StackName"], call.get("ChangeSetType", "UPDATE")
            _check_name("changeSetName", call.parameters["ChangeSetName"])
            stack = self._stacks.find(name, call.region)
            if type == "CREATE":
                _check_name("stackName", name)
                if stack is not None and stack.status != "REVIEW_IN_PROGRESS":
                    raise invalid(f"Stack [{name}] already exists and cannot be created again")
                desired = self._reader.read(call, None)
                if stack is None:
                    stack = Stack(name, call.region, options=_options(call))
                    self._stacks.add(stack)
                    stack.move_to("REVIEW_IN_PROGRESS", "User Initiated")
            elif stack is None:
                raise invalid(f"Stack [{name}] does not exist")
            else:
                desired = self._reader.read(call, stack)
                _check_updatable(stack)
            own_name = call.parameters["ChangeSetName"]
            if any(
                earlier.stack is stack and earlier.name == own_name
                for earlier in self._change_sets.values()
            ):
                raise ServiceError(
                    "AlreadyExistsException",
                    f"ChangeSet {own_name} cannot be created due to a mismatch with existing "
                    "attribute ChangeSetName",
                )
            change_set = ChangeSet(
                name=own_name,
                id=arn("cloudformation", call.region, f"changeSet/{own_name}/{uuid.uuid4()}"),
                stack=stack,
                type=type,
                desired=desired,
                options=_options(call),
                description=call.get("Description", ""),
                changes=changes_of(stack, desired),
            )
            if type != "CREATE" and not differs(stack, desired):
                change_set.status, change_set.status_reason = "FAILED", _NO_CHANGES
                change_set.execution_status = "UNAVAILABLE"
            self._change_sets[change_set.id] = change_set
            return {"Id": change_set.id, "StackId": stack.id}

    def execute_change_set(self, call: Call) -> None:
        """Execute a change set, and respond when the stack has been deployed or rolled back."""
        with self._lock:
            change_set = self._change_set(call)
            if change_set.execution_status != "AVAILABLE":
                raise ServiceError(
                    "InvalidChangeSetStatus",
                    f"ChangeSet [{change_set.id}] cannot be executed in its current status of "
                    f"[{change_set.status}]",
                )
            self._drop_change_sets(
                change_set.stack, but=change_set
            )  # they applied to the old stack
            change_set.execution_status = "EXECUTE_COMPLETE"
            change_set.stack.options |= change_set.options
            if "DisableRollback" in call.parameters:
                change_set.stack.options["DisableRollback"] = call.get("DisableRollback")
            deployment = self._deployment(change_set.stack)
            if change_set.type == "CREATE":
                deployment.create(change_set.desired)
            else:
                deployment.update(change_set.desired)

    def delete_change_set(self, call: Call) -> None:
        """Delete a change set. A change set that does not exist counts as deleted."""
        with self._lock:
            found = self._find_change_set(call)
            if found is not None:
                del self._change_sets[found.id]

    def list_change_sets(self, call: Call) -> Mapping[str, Any]:
        """Return the change sets of a stack."""
        stack = self._stacks.named_by(call)
        own = [each for each in list(self._change_sets.values()) if each.stack is stack]
        return {"Summaries": [each.summary() for each in own]}

    def get_template(self, call: Call) -> Mapping[str, Any]:
        """Return the text of a template."""
        if "ChangeSetName" in call.parameters:
            body = self._change_set(call).desired.body
        else:
            body = self._stacks.named_by(call).body
        return {"TemplateBody": body, "StagesAvailable": ["Original", "Processed"]}

    def update_termination_protection(self, call: Call) -> Mapping[str, Any]:
        """Enable or disable the termination protection of a stack."""
        stack = self._stacks.named_by(call)
        stack.options["EnableTerminationProtection"] = call.get("EnableTerminationProtection")
        return {"StackId": stack.id}

    def stack(self, name_or_id: str, region: str) -> Stack:
        """Return a stack.

        Raises:
            ServiceError: It does not exist.
        """
        return self._stacks.named_by(Call(region, {"StackName": name_or_id}))

    def _deployment(self, stack: Stack) -> Deployment:
        return Deployment(stack, self._stacks, self._registry, self._endpoint)

    def _change_set(self, call: Call) -> ChangeSet:
        found = self._find_change_set(call)
        if found is None:
            name = call.parameters["ChangeSetName"]
            raise ServiceError("ChangeSetNotFound", f"ChangeSet [{name}] does not exist")
        return found

    def _find_change_set(self, call: Call) -> ChangeSet | None:
        name = call.parameters["ChangeSetName"]
        if name in self._change_sets:
            return self._change_sets[name]
        # A stack of the same name in another Region, or one deleted before, is another stack.
        stack = self._stacks.find(call.get("StackName", ""), call.region)
        own = (each for each in list(self._change_sets.values()) if each.stack is stack)
        return next((each for each in own if each.name == name), None)

    def _drop_change_sets(self, stack: Stack, but: ChangeSet | None = None) -> None:
        for change_set in list(self._change_sets.values()):
            if change_set.stack is stack and change_set is not but:
                del self._change_sets[change_set.id]


def _options(call: Call) -> dict[str, Any]:
    return {key: call.parameters[key] for key in (*_OPTIONS, "RoleARN") if key in call.parameters}


def _check_name(what: str, name: str) -> None:
    wrong = f"1 validation error detected: Value '{name}' at '{what}' failed to satisfy constraint"
    if not _NAME.fullmatch(name):
        raise invalid(f"{wrong}: Member must satisfy regular expression pattern: {_NAME.pattern}")
    if len(name) > _LONGEST_NAME:
        raise invalid(f"{wrong}: Member must have length less than or equal to {_LONGEST_NAME}")


def _check_updatable(stack: Stack) -> None:
    if not stack.status.endswith("_COMPLETE") or stack.status == "ROLLBACK_COMPLETE":
        raise invalid(f"Stack:{stack.id} is in {stack.status} state and can not be updated.")
