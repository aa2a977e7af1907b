"""The verb ``run``: from a template to a job that has run, on this machine."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from cdk_batch_mnp_emulator.account import DEFAULT_REGION
from cdk_batch_mnp_emulator.errors import UnknownRegionError
from cdk_batch_mnp_emulator.messages import OutputError, fail, fail_with_list, write, writing
from cdk_batch_mnp_emulator.options import (
    Docker,
    HostPaths,
    Images,
    MaxNodes,
    Network,
    Podman,
    Region,
    Seed,
    settings_of,
)
from cdk_batch_mnp_emulator.printable import printable
from cdk_batch_mnp_emulator.regions import check_region
from cdk_batch_mnp_emulator.run.assembly import App, read
from cdk_batch_mnp_emulator.run.manifest import SourceError
from cdk_batch_mnp_emulator.run.submission import Overrides, SubmissionError, Wanted
from cdk_batch_mnp_emulator.running import (
    Interrupted,
    Server,
    ServerError,
    ending_signals,
    interrupt,
)
from cdk_batch_mnp_emulator.settings import Settings, SettingsError
from cdk_batch_mnp_emulator.variables import command_environment

_FAILED = 1
_WRONG = 2
_COMMAND = "command"

Source = Annotated[
    Path,
    typer.Argument(
        metavar="TEMPLATE_OR_CDK_OUT",
        help="CloudFormation template, or the folder that `cdk synth` writes.",
        show_default=False,
    ),
]
Job = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Job definition: logical id, construct path or its end, name, or output. "
        "Needed if there are several.",
    ),
]
Nodes = Annotated[
    int | None, typer.Option(min=1, metavar="COUNT", help="Number of nodes of the job.")
]
Queue = Annotated[
    str | None,
    typer.Option(
        metavar="NAME", help="Job queue: same kinds of names. Needed if there are several."
    ),
]
Parameters = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=VALUE", help="Parameter of the job. Repeatable."),
]
Variables = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=VALUE", help="Variable of every node. Repeatable."),
]
TemplateParameters = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=VALUE", help="Parameter of the template. Repeatable."),
]
Timeout = Annotated[
    float | None,
    typer.Option(min=0, metavar="SECONDS", help="Terminate the job if it takes longer."),
]


class RunCommand(TyperCommand):
    """A command whose arguments after ``--`` are a command of their own."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put what follows ``--`` aside, which would mix with the other arguments."""
        at = args.index("--") if "--" in args else len(args)
        ctx.meta[_COMMAND] = args[at + 1 :]
        return super().parse_args(ctx, args[:at])

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return what follows the name of the command in its usage."""
        return [*super().collect_usage_pieces(ctx), "[-- COMMAND...]"]


def run(
    ctx: typer.Context,
    source: Source,
    job: Job = None,
    nodes: Nodes = None,
    queue: Queue = None,
    parameter: Parameters = None,
    env: Variables = None,
    template_parameter: TemplateParameters = None,
    timeout: Timeout = None,
    region: Region = DEFAULT_REGION,
    image: Images = None,
    host_path: HostPaths = None,
    max_nodes: MaxNodes = None,
    seed: Seed = None,
    network: Network = None,
    docker: Docker = False,
    podman: Podman = False,
) -> None:
    """Deploy a template to an embedded AWS, and run a job of it to its end.

    Needs neither the CDK CLI nor Node. Prints the log lines of the nodes, each after the index of
    its node, and a table of the nodes. What follows -- is the command of every node group, instead
    of those in the job definition.

    Exit status: 0 if the job succeeded, 1 if it failed or can never start, 2 for wrong usage or a
    template that cannot be deployed. Ctrl-C terminates the job; twice, it ends everything at once.

    cdk-batch-mnp-emulator run cdk.out --job Solver --nodes 4 --image solver=./solver
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
            )
            app = read(source, region)
            wanted = Wanted(
                job=job,
                queue=queue,
                overrides=Overrides(
                    nodes=nodes,
                    command=ctx.meta[_COMMAND],
                    environment=_pairs("--env", env),
                    parameters=_pairs("--parameter", parameter),
                ),
                template_parameters=_pairs("--template-parameter", template_parameter),
            )
            with Server(_with_images(settings, app)) as server:
                status = _run(server, app, wanted, timeout)
    except (SettingsError, SourceError, UnknownRegionError) as error:
        fail(str(error), _WRONG)
    except (ServerError, OutputError) as error:
        fail(str(error), _FAILED)
    except Interrupted as interrupted:
        raise typer.Exit(128 + interrupted.number) from None
    raise typer.Exit(status)


def _run(server: Server, app: App, wanted: Wanted, timeout: float | None) -> int:
    # Slow to load, and wrong usage needs none of it.
    from botocore.exceptions import BotoCoreError, ClientError
    from rich.console import Console

    from cdk_batch_mnp_emulator.endpoint import Endpoint
    from cdk_batch_mnp_emulator.run.deploying import DeploymentError
    from cdk_batch_mnp_emulator.run.job import run_to_end, submit
    from cdk_batch_mnp_emulator.run.naming import ChoiceError
    from cdk_batch_mnp_emulator.run.progress import Stop
    from cdk_batch_mnp_emulator.run.table import table_of

    # boto3 must not look for the profile, the proxy or the endpoint of a real account.
    own = command_environment(os.environ, server.access, DEFAULT_REGION)
    os.environ.clear()
    os.environ.update(own)
    endpoint = Endpoint(server.access)
    stop = Stop(timeout)
    try:
        submitted = submit(endpoint, app, wanted)
        with ending_signals(stop.signal):
            followed = run_to_end(endpoint, submitted, write, stop)
    except (ChoiceError, DeploymentError, SourceError, SubmissionError) as error:
        fail_with_list(str(error), _WRONG)
    except (BotoCoreError, ClientError) as error:
        if stop.number:  # a second interrupt, which botocore reports as an error of its request
            return 128 + stop.number
        fail(f"error from the embedded AWS: {error}", _FAILED)
    if followed.nodes:
        with writing():
            Console(highlight=False).print(table_of(followed))
    for reason in followed.reasons:
        write(printable(reason))
    verdict = f"job {submitted.name} {followed.verdict}"
    write(printable(verdict))
    if stop.number:
        return 128 + stop.number
    return 0 if followed.has_succeeded else _FAILED


def _with_images(settings: Settings, app: App) -> Settings:
    """Return settings in which the folder of an image that the app builds stands for the image."""
    built = {each.image: each.folder.absolute() for each in app.images if each.folder.is_dir()}
    # Every run starts with an empty account, whatever a session of the project keeps.
    return settings.model_copy(update={"images": {**built, **settings.images}, "state": None})


def _pairs(option: str, texts: Iterable[str] | None) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in texts or ():
        name, equals, value = text.partition("=")
        if not name or not equals:
            raise SettingsError(f"{option} {text!r}: must be NAME=VALUE")
        pairs[name] = value
    return pairs
