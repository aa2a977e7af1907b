"""``cdk-batch-mnp local``: hands over to the emulator, a distribution of its own."""

from __future__ import annotations

import os
import shutil
import sys
from importlib.util import find_spec

import typer

MODULE = "cdk_batch_mnp_emulator"
COMMAND = "cdk-batch-mnp-emulator"

INSTALL = (
    f"{COMMAND} is not installed: pip install 'cdk-batch-mnp[local]', or, in an environment of its "
    f"own, pipx install {COMMAND} or uv tool install {COMMAND}"
)

# All options belong to the emulator, --help too.
SETTINGS = {
    "allow_extra_args": True,
    "allow_interspersed_args": False,
    "help_option_names": [],
    "ignore_unknown_options": True,
}

_NOT_INSTALLED = 1


def local(context: typer.Context) -> None:
    """Run an embedded AWS: no account, no network, no Docker.

    Replaces this process with the emulator, cdk-batch-mnp-emulator, which has the verbs exec and
    up: of the same Python environment if it is installed there, else of the PATH.
    """
    program = emulator()
    if program is None:
        typer.echo(f"cdk-batch-mnp: {INSTALL}", err=True)
        raise typer.Exit(_NOT_INSTALLED)
    os.execv(program[0], [*program, *context.args])  # noqa: S606 - no shell is wanted


def emulator() -> list[str] | None:
    """Return the command that runs the emulator, or ``None`` if it is not installed."""
    spec = find_spec(MODULE)
    if spec is not None and spec.origin is not None:  # else a folder that has its name
        # Safe path: a file in the working directory must not shadow a module.
        return [sys.executable, "-P", "-m", MODULE]
    found = shutil.which(COMMAND)
    return None if found is None else [found]
