"""The emulator's wheel works without the library, and the library's without the emulator."""

from __future__ import annotations

import os
import subprocess
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.packaging.wheels import ROOT, build, python_with, run

EMULATOR = ROOT / "emulator"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(EMULATOR, tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def clean_python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return python_with(wheel, tmp_path_factory.mktemp("clean"))


def metadata(wheel: Path) -> Message:
    with ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return message_from_bytes(archive.read(name))


def requirements(wheel: Path) -> list[str]:
    return metadata(wheel).get_all("Requires-Dist", [])


def test_the_wheel_holds_the_package_its_command_and_its_licence(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        names = archive.namelist()
    tracked = run(
        "git", "ls-files", "--cached", "--others", "--exclude-standard", cwd=EMULATOR / "src"
    )
    assert {name for name in names if ".dist-info/" not in name} == set(tracked.splitlines())
    extra = {Path(name).name for name in names if ".dist-info/" in name}
    assert {"METADATA", "entry_points.txt", "LICENSE"} <= extra
    assert "cdk_batch_mnp_emulator/py.typed" in names


def test_the_emulator_runs_a_command_where_the_library_is_not_installed(
    wheel: Path, clean_python: Path, tmp_path: Path
) -> None:
    prove = (
        "import os; from importlib.util import find_spec; assert find_spec('cdk_batch_mnp') is None"
        "; print(os.environ['AWS_ENDPOINT_URL'])"
    )
    command = clean_python.parent / "cdk-batch-mnp-emulator"
    url = run(command, "exec", "--", clean_python, "-c", prove, cwd=tmp_path)
    assert url.startswith("http://127.0.0.1:")
    module = run(clean_python, "-m", "cdk_batch_mnp_emulator", "--version", cwd=tmp_path)
    assert module == f"cdk-batch-mnp-emulator {metadata(wheel)['Version']}"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, tmp_path_factory.mktemp("library"))


def test_moto_is_a_dependency_of_the_emulator_alone(wheel: Path, library: Path) -> None:
    assert [name for name in requirements(library) if "moto" in name] == []
    assert [name for name in requirements(wheel) if name.startswith("moto[")] != []


def test_the_extra_local_is_this_emulator(wheel: Path, library: Path) -> None:
    version = metadata(wheel)["Version"]
    local = [name for name in requirements(library) if "extra == 'local'" in name]
    assert [name.partition(";")[0] for name in local] == [f"cdk-batch-mnp-emulator=={version}"]


def test_the_library_without_the_emulator_says_how_to_install_it(
    library: Path, tmp_path: Path
) -> None:
    python = python_with(library, tmp_path)
    done = subprocess.run(
        [python.parent / "cdk-batch-mnp", "local", "up"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.devnull, "HOME": str(tmp_path)},
    )
    assert done.returncode == 1
    assert "pip install 'cdk-batch-mnp[local]'" in done.stderr
