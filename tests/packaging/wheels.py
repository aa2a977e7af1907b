"""Building wheels without the network, and clean environments that hold them."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
UV = Path(sys.executable).with_name("uv")
OFFLINE = ("--offline", "--no-index", "--no-build-isolation", "--python", sys.executable)


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command without what the environment says of Python."""
    environment = {key: value for key, value in os.environ.items() if "PYTHON" not in key}
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def build(project: Path, directory: Path) -> Path:
    """Build the wheel of a project in an empty directory, as pip does."""
    run(UV, "build", "--quiet", "--wheel", *OFFLINE, "--out-dir", directory, project, cwd=directory)
    (built,) = directory.glob("*.whl")
    return built


def python_with(directory: Path, *wheels: Path) -> Path:
    """Make an environment with wheels and the dependencies of ours; return its Python."""
    environment = directory / "venv"
    run(UV, "venv", "--quiet", "--offline", "--python", sys.executable, environment, cwd=directory)
    python = environment / "bin" / "python"
    install = (UV, "pip", "install", "--quiet", "--offline", "--no-index", "--no-deps")
    run(*install, "--python", python, *wheels, cwd=directory)
    (packages,) = (environment / "lib").glob("python3*/site-packages")
    # After the wheel on the path, and without the .pth files there: our source is not found.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return python
