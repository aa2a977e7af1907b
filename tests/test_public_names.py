"""What users import: every name, parameter and default is documented, in types that users know."""

from __future__ import annotations

import ast
import inspect
import re
import sys
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import cdk_batch_mnp
from cdk_batch_mnp import instances

EXPORTED = [
    *(getattr(cdk_batch_mnp, name) for name in cdk_batch_mnp.__all__),
    *(getattr(instances, name) for name in instances.__all__),
]


def definition_of(name: Any) -> ast.ClassDef | ast.FunctionDef:
    source = inspect.getsourcefile(inspect.unwrap(name))
    module = ast.parse(Path(str(source)).read_text(encoding="utf-8"))
    wanted = name.__name__
    (found,) = (
        node
        for node in module.body
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == wanted
    )
    return found


def with_bases(name: Any) -> list[Any]:
    """A public name, and the classes of the package that it inherits from."""
    if not inspect.isclass(name):
        return [name]
    if not typing.is_typeddict(name):
        return [kind for kind in name.__mro__ if kind.__module__.startswith("cdk_batch_mnp")]
    # A TypedDict does not know its bases before Python 3.12.
    definition, module = definition_of(name), sys.modules[name.__module__]
    assert isinstance(definition, ast.ClassDef)
    bases = [getattr(module, ast.unparse(base)) for base in definition.bases]
    kinds = [base for base in bases if base is not typing.TypedDict]
    return [name, *(kind for base in kinds for kind in with_bases(base))]


PUBLIC = list(dict.fromkeys(kind for name in EXPORTED for kind in with_bases(name)))
"""What is exported, and the classes that it inherits from."""
OF_THE_MODEL = re.compile(r"\b(Maybe|Unknown|UNKNOWN)\b")
"""What only rules and readers handle: values that a template does not show."""


@dataclass(frozen=True)
class Parameter:
    """A parameter, field, option or result of a public name, as its source has it."""

    place: str
    annotation: str
    has_default: bool
    documentation: str


def entries(docstring: str | None) -> dict[str, str]:
    """The entries of the sections of a docstring, by name."""
    found: dict[str, str] = {}
    for match in re.finditer(
        r"^ {4}(\*{0,2}\w+(?:, \w+)*): (.*(?:\n {8,}.*)*)", docstring or "", re.MULTILINE
    ):
        for name in match[1].split(", "):
            found.setdefault(name, " ".join(match[2].split()))
    return found


def of_function(
    function: ast.FunctionDef, place: str, docstring: str | None
) -> Iterator[Parameter]:
    documented = entries(docstring)
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults = [*[None] * (len(positional) - len(arguments.defaults)), *arguments.defaults]
    for argument, default in [
        *zip(positional, defaults, strict=True),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]:
        if argument.arg not in {"self", "cls"}:
            assert argument.annotation is not None, place
            yield Parameter(
                f"{place}({argument.arg})",
                ast.unparse(argument.annotation),
                default is not None,
                documented.get(argument.arg, ""),
            )
    if function.returns is not None:
        yield Parameter(f"{place} ->", ast.unparse(function.returns), False, "")


def of_class(node: ast.ClassDef) -> Iterator[Parameter]:
    documented = entries(ast.get_docstring(node))
    is_options = node.name.endswith("Options")
    for position, member in enumerate(node.body):
        if isinstance(member, ast.AnnAssign) and isinstance(member.target, ast.Name):
            name = member.target.id
            if name.startswith("_"):
                continue
            below = node.body[position + 1] if position + 1 < len(node.body) else None
            beside = (
                str(below.value.value)
                if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
                else ""
            )
            yield Parameter(
                f"{node.name}.{name}",
                ast.unparse(member.annotation),
                is_options or member.value is not None,
                beside or documented.get(name, ""),
            )
        elif isinstance(member, ast.FunctionDef) and member.name == "__init__":
            yield from of_function(member, node.name, ast.get_docstring(node))
        elif isinstance(member, ast.FunctionDef) and not member.name.startswith("_"):
            yield from of_function(member, f"{node.name}.{member.name}", ast.get_docstring(member))


def parameters(name: Any) -> list[Parameter]:
    node = definition_of(name)
    if isinstance(node, ast.FunctionDef):
        return list(of_function(node, node.name, ast.get_docstring(node)))
    return list(of_class(node))


@pytest.mark.parametrize("name", PUBLIC, ids=lambda each: each.__name__)
def test_no_value_that_only_rules_handle_is_in_a_public_signature(name: object) -> None:
    assert [
        parameter for parameter in parameters(name) if OF_THE_MODEL.search(parameter.annotation)
    ] == []


@pytest.mark.parametrize("name", PUBLIC, ids=lambda each: each.__name__)
def test_every_default_is_documented_by_its_behavior(name: object) -> None:
    undocumented = [
        parameter.place
        for parameter in parameters(name)
        if parameter.has_default and not re.search(r"\bDefault: .", parameter.documentation)
    ]
    assert undocumented == []


def test_every_option_of_the_constructs_is_seen() -> None:
    exported = [name for name in EXPORTED if name.__name__.endswith("Options")]
    assert len(exported) == 9
    options = [name for name in PUBLIC if name.__name__.endswith("Options")]
    seen = {parameter.place.partition(".")[2] for name in options for parameter in parameters(name)}
    assert seen == {name for option in options for name in inspect.get_annotations(option)}


def test_parameters_of_every_kind_are_seen() -> None:
    seen = {parameter.place for name in PUBLIC for parameter in parameters(name)}
    assert seen >= {
        "EfsVolume.access_point",
        "NodeContainer.gpus",
        "MnpCluster(vpc)",
        "ClusterJobs.add_job(num_nodes)",
        "MnpComputeEnvironment.volumes ->",
        "assert_mnp_valid(select)",
        "Catalogue.find(name)",
        "default_catalogue ->",
    }
