"""The command and its subcommands, each imported on demand."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from importlib import import_module
from io import StringIO
from typing import IO

import click

from cdk_batch_mnp.cli.streams import fail_to_write, finish, say

_VERBS = {
    "check": "cdk_batch_mnp.cli.check",
    "instances": "cdk_batch_mnp.cli.instances",
    "local": "cdk_batch_mnp.cli.local",
}
"""Each subcommand and the module that defines it under the same name.

The module of a subcommand imports at the top what each run of it needs.
"""


_ALLOCATIONS_BEFORE_COLLECTION = 100_000


class _Verbs(click.Group):
    """The subcommands, imported on demand."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _VERBS:
            return None
        if cmd_name != "local":  # which runs for hours
            # What is imported stays, and a check leaves few cycles behind. Python's own threshold,
            # 700, spends a tenth of a short check on the search for them.
            gc.set_threshold(_ALLOCATIONS_BEFORE_COLLECTION)
        command: click.Command = getattr(import_module(_VERBS[cmd_name]), cmd_name)
        return command


def _show_version(context: click.Context, option: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"cdk-batch-mnp {version('cdk-batch-mnp')}")
        context.exit()


@click.command(
    cls=_Verbs,
    name="cdk-batch-mnp",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version and exit.",
)
def app() -> None:
    """Check AWS Batch multi-node parallel jobs before they are deployed."""


def main() -> None:
    """Run the command with the arguments of this process."""
    try:
        status = app.main(standalone_mode=False)
    except OSError as error:
        if error.filename is not None:
            raise
        fail_to_write(error)  # Only errors of streams have no file name.
    except click.ClickException as error:
        _show(error.show)
        status = error.exit_code
    except click.Abort:
        status = 1
    finish()
    sys.exit(status if isinstance(status, int) else 0)


def _show(show: Callable[[IO[str]], None]) -> None:
    """Report an invalid command line, which may contain untrusted file names."""
    text = StringIO()
    show(text)
    for line in text.getvalue().splitlines():
        say(line)
