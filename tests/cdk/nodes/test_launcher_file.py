"""The launcher as a file of an app."""

from __future__ import annotations

import subprocess
import sys

from cdk_batch_mnp.cdk.nodes.launcher_file import image_folder, launcher_file
from cdk_batch_mnp_launch import VERSION


def test_the_file_is_the_launcher_of_the_version_that_is_installed() -> None:
    ran = subprocess.run(
        [sys.executable, "-I", launcher_file(), "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == f"mnp-launch {VERSION}\n"


def test_the_image_holds_that_file_and_a_program_that_copies() -> None:
    dockerfile = (image_folder() / "Dockerfile").read_text()
    assert launcher_file().parent == image_folder()
    assert f"COPY {launcher_file().name} /usr/local/bin/mnp-launch" in dockerfile
    assert "busybox" in dockerfile
