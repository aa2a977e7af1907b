"""Checks of a node before anything starts."""

from __future__ import annotations

import os
import resource
import time
from typing import Mapping, NamedTuple

from cdk_batch_mnp_launch.names import addresses_of
from cdk_batch_mnp_launch.protocol.messages import Host
from cdk_batch_mnp_launch.ranges import as_ranges

MAX_SKEW_SECONDS = 2.0
MIN_SHARED_BYTES = 1024**3


class Findings(NamedTuple):
    """What the checks found.

    Attributes:
        errors: Why the job cannot run.
        warnings: What may slow it down or make it fail.
    """

    errors: list[str]
    warnings: list[str]


def shared_memory(path: str = "/dev/shm") -> int:
    """Return the size of the shared memory, in bytes; 0 if there is none."""
    try:
        status = os.statvfs(path)
    except OSError:
        return 0
    return status.f_blocks * status.f_frsize


def memlock_limit() -> int:
    """Return how many bytes a process may lock; -1 for no limit."""
    limit = resource.getrlimit(resource.RLIMIT_MEMLOCK)[0]
    return -1 if limit == resource.RLIM_INFINITY else limit


def resolves(name: str) -> bool:
    """Return whether a host name has an address."""
    return bool(addresses_of(name))


def check_node(
    host: Host, expect: Mapping[str, int], memlock: int, shared: int, name_resolves: bool
) -> Findings:
    """Return what is wrong with one node.

    Args:
        host: The node.
        expect: Least counts of `cpus`, `gpus`, `neuron` and `efa`.
        memlock: Bytes that may be locked; -1 for no limit.
        shared: Size of the shared memory in bytes.
        name_resolves: Whether its own host name has an address.
    """
    errors: list[str] = []
    warnings: list[str] = []
    counts: dict[str, tuple[int, str]] = {
        "cpus": (host.cpus, "CPUs"),
        "gpus": (host.gpus, "GPUs"),
        "neuron": (host.neuron, "Neuron devices"),
        "efa": (host.efa, "EFA devices"),
    }
    for key, least in expect.items():
        actual, noun = counts[key]
        if actual < least:
            errors.append(f"{actual} {noun} are visible, {least} are expected")
    if host.efa and memlock >= 0:
        errors.append(
            f"memlock is limited to {memlock} bytes, EFA needs no limit: set the ulimit memlock"
            " to -1"
        )
    if host.gpus and shared < MIN_SHARED_BYTES:
        warnings.append(
            f"/dev/shm has {shared // 1024**2} MiB; data loaders and NCCL need more:"
            " set sharedMemorySize"
        )
    if not name_resolves:
        warnings.append(
            f"its own host name {host.name} does not resolve, and it cannot be added to the hosts"
            " file; torchrun and Intel MPI fail without"
        )
    return Findings(errors, warnings)


def check_nodes(hosts: list[Host], main: Host) -> Findings:
    """Return what does not fit between the nodes of a job.

    Args:
        hosts: All nodes; the clocks are those at the time at which each joined, minus the time on
            the main node.
        main: The main node.
    """
    errors: list[str] = []
    warnings: list[str] = []
    other = [host for host in hosts if host.mode != main.mode]
    if other:
        errors.append(
            f"{_nodes(other)} run mode {other[0].mode}, the main node runs mode {main.mode}"
        )
    skewed = [host for host in hosts if abs(host.clock) > MAX_SKEW_SECONDS]
    if skewed:
        most = max(abs(host.clock) for host in skewed)
        warnings.append(f"clocks differ by up to {most:.1f} s: {_nodes(skewed)}")
    kinds: dict[tuple[int, int, int], list[Host]] = {}
    for host in hosts:
        kinds.setdefault((host.gpus, host.neuron, host.efa), []).append(host)
    if len(kinds) > 1:
        parts = [
            f"{_nodes(group)}: {gpus} GPUs, {neuron} Neuron devices, {efa} EFA devices"
            for (gpus, neuron, efa), group in sorted(kinds.items())
        ]
        warnings.append("nodes differ: " + "; ".join(parts))
    return Findings(errors, warnings)


def skew(host: Host) -> Host:
    """Return a node that has just joined, with the difference of its clock to this node's."""
    return host._replace(clock=host.clock - time.time())


def _nodes(hosts: list[Host]) -> str:
    return f"nodes {as_ranges(host.node for host in hosts)}"
