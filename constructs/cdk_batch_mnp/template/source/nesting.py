"""Nested stacks whose templates are available."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cdk_batch_mnp.model.api_struct import Value
from cdk_batch_mnp.template.evaluation.stack import NESTED_STACK, Stack, TemplateResource
from cdk_batch_mnp.template.evaluation.stacks import Stacks
from cdk_batch_mnp.template.source.document import Document
from cdk_batch_mnp.template.source.errors import TemplateError
from cdk_batch_mnp.template.source.limits import MAX_LEVELS
from cdk_batch_mnp.template.source.opening import is_inside, nested_in, real

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
    parents: tuple[str, ...] = (),
) -> Stack:
    """Add a stack and its nested stacks to those that are checked together.

    Args:
        document: The template.
        stacks: The stacks that are checked together.
        folder: Folder of the nested templates' files.
        root: Folder that must contain every nested template. Default: the current folder, or that
            of the template if it is elsewhere.
        prefix: Prefix of logical IDs without a construct path.
        pseudo: Known pseudo parameters.
        given: For a nested stack, the values of its parameters.
        parents: Files of the stacks that nest it.

    Raises:
        TemplateError: It cannot be read. A nested template that cannot be read, nests itself or is
            nested too deeply is among the ``problems`` of the stacks.
    """
    stack = Stack(document, stacks, prefix=prefix, pseudo=pseudo, given=given)
    root = root or root_of(folder)
    parents = (*parents, real(document.file))
    for resource in list(stack.resources.values()):
        if resource.type != NESTED_STACK:
            continue
        with stacks.reading(document.file, f"reading the stack nested at {resource.id}"):
            _add_nested(resource, stacks, folder, root, parents)
    return stack


def _add_nested(
    resource: TemplateResource, stacks: Stacks, folder: Path, root: Path, parents: tuple[str, ...]
) -> None:
    stack = resource.stack
    if resource.type != NESTED_STACK:
        return
    file = nested_file(resource.body, folder, root) or _file_from_assembly(resource, folder, root)
    if file is None:
        named = _asset(resource.body)
        if named and stack.stacks.assembly.has_files:
            raise TemplateError(
                stack.document.file,
                f"has no file {named}, the template of the stack nested at {resource.id}",
            )
        return
    if real(file) in parents:
        raise TemplateError(
            stack.document.file,
            f"nests itself: {resource.logical_id} refers to {file}, which contains it",
        )
    if len(parents) > MAX_LEVELS:
        raise TemplateError(
            stack.document.file,
            f"nests stacks more than {MAX_LEVELS} levels deep",
        )
    prefix, logical_id = stack.prefix, resource.logical_id
    stack.nested[logical_id] = add_stack(
        stacks.options.reader.read(file, root=root),
        stacks,
        folder=file.parent,
        root=root,
        prefix=f"{prefix}/{logical_id}" if prefix else logical_id,
        # The name of a nested stack is generated at deployment.
        pseudo={name: each for name, each in stack.pseudo.items() if name != STACK_NAME},
        given=_parameters(resource),
        parents=parents,
    )


def root_of(folder: Path) -> Path:
    """Return the folder that must contain the nested templates of a folder's templates."""
    try:
        here = Path.cwd()
    except OSError:  # it was deleted
        return folder
    return here if real(folder) == real(here) or is_inside(folder, here) else folder


def nested_file(body: Any, folder: Path, root: Path) -> Path | None:
    """Return the file of a nested stack's template, if it is available.

    The CDK names it in the Metadata; an unpackaged template names it in its ``TemplateURL``.
    """
    if not isinstance(body, Mapping) or body.get("Type") != NESTED_STACK:
        return None
    properties = body.get("Properties")
    for named in (
        _asset(body),
        properties.get("TemplateURL") if isinstance(properties, Mapping) else None,
    ):
        if isinstance(named, str) and named:
            file = nested_in(folder, named, root)
            if file is not None:
                return file
    return None


def _asset(body: Mapping[str, Any]) -> object:
    metadata = body.get("Metadata")
    return metadata.get(_ASSET) if isinstance(metadata, Mapping) else None


def _file_from_assembly(resource: TemplateResource, folder: Path, root: Path) -> Path | None:
    """Return the file that a cloud assembly names for the construct of a nested stack."""
    construct, found, _ = resource.id.partition(_RESOURCE_OF_NESTED)
    file = resource.stack.stacks.assembly.template_of(construct) if found else None
    return nested_in(folder, file, root) if file is not None else None


def _parameters(resource: TemplateResource) -> Callable[[str], Value]:
    """Return a lookup of the parameters that a nested stack gets, resolved when needed."""

    def given(name: str) -> Value:
        parameters = resource.known.raw("Parameters")
        return parameters.get(name) if isinstance(parameters, Mapping) else None

    return given
