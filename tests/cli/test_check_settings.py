"""Settings of a repository that somebody else wrote: one clear line, whatever they hold."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cdk_batch_mnp.cli.check_settings import SettingsError, load_settings
from cdk_batch_mnp.instances import Catalogue, CatalogueError
from tests.cli.command import PROGRAM, call
from tests.template.folders import cluster, write


def section(line: str) -> str:
    return f"[tool.cdk-batch-mnp]\n{line}\n"


HOSTILE = {
    "deep": ("a = " + "[" * 2000, "is nested too deeply"),
    "many digits": ("a = " + "9" * 5000, "is not TOML: "),
    "a long hexadecimal": (section("parameters = {a = 0x" + "f" * 5000 + "}"), "thousands of dig"),
    "a dotted key": (".".join("a" * 20_000) + " = 1", "has a key of more than 50 parts"),
    "a dotted table": ("[" + ".".join("a" * 20_000) + "]", "has a key of more than 50 parts"),
    "a dotted key inside": ("x = {" + ".".join("a" * 20_000) + " = 1}", "has a key of more"),
    "quoted parts": (" . ".join(['"a b"'] * 20_000) + " = 1", "has a key of more than 50 parts"),
    "too large": ("#" * (1024 * 1024 + 1), "has more than 1048576 bytes"),
    "no UTF-8": ("a = '\udce9'", "is not TOML: "),
    "lines without end": ("\n" * 300_000 + section("x = 1"), "x is not a setting"),
    "a wrong type": (section("exclude = {a = 1}"), "exclude must be a list of strings"),
}


@pytest.mark.parametrize(("text", "message"), HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_settings_are_refused_in_a_moment(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "pyproject.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
    started = time.monotonic()
    with pytest.raises(SettingsError) as raised:
        load_settings(tmp_path)
    assert message in str(raised.value)
    assert str(raised.value).startswith(f"{tmp_path}/pyproject.toml")
    assert time.monotonic() - started < 5


def test_a_long_text_with_dots_is_not_a_key(tmp_path: Path) -> None:
    text = 'a = "' + ".".join("a" * 200) + '"\n' + section("strict = true")
    (tmp_path / "pyproject.toml").write_text(text)
    assert load_settings(tmp_path).strict


@pytest.mark.parametrize(
    ("make", "kind"), [(os.mkfifo, "a pipe"), (os.mkdir, "a folder")], ids=["pipe", "folder"]
)
def test_settings_in_no_regular_file_are_refused(
    tmp_path: Path, make: Callable[[Path], None], kind: str
) -> None:
    make(tmp_path / "pyproject.toml")
    with pytest.raises(SettingsError, match=f"is {kind}, not a regular file"):
        load_settings(tmp_path)


@pytest.mark.parametrize(
    ("instances", "message"),
    [
        pytest.param("/dev/zero", "/dev/zero: is a device, not a regular file", id="a device"),
        pytest.param("a\\u0000b", "b: invalid file name", id="a NUL"),
        pytest.param("x" * 5000, "File name too long", id="a long name"),
    ],
)
def test_a_catalogue_that_cannot_be_one_is_one_line(
    tmp_path: Path, instances: str, message: str
) -> None:
    write(tmp_path / "right.json", cluster())
    (tmp_path / "pyproject.toml").write_text(section(f'instances = "{instances}"'))
    done = call(tmp_path, "check", "right.json")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert message in done.stderr


def test_a_catalogue_without_end_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cdk_batch_mnp.instances.catalogue.MAX_BYTES", 100)
    (tmp_path / "a.json").write_text(" " * 101)
    with pytest.raises(CatalogueError, match="is larger than 100 bytes"):
        Catalogue.load(tmp_path / "a.json")


def test_a_folder_that_was_deleted_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    done = subprocess.run([PROGRAM, "check", "a.json"], capture_output=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith(b"cdk-batch-mnp: the current folder cannot be read: ")
    assert done.stderr.count(b"\n") == 1
