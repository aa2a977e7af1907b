"""The emulator's wheel works without the library, and the library's without the emulator."""

from __future__ import annotations

import os
import subprocess
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from zipfile import ZipFile

from tests.packaging.wheels import ROOT, run


def metadata(wheel: Path) -> Message:
    with ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return message_from_bytes(archive.read(name))


def requirements(wheel: Path) -> list[str]:
    return metadata(wheel).get_all("Requires-Dist", [])


def test_the_wheel_holds_the_package_its_command_and_its_licence(emulator: Path) -> None:
    with ZipFile(emulator) as archive:
        names = archive.namelist()
    tracked = run(
        "git",
        "ls-files",
        "--cached",
        "--others",
        "--exclude-standard",
        cwd=ROOT / "emulator" / "src",
    )
    assert {name for name in names if ".dist-info/" not in name} == set(tracked.splitlines())
    extra = {Path(name).name for name in names if ".dist-info/" in name}
    assert {"METADATA", "entry_points.txt", "LICENSE"} <= extra
    assert "cdk_batch_mnp_emulator/py.typed" in names


def test_the_emulator_runs_a_command_where_the_library_is_not_installed(
    emulator: Path, python_with_emulator: Path, tmp_path: Path
) -> None:
    prove = (
        "import os; from importlib.util import find_spec; assert find_spec('cdk_batch_mnp') is None"
        "; print(os.environ['AWS_ENDPOINT_URL'])"
    )
    command = python_with_emulator.parent / "cdk-batch-mnp-emulator"
    url = run(command, "exec", "--", python_with_emulator, "-c", prove, cwd=tmp_path)
    assert url.startswith("http://127.0.0.1:")
    module = run(python_with_emulator, "-m", "cdk_batch_mnp_emulator", "--version", cwd=tmp_path)
    assert module == f"cdk-batch-mnp-emulator {metadata(emulator)['Version']}"


def test_moto_is_a_dependency_of_the_emulator_alone(emulator: Path, library: Path) -> None:
    assert [name for name in requirements(library) if "moto" in name] == []
    assert [name for name in requirements(emulator) if name.startswith("moto[")] != []


def test_the_extra_local_is_this_emulator(emulator: Path, library: Path) -> None:
    version = metadata(emulator)["Version"]
    local = [name for name in requirements(library) if "extra == 'local'" in name]
    assert [name.partition(";")[0] for name in local] == [f"cdk-batch-mnp-emulator=={version}"]


def test_the_library_without_the_emulator_says_how_to_install_it(
    python_with_library: Path, tmp_path: Path
) -> None:
    done = subprocess.run(
        [python_with_library.parent / "cdk-batch-mnp", "local", "up"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.devnull, "HOME": str(tmp_path)},
    )
    assert done.returncode == 1
    assert "pip install 'cdk-batch-mnp[local]'" in done.stderr
