"""``cdk-batch-mnp local``: run the emulator, which is a separate distribution."""

from __future__ import annotations

import os
import shutil
import sys
from importlib.util import find_spec

import click

from cdk_batch_mnp.cli.streams import say

MODULE = "cdk_batch_mnp_emulator"
COMMAND = "cdk-batch-mnp-emulator"

INSTALL = (
    f"{COMMAND} is not installed: pip install 'cdk-batch-mnp[local]', or, in an environment of its "
    f"own, pipx install {COMMAND} or uv tool install {COMMAND}"
)

_NOT_INSTALLED = 1


# All options are for the emulator, including --help.
@click.command(
    short_help="Run an embedded AWS (extra: local).",
    add_help_option=False,
    context_settings={"allow_interspersed_args": False, "ignore_unknown_options": True},
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def local(arguments: tuple[str, ...]) -> None:
    """Run an embedded AWS: no account, no network, no Docker.

    Runs cdk-batch-mnp-emulator, with its subcommands exec and up: the one in the same Python
    environment or, if there is none, the one on the PATH. It replaces this process.
    """
    program = emulator()
    if program is None:
        say(f"cdk-batch-mnp: {INSTALL}")
        raise click.exceptions.Exit(_NOT_INSTALLED)
    os.execv(program[0], [*program, *arguments])  # noqa: S606 - no shell is wanted


def emulator() -> list[str] | None:
    """Return the command that runs the emulator, or ``None`` if it is not installed."""
    spec = find_spec(MODULE)
    if spec is not None and spec.origin is not None:  # a folder of this name has no origin
        # Safe path: a file in the working directory must not shadow a module.
        return [sys.executable, "-P", "-m", MODULE]
    found = shutil.which(COMMAND)
    return None if found is None else [found]
