"""The command itself: its version and its verbs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from io import StringIO
from typing import IO, Annotated

import typer

from cdk_batch_mnp.cli.check import check
from cdk_batch_mnp.cli.instances import instances
from cdk_batch_mnp.cli.local import SETTINGS, local
from cdk_batch_mnp.cli.streams import fail_to_write, finish, say

app = typer.Typer(
    name="cdk-batch-mnp",
    help="AWS Batch multi-node parallel jobs: checks, instance types, an embedded AWS.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # it would take the brackets of cdk-batch-mnp[operate] for markup
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(short_help="Check CloudFormation templates.")(check)
app.add_typer(instances, name="instances")
app.command(short_help="Run an embedded AWS (extra: local).", context_settings=SETTINGS)(local)


def _show_version(wanted: bool) -> None:
    if wanted:
        # Loaded here: no other verb needs it.
        from importlib.metadata import version

        typer.echo(f"cdk-batch-mnp {version('cdk-batch-mnp')}")
        raise typer.Exit


@app.callback()
def _options(
    show_version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command with the arguments of this process."""
    try:
        status = app(standalone_mode=False)
    except OSError as error:
        if error.filename is not None:
            raise
        fail_to_write(error)  # Streams alone have no file's name.
    except Exception as error:
        # Wrong options; typer has its own copy of click, so that its class cannot be named.
        show, status = getattr(error, "show", None), getattr(error, "exit_code", None)
        if show is None or status is None:
            raise
        _show(show)
    finish()
    sys.exit(status if isinstance(status, int) else 0)


def _show(show: Callable[[IO[str]], None]) -> None:
    """Say what is wrong with the command line, which may hold names of files."""
    text = StringIO()
    show(text)
    for line in text.getvalue().splitlines():
        say(line)
