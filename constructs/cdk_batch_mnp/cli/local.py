"""``cdk-batch-mnp local``: an AWS on this machine, for one command or until it is stopped."""

from __future__ import annotations

import sys
from typing import Annotated, NoReturn

import typer

from cdk_batch_mnp.cli.streams import say
from cdk_batch_mnp.local.account import DEFAULT_REGION
from cdk_batch_mnp.local.errors import MissingExtraError, UnknownRegionError
from cdk_batch_mnp.local.requirements import check_extra, check_region
from cdk_batch_mnp.local.running import (
    CommandError,
    Interrupted,
    Server,
    ServerError,
    ending_signals,
    interrupt,
    run_beside,
)
from cdk_batch_mnp.local.variables import shell_lines

_FAILED = 1

local = typer.Typer(
    help="An embedded AWS: no account, no network, no Docker.",
    no_args_is_help=True,
)

Region = Annotated[
    str,
    typer.Option(help="The Region to work in.", metavar="REGION"),
]


@local.command(
    name="exec",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
def execute(
    command: Annotated[list[str], typer.Argument(help="The command, best after --.")],
    region: Region = DEFAULT_REGION,
) -> None:
    """Run a command with an embedded AWS as its only AWS.

    It starts empty, on a port of its own, and ends with the command, whose exit status is passed
    on. For the command alone, the AWS_* variables name it in the place of any real account.

    cdk-batch-mnp local exec -- npx cdk deploy --all
    """
    try:
        with ending_signals(interrupt):
            check_extra()
            check_region(region)
            with Server() as server:
                server.watch(_tell)
                status = run_beside(server, command, region)
    except (MissingExtraError, ServerError, UnknownRegionError) as error:
        _fail(str(error), _FAILED)
    except CommandError as error:
        _fail(str(error), error.status)
    except Interrupted as interrupted:
        raise typer.Exit(128 + interrupted.number) from None
    raise typer.Exit(status)


@local.command(short_help="Start an embedded AWS and keep it until Ctrl-C.")
def up(region: Region = DEFAULT_REGION) -> None:
    """Start an embedded AWS and keep it until Ctrl-C; prints the variables that lead to it.

    In another shell, paste the lines that it prints; or write them to a file and source that:

    cdk-batch-mnp local up > aws.sh &
    """
    try:
        with ending_signals(interrupt):
            check_extra()
            check_region(region)
            with Server() as server:
                typer.echo("\n".join(shell_lines(server.access, region)))
                sys.stdout.flush()
                url = server.access.url
                typer.echo(f"the embedded AWS listens on {url}; Ctrl-C ends it", err=True)
                server.wait()
    except (MissingExtraError, ServerError, UnknownRegionError) as error:
        _fail(str(error), _FAILED)
    except Interrupted:
        raise typer.Exit from None


def _tell(message: str) -> None:
    say(f"cdk-batch-mnp: {message}")


def _fail(message: str, status: int) -> NoReturn:
    _tell(message)
    raise typer.Exit(status)
