"""Dependencies of the package point inward only."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import cdk_batch_mnp

PACKAGE = Path(cdk_batch_mnp.__file__).parent

MAY_IMPORT: dict[str, set[str]] = {
    "lazy": set(),
    "files": set(),
    "model": {"lazy"},
    "instances": {"files", "lazy"},
    "engine": {"model", "instances", "lazy"},
    "rules": {"engine", "model", "instances", "lazy"},
    "template": {"rules", "engine", "model", "instances", "files", "lazy"},
    "cdk": {"template", "rules", "engine", "model", "instances", "lazy"},
    "operate": {"rules", "engine", "model", "instances", "lazy"},
    "cli": {
        "lazy",
        "files",
        "operate",
        "template",
        "cdk",
        "rules",
        "engine",
        "model",
        "instances",
    },
}
"""Which parts of the package each part may import, beside itself."""

WITHOUT_AWS = ("lazy", "files", "model", "instances", "engine", "rules", "template")
"""Parts that check templates where there is no Node, no CDK and no AWS."""

AWS = {"aws_cdk", "constructs", "jsii", "boto3", "botocore", "moto"}

EMULATOR = PACKAGE.parent.parent / "emulator"

TESTS = Path(__file__).parent

SUBJECTS = {
    *("benchmarks", "clients", "corpus", "docs", "documented", "end_to_end", "examples"),
    *("faults", "packaging", "stacks", "synthesis", "tools"),
}
"""Folders of tests about more than one module of the package. All others mirror the package."""

NOT_OURS = {"node_modules", "build", "dist", "cdk.out"}
"""Folders that tools write."""

MAX_LINES = 450
"""A file that is longer has more than one subject."""

PARTS = sorted(part.name for part in PACKAGE.iterdir() if (part / "__init__.py").exists())


@cache
def import_statements(path: Path) -> tuple[ast.Import | ast.ImportFrom, ...]:
    """Every import of a file, wherever in the file: in functions and for types too."""
    return tuple(
        node
        for node in statements(ast.parse(path.read_text()))
        if isinstance(node, (ast.Import, ast.ImportFrom))
    )


def statements(tree: ast.Module) -> Iterator[ast.AST]:
    """Every statement of a module, without the expressions in it, of which there are many more."""
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        yield node
        # Handlers of exceptions and cases of a match are no statements, and have some.
        for field in ("body", "orelse", "finalbody", "handlers", "cases"):
            inside = getattr(node, field, None)
            # The body of a lambda and of a conditional expression is an expression.
            pending += inside if isinstance(inside, list) else []


def test_imports_are_found_in_every_statement() -> None:
    source = """
import a
if x: import b
elif y: import c
else: import d
for x in y: import e
else: import f
while x: import g
with x: import h
try: import i
except E: import j
else: import k
finally: import l
match x:
    case 1: import m
class C:
    async def f():
        async with x: import n
        async for x in y: import o
"""
    found = [
        alias.name
        for node in statements(ast.parse(source))
        if isinstance(node, ast.Import)
        for alias in node.names
    ]
    assert sorted(found) == list("abcdefghijklmno")


def imports_of(path: Path) -> Iterator[str]:
    """Every module that a file imports."""
    for node in import_statements(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        else:
            assert node.level == 0, f"{path}: imports are absolute"
            assert node.module is not None
            yield node.module


def imports_of_part(part: str) -> Iterator[tuple[Path, str]]:
    for path in sorted((PACKAGE / part).rglob("*.py")):
        for module in imports_of(path):
            yield path.relative_to(PACKAGE), module


def test_every_part_of_the_package_is_known_here() -> None:
    assert set(PARTS) <= set(MAY_IMPORT)


@pytest.mark.parametrize("part", PARTS)
def test_arrows_point_inward(part: str) -> None:
    allowed = MAY_IMPORT[part] | {part}
    outward = [
        f"{path} imports {module}"
        for path, module in imports_of_part(part)
        if module.startswith("cdk_batch_mnp.") and module.split(".")[1] not in allowed
    ]
    assert outward == []


def dependencies() -> dict[str, set[str]]:
    """For each module of the package, those that it imports: also in functions, and for types."""
    modules = {
        ".".join(("cdk_batch_mnp", *path.relative_to(PACKAGE).with_suffix("").parts)): path
        for path in sorted(PACKAGE.rglob("*.py"))
    }
    modules = {name.removesuffix(".__init__"): path for name, path in modules.items()}
    found: dict[str, set[str]] = {}
    for module, path in modules.items():
        found[module] = set()
        for node in import_statements(path):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            else:
                # What is imported from a package may be a module of it.
                assert node.module is not None
                names = [
                    inner if (inner := f"{node.module}.{alias.name}") in modules else node.module
                    for alias in node.names
                ]
            found[module] |= {name for name in names if name in modules and name != module}
    return found


def circles(edges: dict[str, set[str]]) -> set[frozenset[str]]:
    """The strongly connected components with more than one module."""

    def reachable(start: str) -> set[str]:
        found: set[str] = set()
        pending = [start]
        while pending:
            for module in edges[pending.pop()] - found:
                found.add(module)
                pending.append(module)
        return found

    reached = {module: reachable(module) for module in edges}
    return {
        frozenset({module, *(other for other in reached[module] if module in reached[other])})
        for module in edges
        if module in reached[module]
    }


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert circles(dependencies()) == set()


def test_circles_are_found() -> None:
    edges = {"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set(), "e": {"a"}}
    assert circles(edges) == {frozenset("bc")}


def test_imports_in_functions_and_for_types_are_seen() -> None:
    found = dependencies()
    assert "cdk_batch_mnp.template.reports.text_report" in found["cdk_batch_mnp.cli.check"]
    assert "cdk_batch_mnp.engine.rule" in found["cdk_batch_mnp.rules.discovery"]
    assert len(found) > 100


@pytest.mark.parametrize("part", [part for part in WITHOUT_AWS if part in PARTS])
def test_the_domain_knows_neither_the_cdk_nor_aws(part: str) -> None:
    found = [
        f"{path} imports {module}"
        for path, module in imports_of_part(part)
        if module.split(".")[0] in AWS
    ]
    assert found == []


def test_the_library_does_not_import_the_emulator() -> None:
    found = [
        f"{path.relative_to(PACKAGE)} imports {module}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for module in imports_of(path)
        if module.split(".")[0] == "cdk_batch_mnp_emulator"
    ]
    assert found == []


def test_the_constructs_alone_import_the_launcher_and_only_what_states_its_interface() -> None:
    found = {
        (path.relative_to(PACKAGE).parts[0], f"{node.module}.{alias.name}")
        for path in sorted(PACKAGE.rglob("*.py"))
        for node in import_statements(path)
        if isinstance(node, ast.ImportFrom)
        and str(node.module).split(".")[0] == "cdk_batch_mnp_launch"
        for alias in node.names
    }
    assert {part for part, _ in found} == {"cdk"}
    assert {module for _, module in found} <= {
        "cdk_batch_mnp_launch.exit_codes",
        "cdk_batch_mnp_launch.settings",
        "cdk_batch_mnp_launch.zipapp",
    }


def test_the_emulator_imports_nothing_of_the_library() -> None:
    files = sorted(EMULATOR.rglob("*.py"))
    assert EMULATOR / "src" / "cdk_batch_mnp_emulator" / "running.py" in files
    found = [
        f"{path.relative_to(EMULATOR)} imports {module}"
        for path in files
        for module in imports_of(path)
        if module.split(".")[0] in {"cdk_batch_mnp", "aws_cdk", "jsii", "stacks", "tools", "tests"}
    ]
    assert found == []


def test_the_reference_app_uses_the_public_names_alone() -> None:
    root = PACKAGE.parent.parent
    private = [
        f"{path.name} imports {module}"
        for path in (root / "app.py", *sorted((root / "stacks").glob("*.py")))
        for module in imports_of(path)
        if module.startswith("cdk_batch_mnp.")
    ]
    assert private == []


@pytest.mark.parametrize(
    "statement",
    [
        "import cdk_batch_mnp",
        "from cdk_batch_mnp import NodeRange",
        "from cdk_batch_mnp.rules.checking import check",
        "from cdk_batch_mnp.cli.main import main",
    ],
)
def test_starting_needs_no_cdk_and_no_aws(statement: str) -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", f"{statement}\nimport sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert {module.split(".")[0] for module in loaded} & AWS == set()


BARRED = f"import sys; sys.modules.update(dict.fromkeys({sorted(AWS)}))"
"""Makes every import of these fail, as where they are not installed."""


def test_templates_are_checked_where_nothing_of_aws_is_installed(tmp_path: Path) -> None:
    template = tmp_path / "template.yaml"
    template.write_text(
        "Resources: {Job: {Type: AWS::Batch::JobDefinition, Properties: {Type: multinode}}}"
    )
    program = (
        f"{BARRED}\n"
        "from cdk_batch_mnp.cli.main import main\n"
        f"sys.argv = ['cdk-batch-mnp', 'check', {str(template)!r}]\n"
        "main()"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1, ran.stderr
    assert "MNP301" in ran.stdout


@pytest.mark.parametrize(
    ("arguments", "needed"),
    [
        pytest.param(["instances", "refresh"], "cdk-batch-mnp[operate]", id="instances refresh"),
    ],
)
def test_a_command_says_which_extra_it_needs(arguments: list[str], needed: str) -> None:
    program = (
        f"{BARRED}\n"
        "from cdk_batch_mnp.cli.main import main\n"
        f"sys.argv = {['cdk-batch-mnp', *arguments]!r}\n"
        "main()"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert ran.returncode != 0
    assert needed in ran.stderr
    assert len(ran.stderr.splitlines()) == 1


def test_all_public_names_can_be_imported() -> None:
    for name in cdk_batch_mnp.__all__:
        assert getattr(cdk_batch_mnp, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'Nonsense'"):
        cdk_batch_mnp.Nonsense  # noqa: B018


def test_every_public_name_is_documented() -> None:
    missing = [name for name in cdk_batch_mnp.__all__ if not getattr(cdk_batch_mnp, name).__doc__]
    assert missing == []


def mirrors_a_module(file: Path) -> bool:
    """Whether a test file is named after a module or folder at its place, and perhaps an aspect."""
    name = file.stem.removeprefix("test_")
    modules = {module.stem for module in (PACKAGE / file.parent).glob("[a-z]*")}
    return any(name == module or name.startswith(f"{module}_") for module in modules)


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        pytest.param("model/test_node_range.py", True, id="a module"),
        pytest.param("model/test_node_range_overlaps.py", True, id="an aspect of a module"),
        pytest.param("cdk/test_eks.py", True, id="a folder"),
        pytest.param("model/test_node.py", False, id="the beginning of a module's name"),
        pytest.param("rules/test_node_range.py", False, id="another folder"),
        pytest.param("models/test_node_range.py", False, id="no folder"),
    ],
)
def test_misplaced_test_files_are_found(file: str, expected: bool) -> None:
    assert mirrors_a_module(Path(file)) is expected


def test_every_test_file_mirrors_a_module_or_is_in_the_folder_of_a_subject() -> None:
    files = [path.relative_to(TESTS) for path in sorted(TESTS.glob("*/**/test_*.py"))]
    assert len(files) > 100
    assert [
        str(file) for file in files if file.parts[0] not in SUBJECTS and not mirrors_a_module(file)
    ] == []


def python_files() -> list[Path]:
    """Return every Python file of the repository, without what is installed or built in it."""
    root = TESTS.parent
    found = []
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name[0] != "." and name not in NOT_OURS]
        found += [(Path(folder) / name).relative_to(root) for name in files if name.endswith(".py")]
    return found


def test_every_file_has_one_subject_and_few_lines() -> None:
    files = python_files()
    assert Path("tests/test_architecture.py") in files
    assert Path("launcher/src/cdk_batch_mnp_launch/settings.py") in files
    assert Path("emulator/src/cdk_batch_mnp_emulator/running.py") in files
    lines = {
        str(file): len((TESTS.parent / file).read_text(encoding="utf-8").splitlines())
        for file in files
    }
    assert {file: count for file, count in lines.items() if count > MAX_LINES} == {}
