"""Folders that stand for images with a client and the launcher."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.clients.environments import environment

BUILD = Path(__file__).parents[2] / "launcher" / "build_zipapp.py"


def image_with_launcher(client: str) -> Path:
    """Return the environment of a client, with the command ``mnp-launch`` added.

    Args:
        client: Name of its lock file, such as ``mpich``.
    """
    return with_launcher(environment(client))


def with_launcher(folder: Path) -> Path:
    """Add the command ``mnp-launch`` to the programs of a folder, and return the folder."""
    program = folder / "bin" / "mnp-launch"
    made = program.with_name(f"mnp-launch.{os.getpid()}")
    subprocess.run([sys.executable, BUILD, made], check=True)
    made.replace(program)  # another test process may be about to run it
    return folder
