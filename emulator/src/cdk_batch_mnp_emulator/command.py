"""The command line interface of the emulator."""

from __future__ import annotations

from typing import Annotated

import typer

from cdk_batch_mnp_emulator.account import DEFAULT_REGION
from cdk_batch_mnp_emulator.errors import UnknownRegionError
from cdk_batch_mnp_emulator.messages import NAME, OutputError, fail, report, write
from cdk_batch_mnp_emulator.options import (
    Docker,
    HostPaths,
    Images,
    MaxNodes,
    Network,
    Podman,
    Region,
    Seed,
    State,
    settings_of,
)
from cdk_batch_mnp_emulator.regions import check_region
from cdk_batch_mnp_emulator.run.verb import RunCommand, run
from cdk_batch_mnp_emulator.running import (
    CommandError,
    Interrupted,
    Server,
    ServerError,
    ending_signals,
    interrupt,
    run_beside,
)
from cdk_batch_mnp_emulator.settings import SettingsError
from cdk_batch_mnp_emulator.variables import shell_lines

_FAILED = 1

app = typer.Typer(
    name=NAME,
    help="An embedded AWS: no account, no network, no Docker.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # no subcommand needs it

        typer.echo(f"{NAME} {version(NAME)}")
        raise typer.Exit


@app.callback()
def _options(
    show_version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    pass


@app.command(
    name="exec",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    short_help="Run a command against an embedded AWS.",
)
def execute(
    command: Annotated[
        list[str],
        typer.Argument(metavar="COMMAND", help="Command to run, after --.", show_default=False),
    ],
    region: Region = DEFAULT_REGION,
    image: Images = None,
    host_path: HostPaths = None,
    max_nodes: MaxNodes = None,
    seed: Seed = None,
    network: Network = None,
    docker: Docker = False,
    podman: Podman = False,
    state: State = None,
) -> None:
    """Run a command against an embedded AWS.

    The embedded AWS starts empty on a free port and stops with the command. The exit status is that
    of the command. The command gets AWS_* variables for the embedded AWS, and none that refer to a
    real account.

    cdk-batch-mnp-emulator exec -- npx cdk deploy --all
    """
    try:
        with ending_signals(interrupt):
            check_region(region)
            settings = settings_of(
                image,
                host_path,
                max_nodes=max_nodes,
                seed=seed,
                network=network,
                docker=docker,
                podman=podman,
                state=state,
            )
            with Server(settings) as server:
                server.watch(report)
                status = run_beside(server, command, region)
    except (ServerError, SettingsError, UnknownRegionError) as error:
        fail(str(error), _FAILED)
    except CommandError as error:
        fail(str(error), error.status)
    except Interrupted as interrupted:
        raise typer.Exit(128 + interrupted.number) from None
    raise typer.Exit(status)


@app.command(short_help="Run an embedded AWS until Ctrl-C.")
def up(
    region: Region = DEFAULT_REGION,
    image: Images = None,
    host_path: HostPaths = None,
    max_nodes: MaxNodes = None,
    seed: Seed = None,
    network: Network = None,
    docker: Docker = False,
    podman: Podman = False,
    state: State = None,
) -> None:
    """Run an embedded AWS until Ctrl-C, and print the variables that point to it.

    Paste the printed lines into another shell, or write them to a file and source it:

    cdk-batch-mnp-emulator up > aws.sh &
    """
    try:
        with ending_signals(interrupt):
            check_region(region)
            settings = settings_of(
                image,
                host_path,
                max_nodes=max_nodes,
                seed=seed,
                network=network,
                docker=docker,
                podman=podman,
                state=state,
            )
            with Server(settings) as server:
                write("\n".join(shell_lines(server.access, region)))
                report(f"the embedded AWS listens on {server.access.url}; Ctrl-C ends it")
                server.wait()
    except (OutputError, ServerError, SettingsError, UnknownRegionError) as error:
        fail(str(error), _FAILED)
    except Interrupted:
        raise typer.Exit from None


app.command(
    name="run",
    cls=RunCommand,
    short_help="Run a job of a template or a CDK app to its end.",
)(run)
