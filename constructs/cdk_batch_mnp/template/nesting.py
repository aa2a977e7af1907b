"""Stacks that a template nests, as far as their templates are there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cdk_batch_mnp.model.shape import Value
from cdk_batch_mnp.template.document import Document, read_file
from cdk_batch_mnp.template.stack import NESTED_STACK, Declared, Stack, Stacks

MAX_LEVELS = 10
"""Stacks in stacks; a template that nests itself has to end somewhere."""

STACK_NAME = "AWS::StackName"

_ASSET = "aws:asset:path"
_RESOURCE_OF_NESTED = ".NestedStack/"


def add_stack(
    document: Document,
    stacks: Stacks,
    *,
    folder: Path,
    prefix: str = "",
    pseudo: Mapping[str, str] | None = None,
    given: Callable[[str], Value] | None = None,
    level: int = 0,
) -> Stack:
    """Add a stack, and those that it nests, to those that are read together.

    Args:
        document: The template.
        stacks: Those that are read together.
        folder: Where the files of nested templates are.
        prefix: Put before logical ids that have no construct path.
        pseudo: Pseudo parameters that are known.
        given: For a nested stack, the values of its parameters.
        level: How many stacks are around it.

    Raises:
        TemplateError: It cannot be read. A nested template that is there and cannot be read is
            among the ``problems`` of the stacks.
    """
    stack = Stack(document, stacks, prefix=prefix, pseudo=pseudo, given=given)
    if level >= MAX_LEVELS:
        return stack
    for resource in list(stack.resources.values()):
        with stacks.reading(document.file, f"reading the stack nested at {resource.id}"):
            _add_nested(resource, folder, level)
    return stack


def _add_nested(resource: Declared, folder: Path, level: int) -> None:
    stack = resource.stack
    file = nested_file(resource.body, folder) or _told_beside(resource, folder)
    if file is None:
        return
    prefix, logical_id = stack.prefix, resource.logical_id
    stack.nested[logical_id] = add_stack(
        read_file(file),
        stack.stacks,
        folder=file.parent,
        prefix=f"{prefix}/{logical_id}" if prefix else logical_id,
        # The name of a nested stack is made when it is deployed.
        pseudo={name: each for name, each in stack.pseudo.items() if name != STACK_NAME},
        given=_parameters(resource),
        level=level + 1,
    )


def nested_file(body: Any, folder: Path) -> Path | None:
    """Give the file of a nested stack's template, if it is there.

    The CDK names it in the metadata; before it is packaged, a template names it in its address.
    """
    if not isinstance(body, Mapping) or body.get("Type") != NESTED_STACK:
        return None
    metadata, properties = body.get("Metadata"), body.get("Properties")
    for named in (
        metadata.get(_ASSET) if isinstance(metadata, Mapping) else None,
        properties.get("TemplateURL") if isinstance(properties, Mapping) else None,
    ):
        if isinstance(named, str) and named and "://" not in named and "\0" not in named:
            file = folder / named
            if file.is_file():
                return file
    return None


def _told_beside(resource: Declared, folder: Path) -> Path | None:
    """Give the file that a cloud assembly names for the construct of a nested stack."""
    construct, found, _ = resource.id.partition(_RESOURCE_OF_NESTED)
    file = resource.stack.stacks.beside.nested.get(construct) if found else None
    return folder / file if file is not None and (folder / file).is_file() else None


def _parameters(resource: Declared) -> Callable[[str], Value]:
    """Look up what the stack around gives to a nested one, when somebody asks for it."""

    def given(name: str) -> Value:
        parameters = resource.known.raw("Parameters")
        return parameters.get(name) if isinstance(parameters, Mapping) else None

    return given
