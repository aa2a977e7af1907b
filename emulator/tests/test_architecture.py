"""The modules of the emulator do not import each other in a circle, nor anything of the library."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import cdk_batch_mnp_emulator

PACKAGE = Path(cdk_batch_mnp_emulator.__file__).parent
TESTS = Path(__file__).parent


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            assert node.module is not None
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def modules() -> dict[str, Path]:
    return {
        ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts): path
        for path in PACKAGE.rglob("*.py")
        if path.name != "__init__.py"
    }


def test_no_modules_import_each_other_in_a_circle() -> None:
    known = modules()
    graph = {name: set(imports_of(path)) & set(known) for name, path in known.items()}
    assert len(graph) > 50
    TopologicalSorter(graph).prepare()  # raises CycleError, with the circle


def test_nothing_of_the_library_is_imported() -> None:
    found = [
        f"{name} imports {module}"
        for name, path in modules().items()
        for module in imports_of(path)
        if module.split(".")[0] in {"cdk_batch_mnp", "aws_cdk", "jsii"}
    ]
    assert found == []


def test_the_folders_of_the_tests_are_those_of_the_package() -> None:
    folders = {path.parent.relative_to(TESTS) for path in TESTS.rglob("test_*.py")}
    assert len(folders) > 3
    assert [str(folder) for folder in folders if not (PACKAGE / folder).is_dir()] == []
