"""Format instance types as tables and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import asdict
from itertools import groupby
from typing import Any, TypeVar

from rich.console import Console
from rich.table import Table

from cdk_batch_mnp.instances import Catalogue, InstanceType
from cdk_batch_mnp.instances.efa_interfaces import InterfacePlace, efa_interfaces
from cdk_batch_mnp.instances.image_type import image_type
from cdk_batch_mnp.instances.memory import container_memory_mib

T = TypeVar("T")

_UNKNOWN = "unknown"
_ENDLESS = 10_000


def document(instance: InstanceType) -> dict[str, Any]:
    """Return the facts and derived values of a type, for JSON.

    Unknown facts and values are ``None`` or an empty list.
    """
    interfaces = _interfaces(instance)
    return asdict(instance) | {
        "family": instance.family,
        "container_memory_mib": _container_memory(instance),
        "image_type": image_type(instance),
        "efa": None if interfaces is None else [asdict(interface) for interface in interfaces],
    }


def print_list(types: Sequence[InstanceType]) -> None:
    """Print one line per type, with a pager if they do not fit the terminal."""
    console = _console()
    too_long = console.is_terminal and len(types) + 1 >= console.height
    with console.pager() if too_long else nullcontext():
        console.print(list_table(types))


def list_table(types: Sequence[InstanceType]) -> Table:
    """Return a table with one line per type. It fits 80 columns and never truncates a value."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("Type", no_wrap=True)
    for heading in ("vCPUs", "GiB", "Arch", "Accelerators", "EFA", "Disk GB"):
        is_text = heading in ("Arch", "Accelerators")
        table.add_column(heading, overflow="fold", justify="left" if is_text else "right")
    for instance_type in types:
        table.add_row(
            instance_type.name,
            str(instance_type.vcpus),
            _or_unknown(instance_type.memory_mib, lambda mib: f"{mib / 1024:g}"),
            " ".join(instance_type.architectures) or _UNKNOWN,
            _accelerators(instance_type),
            _or_unknown(instance_type.efa_interfaces, _or_dash),
            _or_unknown(instance_type.local_storage_gb, _or_dash),
        )
    return table


def print_type(instance: InstanceType, catalogue: Catalogue) -> None:
    """Print the facts and derived values of a type."""
    console = _console()
    console.print(type_table(instance))
    interfaces = _interfaces(instance)
    if interfaces:
        console.print()
        console.print("Network interfaces of a node, for its launch template:")
        console.print(interface_table(interfaces))
    console.print()
    console.print(f"Catalogue of {catalogue.date}. Sources: {'; '.join(catalogue.sources)}.")


def type_table(instance: InstanceType) -> Table:
    """Return a table with the facts of a type."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for heading, value in _lines(instance):
        table.add_row(heading, value)
    return table


def interface_table(interfaces: Sequence[InterfacePlace]) -> Table:
    """Return a table of network interfaces; equal ones of adjacent cards share a line."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 2), header_style="bold")
    for heading in ("Card", "Device", "Interface type"):
        table.add_column(heading)
    alike = groupby(
        interfaces, key=lambda interface: (interface.device_index, interface.interface_type)
    )
    for (device, kind), group in alike:
        cards = [each.network_card_index for each in group]
        first, last = cards[0], cards[-1]
        table.add_row(str(first) if first == last else f"{first} to {last}", str(device), kind)
    return table


def _lines(instance: InstanceType) -> Iterator[tuple[str, str]]:
    cores, threads = instance.cores, instance.threads_per_core
    yield "Instance type", instance.name
    of_cores = f" ({cores} cores x {threads})" if cores and threads else ""
    yield "vCPUs", f"{instance.vcpus}{of_cores}"
    yield "Memory", _or_unknown(instance.memory_mib, lambda mib: f"{mib} MiB ({mib / 1024:g} GiB)")
    safe = _or_unknown(_container_memory(instance), lambda mib: f"{mib} MiB")
    yield "Memory for containers", f"{safe}, for all containers of a node together"
    yield "Architecture", ", ".join(instance.architectures) or _UNKNOWN
    yield "Accelerators", _accelerators(instance, with_memory=True)
    yield "Image type", _image(instance)
    yield "Placement strategies", ", ".join(instance.placement_strategies) or _UNKNOWN
    yield "Network cards", _cards(instance.network_cards)
    yield (
        "EFA interfaces",
        _or_unknown(instance.efa_interfaces, lambda n: f"{n} at most" if n else "none"),
    )
    yield (
        "Local storage",
        _or_unknown(instance.local_storage_gb, lambda gb: f"{gb} GB" if gb else "none"),
    )
    yield "Bare metal", _or_unknown(instance.bare_metal, _yes_or_no)
    yield "Burstable", _or_unknown(instance.burstable, _yes_or_no)
    yield "Current generation", _or_unknown(instance.current_generation, _yes_or_no)


def _accelerators(instance: InstanceType, *, with_memory: bool = False) -> str:
    found = []
    if instance.gpu_name is not None or instance.gpus:
        count = f"{instance.gpus} x" if instance.gpus else "share of"
        found.append(f"{count} {instance.gpu_name or 'GPU'}")
        if with_memory and instance.gpus and instance.gpu_memory_mib:
            found[-1] += f" ({instance.gpu_manufacturer}), {instance.gpu_memory_mib} MiB each"
    if instance.neuron_devices:
        found.append(f"{instance.neuron_devices} x Neuron")
    if not found:
        known = instance.gpus is not None and instance.neuron_devices is not None
        return "-" if known else _UNKNOWN
    return ", ".join(found)


def _image(instance: InstanceType) -> str:
    found = image_type(instance)
    if found is None:
        return "no AWS Batch image is known to support it; use a custom AMI"
    # The number of Neuron devices may be unknown.
    without_driver = instance.neuron_devices != 0
    return f"{found}, without a driver for Neuron devices" if without_driver else found


def _cards(cards: Sequence[int]) -> str:
    if not cards:
        return _UNKNOWN
    if len(set(cards)) == 1:
        return f"{len(cards)}, with at most {_interfaces_of(cards[0])}{' each' * (len(cards) > 1)}"
    return f"{len(cards)}, with at most {', '.join(map(str, cards))} interfaces"


def _interfaces_of(count: int) -> str:
    return f"{count} interface{'s' * (count != 1)}"


def _interfaces(instance: InstanceType) -> tuple[InterfacePlace, ...] | None:
    try:
        return efa_interfaces(instance)
    except ValueError:
        return None


def _container_memory(instance: InstanceType) -> int | None:
    return None if instance.memory_mib is None else container_memory_mib(instance)


def _or_unknown(fact: T | None, text: Callable[[T], str]) -> str:
    return _UNKNOWN if fact is None else text(fact)


def _or_dash(count: int) -> str:
    return str(count or "-")


def _yes_or_no(fact: bool) -> str:
    return "yes" if fact else "no"


def _console() -> Console:
    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        # Programs that read from a pipe need one line per type, however long.
        console.width = _ENDLESS
    return console
