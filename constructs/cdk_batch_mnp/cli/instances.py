"""``cdk-batch-mnp instances``: what is known of EC2 instance types, and how to know more."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from cdk_batch_mnp.cli.chosen_catalogue import chosen_catalogue
from cdk_batch_mnp.cli.streams import UNUSABLE

if TYPE_CHECKING:
    from cdk_batch_mnp.instances.merging import Merged

FORMATS = ("table", "json")
_DEFAULT_FILE = Path("cdk-batch-mnp-instances.json")
_NAMES_SHOWN = 10

instances = typer.Typer(
    help="Facts of EC2 instance types: vCPUs, memory, EFA and more.",
    no_args_is_help=True,
)

InstancesFile = Annotated[
    Path | None,
    typer.Option(
        "--instances",
        help="A catalogue's file, in place of the one that CDK_BATCH_MNP_INSTANCES names.",
        metavar="FILE",
        show_default=False,
    ),
]
Format = Annotated[str, typer.Option("--format", "-f", help="table or json.", metavar="FORMAT")]


@instances.command(name="list")
def list_types(
    family: Annotated[
        list[str] | None,
        typer.Option(help="Of this family; may be given again.", metavar="p5"),
    ] = None,
    arch: Annotated[
        str | None, typer.Option(help="x86_64 or arm64.", metavar="ARCHITECTURE")
    ] = None,
    min_vcpus: Annotated[
        int | None, typer.Option(help="At least so many.", metavar="COUNT", min=1)
    ] = None,
    min_memory: Annotated[
        float | None, typer.Option(help="At least so many GiB of memory.", metavar="GIB", min=0)
    ] = None,
    gpus: Annotated[
        int | None,
        typer.Option(help="Exactly so many whole GPUs; 0 for none.", metavar="COUNT", min=0),
    ] = None,
    gpu_name: Annotated[
        str | None, typer.Option(help="Of this model of GPU.", metavar="H100")
    ] = None,
    neuron: Annotated[
        bool | None, typer.Option("--neuron/--no-neuron", help="With Inferentia or Trainium.")
    ] = None,
    efa: Annotated[bool | None, typer.Option("--efa/--no-efa", help="With EFA interfaces.")] = None,
    local_storage: Annotated[
        bool | None,
        typer.Option("--local-storage/--no-local-storage", help="With an instance store."),
    ] = None,
    cluster_placement: Annotated[
        bool | None,
        typer.Option(
            "--cluster-placement/--no-cluster-placement",
            help="That can be in a cluster placement group.",
        ),
    ] = None,
    current: Annotated[
        bool | None, typer.Option("--current/--no-current", help="Of the current generation.")
    ] = None,
    bare_metal: Annotated[
        bool | None, typer.Option("--bare-metal/--no-bare-metal", help="Without a hypervisor.")
    ] = None,
    format: Format = "table",
    instances_file: InstancesFile = None,
) -> None:
    """List instance types, all or those that are as is asked for.

    A type of which a fact that is asked for is not known is left out.

    cdk-batch-mnp instances list --efa --gpus 8
    """
    from cdk_batch_mnp.cli.instance_tables import document, print_list
    from cdk_batch_mnp.instances.instance_filter import InstanceFilter

    _check_format(format)
    catalogue = chosen_catalogue(instances_file)
    types = list(catalogue)
    for each in family or ():
        _check_known("instance family", each, {name.split(".")[0] for name in catalogue.names()})
    if arch is not None:
        _check_known("architecture", arch, {a for each in types for a in each.architectures})
    if gpu_name is not None:
        _check_known("GPU", gpu_name, {each.gpu_name for each in types if each.gpu_name})
    wanted = InstanceFilter(
        families=tuple(each.lower() for each in family or ()),
        architecture=arch and arch.lower(),
        min_vcpus=min_vcpus,
        min_memory_gib=min_memory,
        gpus=gpus,
        gpu_name=gpu_name,
        has_neuron_devices=neuron,
        has_efa=efa,
        has_local_storage=local_storage,
        has_cluster_placement=cluster_placement,
        is_current_generation=current,
        is_bare_metal=bare_metal,
    )
    found = [each for each in types if wanted.fits(each)]
    if format == "json":
        typer.echo(json.dumps([document(each) for each in found], indent=2))
        return
    if found:
        print_list(found)
    typer.echo(
        f"{len(found)} of {len(types)} instance types with facts, of {catalogue.date}", err=True
    )


@instances.command(short_help="Show all that is known of an instance type.")
def show(
    name: Annotated[str, typer.Argument(metavar="TYPE", help="Such as p5.48xlarge.")],
    format: Format = "table",
    instances_file: InstancesFile = None,
) -> None:
    """Show all that is known of an instance type, and what follows from it for its nodes.

    cdk-batch-mnp instances show p5.48xlarge
    """
    from cdk_batch_mnp.cli.instance_tables import document, print_type

    _check_format(format)
    catalogue = chosen_catalogue(instances_file)
    found = catalogue.find(name)
    if found is None:
        if catalogue.exists(name):
            _fail(
                f"{name} exists, but no facts of it are in the catalogue of {catalogue.date}; "
                "ask EC2 for them with `cdk-batch-mnp instances refresh`"
            )
        _fail(
            f"the catalogue of {catalogue.date} has no instance type {name!r}"
            + _perhaps(catalogue.near(name))
        )
    if format == "json":
        typer.echo(json.dumps(document(found), indent=2))
        return
    print_type(found, catalogue)


@instances.command(short_help="Ask EC2 for its instance types of today.")
def refresh(
    region: Annotated[
        list[str] | None,
        typer.Option(
            help="Where to ask; may be given again. The one that AWS is configured with if left "
            "out.",
            metavar="REGION",
        ),
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option(
            help="The file to write; the one that CDK_BATCH_MNP_INSTANCES names if left out, else "
            f"{_DEFAULT_FILE} here.",
            metavar="FILE",
            show_default=False,
        ),
    ] = None,
    profile: Annotated[
        str | None, typer.Option(help="Of the AWS configuration.", metavar="PROFILE")
    ] = None,
) -> None:
    """Ask EC2 for the facts of its instance types today, and write them to a file.

    Needs credentials that may call ec2:DescribeInstanceTypes, and the extra: pip install
    'cdk-batch-mnp[operate]'. One Region tells of the types of all.

    cdk-batch-mnp instances refresh --region us-east-1
    """
    from rich.console import Console

    from cdk_batch_mnp.instances import CatalogueError
    from cdk_batch_mnp.instances.catalogue import CATALOGUE_VARIABLE
    from cdk_batch_mnp.operate.errors import OperateError
    from cdk_batch_mnp.operate.refreshing import refresh as ask

    named = os.environ.get(CATALOGUE_VARIABLE, "")
    path = to or (Path(named) if named else _DEFAULT_FILE)
    # Shown on a terminal alone.
    waiting = Console(stderr=True).status("Asking EC2 for its instance types")
    try:
        with waiting:
            merged = ask(path, regions=region or (), profile=profile, tell=_tell)
    except (CatalogueError, OperateError) as error:
        _fail(str(error))
    _tell_merged(merged)
    typer.echo(f"{path} is written.")
    if not named or Path(named).resolve() != path.resolve():
        typer.echo(f"To use it: export {CATALOGUE_VARIABLE}={shlex.quote(str(path.resolve()))}")


def _tell_merged(merged: Merged) -> None:
    for each in merged.contradictions:
        _tell(f"not used: {each}")
    typer.echo(
        f"{merged.described} types: {len(merged.new)} new{_some(merged.new)}, "
        f"{len(merged.changed)} changed{_some(merged.changed)}"
    )
    if merged.kept:
        typer.echo(f"{len(merged.kept)} kept that EC2 gave no facts of{_some(merged.kept)}")


def _some(names: tuple[str, ...]) -> str:
    if not names:
        return ""
    more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
    return f" ({', '.join(names[:_NAMES_SHOWN])}{more})"


def _check_format(format: str) -> None:
    if format not in FORMATS:
        _fail(f"there is no format {format!r}; there are {' and '.join(FORMATS)}")


def _check_known(what: str, name: str, known: Iterable[str]) -> None:
    """End if nothing in the catalogue is called so, whatever the letter case."""
    from difflib import get_close_matches

    by_small_letters = {each.lower(): each for each in sorted(known)}
    if name.lower() not in by_small_letters:
        near = get_close_matches(name.lower(), by_small_letters)
        _fail(
            f"the catalogue has no {what} {name!r}"
            + _perhaps([by_small_letters[each] for each in near])
        )


def _perhaps(near: Sequence[str]) -> str:
    return f"; perhaps {' or '.join(near)}" if near else ""


def _tell(line: str) -> None:
    typer.echo(f"cdk-batch-mnp: {line}", err=True)


def _fail(message: str) -> NoReturn:
    _tell(message)
    raise typer.Exit(UNUSABLE)
