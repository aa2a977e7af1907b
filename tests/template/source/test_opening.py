"""Only regular files are opened, and none outside of their assembly."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from cdk_batch_mnp.template.source.files import find
from tests.template.folders import ANYWHERE, HALF, assembly, broken_rules, check, cluster, reasons


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero")])
def test_what_has_the_name_of_a_template_and_is_not_a_file_is_reported(
    tmp_path: Path, make: Any
) -> None:
    make(tmp_path / "p.template.json")
    (reason,) = reasons(tmp_path)
    assert reason.endswith("not a regular file")


@pytest.mark.parametrize("name", ["\0", "\ud800", "x" * 5000])
def test_a_path_that_no_file_can_have_is_reported(tmp_path: Path, name: str) -> None:
    (reason,) = (each.reason for each in find([f"{tmp_path}/{name}"]).unusable)
    assert reason.startswith("cannot be read: ")


def test_a_link_that_leads_out_of_an_assembly_is_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "cdk.out"
    assembly(folder, {"Jobs": (ANYWHERE, cluster())})
    template = folder / "Jobs.template.json"
    template.rename(tmp_path / "elsewhere.json")
    template.symlink_to(tmp_path / "elsewhere.json")
    assert reasons(folder) == [f"is not read, because it is outside {folder}"]


def test_an_assembly_behind_a_link_is_read(tmp_path: Path) -> None:
    assembly(tmp_path / "real", {"Jobs": (ANYWHERE, cluster(HALF))})
    (tmp_path / "cdk.out").symlink_to(tmp_path / "real")
    assert broken_rules(check(tmp_path / "cdk.out")) == [("Jobs/Job", "MNP106")]


def test_a_pipe_in_an_assembly_is_reported(tmp_path: Path) -> None:
    assembly(tmp_path, {"Jobs": (ANYWHERE, cluster())})
    (tmp_path / "Jobs.template.json").unlink()
    os.mkfifo(tmp_path / "Jobs.template.json")
    assert reasons(tmp_path) == ["is a pipe, not a regular file"]
