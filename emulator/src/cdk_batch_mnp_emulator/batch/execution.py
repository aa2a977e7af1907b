"""What runs the jobs of an embedded AWS, put together."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from pathlib import Path

from cdk_batch_mnp_emulator.access import Access
from cdk_batch_mnp_emulator.account import ACCOUNT
from cdk_batch_mnp_emulator.batch.life_cycle.host_paths import HostPaths
from cdk_batch_mnp_emulator.batch.life_cycle.inbox import Inbox
from cdk_batch_mnp_emulator.batch.life_cycle.launching import ImageNotes, Launcher
from cdk_batch_mnp_emulator.batch.life_cycle.life_cycle import LifeCycle, Observer
from cdk_batch_mnp_emulator.batch.life_cycle.worker import start_worker
from cdk_batch_mnp_emulator.batch.state import BatchState
from cdk_batch_mnp_emulator.endpoint import Endpoint
from cdk_batch_mnp_emulator.nodes.runner import NodeRunner

MAX_NODES = 128
"""How many nodes a machine runs at a time, unless another number is set."""


@dataclass(frozen=True, slots=True)
class Execution:
    """How jobs run.

    Attributes:
        runner: What runs their nodes.
        access: The embedded AWS that their programs use.
        folder: Under which each node gets a folder.
        image_notes: Returns the sentences about an image and a command that start the log of a job;
            ``None`` if images are run.
        host_paths: Paths of the instances that are something of this machine.
        max_nodes: How many nodes run at a time.
        seed: Makes the order in which child nodes start repeatable; ``None`` draws it anew.
    """

    runner: NodeRunner
    access: Access
    folder: Path
    image_notes: ImageNotes | None
    host_paths: HostPaths = field(default_factory=lambda: HostPaths({}, None))
    max_nodes: int = MAX_NODES
    seed: int | None = None


def life_cycle_of(
    state: BatchState, endpoint: Endpoint, execution: Execution, observer: Observer
) -> LifeCycle:
    """Return the life cycle of all jobs, with a thread of its own that moves them.

    Args:
        state: Of AWS Batch.
        endpoint: Where the other services are asked.
        execution: How jobs run.
        observer: What is called about each job.
    """
    inbox = Inbox()
    launcher = Launcher(
        execution.runner,
        execution.access,
        endpoint,
        _cidr_of_subnet,
        execution.folder,
        execution.image_notes,
        _root_of_access_point,
        execution.host_paths,
    )
    life_cycle = LifeCycle(
        state,
        launcher,
        inbox,
        clock=time.time,
        chance=random.Random(execution.seed),  # noqa: S311 - not for secrets
        max_nodes=execution.max_nodes,
        observer=observer,
    )
    start_worker(state, life_cycle, inbox)
    return life_cycle


def _cidr_of_subnet(region: str, subnet: str) -> str | None:
    from moto.ec2.models import ec2_backends  # slow to load, and jobs may never run

    subnets = ec2_backends[ACCOUNT][region].describe_subnets()
    return next((str(found.cidr_block) for found in subnets if found.id == subnet), None)


def _root_of_access_point(region: str, point: str) -> str | None:
    from moto.efs.models import efs_backends  # slow to load, and few jobs need it

    found = efs_backends[ACCOUNT][region].access_points.get(point)
    return str(found.root_directory.get("Path", "/")) if found else None
