"""Virtual environments of the clients, each made from a lock file of its own.

They stay in .clients/ and are made anew when their lock file changes.
"""

from __future__ import annotations

import fcntl
import hashlib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from uv import find_uv_bin

ENVIRONMENTS = Path(__file__).parents[2] / ".clients"
LOCKS = Path(__file__).parent / "locks"

_STAMP = "made-from"


def environment(client: str) -> Path:
    """Return the folder of the environment of a client.

    Args:
        client: Name of its lock file, such as ``torchx``.
    """
    lock = LOCKS / f"{client}.txt"
    folder = ENVIRONMENTS / client
    stamp = folder / _STAMP
    wanted = hashlib.sha256(f"{sys.version}\n{lock.read_text()}".encode()).hexdigest()
    with _alone(client):
        if not stamp.is_file() or stamp.read_text() != wanted:
            _uv("venv", "--clear", "--python", sys.executable, folder)
            python = folder / "bin" / "python"
            _uv("pip", "install", "--python", python, "--require-hashes", "--requirement", lock)
            stamp.write_text(wanted)
    return folder


@contextmanager
def _alone(client: str) -> Iterator[None]:
    """Keep the processes of a test run from making the same environment at the same time."""
    ENVIRONMENTS.mkdir(exist_ok=True)
    with (ENVIRONMENTS / f"{client}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _uv(*arguments: str | Path) -> None:
    subprocess.run([find_uv_bin(), "--quiet", *arguments], check=True)
