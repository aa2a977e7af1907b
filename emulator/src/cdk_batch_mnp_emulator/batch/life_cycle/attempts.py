"""One attempt of a job while it runs: its nodes, and how it is to end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from cdk_batch_mnp_emulator.batch.life_cycle.capacity import Placement
from cdk_batch_mnp_emulator.batch.life_cycle.containers import Container
from cdk_batch_mnp_emulator.batch.life_cycle.log_streams import LogStream
from cdk_batch_mnp_emulator.batch.life_cycle.tasks import Task
from cdk_batch_mnp_emulator.batch.state import Description
from cdk_batch_mnp_emulator.nodes.runner import Node, NodeAddress


class NodePhase(Enum):
    """How far a node is."""

    STARTING = "STARTING"
    RUNNING = "RUNNING"
    ENDED = "ENDED"


@dataclass(slots=True, eq=False)
class ContainerRun:
    """A container of a node.

    Attributes:
        container: As its definition has it.
        details: What describes it in the record of its node.
        secrets: Values of its secrets, by the names of their variables.
        node: What stops it, once it is being started.
        stream: Where its output goes, if it goes to CloudWatch Logs.
    """

    container: Container
    details: Description
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    node: Node | None = None
    stream: LogStream | None = None


@dataclass(slots=True, eq=False)
class NodeRun:
    """A node of an attempt.

    Attributes:
        index: Its index; 0 in a job with one node.
        is_main: Whether its exit ends the job.
        record: What describes it: a record of its own in a multi-node parallel job, or the job.
        containers: Of its task.
        task: In which order they start and stop.
        id: Of the task.
        phase: How far it is.
        where: Its address, once it is being started.
        exit_code: Once it has ended; ``None`` also if it never started.
        reason: Why it never started, or was ended by something other than itself; or empty.
    """

    index: int
    is_main: bool
    record: Description
    containers: Sequence[ContainerRun]
    task: Task
    id: str
    phase: NodePhase = NodePhase.STARTING
    where: NodeAddress | None = None
    exit_code: int | None = None
    reason: str = ""


@dataclass(slots=True, eq=False)
class Attempt:
    """An attempt of a job.

    Attributes:
        region: Where it runs.
        job: The job.
        number: From 1.
        placement: Its compute environment.
        array_size: Of its parent, if the job is a child of an array job.
        started: When it was placed, in seconds.
        records: Of the nodes of a multi-node parallel job, by index, from earlier attempts too.
        nodes: Those that have been started, by index.
        main_address: IPv4 address of the main node.
        end_reason: Why it is ended from outside: terminated, or out of time. Otherwise empty.
        is_over: Whether the main node has ended, or the attempt is being ended.
    """

    region: str
    job: Description
    number: int
    placement: Placement
    array_size: int | None = None
    started: float = 0.0
    records: dict[int, Description] = field(default_factory=dict)
    nodes: dict[int, NodeRun] = field(default_factory=dict)
    main_address: str | None = None
    end_reason: str = ""
    is_over: bool = False

    @property
    def is_multinode(self) -> bool:
        """Whether the job is a multi-node parallel job."""
        return "nodeProperties" in self.job

    @property
    def main_index(self) -> int:
        """Index of the main node."""
        return int(self.job["nodeProperties"]["mainNode"]) if self.is_multinode else 0

    @property
    def number_of_nodes(self) -> int:
        """How many nodes the job has."""
        return int(self.job["nodeProperties"]["numNodes"]) if self.is_multinode else 1

    @property
    def main(self) -> NodeRun:
        """The main node."""
        return self.nodes[self.main_index]

    @property
    def has_succeeded(self) -> bool:
        """Whether the main node has ended well by itself; child nodes may have to be stopped."""
        return self.is_over and not self.end_reason and self.main.exit_code == 0

    @property
    def has_ended(self) -> bool:
        """Whether nothing of it is left."""
        return self.is_over and all(node.phase is NodePhase.ENDED for node in self.nodes.values())
