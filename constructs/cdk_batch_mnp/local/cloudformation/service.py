"""CloudFormation as a service that answers requests."""

from __future__ import annotations

import re
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from botocore.exceptions import ClientError

from cdk_batch_mnp.local.account import arn
from cdk_batch_mnp.local.cloudformation import template as templates
from cdk_batch_mnp.local.cloudformation.deployment import Deployment, Desired
from cdk_batch_mnp.local.cloudformation.providers.registry import Registry
from cdk_batch_mnp.local.cloudformation.stack import Stack, now
from cdk_batch_mnp.local.cloudformation.template import invalid
from cdk_batch_mnp.local.endpoint import Endpoint
from cdk_batch_mnp.local.errors import ServiceError
from cdk_batch_mnp.local.protocol import ApiService, Call

_OPTIONS = ("Capabilities", "DisableRollback", "EnableTerminationProtection", "NotificationARNs")
_NAMED_HOST = re.compile(r"(?P<bucket>.+)\.s3[.-][a-z0-9.-]*amazonaws\.com(\.cn)?")
_NO_CHANGES = (
    "The submitted information didn't contain changes. Submit different information to create a "
    "change set."
)


@dataclass(slots=True)
class ChangeSet:
    """A change that may be executed, and what it would do.

    Attributes:
        changes: As DescribeChangeSet gives them.
    """

    name: str
    id: str
    stack: Stack
    type: str
    desired: Desired
    options: dict[str, Any]
    description: str
    changes: list[dict[str, Any]]
    status: str = "CREATE_COMPLETE"
    execution_status: str = "AVAILABLE"
    status_reason: str = ""
    created: datetime = field(default_factory=now)

    def describe(self) -> dict[str, Any]:
        """Give the change set as DescribeChangeSet does."""
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
        """Give the change set as ListChangeSets does."""
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


class CloudFormation:
    """Stacks and change sets of every Region.

    Args:
        endpoint: Where templates, parameters and zones are read, and resources are created.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._stacks: list[Stack] = []
        self._change_sets: dict[str, ChangeSet] = {}
        self._registry = Registry(self)
        # One deployment at a time. It calls other services of this server, never this one.
        self._lock = threading.RLock()

    def service(self) -> ApiService:
        """Give what answers requests."""
        return ApiService(
            "cloudformation",
            {
                "CreateChangeSet": self.create_change_set,
                "CreateStack": self.create_stack,
                "DeleteChangeSet": self.delete_change_set,
                "DeleteStack": self.delete_stack,
                "DescribeChangeSet": lambda call: self._change_set(call).describe(),
                "DescribeStackEvents": self.describe_stack_events,
                "DescribeStackResource": self.describe_stack_resource,
                "DescribeStackResources": self.describe_stack_resources,
                "DescribeStacks": self.describe_stacks,
                "ExecuteChangeSet": self.execute_change_set,
                "GetTemplate": self.get_template,
                "GetTemplateSummary": self.get_template_summary,
                "ListChangeSets": self.list_change_sets,
                "ListExports": self.list_exports,
                "ListImports": self.list_imports,
                "ListStackResources": self.list_stack_resources,
                "ListStacks": self.list_stacks,
                "UpdateStack": self.update_stack,
                "UpdateTerminationProtection": self.update_termination_protection,
                "ValidateTemplate": self.get_template_summary,
            },
            refusal="ValidationError",
            is_whole=True,
        )

    def create_stack(self, call: Call) -> Mapping[str, Any]:
        """Create a stack; the answer comes when it has been created or rolled back."""
        with self._lock:
            name = call.parameters["StackName"]
            if self._find(name, call.region) is not None:
                raise ServiceError("AlreadyExistsException", f"Stack [{name}] already exists")
            desired = self._desired(call, None)
            stack = Stack(name, call.region, options=_options(call))
            if call.get("OnFailure") == "DO_NOTHING":
                stack.options["DisableRollback"] = True
            self._stacks.append(stack)
            self._deployment(stack).create(desired)
            return {"StackId": stack.id}

    def update_stack(self, call: Call) -> Mapping[str, Any]:
        """Update a stack; the answer comes when it has been updated or rolled back."""
        with self._lock:
            stack = self._stack(call)
            desired = self._desired(call, stack)
            if not _differs(stack, desired):
                raise invalid("No updates are to be performed.")
            _check_updatable(stack)
            stack.options |= _options(call)
            self._deployment(stack).update(desired)
            return {"StackId": stack.id}

    def delete_stack(self, call: Call) -> None:
        """Delete a stack; one that does not exist is deleted already."""
        with self._lock:
            stack = self._find(call.parameters["StackName"], call.region)
            if stack is None:
                return
            if stack.options.get("EnableTerminationProtection"):
                raise invalid(
                    f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled"
                )
            self._deployment(stack).delete()

    def create_change_set(self, call: Call) -> Mapping[str, Any]:
        """Work out what a template would change."""
        with self._lock:
            name, type = call.parameters["StackName"], call.get("ChangeSetType", "UPDATE")
            stack = self._find(name, call.region)
            if type == "CREATE":
                if stack is not None and stack.status != "REVIEW_IN_PROGRESS":
                    raise invalid(f"Stack [{name}] already exists and cannot be created again")
                desired = self._desired(call, None)
                if stack is None:
                    stack = Stack(name, call.region, options=_options(call))
                    self._stacks.append(stack)
                    stack.move_to("REVIEW_IN_PROGRESS", "User Initiated")
            elif stack is None:
                raise invalid(f"Stack [{name}] does not exist")
            else:
                desired = self._desired(call, stack)
                _check_updatable(stack)
            own_name = call.parameters["ChangeSetName"]
            change_set = ChangeSet(
                name=own_name,
                id=arn("cloudformation", call.region, f"changeSet/{own_name}/{uuid.uuid4()}"),
                stack=stack,
                type=type,
                desired=desired,
                options=_options(call),
                description=call.get("Description", ""),
                changes=_changes(stack, desired),
            )
            if type != "CREATE" and not _differs(stack, desired):
                change_set.status, change_set.status_reason = "FAILED", _NO_CHANGES
                change_set.execution_status = "UNAVAILABLE"
            self._change_sets[change_set.id] = change_set
            return {"Id": change_set.id, "StackId": stack.id}

    def execute_change_set(self, call: Call) -> None:
        """Do what a change set says; the answer comes when it is done or undone."""
        with self._lock:
            change_set = self._change_set(call)
            if change_set.execution_status != "AVAILABLE":
                raise ServiceError(
                    "InvalidChangeSetStatus",
                    f"ChangeSet [{change_set.id}] cannot be executed in its current status of "
                    f"[{change_set.status}]",
                )
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
        """Forget a change set; one that does not exist is forgotten already."""
        found = self._find_change_set(call)
        if found is not None:
            del self._change_sets[found.id]

    def list_change_sets(self, call: Call) -> Mapping[str, Any]:
        """Give the change sets of a stack."""
        stack = self._stack(call)
        own = [each for each in self._change_sets.values() if each.stack is stack]
        return {"Summaries": [each.summary() for each in own]}

    def describe_stacks(self, call: Call) -> Mapping[str, Any]:
        """Give a stack, or all that exist."""
        if "StackName" in call.parameters:
            return {"Stacks": [self._stack(call).describe()]}
        return {"Stacks": [each.describe() for each in self._existing(call.region)]}

    def list_stacks(self, call: Call) -> Mapping[str, Any]:
        """Give all stacks, deleted ones too, or those in some states."""
        wanted = call.get("StackStatusFilter", [])
        return {
            "StackSummaries": [
                each.describe()
                for each in self._stacks
                if each.region == call.region and (not wanted or each.status in wanted)
            ]
        }

    def describe_stack_events(self, call: Call) -> Mapping[str, Any]:
        """Give the events of a stack, newest first."""
        return {"StackEvents": self._stack(call).events[::-1]}

    def describe_stack_resource(self, call: Call) -> Mapping[str, Any]:
        """Give a resource of a stack."""
        stack, name = self._stack(call), call.parameters["LogicalResourceId"]
        if name not in stack.resources:
            raise invalid(f"Resource {name} does not exist for stack {stack.name}")
        return {"StackResourceDetail": stack.describe_resource(stack.resources[name])}

    def describe_stack_resources(self, call: Call) -> Mapping[str, Any]:
        """Give the resources of a stack, or of the stack that has a physical resource."""
        physical_id, name = call.get("PhysicalResourceId"), call.get("LogicalResourceId")
        if "StackName" in call.parameters:
            stacks = [self._stack(call)]
        else:
            stacks = self._existing(call.region)
        return {
            "StackResources": [
                stack.describe_resource(each)
                for stack in stacks
                for each in stack.resources.values()
                if name in {None, each.logical_id}
                and physical_id in {None, each.provided.physical_id}
            ]
        }

    def list_stack_resources(self, call: Call) -> Mapping[str, Any]:
        """Give the resources of a stack in short."""
        stack = self._stack(call)
        resources = [stack.describe_resource(each) for each in stack.resources.values()]
        return {"StackResourceSummaries": resources}

    def get_template(self, call: Call) -> Mapping[str, Any]:
        """Give the text of a template."""
        if "ChangeSetName" in call.parameters:
            body = self._change_set(call).desired.body
        else:
            body = self._stack(call).body
        return {"TemplateBody": body, "StagesAvailable": ["Original", "Processed"]}

    def get_template_summary(self, call: Call) -> Mapping[str, Any]:
        """Give a template's parameters, types and needed capabilities."""
        if call.get("TemplateBody") or call.get("TemplateURL"):
            template = templates.parse(self._body(call, None))
        else:
            template = self._stack(call).template
        capability = _needed_capability(template)
        return {
            "Description": template.get("Description", ""),
            "ResourceTypes": sorted({each["Type"] for each in template["Resources"].values()}),
            "Capabilities": [capability] if capability else [],
            "Parameters": [
                {
                    "ParameterKey": name,
                    "ParameterType": slot.get("Type", "String"),
                    "Description": slot.get("Description", ""),
                    "NoEcho": slot.get("NoEcho", False),
                    **({"DefaultValue": str(slot["Default"])} if "Default" in slot else {}),
                }
                for name, slot in template.get("Parameters", {}).items()
            ],
        }

    def list_exports(self, call: Call) -> Mapping[str, Any]:
        """Give what the stacks export."""
        return {
            "Exports": [
                {"ExportingStackId": stack.id, "Name": name, "Value": value}
                for stack in self._existing(call.region)
                for name, value in stack.exports.items()
            ]
        }

    def list_imports(self, call: Call) -> Mapping[str, Any]:
        """Give the names of the stacks that import a value."""
        name = call.parameters["ExportName"]
        if not (importers := self._importers(call.region, name)):
            raise invalid(f"Export '{name}' is not imported by any stack.")
        return {"Imports": importers}

    def update_termination_protection(self, call: Call) -> Mapping[str, Any]:
        """Protect a stack from deletion, or no longer."""
        stack = self._stack(call)
        stack.options["EnableTerminationProtection"] = call.get("EnableTerminationProtection")
        return {"StackId": stack.id}

    def _desired(self, call: Call, stack: Stack | None) -> Desired:
        body = self._body(call, stack)
        template = templates.parse(body)
        needed = _needed_capability(template)
        # To name roles is more than to make them, so the greater capability is enough.
        if needed and not {needed, "CAPABILITY_NAMED_IAM"} & set(call.get("Capabilities", [])):
            raise ServiceError(
                "InsufficientCapabilitiesException", f"Requires capabilities : [{needed}]"
            )
        before = stack.parameters if stack is not None else {}
        parameters = {}
        for each in call.get("Parameters", []):
            key = each["ParameterKey"]
            if not each.get("UsePreviousValue"):
                parameters[key] = each.get("ParameterValue", "")
            elif key in before:
                parameters[key] = before[key]
        tags = {each["Key"]: each["Value"] for each in call.get("Tags", [])}
        if "Tags" not in call.parameters and stack is not None:
            tags = stack.tags
        return Desired(
            body=body,
            template=template,
            parameters=parameters,
            resolved=templates.resolve_parameters(
                template, parameters, lambda name: self._read_ssm(name, call.region)
            ),
            tags=tags,
        )

    def _body(self, call: Call, stack: Stack | None) -> str:
        if "TemplateBody" in call.parameters:
            return str(call.parameters["TemplateBody"])
        if "TemplateURL" in call.parameters:
            return self._read_template(call.parameters["TemplateURL"], call.region)
        if call.get("UsePreviousTemplate") and stack is not None:
            return stack.body
        raise invalid("Either Template URL or Template Body must be specified.")

    def _read_template(self, url: str, region: str) -> str:
        parts = urlsplit(url)
        path = unquote(parts.path).lstrip("/")
        match = _NAMED_HOST.fullmatch(parts.hostname or "")
        bucket, _, key = (match["bucket"], "", path) if match else path.partition("/")
        try:
            found = self._endpoint.client("s3", region).get_object(Bucket=bucket, Key=key)
        except ClientError as error:
            raise invalid(f"S3 error: {error.response['Error']['Message']} ({url})") from None
        return str(found["Body"].read().decode())

    def _read_ssm(self, name: str, region: str) -> str:
        try:
            found = self._endpoint.client("ssm", region).get_parameter(Name=name)
        except ClientError:
            raise invalid(
                f"Unable to fetch parameters [{name}] from parameter store for this account."
            ) from None
        return str(found["Parameter"]["Value"])

    def _zones(self, region: str) -> list[str]:
        found = self._endpoint.client("ec2", region).describe_availability_zones()
        return sorted(each["ZoneName"] for each in found["AvailabilityZones"])

    def _deployment(self, stack: Stack) -> Deployment:
        def exported(name: str) -> Any:
            for each in self._existing(stack.region):
                if name in each.exports:
                    return each.exports[name]
            raise invalid(f"No export named {name} found.")

        def exporter(name: str) -> str | None:
            owners = (each.name for each in self._existing(stack.region) if name in each.exports)
            return next(owners, None)

        return Deployment(
            stack=stack,
            registry=self._registry,
            endpoint=self._endpoint,
            zones=self._zones,
            exported=exported,
            importers=lambda name: self._importers(stack.region, name),
            exporter=exporter,
        )

    def _importers(self, region: str, name: str) -> list[str]:
        return [each.name for each in self._existing(region) if name in each.imports]

    def _existing(self, region: str) -> list[Stack]:
        return [each for each in self._stacks if each.region == region and each.exists]

    def _find(self, name_or_id: str, region: str) -> Stack | None:
        for each in self._stacks:
            if each.id == name_or_id:
                return each
        named = (each for each in self._existing(region) if each.name == name_or_id)
        return next(named, None)

    def _stack(self, call: Call) -> Stack:
        name = call.get("StackName", "")
        found = self._find(name, call.region)
        if found is None:
            raise invalid(f"Stack with id {name} does not exist")
        return found

    def _change_set(self, call: Call) -> ChangeSet:
        found = self._find_change_set(call)
        if found is None:
            name = call.parameters["ChangeSetName"]
            raise ServiceError("ChangeSetNotFound", f"ChangeSet [{name}] does not exist")
        return found

    def _find_change_set(self, call: Call) -> ChangeSet | None:
        name = call.parameters["ChangeSetName"]
        for each in reversed(self._change_sets.values()):
            if name == each.id or (
                name == each.name and call.get("StackName") in {each.stack.name, each.stack.id}
            ):
                return each
        return None


def _options(call: Call) -> dict[str, Any]:
    return {key: call.parameters[key] for key in (*_OPTIONS, "RoleARN") if key in call.parameters}


def _check_updatable(stack: Stack) -> None:
    if not stack.status.endswith("_COMPLETE") or stack.status == "ROLLBACK_COMPLETE":
        raise invalid(f"Stack:{stack.id} is in {stack.status} state and can not be updated.")


def _differs(stack: Stack, desired: Desired) -> bool:
    return (stack.template, stack.resolved, stack.tags) != (
        desired.template,
        desired.resolved,
        desired.tags,
    )


def _needed_capability(template: Mapping[str, Any]) -> str | None:
    iam = [each for each in template["Resources"].values() if each["Type"].startswith("AWS::IAM::")]
    names = ("RoleName", "InstanceProfileName", "ManagedPolicyName", "UserName", "GroupName")
    if any(name in each.get("Properties", {}) for each in iam for name in names):
        return "CAPABILITY_NAMED_IAM"
    return "CAPABILITY_IAM" if iam else None


def _changes(stack: Stack, desired: Desired) -> list[dict[str, Any]]:
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
