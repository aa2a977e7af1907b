"""What users write to say which nodes a job has and what runs on them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from cdk_batch_mnp.cdk.jobs.additional_properties import IN_CONTAINER, IN_TASK, refuse_wrong
from cdk_batch_mnp.cdk.jobs.volumes import EfsVolume, HostVolume
from cdk_batch_mnp.cdk.jsii.argument_types import refuse_wrong_types
from cdk_batch_mnp.cdk.jsii.tokens import is_token
from cdk_batch_mnp.model.container import Device, Ulimit
from cdk_batch_mnp.model.node_range import NodeRange

if TYPE_CHECKING:
    from aws_cdk import aws_batch as batch
    from aws_cdk import aws_ecs as ecs


@dataclass(frozen=True, kw_only=True)
class NodeContainer:
    """A container that runs on each node of a group.

    A node is a whole instance that no other job shares. A container that leaves its vCPUs, memory
    or GPUs out gets all that the instance has and that the group's other containers leave over.

    Attributes:
        image: The address of an image, or any image of ``aws_ecs.ContainerImage``. Addresses in a
            private ECR registry and images of the CDK are made readable for the execution role. Of
            an address that only deployment tells, such as a parameter's, nobody knows where it is:
            let its repository ``grant_pull(definition.execution_role)``.
        command: What to run; ``Ref::name`` stands for a parameter of the job. Numbers become
            text. The image's own command if left out.
        vcpus: Whole vCPUs, at least 1.
        memory_mib: Hard limit of memory in MiB, at least 4.
        gpus: Whole GPUs.
        environment: Variables; numbers become text. Names that begin with ``AWS_BATCH`` are
            reserved.
        secrets: Variables whose values come from Secrets Manager or Systems Manager at start.
        volumes: Folders of the instance and file systems, with their place in the container.
        node_volumes: Whether the container sees what its cluster mounts on every node (``lustre``,
            ``scratch_path``), at the same paths.
        ulimits: Process limits (``memlock``, ``stack``, ...); -1 stands for unlimited.
        devices: Devices of the instance, beside those of ``efa`` and ``neuron``.
        efa: Whether the container gets the node's EFA devices, and may lock memory for them. Left
            out, it gets what the node has.
        neuron: Whether it gets the node's Trainium or Inferentia devices, likewise.
        shared_memory_mib: Size of ``/dev/shm`` in MiB. Left out, it is half of the container's
            memory on nodes with EFA, GPUs or Neuron devices, and Docker's default (64) on others.
        user: User, by name or id, that the command runs as.
        privileged: Whether the container has root's rights on the instance.
        readonly_root_filesystem: Whether the image's own files cannot be written.
        init_process_enabled: Whether an init process reaps children and passes signals on.
        essential: Whether the node's task ends with this container (with several containers).
        additional_properties: Further members of the container, in the API's spelling, for what
            this class does not know. Structures are merged with what is there, and
            lists are added to. Names and types are checked against the structures of the CDK's
            ``CfnJobDefinition``.

    Raises:
        TypeError: An argument is not of its type.
        ValueError: A value that no job can have: an empty image, an empty command list, an amount
            below its minimum, two volumes at one place, an unknown process limit; or a
            property that neither kind of container has.

    Source: Batch API, ContainerProperties and TaskContainerProperties.
    """

    image: str | ecs.ContainerImage
    command: Sequence[str | float] | None = None
    vcpus: int | None = None
    memory_mib: int | None = None
    gpus: int | None = None
    environment: Mapping[str, str | float] = field(default_factory=dict)
    secrets: Mapping[str, batch.Secret | ecs.Secret] = field(default_factory=dict)
    volumes: Sequence[HostVolume | EfsVolume] = ()
    node_volumes: bool = True
    ulimits: Sequence[Ulimit] = ()
    devices: Sequence[Device] = ()
    efa: bool | None = None
    neuron: bool | None = None
    shared_memory_mib: int | None = None
    user: str | None = None
    privileged: bool = False
    readonly_root_filesystem: bool = False
    init_process_enabled: bool | None = None
    essential: bool = True
    additional_properties: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what no job can have, at the line that says it."""
        if isinstance(self.image, str) and not self.image.strip():
            raise ValueError("image is empty: name the image that the nodes run")
        if isinstance(self.command, str):
            raise ValueError(
                f"command is the text {self.command!r}: give a list of words, such as "
                f"{self.command.split()!r}"
            )
        refuse_wrong_types("NodeContainer", NodeContainer, vars(self))
        if self.command is not None and len(self.command) == 0:
            raise ValueError(
                "command is an empty list: leave it out to run the image's own command, or say "
                "what to run"
            )
        for name, minimum, unit in (
            ("vcpus", 1, "vCPUs"),
            ("memory_mib", 4, "MiB"),
            ("gpus", 1, "GPUs"),
            ("shared_memory_mib", 1, "MiB"),
        ):
            amount = getattr(self, name)
            if amount is not None and not is_token(amount) and amount < minimum:
                raise ValueError(
                    f"{name} is {amount}, but at least {minimum} {unit} are possible; "
                    f"leave it out for {_LEFT_OUT[name]}"
                )
        self._refuse_places_and_limits()
        twice = set(self.environment) & set(self.secrets)
        if twice:
            raise ValueError(f"{', '.join(sorted(twice))}: both in environment and in secrets")
        if self.additional_properties:
            refuse_wrong(self.additional_properties, IN_CONTAINER, IN_TASK)

    def _refuse_places_and_limits(self) -> None:
        places = [each.container_path.rstrip("/") for each in self.volumes]
        twice = sorted({each or "/" for each in places if places.count(each) > 1})
        if twice:
            raise ValueError(f"two volumes are at {', '.join(twice)}: give each its own place")
        for limit in self.ulimits:
            name = limit.name
            if isinstance(name, str) and not is_token(name) and name not in ULIMITS:
                near = get_close_matches(name, ULIMITS, n=1)
                meant = f"did you mean {near[0]!r}?" if near else f"there is {', '.join(ULIMITS)}"
                raise ValueError(f"there is no process limit {name!r}; {meant}")


ULIMITS = (
    "core",
    "cpu",
    "data",
    "fsize",
    "locks",
    "memlock",
    "msgqueue",
    "nice",
    "nofile",
    "nproc",
    "rss",
    "rtprio",
    "rttime",
    "sigpending",
    "stack",
)
"""Process limits that containers can have. Source: Batch API, Ulimit."""

_CONTAINER_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")

_LEFT_OUT = {
    "vcpus": "all vCPUs of the instance",
    "memory_mib": "all memory that the instance can give",
    "gpus": "all GPUs of the instance",
    "shared_memory_mib": "the default",
}


@dataclass(frozen=True)
class NodeGroup:
    """A range of nodes that run the same containers.

    Args:
        name: Of the group within its job; names log streams and tells groups apart in messages.
        nodes: The nodes, as ``targetNodes`` writes them: ``"0"``, ``"1:"``, ``"1:4"``, ``":"``. A
            range that is open above lets a submission override the number of nodes. Ranges may be
            nested; the inner overrides the outer.
        container: What runs on each node.
        containers: In the place of ``container``, several that run on each node, by name.

    Raises:
        TypeError: An argument is not of its type.
        ValueError: The range is not well-formed or holds no node; a name has characters that it
            cannot have; or there is not exactly one of
            ``container`` and ``containers``, or a container has a property that is not for it.

    Source: Batch API, NodeRangeProperty.
    """

    name: str
    nodes: str | int | NodeRange
    container: NodeContainer | None = None
    containers: Mapping[str, NodeContainer] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what no job can have, at the line that says it."""
        refuse_wrong_types(f"node group {self.name!r}", NodeGroup, vars(self))
        if not self.name:
            raise ValueError("a node group needs a name")
        # It begins the names of log streams. Source: CloudWatch Logs API, CreateLogStream.
        if not is_token(self.name) and {":", "*"} & set(self.name):
            raise ValueError(
                f"node group {self.name!r}: a name has no ':' and no '*', since log streams "
                "are named after it"
            )
        wrong = [
            each
            for each in self.containers
            if not _CONTAINER_NAME.fullmatch(each) and not is_token(each)
        ]
        if wrong:
            raise ValueError(
                f"node group {self.name!r}, container {wrong[0]!r}: a container's name has 1 to "
                "255 letters, digits, hyphens and underscores"
            )
        if isinstance(self.nodes, str | float) and is_token(self.nodes):
            raise ValueError(
                f"node group {self.name!r}: nodes are only known at deployment, but groups are "
                "held against each other now; give a range, from the context or from settings"
            )
        try:
            NodeRange.of(self.nodes)
        except ValueError as error:
            raise ValueError(f"node group {self.name!r}: {error}") from None
        if (self.container is None) == (not self.containers):
            raise ValueError(
                f"node group {self.name!r}: give either container or containers, and one at least"
            )
        structure = IN_TASK if self.container is None else IN_CONTAINER
        for name, container in self.all_containers.items():
            if container.additional_properties:
                try:
                    refuse_wrong(container.additional_properties, structure)
                except ValueError as error:
                    raise ValueError(
                        f"node group {self.name!r}, container {name!r}: {error}"
                    ) from None

    @property
    def node_range(self) -> NodeRange:
        """The nodes of the group."""
        return NodeRange.of(self.nodes)

    @property
    def all_containers(self) -> Mapping[str, NodeContainer]:
        """The containers by name; a single one has the group's."""
        return {self.name: self.container} if self.container is not None else self.containers
