"""What the construct tree knows about resources in templates that do not name constructs."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from aws_cdk import CfnResource, NestedStack, Stack
from constructs import IConstruct

from cdk_batch_mnp.template.evaluation.assembly_metadata import AssemblyMetadata


def tree_metadata(find_root: Callable[[], IConstruct | None]) -> Callable[[], AssemblyMetadata]:
    """Return a lookup of the paths of an app's resources, by template and logical ID.

    An app can switch off both kinds of metadata that name constructs: ``aws:cdk:path`` in
    templates, and the logical IDs in the assembly. The tree is asked only when a resource without
    them is found, and once, since every answer is a round trip to Node.

    Args:
        find_root: Returns the app, ``None`` if nothing of it is looked for.
    """

    @cache
    def read() -> AssemblyMetadata:
        found = AssemblyMetadata()
        root = find_root()
        if root is not None:
            _note_resources(root, None, found)
        return found

    return read


def _note_resources(scope: IConstruct, stack: Stack | None, found: AssemblyMetadata) -> None:
    """Note the resources below a construct.

    Args:
        scope: The construct.
        stack: The stack that it is in.
        found: Where they are noted.
    """
    if isinstance(scope, Stack):
        stack = scope
        if isinstance(scope, NestedStack):
            found.nested[scope.node.path] = scope.template_file
    elif stack is not None and isinstance(scope, CfnResource):
        logical_id = str(stack.resolve(scope.logical_id))
        found.paths[stack.template_file, logical_id] = scope.node.path
    for child in scope.node.children:
        _note_resources(child, stack, found)
