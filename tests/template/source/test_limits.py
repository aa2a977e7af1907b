"""The limits of templates are in one place, and each has an effect."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from cdk_batch_mnp import template
from cdk_batch_mnp.template.source import limits

TEMPLATE = Path(str(template.__file__)).parent
LIMITS = Path(str(limits.__file__))
LIMIT = re.compile(r"_?(MAX|MOST|STEPS)_\w+")


def constants(file: Path) -> Iterator[str]:
    """The names that a module assigns."""
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))


def test_no_other_module_has_a_limit_of_its_own() -> None:
    elsewhere = [
        f"{file.relative_to(TEMPLATE)}: {name}"
        for file in sorted(TEMPLATE.rglob("*.py"))
        if file != LIMITS
        for name in constants(file)
        if LIMIT.fullmatch(name)
    ]
    assert elsewhere == []


def test_every_limit_is_used() -> None:
    text = "\n".join(
        file.read_text(encoding="utf-8") for file in TEMPLATE.rglob("*.py") if file != LIMITS
    )
    names = list(constants(LIMITS))
    assert "MAX_DEPTH" in names
    assert [name for name in names if len(re.findall(rf"\b{name}\b", text)) < 2] == []
