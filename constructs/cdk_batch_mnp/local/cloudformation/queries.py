"""What CloudFormation tells of stacks and templates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cdk_batch_mnp.local.cloudformation import template as templates
from cdk_batch_mnp.local.cloudformation.desired import DesiredReader, needed_capability
from cdk_batch_mnp.local.cloudformation.stacks import Stacks
from cdk_batch_mnp.local.cloudformation.structure import invalid
from cdk_batch_mnp.local.protocol import Call, Handler


class Queries:
    """The operations that change nothing.

    Args:
        stacks: What to tell of.
        reader: Reads templates that are no stack yet.
    """

    def __init__(self, stacks: Stacks, reader: DesiredReader) -> None:
        self._stacks = stacks
        self._reader = reader

    @property
    def handlers(self) -> dict[str, Handler]:
        """What answers, by operation."""
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
        """Give a stack, or all that exist."""
        if "StackName" in call.parameters:
            return {"Stacks": [self._stacks.named_by(call).describe()]}
        return {"Stacks": [each.describe() for each in self._stacks.existing(call.region)]}

    def list_stacks(self, call: Call) -> Mapping[str, Any]:
        """Give all stacks, deleted ones too, or those in some states."""
        wanted = call.get("StackStatusFilter", [])
        return {
            "StackSummaries": [
                each.describe()
                for each in self._stacks.all(call.region)
                if not wanted or each.status in wanted
            ]
        }

    def describe_stack_events(self, call: Call) -> Mapping[str, Any]:
        """Give the events of a stack, newest first."""
        return {"StackEvents": self._stacks.named_by(call).events[::-1]}

    def describe_stack_resource(self, call: Call) -> Mapping[str, Any]:
        """Give a resource of a stack."""
        stack, name = self._stacks.named_by(call), call.parameters["LogicalResourceId"]
        resource = stack.resources.get(name)  # once: a deployment may take it away in between
        if resource is None:
            raise invalid(f"Resource {name} does not exist for stack {stack.name}")
        return {"StackResourceDetail": stack.describe_resource(resource)}

    def describe_stack_resources(self, call: Call) -> Mapping[str, Any]:
        """Give the resources of a stack, or of the stack that has a physical resource."""
        physical_id, name = call.get("PhysicalResourceId"), call.get("LogicalResourceId")
        if "StackName" in call.parameters:
            stacks = [self._stacks.named_by(call)]
        else:
            stacks = self._stacks.existing(call.region)
        return {
            "StackResources": [
                stack.describe_resource(each)
                for stack in stacks
                for each in list(stack.resources.values())
                if name in {None, each.logical_id}
                and physical_id in {None, each.provided.physical_id}
            ]
        }

    def list_stack_resources(self, call: Call) -> Mapping[str, Any]:
        """Give the resources of a stack in short."""
        stack = self._stacks.named_by(call)
        resources = [stack.describe_resource(each) for each in list(stack.resources.values())]
        return {"StackResourceSummaries": resources}

    def get_template_summary(self, call: Call) -> Mapping[str, Any]:
        """Give a template's parameters, types and needed capabilities."""
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
        """Give what the stacks export."""
        return {
            "Exports": [
                {"ExportingStackId": stack.id, "Name": name, "Value": value}
                for stack in self._stacks.existing(call.region)
                for name, value in stack.exports.items()
            ]
        }

    def list_imports(self, call: Call) -> Mapping[str, Any]:
        """Give the names of the stacks that import a value."""
        name = call.parameters["ExportName"]
        if not (importers := self._stacks.importers(call.region, name)):
            raise invalid(f"Export '{name}' is not imported by any stack.")
        return {"Imports": importers}


def _on_one_page(handler: Handler) -> Handler:
    """Refuse tokens of further pages: every answer fits on one, so none was handed out."""

    def handle(call: Call) -> Mapping[str, Any] | None:
        if "NextToken" in call.parameters:
            raise invalid(f"NextToken {call.parameters['NextToken']!r} is not valid")
        return handler(call)

    return handle
