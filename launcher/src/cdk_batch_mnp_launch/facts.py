"""What this node has: CPUs, accelerators, EFA, its name and its log."""

from __future__ import annotations

import glob
import json
import os
import re
import socket
import time
from typing import Mapping

from cdk_batch_mnp_launch.protocol.messages import Host
from cdk_batch_mnp_launch.settings import Settings

METADATA = "ECS_CONTAINER_METADATA_URI_V4"


def cpu_quota(root: str = "/sys/fs/cgroup") -> float | None:
    """Return the number of CPUs that the control group allows, or None if it sets no limit."""
    quota, period = [*_words(f"{root}/cpu.max"), "", ""][:2]
    # The first version of control groups, which some distributions mount by both names.
    for folder in ("cpu", "cpu,cpuacct"):
        if not quota:
            quota = "".join(_words(f"{root}/{folder}/cpu.cfs_quota_us"))
            period = "".join(_words(f"{root}/{folder}/cpu.cfs_period_us"))
    if not quota.isdigit() or not period.isdigit() or int(period) == 0:
        return None
    return int(quota) / int(period)


def _words(path: str) -> list[str]:
    try:
        with open(path) as file:
            return file.read().split()
    except (OSError, ValueError):
        return []


def cpus(root: str = "/sys/fs/cgroup") -> int:
    """Return the number of CPUs that this container may use, at least 1."""
    affinity = len(os.sched_getaffinity(0))
    quota = cpu_quota(root)
    return max(1, affinity if quota is None else min(affinity, int(quota + 0.5)))


def gpus(environ: Mapping[str, str], dev: str = "/dev") -> int:
    """Return the number of NVIDIA GPUs that are visible to this container."""
    visible = environ.get("NVIDIA_VISIBLE_DEVICES", "")
    devices = [path for path in glob.glob(f"{dev}/nvidia*") if re.search(r"nvidia[0-9]+$", path)]
    if visible in ("none", "void"):
        return 0
    if visible and visible != "all":
        return len(visible.split(","))
    return len(devices)


def devices(pattern: str) -> int:
    """Return the number of device files that match a pattern."""
    return len(glob.glob(pattern))


def log_location(environ: Mapping[str, str], seconds: float = 1.0) -> str:
    """Return the log group and stream of this container, or an empty string.

    The ECS agent knows them; it is asked on a link-local address.
    """
    match = re.fullmatch(r"http://([0-9.]+)(?::([0-9]+))?(/[^\s]*)", environ.get(METADATA, ""))
    if not match:
        return ""
    try:
        address = (match[1], int(match[2] or 80))
        with socket.create_connection(address, timeout=seconds) as connection:
            request = f"GET {match[3]} HTTP/1.0\r\nHost: {match[1]}\r\n\r\n"
            connection.sendall(request.encode())
            answer = b""
            end = time.monotonic() + seconds
            while time.monotonic() < end and len(answer) < 1_000_000:
                data = connection.recv(65536)
                if not data:
                    break
                answer += data
        options = json.loads(answer.partition(b"\r\n\r\n")[2])["LogOptions"]
        return f"{options['awslogs-group']} {options['awslogs-stream']}"
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def this_host(
    settings: Settings, environ: Mapping[str, str], address: str, dev: str = "/dev"
) -> Host:
    """Return this node as it introduces itself to the others."""
    processors, accelerators = cpus(), gpus(environ, dev)
    neuron = devices(f"{dev}/neuron[0-9]*")
    return Host(
        node=settings.node,
        address=address,
        name=socket.gethostname(),
        slots=settings.procs or accelerators or neuron or processors,
        cpus=processors,
        gpus=accelerators,
        neuron=neuron,
        efa=devices(f"{dev}/infiniband/uverbs*"),
        mode=settings.mode,
        log=log_location(environ),
        clock=time.time(),
    )
