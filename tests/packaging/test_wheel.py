"""The wheel: what is in it, and that it works where nothing of this project lies around."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.packaging.wheels import ROOT, build, python_with, run

SOURCE = ROOT / "constructs"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built without the network."""
    return build(ROOT, tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def clean_python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Python of an environment that holds the wheel and, read from ours, its dependencies."""
    return python_with(wheel, tmp_path_factory.mktemp("clean"))


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if ".dist-info/" not in name}
    tracked = run("git", "ls-files", "--cached", "--others", "--exclude-standard", cwd=SOURCE)
    assert inside == set(tracked.splitlines())
    assert {"cdk_batch_mnp/py.typed", "cdk_batch_mnp/instances/data/instance_types.json"} <= inside


def test_the_wheel_names_its_command_and_its_licence(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
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


def places(python: Path, *arguments: str, cwd: Path) -> tuple[Path, Path]:
    """Where the package, and the package `constructs` of the CDK, come from."""
    ours, theirs = run(python, *arguments, cwd=cwd).splitlines()
    return Path(ours), Path(theirs)


def test_it_is_imported_from_an_unrelated_folder(clean_python: Path, tmp_path: Path) -> None:
    ours, theirs = places(clean_python, "-c", PROVE, cwd=tmp_path)
    assert ours.is_relative_to(clean_python.parent.parent)
    assert theirs.is_relative_to(sysconfig.get_path("purelib"))


@pytest.mark.parametrize("how", ["python -c", "python app.py", "python -m app"])
def test_a_folder_constructs_does_not_stand_in_for_the_package(
    clean_python: Path, tmp_path: Path, how: str
) -> None:
    (tmp_path / "constructs" / "of_mine").mkdir(parents=True)
    (tmp_path / "constructs" / "of_mine" / "__init__.py").touch()
    (tmp_path / "app.py").write_text(PROVE)
    arguments = {
        "python -c": ["-c", PROVE],
        "python app.py": ["app.py"],
        "python -m app": ["-m", "app"],
    }[how]
    ours, theirs = places(clean_python, *arguments, cwd=tmp_path)
    assert ours.is_relative_to(clean_python.parent.parent)
    assert theirs.is_relative_to(sysconfig.get_path("purelib"))


def test_the_checkout_itself_imports_the_right_one() -> None:
    ours, theirs = places(Path(sys.executable), "-c", PROVE, cwd=ROOT)
    assert ours.is_relative_to(SOURCE)
    assert theirs.is_relative_to(sysconfig.get_path("purelib"))


def test_under_pytest_constructs_is_the_package_of_the_cdk() -> None:
    import constructs

    assert Path(constructs.__file__).is_relative_to(sysconfig.get_path("purelib"))
    assert not (SOURCE / "__init__.py").exists()


def test_the_command_is_there(clean_python: Path, tmp_path: Path) -> None:
    command = clean_python.parent / "cdk-batch-mnp"
    assert run(command, "--version", cwd=tmp_path).endswith("0.1.0")
