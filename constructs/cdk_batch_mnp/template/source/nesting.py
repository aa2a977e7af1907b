"""Stacks that a template nests, as far as their templates are there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cdk_batch_mnp.model.shape import Value
from cdk_batch_mnp.template.evaluation.stack import NESTED_STACK, Stack, Stacks, TemplateResource
from cdk_batch_mnp.template.source.document import Document, TemplateError
from cdk_batch_mnp.template.source.opening import is_inside, nested_in, real

MAX_LEVELS = 10
"""Stacks in stacks."""

STACK_NAME = "AWS::StackName"

_ASSET = "aws:asset:path"
_RESOURCE_OF_NESTED = ".NestedStack/"


def add_stack(
    document: Document,
    stacks: Stacks,
    *,
    folder: Path,
    root: Path | None = None,
    prefix: str = "",
    pseudo: Mapping[str, str] | None = None,
    given: Callable[[str], Value] | None = None,
    around: tuple[str, ...] = (),
) -> Stack:
    """Add a stack, and those that it nests, to those that are read together.

    Args:
        document: The template.
        stacks: Those that are read together.
        folder: Where the files of nested templates are.
        root: The folder that no nested template may lie outside of; the current folder, or that of
            the template if it lies elsewhere, if left out.
        prefix: Put before logical ids that have no construct path.
        pseudo: Pseudo parameters that are known.
        given: For a nested stack, the values of its parameters.
        around: The files of the stacks around it.

    Raises:
        TemplateError: It cannot be read. A nested template that is there and cannot be read, nests
            itself or is nested too deeply is among the ``problems`` of the stacks.
    """
    stack = Stack(document, stacks, prefix=prefix, pseudo=pseudo, given=given)
    root = root or root_of(folder)
    around = (*around, real(document.file))
    for resource in list(stack.resources.values()):
        with stacks.reading(document.file, f"reading the stack nested at {resource.id}"):
            _add_nested(resource, folder, root, around)
    return stack


def _add_nested(
    resource: TemplateResource, folder: Path, root: Path, around: tuple[str, ...]
) -> None:
    stack = resource.stack
    file = nested_file(resource.body, folder, root) or _told_beside(resource, folder, root)
    if file is None:
        return
    if real(file) in around:
        raise TemplateError(
            stack.document.file,
            f"nests itself: {resource.logical_id} leads to {file}, around it",
        )
    if len(around) > MAX_LEVELS:
        raise TemplateError(
            stack.document.file,
            f"is nested in more than {MAX_LEVELS} stacks, and nests another",
        )
    prefix, logical_id = stack.prefix, resource.logical_id
    stack.nested[logical_id] = add_stack(
        stack.stacks.options.reader.read(file, root=root),
        stack.stacks,
        folder=file.parent,
        root=root,
        prefix=f"{prefix}/{logical_id}" if prefix else logical_id,
        # The name of a nested stack is made when it is deployed.
        pseudo={name: each for name, each in stack.pseudo.items() if name != STACK_NAME},
        given=_parameters(resource),
        around=around,
    )


def root_of(folder: Path) -> Path:
    """Return the folder that the nested templates of a folder's templates may be in."""
    try:
        here = Path.cwd()
    except OSError:  # it was deleted meanwhile
        return folder
    return here if real(folder) == real(here) or is_inside(folder, here) else folder


def nested_file(body: Any, folder: Path, root: Path) -> Path | None:
    """Return the file of a nested stack's template, if it is there.

    The CDK names it in the metadata; before it is packaged, a template names it in its address.
    """
    if not isinstance(body, Mapping) or body.get("Type") != NESTED_STACK:
        return None
    metadata, properties = body.get("Metadata"), body.get("Properties")
    for named in (
        metadata.get(_ASSET) if isinstance(metadata, Mapping) else None,
        properties.get("TemplateURL") if isinstance(properties, Mapping) else None,
    ):
        if isinstance(named, str) and named:
            file = nested_in(folder, named, root)
            if file is not None:
                return file
    return None


def _told_beside(resource: TemplateResource, folder: Path, root: Path) -> Path | None:
    """Return the file that a cloud assembly names for the construct of a nested stack."""
    construct, found, _ = resource.id.partition(_RESOURCE_OF_NESTED)
    file = resource.stack.stacks.beside.nested.get(construct) if found else None
    return nested_in(folder, file, root) if file is not None else None


def _parameters(resource: TemplateResource) -> Callable[[str], Value]:
    """Look up what the stack around gives to a nested one, when somebody asks for it."""

    def given(name: str) -> Value:
        parameters = resource.known.raw("Parameters")
        return parameters.get(name) if isinstance(parameters, Mapping) else None

    return given
