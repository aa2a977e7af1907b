"""The modules do not import each other in a circle, and the protocol knows no socket."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import cdk_batch_mnp_launch

PACKAGE = Path(cdk_batch_mnp_launch.__file__).parent
TESTS = Path(__file__).parent
WITHOUT_INPUT_AND_OUTPUT = ("protocol.*", "meeting.roll", "verdict", "ranges")
BARRED = {"os", "socket", "select", "selectors", "subprocess", "threading", "time"}


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
        ".".join(path.relative_to(PACKAGE).with_suffix("").parts): path
        for path in PACKAGE.rglob("*.py")
        if path.name != "__init__.py"
    }


def test_no_modules_import_each_other_in_a_circle() -> None:
    known = modules()
    graph = {
        name: {
            module.partition(".")[2]
            for module in imports_of(path)
            if module.startswith("cdk_batch_mnp_launch.")
        }
        & set(known)
        for name, path in known.items()
    }
    assert len(graph) > 20
    TopologicalSorter(graph).prepare()  # raises CycleError, with the circle


@pytest.mark.parametrize("pattern", WITHOUT_INPUT_AND_OUTPUT)
def test_the_protocol_needs_no_input_and_output(pattern: str) -> None:
    paths = list(PACKAGE.glob(pattern.replace(".", "/") + ".py"))
    assert paths != []
    found = {name for path in paths for name in imports_of(path)}
    assert found & BARRED == set()


def test_the_agent_imports_nothing_of_the_package() -> None:
    found = list(imports_of(PACKAGE / "agent.py"))
    assert [name for name in found if name.startswith("cdk_batch_mnp")] == []


def test_nothing_of_the_library_is_imported() -> None:
    roots = {name.split(".")[0] for path in modules().values() for name in imports_of(path)}
    assert roots & {"cdk_batch_mnp", "cdk_batch_mnp_emulator", "aws_cdk"} == set()


def test_the_folders_of_the_tests_are_those_of_the_package() -> None:
    folders = {path.parent.relative_to(TESTS) for path in TESTS.rglob("test_*.py")}
    assert len(folders) > 3
    assert [str(folder) for folder in folders if not (PACKAGE / folder).is_dir()] == []
