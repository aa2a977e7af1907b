"""Find undefined references, for which CloudFormation rejects the whole template.

Source: CloudFormation Template Reference, Ref, Fn::GetAtt and Fn::Sub.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cdk_batch_mnp.lazy.pattern import pattern
from cdk_batch_mnp.template.evaluation.stack import Stack
from cdk_batch_mnp.template.source.document import Step
from cdk_batch_mnp.template.source.errors import TemplateError
from cdk_batch_mnp.template.source.limits import (
    MAX_CANDIDATES,
    MAX_COMPARED_LENGTH,
    MAX_SUGGESTIONS,
    MAX_UNDEFINED,
)

_BATCH = "AWS::Batch::"
_PSEUDO = "AWS::"
_READ = ("Properties", "DependsOn")
_EXPANDED = ("Fn::Transform", "Fn::ForEach")
_VARIABLE = pattern(r"\$\{([A-Za-z0-9]+)(\.[^{}]*)?\}")
_LOGICAL_ID = pattern(r"[A-Za-z0-9]+")

Reference = tuple[str, tuple[Step, ...]]
"""A name and the path of the reference."""


class _ExpandedError(Exception):
    """A macro or a loop may add names."""


def dangling_references(stack: Stack) -> list[TemplateError]:
    """Return an error for each name that is neither a parameter nor a resource of the template.

    Returns nothing if a transform, a module, a macro or a loop may add names, or if the template
    has no AWS Batch resources. A resource with a false condition counts as defined.
    """
    data = stack.document.data
    resources = data.get("Resources")
    if not isinstance(resources, Mapping) or not stack.is_whole or "Transform" in data:
        return []
    if not any(resource.type.startswith(_BATCH) for resource in stack.resources.values()):
        return []
    names = {*resources, *_names(data.get("Parameters"))}
    try:
        references = list(_references(data))
    except _ExpandedError:
        return []
    candidates = sorted(each for each in names if len(each) <= MAX_COMPARED_LENGTH)
    found: list[TemplateError] = []
    more = 0
    for name, path in references:
        if name in names or name.startswith(_PSEUDO) or not _LOGICAL_ID.fullmatch(name):
            continue
        names.add(name)  # One error for each name.
        if len(found) == MAX_UNDEFINED:
            more += 1
            continue
        near = _near(name, candidates) if len(found) < MAX_SUGGESTIONS else []
        position = stack.document.position(path)
        found.append(
            TemplateError(
                stack.document.file,
                f"refers to {name}, which is neither a parameter nor a resource of the template"
                + (f"; did you mean {near[0]}?" if near else ""),
                position.line if position else None,
            )
        )
    if more:
        found.append(
            TemplateError(
                stack.document.file,
                f"refers to {more} more names that are neither parameters nor resources",
            )
        )
    return found


def _near(name: str, candidates: list[str]) -> list[str]:
    if len(name) > MAX_COMPARED_LENGTH or len(candidates) > MAX_CANDIDATES:
        return []
    from difflib import get_close_matches  # takes milliseconds, and is rarely needed

    return get_close_matches(name, candidates, n=1)


def _names(section: Any) -> Iterator[str]:
    yield from section if isinstance(section, Mapping) else ()


def _references(data: Mapping[str, Any]) -> Iterator[Reference]:
    """Return the references in the properties of resources and the values of outputs."""
    for logical_id, body in data["Resources"].items():
        for key in _READ if isinstance(body, Mapping) else ():
            path = ("Resources", logical_id, key)
            if key == "DependsOn":
                yield from _depended_on(body.get(key), path)
            else:
                yield from _within(body.get(key), path)
    outputs = data.get("Outputs")
    for name, output in outputs.items() if isinstance(outputs, Mapping) else ():
        if name.startswith(_EXPANDED):
            raise _ExpandedError
        if isinstance(output, Mapping):
            yield from _within(output.get("Value"), ("Outputs", name, "Value"))


def _depended_on(value: Any, path: tuple[Step, ...]) -> Iterator[Reference]:
    if isinstance(value, str):
        yield value, path
    for index, item in enumerate(value if isinstance(value, list) else ()):
        if isinstance(item, str):
            yield item, (*path, index)


def _within(written: Any, place: tuple[Step, ...]) -> Iterator[Reference]:
    """Return the references anywhere in a value, in the order of the text."""
    pending: list[tuple[Any, tuple[Step, ...]]] = []
    if isinstance(written, (dict, list)):
        pending.append((written, place))
    seen: set[int] = set()  # A YAML alias is the same object again.
    while pending:
        value, path = pending.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        members: Iterable[tuple[Step, Any]]
        if isinstance(value, list):
            members = enumerate(value)
        else:
            members = value.items()
            for key in value:
                if key.startswith(_EXPANDED):
                    raise _ExpandedError
            if len(value) == 1:
                yield from _named(value, path)
        inside = [(each, (*path, step)) for step, each in members if isinstance(each, (dict, list))]
        inside.reverse()
        pending += inside


def _named(function: Mapping[str, Any], path: tuple[Step, ...]) -> Iterator[Reference]:
    """Return the names in an intrinsic function."""
    match function:
        case {"Ref": str(name)}:
            yield name, path
        case {"Fn::GetAtt": [str(name), *_]}:
            yield name, path
        case {"Fn::GetAtt": str(text)}:
            yield text.partition(".")[0], path
        case {"Fn::Sub": str(text)}:
            yield from ((found[1], path) for found in _VARIABLE.finditer(text))
        case {"Fn::Sub": [str(text), Mapping() as variables]}:
            for found in _VARIABLE.finditer(text):
                if found[0][2:-1] not in variables:
                    yield found[1], path
