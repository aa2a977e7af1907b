"""What the construct tree knows about resources in templates that do not name constructs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from aws_cdk import CfnElement, Stack

from cdk_batch_mnp.cdk.validation.stage_state import StageState
from cdk_batch_mnp.template.evaluation.assembly_metadata import AssemblyMetadata


def tree_metadata(states: Sequence[StageState]) -> Callable[[], AssemblyMetadata]:
    """Return a lookup of the paths of this library's constructs, by template and logical ID.

    An app can switch off both kinds of metadata that name constructs: ``aws:cdk:path`` in
    templates, and the logical IDs in the assembly. The tree is asked only when a resource without
    them is found, and once, since every answer is a round trip to Node.

    Args:
        states: The stages of the app.
    """

    @cache
    def read() -> AssemblyMetadata:
        found = AssemblyMetadata()
        stacks: dict[str, Stack] = {}
        for state in states:
            for path, registered in state.registered.items():
                stack = Stack.of(registered.resource)
                file = stack.template_file
                stacks.setdefault(file, stack)
                found.paths[file, _logical_id(stack, registered.resource)] = path
        for stack in stacks.values():
            _note_nested(stack, found)
        return found

    return read


def _note_nested(stack: Stack, found: AssemblyMetadata) -> None:
    """Note the template of a nested stack, and those of the stacks that contain it."""
    parent, resource = stack.nested_stack_parent, stack.nested_stack_resource
    if parent is None or not isinstance(resource, CfnElement):
        return
    found.nested[stack.node.path] = stack.template_file
    found.paths[parent.template_file, _logical_id(parent, resource)] = resource.node.path
    _note_nested(parent, found)


def _logical_id(stack: Stack, element: CfnElement) -> str:
    return str(stack.resolve(element.logical_id))
