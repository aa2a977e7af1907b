"""The wheel: what is in it, and that it works where nothing of this project lies around."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.packaging.wheels import ROOT, run

SOURCE = ROOT / "constructs"


def test_the_wheel_holds_the_package_and_nothing_else(library: Path) -> None:
    with ZipFile(library) as archive:
        inside = {name for name in archive.namelist() if ".dist-info/" not in name}
    tracked = run("git", "ls-files", "--cached", "--others", "--exclude-standard", cwd=SOURCE)
    assert inside == set(tracked.splitlines())
    assert {"cdk_batch_mnp/py.typed", "cdk_batch_mnp/instances/data/instance_types.json"} <= inside


def test_the_wheel_names_its_command_and_its_licence(library: Path) -> None:
    with ZipFile(library) as archive:
        extra = {Path(name).name for name in archive.namelist() if ".dist-info/" in name}
    assert {"METADATA", "entry_points.txt", "LICENSE"} <= extra


PROVE = """
import cdk_batch_mnp, constructs
from cdk_batch_mnp import MnpCluster, NodeRange
from cdk_batch_mnp.instances import default_catalogue
assert constructs.Construct
assert default_catalogue().find("c5.18xlarge").vcpus == 72
print(cdk_batch_mnp.__file__)
print(constructs.__file__)
"""

FIND = """
from importlib.util import find_spec
print(find_spec("cdk_batch_mnp").origin)
print(find_spec("constructs").origin)
"""
"""Where both would be imported from, without a start of Node."""


def places(python: Path, *arguments: str, cwd: Path) -> tuple[Path, Path]:
    """Where the package, and the package `constructs` of the CDK, come from."""
    ours, theirs = run(python, *arguments, cwd=cwd).splitlines()
    return Path(ours), Path(theirs)


def test_it_is_imported_from_an_unrelated_folder(python_with_library: Path, tmp_path: Path) -> None:
    ours, theirs = places(python_with_library, "-c", PROVE, cwd=tmp_path)
    assert ours.is_relative_to(python_with_library.parent.parent)
    assert theirs.is_relative_to(sysconfig.get_path("purelib"))


@pytest.mark.parametrize("how", ["python -c", "python app.py", "python -m app"])
def test_a_folder_constructs_does_not_stand_in_for_the_package(
    python_with_library: Path, tmp_path: Path, how: str
) -> None:
    (tmp_path / "constructs" / "of_mine").mkdir(parents=True)
    (tmp_path / "constructs" / "of_mine" / "__init__.py").touch()
    (tmp_path / "app.py").write_text(FIND)
    arguments = {
        "python -c": ["-c", FIND],
        "python app.py": ["app.py"],
        "python -m app": ["-m", "app"],
    }[how]
    ours, theirs = places(python_with_library, *arguments, cwd=tmp_path)
    assert ours.is_relative_to(python_with_library.parent.parent)
    assert theirs.is_relative_to(sysconfig.get_path("purelib"))


def test_the_checkout_itself_imports_the_right_one() -> None:
    ours, theirs = places(Path(sys.executable), "-c", FIND, cwd=ROOT)
    assert ours.is_relative_to(SOURCE)
    assert theirs.is_relative_to(sysconfig.get_path("purelib"))


def test_under_pytest_constructs_is_the_package_of_the_cdk() -> None:
    import constructs

    assert Path(constructs.__file__).is_relative_to(sysconfig.get_path("purelib"))
    assert not (SOURCE / "__init__.py").exists()


def test_the_command_is_there(python_with_library: Path, tmp_path: Path) -> None:
    command = python_with_library.parent / "cdk-batch-mnp"
    assert run(command, "--version", cwd=tmp_path).endswith("0.1.0")
