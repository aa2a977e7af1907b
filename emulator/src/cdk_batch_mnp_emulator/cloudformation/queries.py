"""The read-only operations on stacks and templates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cdk_batch_mnp_emulator.cloudformation import template as templates
from cdk_batch_mnp_emulator.cloudformation.desired import DesiredReader, needed_capability
from cdk_batch_mnp_emulator.cloudformation.stacks import Stacks
from cdk_batch_mnp_emulator.cloudformation.structure import invalid
from cdk_batch_mnp_emulator.protocol import Call, Handler


class Queries:
    """The read-only operations.

    Args:
        stacks: The stacks.
        reader: Reads the templates in requests.
    """

    def __init__(self, stacks: Stacks, reader: DesiredReader) -> None:
        self._stacks = stacks
        self._reader = reader

    @property
    def handlers(self) -> dict[str, Handler]:
        """Handlers by operation."""
        handlers: dict[str, Handler] = {
            "DescribeStackEvents": self.describe_stack_events,
            "DescribeStackResource": self.describe_stack_resource,
            "DescribeStackResources": self.describe_stack_resources,
            "DescribeStacks": self.describe_stacks,
            "GetTemplateSummary": self.get_template_summary,
            "ListExports": self.list_exports,
            "ListImports": self.list_imports,
            "ListStackResources": self.list_stack_resources,
            "ListStacks": self.list_stacks,
            "ValidateTemplate": self.get_template_summary,
        }
        return {name: _on_one_page(handler) for name, handler in handlers.items()}

    def describe_stacks(self, call: Call) -> Mapping[str, Any]:
        """Return a stack, or all existing stacks."""
        if "StackName" in call.parameters:
            return {"Stacks": [self._stacks.named_by(call).describe()]}
        return {"Stacks": [each.describe() for each in self._stacks.existing(call.region)]}

    def list_stacks(self, call: Call) -> Mapping[str, Any]:
        """Return all stacks, including deleted ones, or those with some statuses."""
        wanted = call.get("StackStatusFilter", [])
        return {
            "StackSummaries": [
                stack.describe()
                for stack in self._stacks.all(call.region)
                if not wanted or stack.status in wanted
            ]
        }

    def describe_stack_events(self, call: Call) -> Mapping[str, Any]:
        """Return the events of a stack, newest first."""
        return {"StackEvents": self._stacks.named_by(call).events[::-1]}

    def describe_stack_resource(self, call: Call) -> Mapping[str, Any]:
        """Return a resource of a stack."""
        stack, name = self._stacks.named_by(call), call.parameters["LogicalResourceId"]
        resource = stack.resources.get(
            name
        )  # read once, because a deployment may remove it meanwhile
        if resource is None:
            raise invalid(f"Resource {name} does not exist for stack {stack.name}")
        return {"StackResourceDetail": stack.describe_resource(resource)}

    def describe_stack_resources(self, call: Call) -> Mapping[str, Any]:
        """Return the resources of a stack, or of the stack that has a physical resource."""
        physical_id, name = call.get("PhysicalResourceId"), call.get("LogicalResourceId")
        if "StackName" in call.parameters:
            stacks = [self._stacks.named_by(call)]
        else:
            stacks = self._stacks.existing(call.region)
        return {
            "StackResources": [
                stack.describe_resource(resource)
                for stack in stacks
                for resource in list(stack.resources.values())
                if name in {None, resource.logical_id}
                and physical_id in {None, resource.provided.physical_id}
            ]
        }

    def list_stack_resources(self, call: Call) -> Mapping[str, Any]:
        """Return summaries of the resources of a stack."""
        stack = self._stacks.named_by(call)
        resources = [stack.describe_resource(each) for each in list(stack.resources.values())]
        return {"StackResourceSummaries": resources}

    def get_template_summary(self, call: Call) -> Mapping[str, Any]:
        """Return the parameters, resource types and required capabilities of a template."""
        if call.get("TemplateBody") or call.get("TemplateURL"):
            template = templates.parse(self._reader.body(call, None))
        else:
            template = self._stacks.named_by(call).template
        capability = needed_capability(template)
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
        """Return the exports of all stacks."""
        return {
            "Exports": [
                {"ExportingStackId": stack.id, "Name": name, "Value": value}
                for stack in self._stacks.existing(call.region)
                for name, value in stack.exports.items()
            ]
        }

    def list_imports(self, call: Call) -> Mapping[str, Any]:
        """Return the names of the stacks that import a value."""
        name = call.parameters["ExportName"]
        if not (importers := self._stacks.importers(call.region, name)):
            raise invalid(f"Export '{name}' is not imported by any stack.")
        return {"Imports": importers}


def _on_one_page(handler: Handler) -> Handler:
    """Reject page tokens: every response fits on one page, so no token was ever returned."""

    def handle(call: Call) -> Mapping[str, Any] | None:
        if "NextToken" in call.parameters:
            raise invalid(f"NextToken {call.parameters['NextToken']!r} is not valid")
        return handler(call)

    return handle
