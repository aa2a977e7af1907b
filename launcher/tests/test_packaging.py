"""The launcher runs where the user's image has an old Python and nothing else."""

from __future__ import annotations

import ast
import random
import re
import shutil
import subprocess
import sys
import zipfile
from functools import cache
from pathlib import Path

import pytest

import cdk_batch_mnp_launch
from cdk_batch_mnp_launch import zipapp
from launcher.tests.nodes import SECRET

PACKAGE = Path(cdk_batch_mnp_launch.__file__).parent
ROOT = Path(__file__).parent.parent
MODULES = sorted(PACKAGE.rglob("*.py"))
NEWER = {"removeprefix", "removesuffix", "is_relative_to", "pairwise", "cache", "bit_count"}
"""Names that Python 3.8 does not have."""
OLD_NAMES = {"list", "dict", "tuple", "set", "frozenset", "type", "deque"}


def evaluated(tree: ast.AST) -> list[ast.AST]:
    """Return the nodes that are evaluated at run time: all but annotations."""
    found: list[ast.AST] = []
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        found.append(node)
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns"):
                continue
            values = value if isinstance(value, list) else [value]
            pending += [each for each in values if isinstance(each, ast.AST)]
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_modules_are_valid_for_python_3_8(path: Path) -> None:
    tree = ast.parse(path.read_text(), feature_version=(3, 8))
    future = any(isinstance(n, ast.ImportFrom) and n.module == "__future__" for n in tree.body)
    assert future or not any(isinstance(n, ast.FunctionDef) for n in ast.walk(tree))
    for node in evaluated(tree):
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            assert node.value.id not in OLD_NAMES, f"line {node.lineno}: subscripted at run time"
        if isinstance(node, ast.Attribute):
            assert node.attr not in NEWER, f"line {node.lineno}: {node.attr}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert not (node.func.id == "zip" and node.keywords), f"line {node.lineno}: zip(strict)"
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            sides = {side.id for side in (node.left, node.right) if isinstance(side, ast.Name)}
            assert not sides & {"int", "str", "bytes"}, f"line {node.lineno}: union at run time"


def test_only_the_standard_library_is_imported() -> None:
    imported = {
        name.split(".")[0]
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text()))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported - set(sys.stdlib_module_names) == {"cdk_batch_mnp_launch"}


def test_the_version_is_that_of_the_distribution() -> None:
    declared = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert declared is not None
    assert declared[1] == cdk_batch_mnp_launch.VERSION


def test_the_agent_imports_nothing_that_is_slow() -> None:
    source = (PACKAGE / "agent.py").read_text().partition("if __name__")[0]
    program = f"import sys; before = set(sys.modules)\n{source.replace('from __future__', '#')}\n"
    loaded = subprocess.run(
        [sys.executable, "-IS", "-c", program + "print(*set(sys.modules) - before)"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    # os is there already, where Python does not start with -S.
    of_os = {"os", "os.path", "posixpath", "genericpath", "stat", "_stat", "_collections_abc"}
    assert set(loaded) - of_os <= {"_socket", "select"}


MINORS = range(8, 15)
"""The versions of Python 3 that are supported."""


@cache
def interpreter(minor: int) -> str | None:
    """Return an interpreter of a version, or nothing if this machine has none that starts."""
    candidates = [
        shutil.which(f"python3.{minor}"),
        *sorted(map(str, Path.home().glob(f".pyenv/versions/3.{minor}.*/bin/python"))),
    ]
    for path in filter(None, candidates):
        # A shim of pyenv exists for versions that are not selected, too.
        if subprocess.run([path, "-c", ""], capture_output=True).returncode == 0:
            return path
    return None


@pytest.fixture(params=MINORS, ids=lambda minor: f"3.{minor}")
def python(request: pytest.FixtureRequest) -> str:
    """The interpreter of each supported version in turn."""
    found = interpreter(request.param)
    if found is None:
        pytest.skip(f"there is no Python 3.{request.param} on this machine")
    return found


@pytest.fixture(scope="module")
def zipapp_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    program = tmp_path_factory.mktemp("zipapp") / "mnp-launch"
    subprocess.run([sys.executable, ROOT / "build_zipapp.py", program], check=True)
    return program


def test_the_zipapp_is_small(zipapp_file: Path) -> None:
    assert zipapp_file.stat().st_size < 80_000


def job_of_two_nodes(
    zipapp_file: Path, tmp_path: Path, python: str, options: list[str], script: str
) -> list[str]:
    """Run a job, and return what its nodes write."""
    hosts = tmp_path / "hosts"
    hosts.touch()
    # Tests in other processes use other addresses.
    net = f"127.{random.randint(1, 254)}.{random.randint(0, 254)}"
    script = script.format(other=f"{net}.2")
    nodes = [
        subprocess.Popen(
            # Warnings are errors: what is deprecated now fails in a later version.
            [
                *(python, "-W", "error", str(zipapp_file), *options, "--hosts-file", str(hosts)),
                *("--bind", f"{net}.{index + 1}", "--", "sh", "-c", script),
            ],
            env={
                "PATH": "/usr/bin:/bin",
                "MNP_SECRET": SECRET,
                "AWS_BATCH_JOB_NUM_NODES": "2",
                "AWS_BATCH_JOB_NODE_INDEX": str(index),
                "AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS": f"{net}.1",
            },
            stdout=subprocess.PIPE,
            text=True,
        )
        for index in range(2)
    ]
    outputs = [node.communicate(timeout=20)[0] for node in nodes]
    assert [node.returncode for node in nodes] == [0, 0]
    return outputs


def test_the_zipapp_runs_a_job_with_every_python(
    zipapp_file: Path, tmp_path: Path, python: str
) -> None:
    script = "mnp-agent {other} 'echo node $MNP_NODE_INDEX'"
    outputs = job_of_two_nodes(zipapp_file, tmp_path, python, ["--mode", "main"], script)
    assert outputs == ["node 1\n", ""]


@pytest.mark.parametrize("minors", [MINORS, MINORS[::-1]], ids=["oldest", "newest"])
def test_the_zipapp_examines_the_network_with_the_oldest_and_the_newest_python(
    zipapp_file: Path, tmp_path: Path, minors: range
) -> None:
    python = next(filter(None, map(interpreter, minors)))
    script = "echo node $MNP_NODE_INDEX"
    outputs = job_of_two_nodes(zipapp_file, tmp_path, python, ["--preflight", "net"], script)
    assert outputs == ["node 0\n", "node 1\n"]


IMPORT_ALL = """
import importlib, pkgutil, cdk_batch_mnp_launch as package
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
"""


def test_every_module_can_be_imported_by_every_python(python: str) -> None:
    environment = {"PYTHONPATH": str(PACKAGE.parent), "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([python, "-W", "error", "-c", IMPORT_ALL], env=environment, check=True)


def test_the_module_writes_the_same_file_as_the_script_of_the_checkout(tmp_path: Path) -> None:
    script, module = tmp_path / "script", tmp_path / "new" / "module"
    subprocess.run([sys.executable, ROOT / "build_zipapp.py", script], check=True)
    command = [sys.executable, "-m", "cdk_batch_mnp_launch.zipapp", str(module)]
    subprocess.run(command, check=True, env={"PYTHONPATH": str(PACKAGE.parent)})
    assert script.read_bytes() == module.read_bytes()
    assert module.stat().st_mode & 0o777 == 0o755


def test_an_uncompressed_zipapp_has_the_bytes_of_its_sources_alone(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    zipapp.build(str(first), compressed=False)
    zipapp.build(str(second), compressed=False)
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as archive:
        assert archive.testzip() is None
        entries = archive.infolist()
        names = [each.filename for each in entries]
        assert {each.compress_type for each in entries} == {zipfile.ZIP_STORED}
        assert {each.date_time for each in entries} == {(1980, 1, 1, 0, 0, 0)}
        agent = archive.read("cdk_batch_mnp_launch/agent.py")
    assert names == ["__main__.py", *sorted(names[1:])]
    assert len(names) == len(MODULES) + 1
    assert agent == (PACKAGE / "agent.py").read_bytes()


def test_the_wheel_is_small_and_has_no_dependency(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    assert wheel.stat().st_size < 80_000
    with zipfile.ZipFile(wheel) as archive:
        metadata = archive.read("cdk_batch_mnp_launch-0.1.0.dist-info/METADATA").decode()
    assert "Requires-Dist" not in metadata
    assert "Requires-Python: >=3.8" in metadata
