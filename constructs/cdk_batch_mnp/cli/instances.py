"""``cdk-batch-mnp instances``: facts about EC2 instance types."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path

import click
from rich.console import Console

from cdk_batch_mnp.cli.chosen_catalogue import chosen_catalogue
from cdk_batch_mnp.cli.instance_tables import document, print_list, print_type
from cdk_batch_mnp.cli.streams import fail, say
from cdk_batch_mnp.instances import CatalogueError
from cdk_batch_mnp.instances.catalogue import INSTANCES_CONTEXT
from cdk_batch_mnp.instances.instance_filter import InstanceFilter
from cdk_batch_mnp.instances.merging import Merged
from cdk_batch_mnp.operate.errors import OperateError
from cdk_batch_mnp.operate.refreshing import refresh as ask_ec2

FORMATS = ("table", "json")
_DEFAULT_FILE = Path("cdk-batch-mnp-instances.json")
_NAMES_SHOWN = 10

_catalogue_option = click.option(
    "--instances",
    "catalogue_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Catalogue of instance types. Default: the built-in catalogue.",
)
_format_option = click.option(
    "--format",
    "-f",
    default="table",
    show_default=True,
    metavar="FORMAT",
    help=f"Output format: {' or '.join(FORMATS)}.",
)


@click.group(short_help="Show facts about EC2 instance types.")
def instances() -> None:
    """Show facts about EC2 instance types: vCPUs, memory, EFA and more."""


@instances.command(name="list", short_help="List instance types that match filters.")
@click.option("--family", multiple=True, metavar="FAMILY", help="Instance family (repeatable).")
@click.option("--arch", metavar="ARCH", help="Architecture: x86_64 or arm64.")
@click.option(
    "--min-vcpus", type=click.IntRange(min=1), metavar="COUNT", help="Minimum number of vCPUs."
)
@click.option(
    "--min-memory", type=click.FloatRange(min=0), metavar="GIB", help="Minimum memory in GiB."
)
@click.option(
    "--gpus",
    type=click.IntRange(min=0),
    metavar="COUNT",
    help="Exact number of whole GPUs; 0 for none.",
)
@click.option("--gpu-name", metavar="NAME", help="GPU model, such as H100.")
@click.option(
    "--neuron/--no-neuron", default=None, help="With or without Inferentia or Trainium devices."
)
@click.option("--efa/--no-efa", default=None, help="With or without EFA support.")
@click.option(
    "--local-storage/--no-local-storage", default=None, help="With or without instance store."
)
@click.option(
    "--cluster-placement/--no-cluster-placement",
    default=None,
    help="With or without support for cluster placement groups.",
)
@click.option("--current/--no-current", default=None, help="Current or previous generation.")
@click.option("--bare-metal/--no-bare-metal", default=None, help="Bare metal or virtualized.")
@_format_option
@_catalogue_option
def list_types(
    family: tuple[str, ...],
    arch: str | None,
    min_vcpus: int | None,
    min_memory: float | None,
    gpus: int | None,
    gpu_name: str | None,
    neuron: bool | None,
    efa: bool | None,
    local_storage: bool | None,
    cluster_placement: bool | None,
    current: bool | None,
    bare_metal: bool | None,
    format: str,
    catalogue_file: Path | None,
) -> None:
    """List instance types that match all filters.

    A type is not listed if a fact that a filter needs is unknown.

    Example: cdk-batch-mnp instances list --efa --gpus 8
    """
    _check_format(format)
    catalogue = chosen_catalogue(catalogue_file)
    types = list(catalogue)
    for name in family:
        _check_known("instance family", name, catalogue.families())
    if arch is not None:
        _check_known(
            "architecture",
            arch,
            {name for instance_type in types for name in instance_type.architectures},
        )
    if gpu_name is not None:
        _check_known(
            "GPU",
            gpu_name,
            {instance_type.gpu_name for instance_type in types if instance_type.gpu_name},
        )
    wanted = InstanceFilter(
        families=tuple(name.lower() for name in family),
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
    found = [instance_type for instance_type in types if wanted.fits(instance_type)]
    if format == "json":
        click.echo(json.dumps([document(instance_type) for instance_type in found], indent=2))
        return
    if found:
        print_list(found)
    say(f"{len(found)} of {len(types)} instance types with facts, catalogue of {catalogue.date}")


@instances.command(short_help="Show the facts about an instance type.")
@click.argument("name", metavar="TYPE")
@_format_option
@_catalogue_option
def show(name: str, format: str, catalogue_file: Path | None) -> None:
    """Show the facts about an instance type, with container memory, image type and interfaces.

    Example: cdk-batch-mnp instances show p5.48xlarge
    """
    _check_format(format)
    catalogue = chosen_catalogue(catalogue_file)
    found = catalogue.find(name)
    if found is None:
        if catalogue.exists(name):
            fail(
                f"{name} exists, but the catalogue of {catalogue.date} has no facts for it; "
                "get them from EC2 with `cdk-batch-mnp instances refresh`"
            )
        fail(
            f"the catalogue of {catalogue.date} has no instance type {name!r}"
            + _suggestion(catalogue.near(name))
        )
    if format == "json":
        click.echo(json.dumps(document(found), indent=2))
        return
    print_type(found, catalogue)


@instances.command(short_help="Refresh the facts from EC2.")
@click.option(
    "--region",
    "regions",
    multiple=True,
    metavar="REGION",
    help="Region to query (repeatable). Default: the Region of the AWS configuration.",
)
@click.option(
    "--to",
    type=click.Path(path_type=Path),
    metavar="FILE",
    default=_DEFAULT_FILE,
    help=f"File to write. Default: {_DEFAULT_FILE} in the current folder.",
)
@click.option("--profile", metavar="PROFILE", help="Profile of the AWS configuration.")
def refresh(regions: tuple[str, ...], to: Path, profile: str | None) -> None:
    """Get the facts of all instance types from EC2, and write them to a file.

    Needs the permission ec2:DescribeInstanceTypes and the extra operate: pip install
    'cdk-batch-mnp[operate]'. One Region describes the types of all Regions.

    Example: cdk-batch-mnp instances refresh --region us-east-1
    """
    # Shown on terminals only.
    waiting = Console(stderr=True).status("Getting instance types from EC2")
    try:
        with waiting:
            merged = ask_ec2(to, regions=regions, profile=profile, note=_note)
    except (CatalogueError, OperateError) as error:
        fail(str(error))
    _print_merged(merged)
    click.echo(f"Wrote {to}.")
    click.echo(
        f"To use it: set {INSTANCES_CONTEXT} in the context of cdk.json to its path, and pass it "
        "to commands with --instances."
    )


def _print_merged(merged: Merged) -> None:
    for contradiction in merged.contradictions:
        _note(f"not used: {contradiction}")
    click.echo(
        f"{merged.described} types: {len(merged.new)} new{_some(merged.new)}, "
        f"{len(merged.changed)} changed{_some(merged.changed)}"
    )
    if merged.kept:
        click.echo(f"{len(merged.kept)} kept that EC2 did not describe{_some(merged.kept)}")


def _some(names: tuple[str, ...]) -> str:
    if not names:
        return ""
    more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
    return f" ({', '.join(names[:_NAMES_SHOWN])}{more})"


def _check_format(format: str) -> None:
    if format not in FORMATS:
        fail(f"unknown format {format!r}; expected {' or '.join(FORMATS)}")


def _check_known(what: str, name: str, known: Iterable[str]) -> None:
    """Exit if the catalogue does not have this name, in any letter case."""
    by_small_letters = {each.lower(): each for each in sorted(known)}
    if name.lower() not in by_small_letters:
        near = get_close_matches(name.lower(), by_small_letters)
        fail(
            f"the catalogue has no {what} {name!r}"
            + _suggestion([by_small_letters[each] for each in near])
        )


def _suggestion(near: Sequence[str]) -> str:
    return f"; did you mean {' or '.join(near)}?" if near else ""


def _note(line: str) -> None:
    say(f"cdk-batch-mnp: {line}")
